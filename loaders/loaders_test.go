package loaders

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
)

// load reads data as an item of that name with the plain loaders, and checks
// what every document promises.
func load(t testing.TB, name, data string, o *Options) (*groundwork.Document, error) {
	t.Helper()
	set, err := Plain(o)
	if err != nil {
		t.Fatal(err)
	}
	return loadWith(t, set, Item{Source: "s", URI: name, Size: int64(len(data))}, data)
}

func loadWith(t testing.TB, l Loader, it Item, data string) (*groundwork.Document, error) {
	t.Helper()
	var doc *groundwork.Document
	for d, err := range l.Load(context.Background(), it, strings.NewReader(data)) {
		if err != nil {
			if doc != nil || d != nil {
				t.Errorf("%s: a document and an error: %v", it.URI, err)
			}
			checkError(t, it.URI, err)
			return nil, err
		}
		if doc != nil {
			t.Errorf("%s: more than one document", it.URI)
		}
		doc = d
	}
	if doc == nil {
		t.Fatalf("%s: neither a document nor an error", it.URI)
	}
	checkDocument(t, doc, data)
	return doc, nil
}

func checkDocument(t testing.TB, doc *groundwork.Document, source string) {
	t.Helper()
	if err := doc.Validate(); err != nil {
		t.Error(err)
	}
	if doc.Verbatim && !strings.HasPrefix(source[doc.Base:], doc.Text) {
		t.Errorf("%s: the text is said to be verbatim and is not", doc.URI)
	}
	if doc.Verbatim && len(doc.Text) != len(source)-doc.Base && !warned(doc, groundwork.Truncated) {
		t.Errorf("%s: the text was cut without a warning", doc.URI)
	}
	if doc.Metadata[MetaEncoding] == nil {
		t.Errorf("%s: no encoding in the metadata", doc.URI)
	}
	if doc.ID != groundwork.DocumentID("s", doc.URI) || doc.MIME == "" || doc.Revision == "" {
		t.Errorf("%s: id %q, MIME %q, revision %q", doc.URI, doc.ID, doc.MIME, doc.Revision)
	}
}

func checkError(t testing.TB, uri string, err error) {
	t.Helper()
	var file *FileError
	var skip *SkipError
	switch {
	case errors.As(err, &file):
		if file.URI != uri || file.Stage == "" || file.Err == nil {
			t.Errorf("%s: incomplete %#v", uri, file)
		}
	case errors.As(err, &skip):
		if skip.URI != uri || skip.Reason == "" || skip.Detail == "" {
			t.Errorf("%s: incomplete %#v", uri, skip)
		}
	default:
		t.Errorf("%s: error of type %T: %v", uri, err, err)
	}
}

func warned(doc *groundwork.Document, code groundwork.Code) bool {
	for _, w := range doc.Warnings {
		if w.Code == code {
			return w.Stage == "load" && w.URI == doc.URI && w.Detail != ""
		}
	}
	return false
}

func skipReason(err error) SkipReason {
	var skip *SkipError
	if errors.As(err, &skip) {
		return skip.Reason
	}
	return ""
}

func TestSetPicksByNameAndConfirmsByContent(t *testing.T) {
	tests := []struct {
		name, data string
		mime       string
		skip       SkipReason
	}{
		{"a.txt", "text\n", "text/plain", ""},
		{"a.TXT", "text\n", "text/plain", ""},
		{"dir.d/README", "text\n", "text/plain", ""},
		{"main.go", "package main\n", "text/x-go", ""},
		{"Makefile", "all:\n", "text/x-makefile", ""},
		{"a.unknown", "text\n", "text/plain", ""},
		{"feed.rss", "<rss/>", "text/xml", ""},
		{"nb.ipynb", `{"a":"b"}`, "application/x-ipynb+json", ""},
		{"noext", "<!DOCTYPE html><p>x", "text/html", ""},
		{"a.csv", "a,b\n", "text/csv", ""},
		{"a.txt", "", "", SkipEmpty},
		{"a.txt", "text\x00\x01\x02\x03binary", "", SkipBinary},
		{"a.md", "%PDF-1.7 ...", "", SkipBinary},
		{"a.json", "PK\x03\x04zip", "", SkipBinary},
		{"a.txt", "\x01\x02\x03\x04\x05\xff\xfe", "", SkipBinary},
		{"a.pdf", "%PDF-1.7", "", SkipUnsupported},
		{"a.hwp", "x", "", SkipUnsupported},
		{"a.svg", "<svg/>", "", SkipUnsupported},
		{"unknown", "\x89PNG\r\n\x1a\n", "", SkipUnsupported},
		{"go.sum", "x", "", SkipUnsupported},
		{"a.txt", " \r\n\t ", "", SkipNoText},
		{"u16.txt", "\xff\xfea\x00b\x00", "text/plain", ""},
		{"u16.txt", "a\x00b\x00c\x00 \x00d\x00", "text/plain", ""},
		{"ansi.log", "\x1b[31mred\x1b[0m\n", "text/plain", ""},
	}
	for _, tt := range tests {
		doc, err := load(t, tt.name, tt.data, nil)
		switch {
		case skipReason(err) != tt.skip:
			t.Errorf("%s %q: %v, want skip %q", tt.name, tt.data, err, tt.skip)
		case err == nil && doc.MIME != tt.mime:
			t.Errorf("%s: MIME %q, want %q", tt.name, doc.MIME, tt.mime)
		}
	}
}

