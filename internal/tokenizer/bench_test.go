package tokenizer

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// loadShared reads a published tokenizer; it skips where there is none.
func loadShared(t testing.TB, name string) *Tokenizer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared(t), "models", name, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := FromJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// prose returns the Markdown files below a folder as one text.
func prose(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		data, err := os.ReadFile(path)
		b.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func BenchmarkEncode(b *testing.B) {
	for _, model := range []string{"all-minilm-l6-v2", "multilingual-e5-small"} {
		tok := loadShared(b, model)
		for _, language := range []string{"en", "ko"} {
			text := prose(b, filepath.Join(shared(b), "data", "docs-fastapi", language))
			b.Run(model+"/"+language, func(b *testing.B) {
				var ids []int32
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				start := cpuTime()
				for b.Loop() {
					ids, _ = tok.Encode(ids[:0], text, 0)
				}
				// Unlike the wall clock's rate, this one holds on a busy machine.
				b.ReportMetric(float64(b.N*len(text))/float64(cpuTime()-start)*1e3, "MB/cpu-s")
				b.ReportMetric(float64(len(text))/float64(len(ids)), "B/token")
			})
		}
	}
}

func BenchmarkFromCompiled(b *testing.B) {
	for _, model := range []string{"all-minilm-l6-v2", "multilingual-e5-small"} {
		data := string(loadShared(b, model).AppendCompiled(nil))
		b.Run(model, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := FromCompiled(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFromJSON(b *testing.B) {
	for _, model := range []string{"all-minilm-l6-v2", "multilingual-e5-small"} {
		data, err := os.ReadFile(filepath.Join(shared(b), "models", model, "tokenizer.json"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(model, func(b *testing.B) {
			for b.Loop() {
				if _, err := FromJSON(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
