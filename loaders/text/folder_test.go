package text_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/html"
	"github.com/seed4837efcb/groundwork/loaders/markdown"
	"github.com/seed4837efcb/groundwork/loaders/text"
)

// A language is what the files of a folder are made of: sentences, and words
// that stand alone.
type language struct {
	sentences    []string
	words, names []string
	columns      string // the header of a table, of four
}

func readLanguage(t testing.TB, file string, words, names, columns string) language {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "originals", file))
	if err != nil {
		t.Fatal(err)
	}
	return language{strings.Split(strings.TrimSpace(string(data)), "\n"), strings.Fields(words), strings.Fields(names), columns}
}

func languages(t testing.TB) map[string]language {
	return map[string]language{
		"ko":    readLanguage(t, "ko.txt", "설정 파일 주소 이름 경로 사용자 오류 기본값 목록 삭제 저장 연결 시간 번호", "김영희 박철수 이순신 최민수 정다은 한지우", "이름,부서,날짜,메모"),
		"ja":    readLanguage(t, "ja.txt", "設定 ファイル 住所 名前 一覧 利用者 エラー 初期値 削除 保存 接続 時間 番号", "田中花子 鈴木一郎 佐藤健 高橋美咲 山本太郎", "氏名,部署,日付,備考"),
		"zh-cn": readLanguage(t, "zh-cn.txt", "设置 文件 地址 名称 路径 用户 错误 默认值 列表 删除 保存 连接 时间 号码", "王小明 李伟 张丽 刘洋 陈静", "姓名,部门,日期,备注"),
		"zh-tw": readLanguage(t, "zh-tw.txt", "設定 檔案 地址 名稱 路徑 使用者 錯誤 預設值 清單 刪除 儲存 連線 時間 號碼", "王小明 林志豪 陳美玲 黃淑芬 張家豪", "姓名,部門,日期,備註"),
	}
}

// A form is an encoding that files have; a mark may go before the text.
type form struct {
	name string // as the decoder names it
	enc  encoding.Encoding
	mark string
}

var (
	cp949    = form{"cp949", korean.EUCKR, ""}
	sjis     = form{"shift_jis", japanese.ShiftJIS, ""}
	eucjp    = form{"euc-jp", japanese.EUCJP, ""}
	jis      = form{"iso-2022-jp", japanese.ISO2022JP, ""}
	gb18030  = form{"gb18030", simplifiedchinese.GB18030, ""}
	gbk      = form{"gb18030", simplifiedchinese.GBK, ""}
	big5     = form{"big5", traditionalchinese.Big5, ""}
	plain    = form{"utf-8", encoding.Nop, ""}
	plainBOM = form{"utf-8", encoding.Nop, "\xef\xbb\xbf"}
	le       = form{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), ""}
	be       = form{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), ""}
	lebom    = form{"utf-16le", le.enc, "\xff\xfe"}
	bebom    = form{"utf-16be", be.enc, "\xfe\xff"}
)

// A generated file: what it holds, and as what.
type generated struct {
	kind, original string
	form
}

// A mixture is a folder as people have them: mostly the encoding of their
// country, some of Unicode, a few strays.
type mixture struct {
	name   string
	lang   string
	forms  []form // each as often as it stands here
	folder string // before the names, with a slash
}

func repeat(f form, n int) []form { return slices.Repeat([]form{f}, n) }

var mixtures = []mixture{
	{name: "Korean office", lang: "ko", forms: slices.Concat(repeat(cp949, 12), []form{plain, plain, plain, plainBOM, lebom, le, be, bebom})},
	{name: "Korean archive", lang: "ko", forms: repeat(cp949, 1)},
	{name: "Japanese office", lang: "ja", forms: slices.Concat(repeat(sjis, 12), []form{eucjp, jis, plain, plain, plainBOM, lebom, le, be})},
	{name: "Japanese archive", lang: "ja", forms: slices.Concat(repeat(eucjp, 10), []form{sjis, plain})},
	{name: "Chinese office", lang: "zh-cn", forms: slices.Concat(repeat(gbk, 8), repeat(gb18030, 4), []form{plain, plain, plainBOM, lebom, le, bebom})},
	{name: "Taiwanese office", lang: "zh-tw", forms: slices.Concat(repeat(big5, 12), []form{plain, plain, plainBOM, lebom, be, bebom})},
}

// A maker makes files of one mixture.
type maker struct {
	rng *rand.Rand
	l   language
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func (m *maker) prose() string {
	var b strings.Builder
	end := pick(m.rng, []string{"\n", "\r\n"})
	for range 1 + m.rng.IntN(10) {
		b.WriteString(pick(m.rng, m.l.sentences))
		b.WriteString(end)
	}
	return b.String()
}

// table is what a spreadsheet exports: CRLF, cells in quotes where they need
// them.
func (m *maker) table() string {
	comma := pick(m.rng, []string{",", ";", "\t"})
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(m.l.columns, ",", comma) + "\r\n")
	for range 2 + m.rng.IntN(8) {
		note := pick(m.rng, m.l.words)
		if m.rng.IntN(3) == 0 {
			note = `"` + pick(m.rng, m.l.sentences) + `"`
		}
		fmt.Fprintf(&b, "%s%s%s%s2024-%02d-%02d%s%s\r\n", pick(m.rng, m.l.names), comma, pick(m.rng, m.l.words), comma,
			1+m.rng.IntN(12), 1+m.rng.IntN(28), comma, note)
	}
	return b.String()
}

