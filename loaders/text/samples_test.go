package text_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// A sample is a line of the manifest of real documents.
type sample struct {
	File   string
	Expect struct{ Contains, Absent []string }
}

// samplesDir returns the folder of the samples, which is not part of the
// module.
func samplesDir(t *testing.T) string {
	shared := os.Getenv("GROUNDWORK_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "loader-samples")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no samples: %v; set GROUNDWORK_SHARED", err)
	}
	return dir
}

func readManifest(t *testing.T, dir string) map[string]sample {
	f, err := os.Open(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]sample{}
	for s := bufio.NewScanner(f); s.Scan(); {
		var m sample
		if err := json.Unmarshal(s.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		out[m.File] = m
	}
	return out
}

func TestRealDocuments(t *testing.T) {
	dir := samplesDir(t)
	manifest := readManifest(t, dir)
	source, err := loaders.Dir(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := loaders.Plain(&loaders.Options{Decoder: newDecoder(t, nil)})
	if err != nil {
		t.Fatal(err)
	}
	delete(set, "text/html")
	refused := []string{"text/english.cp500.txt", "other/random.bin"}
	read := 0
	for it, err := range source.List(context.Background()) {
		if err != nil {
			t.Errorf("listing: %v", err)
			continue
		}
		doc, err := loadItem(t, source, set, it)
		kind, _, _ := strings.Cut(it.URI, "/")
		switch {
		case slices.Contains(refused, it.URI):
			if err == nil {
				t.Errorf("%s was read as %v", it.URI, doc.Metadata)
			}
		case kind != "text":
			continue // no more demanded than to end
		case err != nil:
			t.Errorf("%s: %v", it.URI, err)
		default:
			read++
			checkSample(t, doc, manifest[it.URI])
		}
	}
	if read < 12 {
		t.Errorf("only %d samples were read", read)
	}
}

func loadItem(t testing.TB, source loaders.Source, set loaders.Set, it loaders.Item) (doc *groundwork.Document, err error) {
	t.Helper()
	r, err := source.Open(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for d, e := range set.Load(context.Background(), it, r) {
		var file *loaders.FileError
		var skip *loaders.SkipError
		if e != nil && !errors.As(e, &file) && !errors.As(e, &skip) {
			t.Errorf("%s: error of type %T: %v", it.URI, e, e)
		}
		doc, err = d, e
	}
	return doc, err
}

func checkSample(t *testing.T, doc *groundwork.Document, m sample) {
	t.Helper()
	if err := doc.Validate(); err != nil {
		t.Error(err)
	}
	single := strings.Join(strings.Fields(doc.Text), " ")
	for _, want := range m.Expect.Contains {
		if !strings.Contains(single, want) {
			t.Errorf("%s: %q is missing in %.300q", doc.URI, want, single)
		}
	}
	for _, no := range m.Expect.Absent {
		if strings.Contains(single, no) {
			t.Errorf("%s: %q is there", doc.URI, no)
		}
	}
	t.Logf("%s: %s, %v, %d bytes, warnings %v", doc.URI, doc.MIME, doc.Metadata, len(doc.Text), doc.Warnings)
}
