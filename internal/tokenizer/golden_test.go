package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// shipped are the models of this repository, with the folder of the published
// one, the prefix that the golden texts were encoded with, and the limit.
var shipped = []struct {
	name, published, prefix string
	max                     int
}{
	{"minilm", "all-minilm-l6-v2", "", 256},
	{"e5", "multilingual-e5-small", "passage: ", 512},
}

// load opens the compiled tokenizer of a shipped model.
func load(t testing.TB, name string) *Tokenizer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "models", name, "tokenizer.bin"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := FromCompiled(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// shared returns the folder with published models and data; the test is skipped
// where there is none.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "models")); err != nil {
		t.Skipf("no models to read: %v; set GROUNDWORK_SHARED to the folder that holds them", err)
	}
	return dir
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func TestGoldenTextsHaveTheReferenceIDs(t *testing.T) {
	var texts []string
	readJSON(t, filepath.Join("testdata", "texts.json"), &texts)
	for _, m := range shipped {
		tok := load(t, m.name)
		var golden [][]int32
		readJSON(t, filepath.Join("testdata", m.published+".ids.json"), &golden)
		if len(texts) != 112 || len(golden) != 112 {
			t.Fatalf("%d texts and %d lists of ids, want 112", len(texts), len(golden))
		}
		for i, text := range texts {
			ids, total := tok.Encode(nil, m.prefix+text, m.max)
			if !slices.Equal(ids, golden[i]) {
				t.Errorf("%s, text %d %+q:\n got %v\nwant %v", m.name, i, text, ids, golden[i])
			}
			if total < len(ids) || total > len(ids) && len(ids) != m.max {
				t.Errorf("%s, text %d: total %d of %d ids", m.name, i, total, len(ids))
			}
		}
	}
}

func TestShippedTokenizersAreThePublishedOnes(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a quarter of a million pieces")
	}
	for _, m := range shipped {
		data, err := os.ReadFile(filepath.Join(shared(t), "models", m.published, "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		published, err := FromJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := load(t, m.name).Fingerprint(), published.Fingerprint(); got != want {
			t.Errorf("%s: fingerprint %s, the published tokenizer.json gives %s", m.name, got, want)
		}
	}
}

func TestShippedTokenizersKnowTheirSpecialTokens(t *testing.T) {
	for _, c := range []struct {
		name  string
		vocab int
		pad   int32
		empty []int32
	}{
		{"minilm", 30522, 0, []int32{101, 102}},
		{"e5", 250002, 1, []int32{0, 2}},
	} {
		tok := load(t, c.name)
		ids, total := tok.Encode([]int32{7}, "", 0)
		if !slices.Equal(ids, append([]int32{7}, c.empty...)) || total != 2 {
			t.Errorf("%s: empty text gives %v of %d", c.name, ids, total)
		}
		if tok.VocabSize() != c.vocab || tok.PadID() != c.pad {
			t.Errorf("%s: vocabulary of %d, padding %d, want %d and %d", c.name, tok.VocabSize(), tok.PadID(), c.vocab, c.pad)
		}
	}
}