func (m *maker) markdown() string {
	return fmt.Sprintf("# %s\n\n%s\n\n- `config.yaml`: %s\n- `README.md`\n\n```sh\nmake install\n```\n",
		pick(m.rng, m.l.words), pick(m.rng, m.l.sentences), pick(m.rng, m.l.words))
}

func (m *maker) code() string {
	return fmt.Sprintf("package main\n\nimport \"fmt\"\n\n// %s\nfunc main() {\n\tfmt.Println(\"%s\") // %s\n}\n",
		pick(m.rng, m.l.sentences), pick(m.rng, m.l.words), pick(m.rng, m.l.words))
}

// sparse is a file of ASCII with one word that is none.
func (m *maker) sparse() string {
	return fmt.Sprintf("[server]\nhost=127.0.0.1\nport=8080\n; %s\ndebug=false\nlevel=info\n", pick(m.rng, m.l.words))
}

// small is a piece of a sentence of at most 40 bytes.
func (m *maker) small(f form) string {
	runes := []rune(pick(m.rng, m.l.sentences))
	runes = runes[m.rng.IntN(len(runes)/2):]
	for {
		s := string(runes)
		if out, err := f.enc.NewEncoder().String(s); err == nil && len(out) <= 40 {
			return s
		}
		runes = runes[:len(runes)-1]
	}
}

func (m *maker) page(declared string) string {
	return fmt.Sprintf("<html><head><meta charset=\"%s\"><title>%s</title></head><body><main><p>%s</p><p>%s</p></main></body></html>\n",
		declared, pick(m.rng, m.l.words), pick(m.rng, m.l.sentences), pick(m.rng, m.l.sentences))
}

// labels are what pages of an encoding say of themselves.
var labels = map[string]string{"cp949": "euc-kr", "shift_jis": "Shift_JIS", "euc-jp": "EUC-JP", "gb18030": "gb2312", "big5": "big5", "utf-8": "utf-8", "iso-2022-jp": "iso-2022-jp"}

// file returns the name and the content of the n-th file.
func (m *maker) file(n int, f form) (string, generated) {
	label := labels[f.name]
	if label == "" {
		label = "utf-8" // of UTF-16 a page cannot say more
	}
	kinds := []struct {
		name, ext string
		text      func() string
	}{
		{"prose", "txt", m.prose}, {"prose", "txt", m.prose}, {"table", "csv", m.table}, {"table", "csv", m.table},
		{"markdown", "md", m.markdown}, {"code", "go", m.code}, {"sparse", "ini", m.sparse},
		{"small", "txt", func() string { return m.small(f) }}, {"small", "txt", func() string { return m.small(f) }},
		{"page", "html", func() string { return m.page(label) }},
		{"lying page", "html", func() string { return m.page(pick(m.rng, []string{"iso-8859-1", "utf-8", "windows-1252"})) }},
	}
	k := kinds[n%len(kinds)]
	name := fmt.Sprintf("%s %03d.%s", pick(m.rng, m.l.words), n, k.ext)
	switch n % 5 {
	case 0:
		name = norm.NFD.String(name) // from macOS
	case 1:
		if out, err := cp949.enc.NewEncoder().String(name); err == nil && f.name == "cp949" {
			name = out // from an old archive
		}
	}
	return name, generated{k.name, k.text(), f}
}

// writeFolder writes n files into dir and returns them by the bytes of their
// names.
func writeFolder(t testing.TB, dir string, m mixture, seed uint64, n int) map[string]generated {
	t.Helper()
	mk := &maker{rand.New(rand.NewPCG(seed, 7)), languages(t)[m.lang]}
	files := map[string]generated{}
	for i := range n {
		name, g := mk.file(i, pick(mk.rng, m.forms))
		out, err := g.enc.NewEncoder().String(g.original)
		if err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		name = m.folder + name
		if err := os.WriteFile(filepath.Join(dir, name), []byte(g.mark+out), 0o600); err != nil {
			t.Skipf("this file system refuses the name %q: %v", name, err)
		}
		files[name] = g
	}
	return files
}

// A score counts what became of files.
type score struct{ right, majority, refused, wrong int }

func (s score) total() int { return s.right + s.refused + s.wrong }

func (s *score) add(o score) {
	s.right += o.right
	s.majority += o.majority
	s.refused += o.refused
	s.wrong += o.wrong
}

