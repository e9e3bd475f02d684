package chunkers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

func TestEstimateTokens(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int
	}{
		{"", 2},
		{" \n\t", 2},
		{"one", 3},
		{"three words here", 7},
		{"1,234.56", 2 + 1 + 1 + 2 + 1 + 1},
		{"안녕하세요", 2 + 5},
		{"日本語 テスト", 2 + 6},
		{"naïve café", 2 + 3 + 2},
		{"мир Ёё", 2 + 2 + 1},
		{"\xff\xff", 4},
	} {
		if got := EstimateTokens(tt.text); got != tt.want {
			t.Errorf("EstimateTokens(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}

// The estimate has to be cautious for what people write; it need not be for
// every string.
func TestEstimateIsSeldomBelowTheModelsCount(t *testing.T) {
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	var texts []string
	if !readJSON(t, filepath.Join(dir, "golden", "texts.json"), &texts) {
		t.Skip("no golden texts: set GROUNDWORK_SHARED to the folder that holds golden/")
	}
	for model, limit := range map[string]int{"all-minilm-l6-v2": 256, "multilingual-e5-small": 512} {
		var golden []struct{ IDs []int }
		readJSON(t, filepath.Join(dir, "golden", model+".json"), &golden)
		below := 0
		for i, g := range golden {
			prefix := 0
			if limit == 512 {
				prefix = 3 // "passage: "
			}
			if limit == 256 && !isASCII(texts[i]) {
				continue // the model knows English only
			}
			if n := len(g.IDs) - prefix; len(g.IDs) < limit && EstimateTokens(texts[i]) < n {
				below++
				t.Logf("%s: %q: estimate %d, model %d", model, texts[i], EstimateTokens(texts[i]), n)
			}
		}
		if below > len(golden)/8 {
			t.Errorf("%s: the estimate is below the model's count for %d of %d texts", model, below, len(golden))
		}
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func readJSON(t *testing.T, path string, v any) bool {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return false
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}
