package pdf

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// A charset reads the codes of the predefined CMaps for Chinese, Japanese and
// Korean (ISO 32000-1, table 118), which are codes of a text encoding.
type charset interface {
	length(s str) int // of the first code; at least 1
	decode(code str) string
}

// charsetOf returns the charset of a predefined CMap, nil for Identity and
// unknown ones.
func charsetOf(cmap string) charset {
	for _, known := range []struct {
		part string
		set  charset
	}{
		{"UTF16", ucs2{}}, {"UCS2", ucs2{}},
		{"RKSJ", multibyte{japanese.ShiftJIS, 0}},
		{"KSCms-UHC", multibyte{korean.EUCKR, 0}}, {"KSC-EUC", multibyte{korean.EUCKR, 0}}, {"KSCpc", multibyte{korean.EUCKR, 0}},
		{"GBK", multibyte{simplifiedchinese.GBK, 0}}, {"GB-EUC", multibyte{simplifiedchinese.GBK, 0}}, {"GBpc", multibyte{simplifiedchinese.GBK, 0}},
		{"B5", multibyte{traditionalchinese.Big5, 0}},
	} {
		if strings.Contains(cmap, known.part) {
			return known.set
		}
	}
	switch cmap {
	case "EUC-H", "EUC-V":
		return multibyte{japanese.EUCJP, 0}
	case "H", "V": // JIS X 0208: EUC without the high bits
		return multibyte{japanese.EUCJP, 0x80}
	}
	return nil
}

// ucs2 is UTF-16, two bytes at a time.
type ucs2 struct{}

func (ucs2) length(s str) int {
	if s[0]&0xfc == 0xd8 {
		return 4
	}
	return 2
}

func (ucs2) decode(code str) string {
	if len(code) < 2 {
		return ""
	}
	return utf16Text(code)
}

// multibyte is an encoding with one- and two-byte codes.
type multibyte struct {
	enc  encoding.Encoding
	high byte // bits to set in each byte first
}

func (m multibyte) length(s str) int {
	switch {
	case m.high != 0:
		return 2
	case s[0] < 0x80, m.enc == japanese.ShiftJIS && s[0] >= 0xa0 && s[0] < 0xe0:
		return 1
	case m.enc == japanese.EUCJP && s[0] == 0x8f:
		return 3
	}
	return 2
}

func (m multibyte) decode(code str) string {
	raw := append([]byte(nil), code...)
	for i := range raw {
		raw[i] |= m.high
	}
	out, err := m.enc.NewDecoder().Bytes(raw)
	if err != nil || !utf8.Valid(out) {
		return ""
	}
	return string(out)
}
