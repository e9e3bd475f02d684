package pdf_test

import (
	"bytes"
	"context"
	"os"
	"testing"

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
