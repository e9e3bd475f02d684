package html

import (
	"context"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

var item = loaders.Item{Source: "test", URI: "a.html"}

// load returns the document of source; the test ends if there is none or if it
// does not hold what documents promise.
func load(t testing.TB, source string, o *loaders.Options) *groundwork.Document {
	t.Helper()
	doc, err := loadErr(t, source, o)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return doc
}

func loadErr(t testing.TB, source string, o *loaders.Options) (doc *groundwork.Document, err error) {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for d, e := range l.Load(context.Background(), item, strings.NewReader(source)) {
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
		for _, s := range doc.Sections {
			if s.Heading.End != s.Body.Start || strings.TrimSpace(s.Heading.In(doc.Text)) != s.Title {
				t.Fatalf("section %+v does not stand where it says: %q", s, s.Heading.In(doc.Text))
			}
		}
	}
	return doc, err
}
