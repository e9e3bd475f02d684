package loaders

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"
)

// sniffLen is how many bytes of an item are looked at to tell its type.
const sniffLen = 4096

// Media types that are not known from elsewhere.
const (
	mimeText   = "text/plain"
	mimeCSV    = "text/csv"
	mimeTSV    = "text/tab-separated-values"
	mimeJSON   = "application/json"
	mimeJSONL  = "application/jsonl"
	mimeBinary = "application/octet-stream"
)

// MIMEOf returns the media type of an item by its name, and by its first bytes
// where the name tells nothing: text becomes text/plain, anything not
// recognized application/octet-stream. It reads no system table, so it answers
// the same on every host. Source code is text/x- and the language.
func MIMEOf(uri string, head []byte) string {
	base := strings.ToLower(path.Base(uri))
	if m, ok := mimeByName[base]; ok {
		return m
	}
	if m, ok := mimeByExt[strings.TrimPrefix(path.Ext(base), ".")]; ok {
		return m
	}
	if m := sniffBinary(head); m != "" {
		return m
	}
	return sniffText(head)
}

// sniffText returns the media type of a text whose name tells nothing.
func sniffText(head []byte) string {
	t := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(t, []byte(tag)) {
			return "text/html"
		}
	}
	if bytes.HasPrefix(t, []byte("<?xml")) {
		return "text/xml"
	}
	return mimeText
}

// IsText reports whether mime is the type of a text: text/..., JSON, XML and
// the like. Their items must not hold binary data.
func IsText(mime string) bool {
	switch {
	case strings.HasPrefix(mime, "text/"), strings.HasSuffix(mime, "+json"), strings.HasSuffix(mime, "+xml"):
		return true
	}
	return mime == mimeJSON || mime == mimeJSONL || mime == "application/xml" || mime == "application/xhtml+xml"
}

// magics are first bytes that no text begins with.
var magics = []struct{ prefix, mime string }{
	{"%PDF-", "application/pdf"},
	{"PK\x03\x04", "application/zip"},
	{"PK\x05\x06", "application/zip"},
	{"\x1f\x8b", "application/gzip"},
	{"BZh", "application/x-bzip2"},
	{"\xfd7zXZ\x00", "application/x-xz"},
	{"\x28\xb5\x2f\xfd", "application/zstd"},
	{"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{"Rar!\x1a\x07", "application/vnd.rar"},
	{"\x89PNG\r\n", "image/png"},
	{"\xff\xd8\xff", "image/jpeg"},
	{"GIF87a", "image/gif"},
	{"GIF89a", "image/gif"},
	{"\x7fELF", "application/x-elf"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"}, // .doc, .xls, .hwp
	{"{\\rtf", "application/rtf"},
	{"SQLite format 3\x00", "application/vnd.sqlite3"},
}

// sniffBinary returns the media type of binary content, or "" for text.
func sniffBinary(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.mime
		}
	}
	if looksBinary(head) {
		return mimeBinary
	}
	return ""
}

// looksBinary reports whether head is no text in any encoding: it holds zero
// bytes without being UTF-16 or UTF-32, or more control characters than text
// does.
func looksBinary(head []byte) bool {
	if _, ok := decodeMarked(head[:len(head)&^3]); ok {
		return false
	}
	controls := 0
	for _, c := range head {
		if c < 0x20 && !bytes.ContainsRune([]byte("\t\n\v\f\r\x1b\b"), rune(c)) {
			controls++
		}
	}
	if bytes.IndexByte(head, 0) < 0 && (controls <= 3 || controls*100 <= len(head) || utf8.Valid(head[:len(head)-partial(head)])) {
		return false
	}
	if len(head) > shortHead {
		return sniffUTF16(head) == nil
	}
	le, be := utf16Orders(head) // which of them it is, letters may tell
	return max(le, be) < utf16Least
}

// shortHead is the size in bytes up to which text of UTF-16 need not hold an
// ASCII character, which would give it away.
const shortHead = 128

// partial returns how many bytes at the end of head begin a sequence that was
// cut.
func partial(head []byte) int { return len(head) - len(trimPartialRune(head)) }
