package chunkers

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
)

// TestDocumentationFolder cuts real Markdown with each chunker.
func TestDocumentationFolder(t *testing.T) {
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	dir = filepath.Join(dir, "data", "docs-fastapi")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no documents: %v; set GROUNDWORK_SHARED to the folder that holds data/", err)
	}
	docs := readMarkdown(t, dir)
	for kind, c := range makers(t, nil) {
		start, total, chunked := time.Now(), 0, 0
		for _, doc := range docs {
			chunks, err := c.Chunk(t.Context(), doc)
			if err != nil {
				t.Fatal(err)
			}
			if len(doc.Text) < 40_000 { // check itself takes quadratic time
				if err := check(doc, chunks, &Options{}); err != nil {
					t.Errorf("%s: %s: %v", kind, doc.URI, err)
				}
			}
			total += len(chunks)
			chunked += len(doc.Text)
		}
		t.Logf("%s: %d documents, %d bytes, %d chunks, %v with checks", kind, len(docs), chunked, total, time.Since(start))
	}
}

// readMarkdown reads the Markdown files below dir as [markdown] understands
// them, with their fences as code.
func readMarkdown(t *testing.T, dir string) []*groundwork.Document {
	t.Helper()
	var docs []*groundwork.Document
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc := markdown(string(data), fences(string(data))...)
		doc.URI = filepath.ToSlash(path)
		docs = append(docs, doc)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func fences(text string) []groundwork.Block {
	var out []groundwork.Block
	at, open := 0, -1
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			if open < 0 {
				open = at
			} else {
				out = append(out, groundwork.Block{Kind: groundwork.BlockCode, Span: groundwork.Span{Start: open, End: at + len(line)}})
				open = -1
			}
		}
		at += len(line)
	}
	return out
}
