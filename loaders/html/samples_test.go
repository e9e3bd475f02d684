package html

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

func TestSamplesHoldWhatIsExpected(t *testing.T) {
	dir := samples(t)
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(manifest)); lines.Scan(); {
		var s struct {
			File   string
			Expect struct{ Contains, Absent []string }
		}
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(s.File, "html/") {
			continue
		}
		t.Run(filepath.Base(s.File), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, s.File))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := loadErr(t, string(data), nil)
			if err != nil {
				t.Logf("%v", err)
				if len(s.Expect.Contains) > 0 {
					t.Fail()
				}
				return
			}
			t.Logf("title %q, %d bytes, %d sections, %d blocks, %v, %v", doc.Title, len(doc.Text), len(doc.Sections), len(doc.Blocks), doc.Metadata, doc.Warnings)
			if out := os.Getenv("GROUNDWORK_HTML_TEXT"); out != "" {
				_ = os.WriteFile(filepath.Join(out, filepath.Base(s.File)+".txt"), []byte(doc.Text), 0o600)
			}
			text := strings.Join(strings.Fields(doc.Text+" "+doc.Title), " ")
			for _, want := range s.Expect.Contains {
				if !strings.Contains(text, want) {
					t.Errorf("text lacks %q", want)
				}
			}
			for _, other := range s.Expect.Absent {
				if strings.Contains(text, other) {
					t.Errorf("text holds %q", other)
				}
			}
		})
	}
}
