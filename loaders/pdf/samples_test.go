package pdf_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// samples returns the folder of documents that are not part of the repository.
func samples(t *testing.T) string {
	root := os.Getenv("GROUNDWORK_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	dir := filepath.Join(root, "data", "loader-samples")
	if _, err := os.Stat(filepath.Join(dir, "manifest.jsonl")); err != nil {
		t.Skipf("no samples: %v; set GROUNDWORK_SHARED to their folder", err)
	}
	return dir
}

type sample struct {
	File, Category string
	Expect         *struct {
		Pages    int
		Contains []string
		Error    bool
	}
}

// knownGaps are expectations that are not met, with the reason.
var knownGaps = map[string]string{}

func TestSamplesAreReadOrRefusedInTime(t *testing.T) {
	dir := samples(t)
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	l := newLoader(t, nil)
	held, all := 0, 0
	for lines := bufio.NewScanner(bytes.NewReader(manifest)); lines.Scan(); {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(s.File, "pdf/") {
			continue
		}
		t.Run(filepath.Base(s.File), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, s.File))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			doc, err := load(t, l, data)
			took := time.Since(start)
			if took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			report(t, &s, doc, err, took)
			if s.Expect == nil {
				return
			}
			if s.Expect.Error && err == nil {
				t.Errorf("read although it is broken")
			}
			for _, want := range s.Expect.Contains {
				all++
				if doc != nil && strings.Contains(single(doc.Text), single(want)) {
					held++
				} else if gap := knownGaps[s.File]; gap != "" {
					t.Logf("known gap: %s", gap)
				} else {
					t.Errorf("text lacks %q", want)
				}
			}
		})
	}
	t.Logf("%d of %d expected strings found", held, all)
}

func single(s string) string { return strings.Join(strings.Fields(s), " ") }

// report checks what holds for every file and logs the outcome.
func report(t *testing.T, s *sample, doc *groundwork.Document, err error, took time.Duration) {
	var fe *loaders.FileError
	var skip *loaders.SkipError
	switch {
	case err == nil:
		pages := 0
		for _, m := range doc.Marks {
			pages = max(pages, m.Number)
		}
		t.Logf("%s: %d bytes of text, last page %d, %v, title %q, %v", s.Category, len(doc.Text), pages, took.Round(time.Millisecond), doc.Title, doc.Warnings)
		if dir := os.Getenv("GROUNDWORK_PDF_TEXT"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, filepath.Base(s.File)+".txt"), []byte(doc.Text), 0o600)
		}
	case errors.As(err, &fe) || errors.As(err, &skip):
		t.Logf("%s: %v (%v)", s.Category, err, took.Round(time.Millisecond))
	default:
		t.Errorf("error %v is of no known kind", err)
	}
}
