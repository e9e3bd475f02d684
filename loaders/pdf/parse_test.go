package pdf

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	lib "github.com/ledongthuc/pdf"
)

func TestObjectsAreRead(t *testing.T) {
	tests := []struct {
		source string
		want   any
	}{
		{"12 ", 12.0}, {"-.5", -0.5}, {"--3", -3.0}, {"4.", 4.0}, {"1.2.3", 1.2}, {"5-2", 5.0},
		{"/A#42#", name("AB#")}, {"/ ", name("")}, {"true", true}, {"null", nil}, {"Tj", keyword("Tj")}, {"1abc", keyword("1abc")},
		{`(a\(b\)(c)\101\7\
\n)`, str("a(b)(c)A\a\n")}, {"<4 1 4>", str("A@")}, {"[1 [/A] (x)]", array{1.0, array{name("A")}, str("x")}},
		{"<</A 1 0 R/B [2] /C<</D true>>>>", dict{"A": ref{1, 0}, "B": array{2.0}, "C": dict{"D": true}}},
		{"<</A 1", dict{"A": 1.0}}, {"% comment\n7", 7.0},
	}
	for _, tt := range tests {
		l := lexer{data: []byte(tt.source)}
		if got, err := l.object(0); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %#v, %v; want %#v", tt.source, got, err, tt.want)
		}
	}
}

func TestLZWWithEarlyChange(t *testing.T) {
	// ISO 32000-1, 7.4.4.2, example 1.
	got, err := unLZW([]byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01})
	if want := "-----A---B"; err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestPredictorsAreUndone(t *testing.T) {
	tests := []struct {
		name string
		row2 []byte // a filter type and what it makes of 2 4 6 below 1 2 3
	}{
		{"none", []byte{0, 2, 4, 6}}, {"sub", []byte{1, 2, 2, 2}}, {"up", []byte{2, 1, 2, 3}},
		{"average", []byte{3, 2, 2, 3}}, {"paeth", []byte{4, 1, 2, 2}},
	}
	for _, tt := range tests {
		data := append([]byte{0, 1, 2, 3}, tt.row2...)
		got, err := unpredict(data, dict{"Predictor": 15.0, "Columns": 3.0})
		if want := []byte{1, 2, 3, 2, 4, 6}; err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, want)
		}
	}
	if got, _ := unpredict([]byte{1, 2, 3, 4, 5, 6}, dict{"Predictor": 2.0, "Columns": 3.0}); !bytes.Equal(got, []byte{1, 3, 6, 4, 9, 15}) {
		t.Errorf("TIFF: %v", got)
	}
}

func TestEncodingsHoldTheirCharacters(t *testing.T) {
	tests := []struct {
		encoding string
		code     byte
		want     string
	}{
		{"WinAnsiEncoding", 0x80, "€"}, {"WinAnsiEncoding", 0x93, "“"}, {"WinAnsiEncoding", 0x9f, "Ÿ"}, {"WinAnsiEncoding", 0xe9, "é"},
		{"MacRomanEncoding", 0x80, "Ä"}, {"MacRomanEncoding", 0xca, "\u00a0"}, {"MacRomanEncoding", 0xde, "fi"}, {"MacRomanEncoding", 0xf5, "ı"}, {"MacRomanEncoding", 0xff, "ˇ"},
		{"StandardEncoding", 0x27, "’"}, {"StandardEncoding", 0xae, "fi"}, {"StandardEncoding", 0xd0, "—"}, {"StandardEncoding", 0xe1, "Æ"},
		{"StandardEncoding", 0xf1, "æ"}, {"StandardEncoding", 0xfb, "ß"}, {"StandardEncoding", 0xfc, ""},
	}
	for _, tt := range tests {
		if got := baseTable(tt.encoding)[tt.code]; got != tt.want {
			t.Errorf("%s %#x: %q, want %q", tt.encoding, tt.code, got, tt.want)
		}
	}
}