// readFolder reads every file of dir; those in doubt a second time, in the
// encoding that most others have, as a pipeline does.
func readFolder(t testing.TB, dir string) (docs map[string]*groundwork.Document, errs map[string]error) {
	t.Helper()
	source, err := loaders.Dir(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	opts := &loaders.Options{Decoder: newDecoder(t, nil)}
	set, err := loaders.Plain(opts)
	if err == nil {
		set["text/html"], err = html.New(opts)
	}
	if err == nil {
		set["text/markdown"], err = markdown.New(opts)
	}
	if err != nil {
		t.Fatal(err)
	}
	docs, errs = map[string]*groundwork.Document{}, map[string]error{}
	counts := map[string]int{}
	again := map[string]loaders.Item{}
	for it, err := range source.List(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		docs[it.URI], errs[it.URI] = loadItem(t, source, set, it)
		if doubtOf(docs[it.URI], errs[it.URI]) != nil {
			again[it.URI] = it
		} else if d := docs[it.URI]; d != nil && d.Metadata[loaders.MetaEncodingBy] != string(loaders.ByASCII) {
			counts[d.Metadata[loaders.MetaEncoding].(string)]++
		}
	}
	for uri, it := range again {
		open := doubtOf(docs[uri], errs[uri])
		total := 0
		for _, e := range open {
			total += counts[e]
		}
		for _, e := range open {
			leaning := docs[uri] != nil && e != open[0]
			if 2*counts[e] > total && !(leaning && counts[e] <= 4*counts[open[0]]) {
				it.Prefer = e
			}
		}
		docs[uri], errs[uri] = loadItem(t, source, set, it)
	}
	return docs, errs
}

// doubtOf returns the encodings that come into question, if there are several.
func doubtOf(doc *groundwork.Document, err error) []string {
	var doubt *loaders.DoubtError
	if errors.As(err, &doubt) {
		return doubt.Encodings
	}
	if doc != nil && doc.Metadata[loaders.MetaEncodingOr] != nil {
		return append([]string{doc.Metadata[loaders.MetaEncoding].(string)}, doc.Metadata[loaders.MetaEncodingOr].([]string)...)
	}
	return nil
}

func (g *generated) judge(t testing.TB, doc *groundwork.Document, err error) score {
	if err != nil {
		t.Logf("%s, %s: refused: %v: %.60q", g.name, g.kind, err, g.original)
		return score{refused: 1}
	}
	want := g.original
	if doc.MIME == "text/html" {
		_, want, _ = strings.Cut(want, "<p>")
		want, _, _ = strings.Cut(want, "</p>")
	}
	if !strings.Contains(doc.Text, want) {
		t.Logf("%s, %s: read as %v by %v: %.60q of %.60q", g.name, g.kind, doc.Metadata[loaders.MetaEncoding], doc.Metadata[loaders.MetaEncodingBy], doc.Text, g.original)
		if len(doc.Warnings) == 0 {
			t.Errorf("%s, %s: wrong without a warning: %.60q", g.name, g.kind, doc.Text)
		}
		return score{wrong: 1}
	}
	s := score{right: 1}
	if doc.Metadata[loaders.MetaEncodingBy] == string(loaders.ByMajority) {
		s.majority = 1
	}
	return s
}

// Folders as they are found on disks that are older than UTF-8: at least 99 of
// 100 files are read right, and none is wrong without a word.
func TestFoldersFromBeforeUnicodeAreReadRight(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("names in the bytes of CP949 need a file system that takes them")
	}
	byForm, byKind := map[string]*score{}, map[string]*score{}
	count := func(in map[string]*score, key string, s score) {
		if in[key] == nil {
			in[key] = &score{}
		}
		in[key].add(s)
	}
	check := func(name, dir string, files map[string]generated) {
		docs, errs := readFolder(t, dir)
		if len(docs) != len(files) {
			t.Fatalf("%s: %d of %d files were listed", name, len(docs), len(files))
		}
		var all score
		for file, g := range files {
			uri, _ := loaders.EscapePath(file)
			s := g.judge(t, docs[uri], errs[uri])
			all.add(s)
			count(byForm, g.name, s)
			count(byKind, g.kind, s)
		}
		t.Logf("%s: %d files, %+v", name, len(files), all)
		if float64(all.right) < 0.99*float64(all.total()) || 200*all.wrong > all.total() {
			t.Errorf("%s: only %d of %d files were read right, %d wrong", name, all.right, all.total(), all.wrong)
		}
	}
	every, files := t.TempDir(), map[string]generated{}
	for i, m := range mixtures {
		dir := t.TempDir()
		check(m.name, dir, writeFolder(t, dir, m, uint64(100+i), 220))
		m.folder = m.lang + strconv.Itoa(i) + "/"
		if err := os.Mkdir(filepath.Join(every, m.folder), 0o700); err != nil {
			t.Fatal(err)
		}
		maps.Copy(files, writeFolder(t, every, m, uint64(200+i), 100))
	}
	check("everything in one folder", every, files)
	for _, part := range []map[string]*score{byForm, byKind} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			t.Logf("%-12s %4d files, %+v", name, part[name].total(), *part[name])
		}
	}
}

var _ loaders.Preferrer = (*text.Decoder)(nil)
