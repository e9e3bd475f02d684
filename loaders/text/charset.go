package text

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// A charset is an encoding that can be named.
type charset struct {
	name    string // lower case
	aliases []string
	enc     encoding.Encoding
	rate    rater // nil if it is never guessed
	single  bool  // a byte is a character
}

// charsets returns all known charsets, for reading only. Those that share a set of bytes with a
// more general one are listed as its aliases, as browsers do.
var charsets = sync.OnceValue(func() []charset {
	return []charset{
		{"cp949", []string{"euc-kr", "euckr", "ks_c_5601-1987", "ksc5601", "ks_c_5601", "uhc", "ms949", "windows-949"}, korean.EUCKR, rateKorean, false},
		{"shift_jis", []string{"shift-jis", "sjis", "cp932", "ms932", "windows-31j", "ms_kanji", "x-sjis"}, japanese.ShiftJIS, rateJapanese, false},
		{"euc-jp", []string{"eucjp", "x-euc-jp"}, japanese.EUCJP, rateJapanese, false},
		{"utf-16le", nil, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), rateUTF16, false},
		{"utf-16be", nil, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), rateUTF16, false},
		{"iso-2022-jp", []string{"csiso2022jp"}, japanese.ISO2022JP, nil, false},
		{"gb18030", []string{"gb2312", "gbk", "cp936", "euc-cn", "gb_2312-80", "x-gbk", "windows-936"}, simplifiedchinese.GB18030, rateSimplified, false},
		{"big5", []string{"big5-hkscs", "cp950", "big-5", "x-x-big5", "windows-950"}, traditionalchinese.Big5, rateTraditional, false},
		{"windows-1252", []string{"cp1252", "iso-8859-1", "latin1", "iso8859-1", "us-ascii", "ascii", "l1"}, charmap.Windows1252, rateWestern, true},
		{"windows-1251", []string{"cp1251"}, charmap.Windows1251, rateCyrillic, true},
		{"koi8-r", []string{"koi8", "koi"}, charmap.KOI8R, rateCyrillic, true},
		{"iso-8859-15", []string{"latin9", "latin-9", "iso8859-15"}, charmap.ISO8859_15, nil, true},
		{"windows-1250", []string{"cp1250"}, charmap.Windows1250, rateCentral, true},
		{"iso-8859-2", []string{"latin2", "iso8859-2"}, charmap.ISO8859_2, rateCentral, true},
		{"iso-8859-3", []string{"latin3", "iso8859-3"}, charmap.ISO8859_3, nil, true},
		{"iso-8859-4", []string{"latin4", "iso8859-4"}, charmap.ISO8859_4, nil, true},
		{"iso-8859-5", []string{"iso8859-5", "cyrillic"}, charmap.ISO8859_5, nil, true},
		{"iso-8859-6", []string{"iso8859-6", "arabic"}, charmap.ISO8859_6, nil, true},
		{"iso-8859-7", []string{"iso8859-7", "greek"}, charmap.ISO8859_7, nil, true},
		{"iso-8859-10", []string{"latin6", "iso8859-10"}, charmap.ISO8859_10, nil, true},
		{"iso-8859-13", []string{"iso8859-13"}, charmap.ISO8859_13, nil, true},
		{"iso-8859-14", []string{"iso8859-14"}, charmap.ISO8859_14, nil, true},
		{"iso-8859-16", []string{"iso8859-16"}, charmap.ISO8859_16, nil, true},
		{"koi8-u", nil, charmap.KOI8U, nil, true},
		{"windows-1253", []string{"cp1253"}, charmap.Windows1253, nil, true},
		{"windows-1254", []string{"cp1254", "iso-8859-9", "latin5"}, charmap.Windows1254, nil, true},
		{"windows-1255", []string{"cp1255", "iso-8859-8", "iso-8859-8-i", "hebrew"}, charmap.Windows1255, nil, true},
		{"windows-1256", []string{"cp1256"}, charmap.Windows1256, nil, true},
		{"windows-1257", []string{"cp1257"}, charmap.Windows1257, nil, true},
		{"windows-1258", []string{"cp1258"}, charmap.Windows1258, nil, true},
		{"windows-874", []string{"cp874", "tis-620", "iso-8859-11"}, charmap.Windows874, nil, true},
		{"ibm866", []string{"cp866"}, charmap.CodePage866, nil, true},
		{"x-mac-cyrillic", []string{"x-mac-ukrainian"}, charmap.MacintoshCyrillic, nil, true},
		{"macintosh", []string{"macroman", "mac"}, charmap.Macintosh, nil, true},
	}
})

// find returns the charset of that name or alias.
func find(name string) (charset, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, c := range charsets() {
		if c.name == name || slices.Contains(c.aliases, name) {
			return c, true
		}
	}
	return charset{}, false
}

// Encodings returns the names that Options.Encoding and Options.Prefer accept,
// without their aliases.
func Encodings() []string {
	names := []string{"utf-8"}
	for _, c := range charsets() {
		names = append(names, c.name)
	}
	return names
}
