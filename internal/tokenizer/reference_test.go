package tokenizer

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// referenceEntry is a line of what testdata/compare.py writes.
type referenceEntry struct {
	Text  string
	Pair  *string
	IDs   []int32
	Types []int32
	Max   int
}

// TestReference compares with ids that the reference library gave, see
// testdata/compare.py.
func TestReference(t *testing.T) {
	dir := os.Getenv("GROUNDWORK_REFERENCE")
	if dir == "" {
		t.Skip("GROUNDWORK_REFERENCE does not name the output of testdata/compare.py")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(strings.TrimSuffix(path, "l"))
			if err != nil {
				t.Fatal(err)
			}
			tok, err := FromJSON(data)
			if err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			lines, differ := 0, 0
			r := bufio.NewReaderSize(file, 1<<20)
			for {
				line, err := r.ReadBytes('\n')
				if len(line) == 0 && err != nil {
					break
				}
				var e referenceEntry
				if err := json.Unmarshal(line, &e); err != nil {
					t.Fatal(err)
				}
				lines++
				if !e.equal(tok) {
					if differ++; differ <= 20 {
						e.report(t, tok)
					}
				}
			}
			t.Logf("%d texts, %d differ", lines, differ)
			if differ > 0 || lines == 0 {
				t.Fail()
			}
		})
	}
}

func (e *referenceEntry) encode(tok *Tokenizer) (ids, types []int32) {
	if e.Pair == nil {
		ids, _ := tok.Encode(nil, e.Text, e.Max)
		return ids, nil
	}
	ids, second, _ := tok.EncodePair(nil, e.Text, *e.Pair, e.Max)
	types = make([]int32, len(ids))
	for i := second; i < len(ids); i++ {
		types[i] = 1
	}
	return ids, types
}

func (e *referenceEntry) equal(tok *Tokenizer) bool {
	ids, types := e.encode(tok)
	return slices.Equal(ids, e.IDs) && slices.Equal(types, e.Types)
}

func (e *referenceEntry) report(t *testing.T, tok *Tokenizer) {
	ids, types := e.encode(tok)
	text := []rune(e.Text)
	text = text[:min(len(text), 60)]
	at := 0
	for at < len(ids) && at < len(e.IDs) && ids[at] == e.IDs[at] {
		at++
	}
	t.Errorf("max %d, pair %v, %+q: from id %d on\n got %v\nwant %v\ntypes equal: %v", e.Max, e.Pair != nil, string(text), at,
		ids[at:min(len(ids), at+12)], e.IDs[at:min(len(e.IDs), at+12)], slices.Equal(types, e.Types))
}
