package transformer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Config is the shape of an encoder, as a Hugging Face config.json gives it.
type Config struct {
	Vocabulary   int
	Hidden       int // width of the residual stream
	Layers       int
	Heads        int
	Intermediate int // width inside the feed-forward layers
	Positions    int // rows of the position table
	Types        int // rows of the token type table; text is type 0

	// FirstPosition is the row of a text's first token: 0, or past the padding
	// token for the RoBERTa family.
	FirstPosition int

	// Epsilon is added to the variance in every layer norm.
	Epsilon float64
}

// Limits of what a configuration may ask for. They keep every product of sizes
// far from overflow; the tensors of the file must then match exactly, so no
// large allocation rests on the configuration alone.
const (
	maxWidth  = 1 << 16
	maxLayers = 1 << 10
	maxRows   = 1 << 24
)

// MaxTokens returns the most tokens a text can have.
func (c Config) MaxTokens() int { return c.Positions - c.FirstPosition }

// ParseConfig reads a config.json. A model whose architecture, activation or
// position embedding this package does not compute is an error.
func ParseConfig(data []byte) (Config, error) {
	var f struct {
		ModelType    string   `json:"model_type"`
		Vocabulary   int      `json:"vocab_size"`
		Hidden       int      `json:"hidden_size"`
		Layers       int      `json:"num_hidden_layers"`
		Heads        int      `json:"num_attention_heads"`
		Intermediate int      `json:"intermediate_size"`
		Positions    int      `json:"max_position_embeddings"`
		Types        int      `json:"type_vocab_size"`
		Padding      int      `json:"pad_token_id"`
		Epsilon      *float64 `json:"layer_norm_eps"`
		Activation   string   `json:"hidden_act"`
		PositionType string   `json:"position_embedding_type"`
		Decoder      bool     `json:"is_decoder"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return Config{}, fmt.Errorf("transformer: read configuration: %w", err)
	}
	c := Config{
		Vocabulary: f.Vocabulary, Hidden: f.Hidden, Layers: f.Layers, Heads: f.Heads,
		Intermediate: f.Intermediate, Positions: f.Positions, Types: f.Types, Epsilon: 1e-12,
	}
	if f.Epsilon != nil {
		c.Epsilon = *f.Epsilon
	}
	switch f.ModelType {
	case "bert":
	case "roberta", "xlm-roberta":
		c.FirstPosition = f.Padding + 1
	default:
		return Config{}, fmt.Errorf("transformer: read configuration: model_type %q is not supported; bert, roberta and xlm-roberta are", f.ModelType)
	}
	if f.Activation != "gelu" {
		return Config{}, fmt.Errorf("transformer: read configuration: hidden_act %q is not supported; gelu is", f.Activation)
	}
	if f.PositionType != "" && f.PositionType != "absolute" {
		return Config{}, fmt.Errorf("transformer: read configuration: position_embedding_type %q is not supported; absolute is", f.PositionType)
	}
	if f.Decoder {
		return Config{}, errors.New("transformer: read configuration: a decoder is not an encoder")
	}
	return c, c.validate()
}

func (c Config) validate() error {
	for _, v := range []struct {
		name  string
		value int
		limit int
	}{
		{"vocab_size", c.Vocabulary, maxRows},
		{"hidden_size", c.Hidden, maxWidth},
		{"num_hidden_layers", c.Layers, maxLayers},
		{"num_attention_heads", c.Heads, maxWidth},
		{"intermediate_size", c.Intermediate, maxWidth},
		{"max_position_embeddings", c.Positions, maxRows},
		{"type_vocab_size", c.Types, maxRows},
	} {
		if v.value < 1 || v.value > v.limit {
			return fmt.Errorf("transformer: read configuration: %s is %d, want 1 to %d", v.name, v.value, v.limit)
		}
	}
	if c.Hidden%c.Heads != 0 {
		return fmt.Errorf("transformer: read configuration: hidden_size %d is not a multiple of num_attention_heads %d", c.Hidden, c.Heads)
	}
	if c.FirstPosition < 0 || c.FirstPosition >= c.Positions {
		return fmt.Errorf("transformer: read configuration: pad_token_id leaves no position")
	}
	if !(c.Epsilon > 0 && c.Epsilon < 1) {
		return fmt.Errorf("transformer: read configuration: layer_norm_eps is %g, want above 0 and below 1", c.Epsilon)
	}
	return nil
}