func TestCMapsMapCodesToText(t *testing.T) {
	m := readCMap([]byte(`1 begincodespacerange <0000> <ffff> endcodespacerange
2 beginbfchar <01> <0041> <0002> <D83DDE00> endbfchar
2 beginbfrange <0010> <0012> <0061> <0020> <0021> [<0078> <00790079>] endbfrange
1 begincidrange <30> <32> 5 endcidrange`))
	want := map[uint32]string{1: "A", 2: "😀", 0x10: "a", 0x11: "b", 0x12: "c", 0x20: "x", 0x21: "yy"}
	if !reflect.DeepEqual(m.text, want) {
		t.Errorf("text %v, want %v", m.text, want)
	}
	if !reflect.DeepEqual(m.cid, map[uint32]int{0x30: 5, 0x31: 6, 0x32: 7}) || !m.lengths[2] || m.lengths[1] {
		t.Errorf("cid %v, lengths %v", m.cid, m.lengths)
	}
}

func TestPredefinedCharsetsAreKnown(t *testing.T) {
	for cmap, tt := range map[string]struct{ raw, want string }{
		"KSCms-UHC-H":  {"\xb0\xa1", "가"},
		"90ms-RKSJ-V":  {"\x93\xfa", "日"},
		"EUC-H":        {"\xc6\xfc", "日"},
		"H":            {"\x46\x7c", "日"},
		"GBK-EUC-H":    {"\xd6\xd0", "中"},
		"ETen-B5-H":    {"\xa4\xa4", "中"},
		"UniKS-UCS2-H": {"\xac\x00", "가"},
	} {
		c := charsetOf(cmap)
		if c == nil || c.length(str(tt.raw)) != 2 || c.decode(str(tt.raw)) != tt.want {
			t.Errorf("%s does not read %x as %s", cmap, tt.raw, tt.want)
		}
	}
	if charsetOf("Identity-H") != nil {
		t.Error("Identity has a charset")
	}
}

// FuzzOwnParsers feeds everything of ours that reads a file's bytes. The
// library is left out: it may hang, which is why it runs elsewhere.
func FuzzOwnParsers(f *testing.F) {
	for _, s := range []string{
		"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF",
		"q BT /F1 9 Tf [(a) -300 <4142>] TJ (b) ' T* ET Q BI /W 1 ID x EI /X Do /S << /ActualText (x) >> BDC EMC",
		"1 beginbfrange <00> <ff> <0041> endbfrange 2 begincidchar <00> 1 endcidchar",
		"3 0 obj << /Type /ObjStm /N 1 /First 4 /Length 9 >> stream\n1 0 (ab)\nendstream endobj xref 0 1 trailer",
		"1 0 obj (\x01\x02) endobj 2 0 obj << /Length 40 >> stream\n0123456789012345678901234567890123456789\nendstream trailer << /Root 1 0 R /ID [<00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <00> /U <00> >> >>",
		"x\x9cK\xca\x00\x00\x01", "\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", "87cURD]i,\"Ebo80~>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = sound(data)
		if out, err := rebuild(clean(bytes.Clone(data))); err == nil && !bytes.HasSuffix(out, []byte("%%EOF")) {
			t.Error("a rebuilt file without an end")
		}
		c := &crypt{key: []byte("0123456789abcdef"), streams: methodAES, strings: methodRC4}
		newScan(data, c).write()
		readCMap(data)
		for _, filter := range []name{"FlateDecode", "LZWDecode", "ASCII85Decode", "ASCIIHexDecode", "RunLengthDecode"} {
			_, _ = decode(bytes.Clone(data), []name{filter}, []dict{{"Predictor": 15.0, "Columns": 2.0}})
		}
		in := interpreter{doc: &document{fonts: map[string]*font{}}, out: &layout{}, g: graphics{ctm: identity, scale: 1}}
		_ = in.run(data, lib.Value{})
		if s := in.out.String(); strings.ContainsRune(s, 0) {
			t.Errorf("text %q holds a zero byte", s)
		}
	})
}
