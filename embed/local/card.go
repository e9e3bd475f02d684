package local

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed4837efcb/groundwork/internal/tokenizer"
	"github.com/seed4837efcb/groundwork/internal/transformer"
)

// A description is everything that makes a model, wherever it was read from.
type description struct {
	card      card
	pooling   transformer.Pooling
	config    string // config.json
	weights   string // safetensors
	owned     bool   // the weights lie in memory taken for them, not in the program
	tokenizer *tokenizer.Tokenizer
}

// A card is the part of a groundwork.json that is used here.
type card struct {
	ID            string            `json:"id"`
	Pooling       string            `json:"pooling"`
	Normalize     *bool             `json:"normalize"`
	MaxTokens     int               `json:"max_tokens"`
	QueryPrefix   string            `json:"query_prefix"`
	PassagePrefix string            `json:"passage_prefix"`
	Scripts       []string          `json:"scripts"`
	Unrelated     float64           `json:"unrelated"`
	Related       float64           `json:"related"`
	SHA256        map[string]string `json:"sha256"`
}

// Names of a model's files.
const (
	weightsFile   = "model.safetensors"
	configFile    = "config.json"
	cardFile      = "groundwork.json"
	compiledFile  = "tokenizer.bin"
	tokenizerFile = "tokenizer.json"
)

// describe reads the files of a model package.
func describe(files map[string]string) (*description, error) {
	for _, name := range []string{weightsFile, configFile, cardFile} {
		if files[name] == "" {
			return nil, fmt.Errorf("file %s is missing", name)
		}
	}
	d := &description{config: files[configFile], weights: files[weightsFile]}
	if err := json.Unmarshal([]byte(files[cardFile]), &d.card); err != nil {
		return nil, fmt.Errorf("read %s: %w", cardFile, err)
	}
	if d.card.ID == "" {
		return nil, fmt.Errorf("read %s: the id is missing", cardFile)
	}
	if d.card.Normalize != nil && !*d.card.Normalize {
		return nil, fmt.Errorf("read %s: normalize is false, but vectors of this package have unit length", cardFile)
	}
	var err error
	if d.pooling, err = parsePooling(d.card.Pooling); err != nil {
		return nil, fmt.Errorf("read %s: %w", cardFile, err)
	}
	d.tokenizer, err = readTokenizer(files)
	return d, err
}

func parsePooling(s string) (transformer.Pooling, error) {
	switch s {
	case "mean":
		return transformer.Mean, nil
	case "cls":
		return transformer.First, nil
	case "max":
		return transformer.Max, nil
	}
	return 0, fmt.Errorf("pooling %q is not supported; mean, cls and max are", s)
}

func poolingName(p transformer.Pooling) string {
	return [...]string{transformer.Mean: "mean", transformer.First: "cls", transformer.Max: "max"}[p]
}

func readTokenizer(files map[string]string) (*tokenizer.Tokenizer, error) {
	if data, ok := files[compiledFile]; ok {
		return tokenizer.FromCompiled(data)
	}
	if data, ok := files[tokenizerFile]; ok {
		return tokenizer.FromJSON([]byte(data))
	}
	return nil, fmt.Errorf("files %s and %s are missing", compiledFile, tokenizerFile)
}

// limit returns the tokens a text may have: the least of what the positions
// allow, the card says and the option asks for.
func (d *description) limit(positions, option int) (int, error) {
	limit := positions
	if d.card.MaxTokens < 0 || d.card.MaxTokens > positions {
		return 0, fmt.Errorf("the model has %d positions, max_tokens says %d", positions, d.card.MaxTokens)
	}
	if d.card.MaxTokens > 0 {
		limit = d.card.MaxTokens
	}
	if option > limit {
		return 0, fmt.Errorf("option MaxTokens is %d, the model takes %d", option, limit)
	}
	if option > 0 {
		limit = option
	}
	if limit < 3 {
		return 0, errors.New("no room for a text beside the special tokens")
	}
	return limit, nil
}

// calibrationTexts show an integer model which of its inputs are large. Those
// are the same for any text; prose, code and two scripts make sure.
var calibrationTexts = [...]string{
	"The index keeps a vector of every passage; an answer quotes the passages it rests on, page 12.",
	"func main() { fmt.Println(\"3.14 <= x\") }",
	"비밀번호를 재설정하려면 계정 페이지로 이동하세요.",
}

func (d *description) calibration(limit int) [][]int32 {
	ids := make([][]int32, len(calibrationTexts))
	for i, text := range calibrationTexts {
		ids[i], _ = d.tokenizer.Encode(nil, d.card.PassagePrefix+text, limit)
	}
	return ids
}
