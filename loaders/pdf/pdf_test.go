package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

// worker runs this test program. TestMain is its main function.
var worker *isolate.Worker

func TestMain(m *testing.M) {
	worker = isolate.Main(pdf.Handler())
	code := m.Run()
	worker.Close()
	os.Exit(code)
}

var item = loaders.Item{Source: "test", URI: "a.pdf"}

func newLoader(t testing.TB, o *pdf.Options) *pdf.Loader {
	t.Helper()
	if o == nil {
		o = &pdf.Options{}
	}
	o.Worker = worker
	l, err := pdf.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func load(t testing.TB, l *pdf.Loader, data []byte) (doc *groundwork.Document, err error) {
	t.Helper()
	n := 0
	for d, e := range l.Load(context.Background(), item, bytes.NewReader(data)) {
		doc, err = d, e
		n++
	}
	if n != 1 || (doc == nil) == (err == nil) {
		t.Fatalf("yielded %d times: %v, %v", n, doc, err)
	}
	if doc != nil {
		if err := doc.Validate(); err != nil {
			t.Fatal(err)
		}
	}
	return doc, err
}

func text(t *testing.T, data []byte) string {
	t.Helper()
	doc, err := load(t, newLoader(t, nil), data)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Text
}

func TestPagesAreMarked(t *testing.T) {
	doc, err := load(t, newLoader(t, nil), file(shown("One", "two"), "", shown("Three")))
	if err != nil {
		t.Fatal(err)
	}
	if want := "One\ntwo\n\nThree"; doc.Text != want {
		t.Errorf("text %q, want %q", doc.Text, want)
	}
	if p := doc.Position(5).Page; p != 1 {
		t.Errorf("page %d, want 1", p)
	}
	if p := doc.Position(len(doc.Text) - 1).Page; p != 3 {
		t.Errorf("page %d, want 3", p)
	}
	if len(doc.Warnings) != 1 || doc.Warnings[0].Code != groundwork.NoText || !strings.Contains(doc.Warnings[0].Detail, "page 2") {
		t.Errorf("warnings %v, want NoText of page 2", doc.Warnings)
	}
	if doc.Verbatim || doc.MIME != pdf.MIME {
		t.Errorf("verbatim %t, MIME %q", doc.Verbatim, doc.MIME)
	}
}

func TestWordsAndLinesComeFromPositions(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"gaps part words", "BT /F1 10 Tf [(Hel) 20 (lo) -300 (world)] TJ ET", "Hello world"},
		{"kerning does not", "BT /F1 10 Tf [(A) 120 (V) -80 (A) ] TJ ET", "AVA"},
		{"pieces on one line", "BT /F1 10 Tf (Hel) Tj ET BT /F1 10 Tf 15 0 Td (lo) Tj ET", "Hello"},
		{"cells of a row", "BT /F1 10 Tf (a) Tj ET BT /F1 10 Tf 100 0 Td (b) Tj ET BT /F1 10 Tf 0 -12 Td (c) Tj ET", "a b\nc"},
		{"a wide step ends the paragraph", "BT /F1 10 Tf (a) Tj 0 -12 Td (b) Tj 0 -30 Td (c) Tj ET", "a\nb\n\nc"},
		{"columns in their order", "BT /F1 10 Tf 0 100 Td (a1) Tj 0 -12 Td (a2) Tj ET BT /F1 10 Tf 200 100 Td (b1) Tj 0 -12 Td (b2) Tj ET", "a1\na2\n\nb1\nb2"},
		{"word spacing", "BT /F1 10 Tf 5 Tw (a b) Tj ET", "a b"},
		{"exponents stay in the line", "BT /F1 10 Tf (mc) Tj 5 Ts /F1 6 Tf (2) Tj 0 Ts /F1 10 Tf ( is) Tj ET", "mc2 is"},
		{"printed twice for boldness", "BT /F1 10 Tf (Bold) Tj ET BT /F1 10 Tf 0.3 0 Td (Bold) Tj ET", "Bold"},
		{"turned text", "BT /F1 10 Tf 0 1 -1 0 50 50 Tm (up) Tj ( wards) Tj ET", "up wards"},
		{"quotation marks", "BT /F1 10 Tf 12 TL (a) Tj (b) ' 1 1 (c d) \" ET", "a\nb\nc d"},
		{"hexadecimal and escapes", `BT /F1 10 Tf <48 69> Tj (\(\101\)\\) Tj ET`, `Hi(A)\`},
		{"inline images", "BT /F1 10 Tf (a) Tj ET BI /W 1 ID \x00(((\xff) Tj EIx EI BT /F1 10 Tf 0 -12 Td (b) Tj ET", "a\nb"},
		{"scaled by the page", "q 0.1 0 0 0.1 0 0 cm BT /F1 100 Tf [(Hel) 20 (lo) -300 (world)] TJ ET Q", "Hello world"},
		{"a lone Q", "Q Q BT /F1 10 Tf (a) Tj ET Q", "a"},
		{"soft hyphens of marked content", "BT /F1 10 Tf (Wort) Tj /Span << /ActualText <FEFF00AD> >> BDC (-) Tj EMC 0 -12 Td (teil) Tj ET", "Wort\nteil"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(t, file(tt.content)); got != tt.want {
				t.Errorf("text %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHarmlessDamageIsMended(t *testing.T) {
	sound := string(file(shown("Some text")))
	xref := strings.Index(sound, "xref\n0")
	tests := map[string]string{
		"another version":         strings.Replace(sound, "%PDF-1.7", "%PDF-2.0", 1),
		"a byte before it":        "\n" + sound,
		"an HTTP header before":   "HTTP/1.1 200 OK\r\n\r\n" + sound,
		"no header":               sound[9:],
		"zeros behind it":         sound + strings.Repeat("\x00", 120),
		"text behind it":          sound + "\n<!-- served -->",
		"startxref off by 29":     strings.Replace(sound, fmt.Sprintf("startxref\n%d", xref), fmt.Sprintf("startxref\n%d", xref+29), 1),
		"no end":                  sound[:xref],
		"no endobj":               strings.ReplaceAll(sound, "endobj", ""),
		"entries off":             strings.ReplaceAll(sound, "00 n", "99 n"),
		"CRLF translated":         strings.ReplaceAll(sound, "\n", "\r\n"),
		"a wrong stream length":   strings.Replace(sound, "/Length ", "/Length 9", 1),
		"twice the page count":    strings.Replace(sound, "/Count 1", "/Count 2", 1),
		"a negative page count":   strings.Replace(sound, "/Count 1", "/Count -1", 1),
		"half of another version": sound + sound[:len(sound)/2],
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if got := text(t, []byte(data)); got != "Some text" {
				t.Errorf("text %q", got)
			}
		})
	}
}

func TestFiltersAreUndone(t *testing.T) {
	content := shown("Some text")
	hex := fmt.Sprintf("%x>", content)
	noise := "\n"
	for i := range 2000 {
		noise += fmt.Sprint("%", i*i*7919, "\n")
	}
	tests := []struct{ name, dict, data string }{
		{"Flate", "/Filter /FlateDecode", deflate(content)},
		{"hexadecimal", "/Filter /ASCIIHexDecode", hex},
		{"two filters", "/Filter [/ASCIIHexDecode /FlateDecode]", fmt.Sprintf("%x>", deflate(content))},
		{"run lengths", "/Filter /RunLengthDecode", string(rune(len(content)-1)) + content + "\x80"},
		{"a predictor", "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 1 >>", deflate("\x00" + strings.Join(strings.Split(content, ""), "\x00"))},
		{"cut data", "/Filter /FlateDecode", deflate(content + noise)[:400]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(t, filtered(tt.dict, tt.data).bytes()); got != "Some text" {
				t.Errorf("text %q", got)
			}
		})
	}
}

func TestObjectStreamsAreRead(t *testing.T) {
	b := filtered("", shown("Packed"))
	// The catalog and the page tree move into an object stream; the classic
	// table of the builder does not know them, as in a hybrid file.
	packed := "1 0 2 34 " + "<< /Type /Catalog /Pages 2 0 R >> " + b.objects[1]
	b.objects[0], b.objects[1] = "null", "null"
	b.stream("/Type /ObjStm /N 2 /First 9 /Filter /FlateDecode", deflate(packed))
	data := bytes.ReplaceAll(b.bytes(), []byte("/Root 1 0 R"), []byte("/Root 1 0 R /Packed true"))
	if got := text(t, data); got != "Packed" {
		t.Errorf("text %q", got)
	}
}

func TestInformationBecomesMetadata(t *testing.T) {
	b := filtered("", shown("x"))
	n := b.add("<< /Title (A Guide) /Author <FEFFAC00B098> /CreationDate (D:20240131120000+09'00') /Keywords () >>")
	b.trailer = fmt.Sprintf("/Info %d 0 R", n)
	doc, err := load(t, newLoader(t, nil), b.bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := groundwork.Metadata{"author": "가나", "created": time.Date(2024, 1, 31, 3, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, doc.Metadata); diff != "" || doc.Title != "A Guide" {
		t.Errorf("title %q, metadata (-want +got):\n%s", doc.Title, diff)
	}
}

func TestTitlesAreNoFileNames(t *testing.T) {
	for title, want := range map[string]string{
		"Annual Report 2024": "Annual Report 2024", "report.doc": "", "Microsoft Word - x": "", "C:\\\\a\\\\b": "", "untitled": "", "v1.2 of it": "v1.2 of it",
	} {
		b := filtered("", shown("x"))
		b.trailer = fmt.Sprintf("/Info %d 0 R", b.add("<< /Title (%s) >>", title))
		doc, err := load(t, newLoader(t, nil), b.bytes())
		if err != nil || doc.Title != want {
			t.Errorf("%q became %q (%v), want %q", title, doc.Title, err, want)
		}
	}
}

func TestWithoutWorkerTheRemedyIsTold(t *testing.T) {
	l, err := pdf.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = load(t, l, file(shown("x")))
	var fe *loaders.FileError
	if !errors.As(err, &fe) || fe.Stage != "isolate" || !errors.Is(err, loaders.ErrNoWorker) || !strings.Contains(fe.Remedy, "isolate.Main") {
		t.Errorf("error %v", err)
	}
}

func TestEveryFailureHasItsKind(t *testing.T) {
	encrypted := filtered("", shown("x"))
	encrypted.trailer = "/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 >>"
	tests := []struct {
		name string
		data string
		want error
	}{
		{"encrypted", string(encrypted.bytes()), loaders.ErrEncrypted},
		{"no PDF", "hello", loaders.ErrMalformed},
		{"no pages", "%PDF-1.7\n1 0 obj << /Type /Page >> endobj", loaders.ErrMalformed},
		{"random", string(bytes.Repeat([]byte{1, 200, 3}, 500)), loaders.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, newLoader(t, nil), []byte(tt.data))
			var fe *loaders.FileError
			if !errors.As(err, &fe) || !errors.Is(err, tt.want) || fe.Remedy == "" {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
	for name, data := range map[string][]byte{"scan": file("q 1 0 0 1 0 0 cm /Im1 Do Q"), "empty": nil} {
		var skip *loaders.SkipError
		if _, err := load(t, newLoader(t, nil), data); !errors.As(err, &skip) {
			t.Errorf("%s: %v, want a *SkipError", name, err)
		}
	}
}

func TestLimitsKeepWhatCameBefore(t *testing.T) {
	pages := make([]string, 10)
	for i := range pages {
		pages[i] = shown(fmt.Sprint("Page ", i))
	}
	data := file(pages...)
	for n, warnings := range map[int]int{9: 1, 10: 0, 11: 0} {
		doc, err := load(t, newLoader(t, &pdf.Options{MaxPages: n}), data)
		if err != nil || len(doc.Warnings) != warnings || len(doc.Marks) != min(n, 10) {
			t.Errorf("MaxPages %d: %v, %v", n, doc, err)
		}
	}
	doc, err := load(t, newLoader(t, &pdf.Options{MaxText: 20}), data)
	if err != nil || len(doc.Text) > 20 || doc.Warnings[0].Code != groundwork.Truncated {
		t.Errorf("MaxText 20: %v, %v", doc, err)
	}
	if _, err := load(t, newLoader(t, &pdf.Options{MaxBytes: int64(len(data)) - 1}), data); !errors.Is(err, loaders.ErrLimit) {
		t.Errorf("MaxBytes: %v, want ErrLimit", err)
	}
	if _, err := load(t, newLoader(t, &pdf.Options{MaxBytes: int64(len(data))}), data); err != nil {
		t.Errorf("MaxBytes at the limit: %v", err)
	}
	for _, o := range []pdf.Options{{MaxPages: -1}, {Memory: 5}} {
		if _, err := pdf.New(&o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestCancelledLoadEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range newLoader(t, nil).Load(ctx, item, bytes.NewReader(file(shown("x")))) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	}
}

func TestFingerprintNamesTheLibraryInUse(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		if module, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok && module == "github.com/ledongthuc/pdf" {
			v, _, _ = strings.Cut(v, " ")
			if f := newLoader(t, nil).Fingerprint(); !strings.Contains(f, v) {
				t.Errorf("fingerprint %q lacks the library's version %s; change the constant", f, v)
			}
			return
		}
	}
	t.Error("go.mod does not name the library")
}

// A program that did not let copies of itself in is never started again.
func TestHostIsStartedOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	dir := t.TempDir()
	host, input := filepath.Join(dir, "host.exe"), filepath.Join(dir, "in.pdf")
	if out, err := exec.Command("go", "build", "-o", host, "./testdata/host").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.WriteFile(input, file(shown("Some text")), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{"bare": "needs an isolated worker", "worker": "Some text"} {
		counter := filepath.Join(dir, mode)
		out, err := exec.Command(host, mode, counter, input).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, output %q; want %q", mode, err, out, want)
		}
		starts, err := os.ReadFile(counter)
		if err != nil || bytes.Count(starts, []byte("\n")) != 1 {
			t.Errorf("%s: counted starts %q, %v; want one", mode, starts, err)
		}
	}
}

func TestFilesAreReadAtTheSameTime(t *testing.T) {
	l := newLoader(t, nil)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			want := fmt.Sprint("File ", i)
			if doc, err := load(t, l, file(shown(want))); err != nil || doc.Text != want {
				t.Errorf("%v, %v; want %q", doc, err, want)
			}
		})
	}
	wg.Wait()
}
