package loaders

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/seed4837efcb/groundwork"
)

func utf16Bytes(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func TestTextIsDecodedAsWhatItIs(t *testing.T) {
	korean := "정전이 나도 색인은 남는다.\r\n둘째 줄 😀 end\n"
	tests := []struct {
		name, data string
		text, enc  string
		verbatim   bool
		base       int
		warn       bool
	}{
		{"UTF-8", korean, korean, "utf-8", true, 0, false},
		{"UTF-8 with a mark", "\ufeff" + korean, korean, "utf-8", true, 3, false},
		{"UTF-16LE with a mark", "\xff\xfe" + utf16Bytes(korean, binary.LittleEndian), korean, "utf-16le", false, 0, false},
		{"UTF-16BE with a mark", "\xfe\xff" + utf16Bytes(korean, binary.BigEndian), korean, "utf-16be", false, 0, false},
		{"UTF-16LE without", utf16Bytes(korean, binary.LittleEndian), korean, "utf-16le", false, 0, true},
		{"UTF-16BE without", utf16Bytes(korean, binary.BigEndian), korean, "utf-16be", false, 0, true},
		{"UTF-32LE with a mark", "\xff\xfe\x00\x00a\x00\x00\x00\x00\xac\x00\x00", "a가", "utf-32le", false, 0, false},
		{"a lone surrogate", "\xff\xfea\x00\x00\xd8b\x00", "a\ufffdb", "utf-16le", false, 0, true},
		{"a cut unit", "\xff\xfea\x00b", "a\ufffd", "utf-16le", false, 0, true},
		{"U+FFFD that is there", "a\ufffdb", "a\ufffdb", "utf-8", true, 0, false},
		{"a damaged place", strings.Repeat("한글 ", 20) + "\xff\xff", strings.Repeat("한글 ", 20) + "\ufffd", "utf-8", false, 0, true},
		{"a damaged text with a mark", "\ufeffa\xff", "a\ufffd", "utf-8", false, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := load(t, "a.txt", tt.data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if doc.Text != tt.text || doc.Metadata[MetaEncoding] != tt.enc || doc.Verbatim != tt.verbatim || doc.Base != tt.base {
				t.Errorf("got %q as %v, verbatim %v from %d", doc.Text, doc.Metadata[MetaEncoding], doc.Verbatim, doc.Base)
			}
			if got := warned(doc, groundwork.Encoding); got != tt.warn {
				t.Errorf("warned = %v, want %v: %v", got, tt.warn, doc.Warnings)
			}
			if i := strings.Index(doc.Text, "둘째"); i >= 0 && doc.Position(i).Line != 2 {
				t.Errorf("second line is said to be line %d", doc.Position(i).Line)
			}
		})
	}
}

func TestUnknownEncodingsAreRefusedNotGarbled(t *testing.T) {
	for _, data := range []string{
		"\xc1\xa4\xc0\xfc\xc0\xcc \xb3\xaa\xb5\xb5", // EUC-KR, which Unicode does not know
		"caf\xe9",
		"\xc8\x85\x93\x93\x96", // EBCDIC
	} {
		_, err := load(t, "a.txt", data, nil)
		var file *FileError
		if !asFileError(err, &file) || file.Stage != "decode" || file.Remedy == "" {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func TestDeclaredEncodingReachesTheDecoder(t *testing.T) {
	doc, err := load(t, "a.xml", `<?xml version="1.0" encoding='EUC-KR'?><a/>`, &Options{Decoder: fakeDecoder{}})
	if err != nil || doc.Text != "declared EUC-KR" || len(doc.Warnings) != 2 {
		t.Errorf("got %+v, %v", doc, err)
	}
}

func TestLimitsCutTextsWithAWarning(t *testing.T) {
	line := strings.Repeat("가", 30) + "\n" // 91 bytes
	data := strings.Repeat(line, 10)
	for _, tt := range []struct {
		name string
		o    Options
		want string
		cut  bool
	}{
		{"text limit - 1", Options{MaxText: 909}, strings.Repeat(line, 9), true},
		{"text limit", Options{MaxText: 910}, data, false},
		{"text limit + 1", Options{MaxText: 911}, data, false},
		{"text limit inside a character", Options{MaxText: 50}, strings.Repeat("가", 16), true},
		{"byte limit - 1", Options{MaxBytes: 909}, data[:909], true},
		{"byte limit", Options{MaxBytes: 910}, data, false},
		{"byte limit inside a character", Options{MaxBytes: 50}, strings.Repeat("가", 16), true},
	} {
		doc, err := load(t, "a.txt", data, &tt.o)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Text != tt.want || warned(doc, groundwork.Truncated) != tt.cut {
			t.Errorf("%s: %d bytes, warnings %v; want %d", tt.name, len(doc.Text), doc.Warnings, len(tt.want))
		}
	}
}

func TestTitleIsAHeadingOrNothing(t *testing.T) {
	for text, want := range map[string]string{
		"Power loss\n\nWhat happens then.\n":  "Power loss",
		"Power loss\n==========\nWhat":        "Power loss",
		"\n\r\n 설치 안내 \r\n\r\n본문":             "설치 안내",
		"One paragraph that ends here.\n\nB":  "",
		"A line\nand another\n":               "",
		"Alone":                               "",
		"Alone\n\n":                           "",
		"12345\n\nnumbers":                    "",
		strings.Repeat("long ", 40) + "\n\nx": "",
	} {
		doc, err := load(t, "some-name.txt", text, nil)
		if err != nil || doc.Title != want {
			t.Errorf("%q: title %q, %v; want %q", text, doc.Title, err, want)
		}
	}
	if doc, _ := load(t, "main.go", "package main\n\nfunc main() {}\n", nil); doc.Title != "" {
		t.Errorf("code has the title %q", doc.Title)
	}
}

// Random texts in all forms of Unicode come back as they were.
func TestUnicodeRoundTrips(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	for range 300 {
		text := randomText(rng)
		for _, data := range []string{
			text, "\ufeff" + text,
			"\xff\xfe" + utf16Bytes(text, binary.LittleEndian), "\xfe\xff" + utf16Bytes(text, binary.BigEndian),
			utf16Bytes(text, binary.LittleEndian), utf16Bytes(text, binary.BigEndian),
		} {
			doc, err := load(t, "a.txt", data, nil)
			if err != nil || doc.Text != text {
				t.Fatalf("%q: %v", data, err)
			}
		}
	}
}

func randomText(rng *rand.Rand) string {
	words := []string{"the", "index", "정전이", "나도", "색인은", "日本語の", "文書", "文档", "данные", "größe", "42", "naïve", "한국어"}
	var b strings.Builder
	for range 6 + rng.IntN(20) {
		b.WriteString(words[rng.IntN(len(words))])
		b.WriteString([]string{" ", ", ", ".\r\n", "\n"}[rng.IntN(4)])
	}
	return b.String()
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a", "\xff\xfea\x00", "\xfe\xff\xd8\x00", "a\x00b\x00", "\xff\xfe\x00\x00a\x00\x00\x00", "한글\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if len(data) > 0 {
			load(t, "a.txt", data, nil)
			load(t, "noname", data, nil)
		}
	})
}
