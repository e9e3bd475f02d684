package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func shared(t testing.TB) string {
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

func TestGolden(t *testing.T) {
	dir := shared(t)
	var texts []string
	readJSON(t, filepath.Join(dir, "golden", "texts.json"), &texts)
	for _, m := range []struct {
		name, prefix string
		max          int
	}{{"all-minilm-l6-v2", "", 256}, {"multilingual-e5-small", "passage: ", 512}} {
		data, err := os.ReadFile(filepath.Join(dir, "models", m.name, "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := FromJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(m.name, len(tok.compiled), tok.VocabSize(), tok.PadID())
		var golden []struct{ IDs []int32 }
		readJSON(t, filepath.Join(dir, "golden", m.name+".json"), &golden)
		for i, text := range texts {
			ids, _ := tok.Encode(nil, m.prefix+text, m.max)
			if !slices.Equal(ids, golden[i].IDs) {
				t.Errorf("%s %d %q: got %v want %v", m.name, i, text, ids, golden[i].IDs)
			}
		}
	}
}