type stubLoader struct{ fingerprint string }

func (s stubLoader) Fingerprint() string { return s.fingerprint }
func (s stubLoader) Load(ctx context.Context, it Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		yield(nil, &FileError{URI: it.URI, Stage: "parse", Err: errors.New(s.fingerprint + " as " + it.MIME)})
	}
}

func TestSetFallsBackFromTheExactTypeToItsKind(t *testing.T) {
	set := Set{"text/*": stubLoader{"text"}, "text/markdown": stubLoader{"md"}, "application/json": stubLoader{"json"}, "text/xml": stubLoader{"xml"}}
	for it, want := range map[Item]string{
		{URI: "a.md"}:                            "md as text/markdown",
		{URI: "a.rst"}:                           "text as text/x-rst",
		{URI: "a.geojson"}:                       "json as application/geo+json",
		{URI: "a.xhtml"}:                         "text as application/xhtml+xml",
		{URI: "a", MIME: "application/xml"}:      "xml as application/xml",
		{URI: "a", MIME: "Text/HTML; charset=x"}: "text as text/html",
		{URI: "a.bin", MIME: "text/x-secret"}:    "text as text/x-secret",
	} {
		for _, err := range set.Load(context.Background(), it, strings.NewReader("x")) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want %s", it, err, want)
			}
		}
	}
}

func TestFingerprintCoversEveryLoaderAndOption(t *testing.T) {
	seen := map[string]string{}
	for name, o := range map[string]*Options{"nil": nil, "bytes": {MaxBytes: 5}, "text": {MaxText: 5}, "decoder": {Decoder: fakeDecoder{}}} {
		set, err := Plain(o)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[set.Fingerprint()]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[set.Fingerprint()] = name
	}
	a, b := Set{"text/*": stubLoader{"1"}}, Set{"text/*": stubLoader{"2"}}
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("a loader's change does not show in the set")
	}
	if _, err := Plain(&Options{MaxText: -1}); err == nil {
		t.Error("a negative limit was accepted")
	}
}

type fakeDecoder struct{}

func (fakeDecoder) Fingerprint() string { return "fake" }
func (fakeDecoder) Decode(data []byte, declared string) (Decoded, error) {
	return Decoded{Text: "declared " + declared, Encoding: "fake", By: ByLetters, Invalid: 2}, nil
}

func TestNameThatIsNotUTF8IsFlagged(t *testing.T) {
	set, _ := Plain(nil)
	doc, err := loadWith(t, set, Item{Source: "s", URI: "%B0%A1.txt", Escaped: true}, "text")
	if err != nil || !warned(doc, groundwork.Encoding) {
		t.Errorf("no warning: %v", err)
	}
}

type brokenReader struct{ n int }

func (r *brokenReader) Read(p []byte) (int, error) {
	if r.n--; r.n < 0 {
		return 0, errors.New("disk on fire")
	}
	p[0] = 'x'
	return 1, nil
}

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

func TestReadErrorsNameTheFile(t *testing.T) {
	l, _ := NewText(nil)
	for name, r := range map[string]io.Reader{"broken": &brokenReader{5}, "idle": idleReader{}} {
		for doc, err := range l.Load(context.Background(), Item{URI: "a.txt"}, r) {
			var file *FileError
			if doc != nil || !errors.As(err, &file) || file.Stage != "open" {
				t.Errorf("%s: %v, %v", name, doc, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range l.Load(ctx, Item{URI: "a.txt"}, strings.NewReader("x")) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}
