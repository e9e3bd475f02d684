package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"github.com/seed4837efcb/groundwork/loaders"
)

func encodeAs(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (p *program) status(args ...string) statusOutput {
	p.t.Helper()
	return decode[statusOutput](p.t, p.must("status", append([]string{"--json"}, append(args, p.docs)...)...))
}

// oldFolder writes a folder of Korean texts from before Unicode, a few of other
// countries, and texts so short that only the others can tell what they are.
// It returns what each file holds, by URI.
func oldFolder(t *testing.T, p *program) map[string]string {
	texts := []string{
		"벌통은 해마다 봄에 새로 칠하고 가을에는 입구를 좁혀 둔다.", "여왕벌은 이름표를 달아 두고 삼 년이 지나면 바꾼다.",
		"꿀은 오월 말과 칠월 초에 두 번 뜬다.", "말벌이 나타나면 곧바로 덫을 놓고 이웃에 알린다.",
		"겨울에는 설탕물을 데워서 저녁에 넣어 준다.", "꽃가루는 냉장고에 넣어 두면 여섯 달까지 쓸 수 있다.",
	}
	cp949 := korean.EUCKR
	le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	want := map[string]string{}
	put := func(name, mark string, e encoding.Encoding, text string) {
		p.write(name, mark+encodeAs(t, e, text))
		uri, _ := loaders.EscapePath(name)
		want[uri] = text
	}
	for i, text := range texts {
		put(fmt.Sprintf("글 %d.txt", i), "", cp949, strings.Repeat(text+"\r\n", 2))
		put(norm.NFD.String(fmt.Sprintf("기록 %d.md", i)), "", cp949, "# 기록\n\n"+text+"\n")
		put(fmt.Sprintf("표/엑셀 %d.csv", i), "", cp949, "이름,부서,메모\r\n김영희,양봉,\""+text+"\"\r\n박철수,판매,없음\r\n")
		put(fmt.Sprintf("넓은 %d.txt", i), "", le, text+"\n")
	}
	put("mark.txt", "\xff\xfe", le, texts[0])
	put("utf8.txt", "", encoding.Nop, texts[1])
	put("word.ini", "", cp949, "[main]\nname=test\n; 옵션\nvalue=1\n")
	put("rare.txt", "", cp949, "뷁")
	put("日本.txt", "", japanese.ShiftJIS, strings.Repeat("巣箱は春に塗り直し、秋には入口を狭くしておく。\n", 3))
	put("中国.txt", "", simplifiedchinese.GBK, strings.Repeat("蜂箱每年春天重新刷漆，秋天要把入口缩小。\n", 3))
	if runtime.GOOS == "linux" {
		put(encodeAs(t, cp949, "옛이름.txt"), "", cp949, "옛날 압축 파일에서 나온 글이다.")
	}
	return want
}

func TestFolderFromBeforeUnicode(t *testing.T) {
	p := newProgram(t, t.TempDir())
	want := oldFolder(t, p)
	code, _, said := p.run("index", "--model", p.model, p.docs)
	if code != 0 || !strings.Contains(said, "word.ini: read as cp949, as most other texts are") {
		t.Fatalf("exit code %d: %s", code, said)
	}
	for uri, text := range want {
		if got := p.must("get", p.docs, uri); got != text {
			t.Errorf("%s: %q, want %q", uri, got, text)
		}
	}
	if old := encodeAs(t, korean.EUCKR, "옛이름.txt"); runtime.GOOS == "linux" && p.must("get", p.docs, old) != "옛날 압축 파일에서 나온 글이다." {
		t.Error("a name in the bytes of the file system was not found")
	}
	s := p.status("--files=doubtful")
	if len(s.Encodings) == 0 || s.Encodings[0].Name != "cp949" || s.Encodings[0].By["majority"] != 2 || s.Encodings[0].Doubtful != 2 {
		t.Errorf("encodings %+v", s.Encodings)
	}
	total := 0
	for _, e := range s.Encodings {
		total += e.Files
	}
	if total != len(want) || len(s.Files) != 2 || s.Files[0].Path != "rare.txt" || !strings.HasPrefix(*s.Files[0].Reason, "read as cp949, as most other texts are; it may be ") {
		t.Errorf("%d of %d files are counted, doubtful are %+v", total, len(want), s.Files)
	}
	if line := p.must("status", p.docs); !strings.Contains(line, "\nencodings  cp949 ") || !strings.Contains(line, " (2 by majority), utf-16le 7") {
		t.Errorf("status %s", line)
	}

	// A later run takes what the index holds for granted.
	p.write("new.txt", encodeAs(t, korean.EUCKR, "# 값 x=1"))
	if r := p.reindex(); r.Added != 1 || r.Unchanged != len(want) {
		t.Errorf("%+v", r)
	}
	if got := p.must("get", p.docs, "new.txt"); got != "# 값 x=1" {
		t.Errorf("new.txt: %q", got)
	}
}

func TestEncodingIsForcedUntilItIsUndone(t *testing.T) {
	p := newProgram(t, t.TempDir())
	p.write("a.txt", encodeAs(t, korean.EUCKR, "뷁"))
	p.write("b.txt", "\ufeff여왕벌은 이름표를 달고 있다.")
	if code, _, said := p.run("index", "--model", p.model, p.docs); code != 0 || !strings.Contains(said, "a.txt: decode: ") {
		t.Fatalf("in doubt: exit code %d: %s", code, said)
	}
	p.must("search", "--encoding", "EUC-KR", p.docs, "뷁")
	if got := p.must("get", p.docs, "a.txt"); got != "뷁" {
		t.Errorf("forced: %q", got)
	}
	p.reindex() // without the flag it stays
	s := p.status()
	if i := slices.IndexFunc(s.Encodings, func(e encodingCount) bool { return e.By["forced"] == 1 }); i < 0 || s.Encodings[i].Name != "cp949" {
		t.Errorf("encodings %+v", s.Encodings)
	}
	p.must("index", "--encoding", "auto", p.docs)
	if s := p.status(); s.Stale != 1 {
		t.Errorf("after auto: %+v", s)
	}
	if code, _, said := p.run("search", "--encoding", "cp949", "--no-refresh", p.docs, "x"); code != exitUsage || !strings.Contains(said, "--no-refresh forbids") {
		t.Errorf("with --no-refresh: exit code %d: %s", code, said)
	}
	code, out, said := p.run("ask", "--encoding", "klingon", p.docs, "x")
	if code != exitUsage || out != "" || !strings.Contains(said, "--encoding klingon: known are utf-8, cp949,") {
		t.Errorf("unknown: exit code %d: %s%s", code, out, said)
	}
}

// A name is found in either form of Unicode, in a filter and in a pattern too;
// of two that differ in nothing else each can be named.
func TestNamesAreFoundInEitherUnicodeForm(t *testing.T) {
	p := newProgram(t, t.TempDir())
	mac, other := norm.NFD.String("꿀벌/사육 기록.md"), "꿀벌.txt"
	p.write(mac, "# 사육\n\n여왕벌은 봄에 새로 들인다.\n")
	p.write(other, "여왕벌은 봄에 알을 낳는다.")
	p.write(norm.NFD.String("초안.md"), "# 초안\n\n여왕벌.\n")
	p.write(".groundworkignore", "초안.md\n")
	p.must("index", "--model", p.model, p.docs)
	typed := norm.NFC.String(mac)
	if got := p.must("get", p.docs, typed+":3"); got != "여왕벌은 봄에 새로 들인다.\n" {
		t.Errorf("get: %q", got)
	}
	if got := p.must("get", p.docs, norm.NFD.String(other)); got != "여왕벌은 봄에 알을 낳는다." {
		t.Errorf("get of a composed name typed decomposed: %q", got)
	}
	for _, where := range []string{`doc.uri = "` + typed + `"`, `doc.uri startswith "꿀벌/"`, `doc.uri in ("x", "` + typed + `")`} {
		r := decode[searchOutput](t, p.must("search", "--json", "--where", where, p.docs, "여왕벌 봄"))
		if len(r.Hits) != 1 || r.Hits[0].URI != filepath.ToSlash(mac) && r.Hits[0].URI != typed {
			t.Errorf("%s: hits %+v", where, r.Hits)
		}
	}
	if s := p.status(); s.Skipped["ignored"] != 1 || s.Documents != 2 {
		t.Errorf("the pattern did not match the name: %+v", s)
	}
	if runtime.GOOS != "linux" {
		return // other file systems take both forms for one name
	}
	p.write(typed, "# 둘째\n\n또 다른 글.\n")
	p.must("index", p.docs)
	for name, want := range map[string]string{mac: "# 사육\n", typed: "# 둘째\n"} {
		if got := p.must("get", p.docs, name+":1"); got != want {
			t.Errorf("%+q: %q, want %q", name, got, want)
		}
		r := decode[searchOutput](t, p.must("search", "--json", "--where", `doc.uri = "`+name+`"`, p.docs, "여왕벌 글"))
		if len(r.Hits) != 1 || r.Hits[0].URI != name {
			t.Errorf("%+q: hits %+v", name, r.Hits)
		}
	}
}
