package transformer

import (
	"strings"
	"testing"
)

const bertConfig = `{"model_type": "bert", "hidden_act": "gelu", "vocab_size": 30522, "hidden_size": 384,
	"intermediate_size": 1536, "num_hidden_layers": 6, "num_attention_heads": 12, "max_position_embeddings": 512,
	"type_vocab_size": 2, "pad_token_id": 1}`

func TestConfigurationsAreRead(t *testing.T) {
	c, err := ParseConfig([]byte(bertConfig))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Vocabulary: 30522, Hidden: 384, Layers: 6, Heads: 12, Intermediate: 1536, Positions: 512, Types: 2, Epsilon: 1e-12}
	if c != want || c.MaxTokens() != 512 {
		t.Errorf("got %+v, want %+v", c, want)
	}
	c, err = ParseConfig([]byte(strings.Replace(bertConfig, `"bert"`, `"xlm-roberta"`, 1)))
	if err != nil || c.FirstPosition != 2 || c.MaxTokens() != 510 {
		t.Errorf("xlm-roberta: %+v, %v", c, err)
	}
}

func TestConfigurationsThatCannotBeHonouredAreErrors(t *testing.T) {
	for _, change := range [][2]string{
		{`{`, `[`},
		{`"bert"`, `"gpt2"`},
		{`"gelu"`, `"gelu_new"`},
		{`"pad_token_id": 1`, `"position_embedding_type": "relative_key"`},
		{`"pad_token_id": 1`, `"is_decoder": true`},
		{`"pad_token_id": 1`, `"layer_norm_eps": 0`},
		{`"pad_token_id": 1`, `"layer_norm_eps": 1e400`},
		{`384`, `0`},
		{`384`, `-384`},
		{`384`, `385`},
		{`384`, `9223372036854775807`},
		{`"num_hidden_layers": 6`, `"num_hidden_layers": 100000`},
		{`"vocab_size": 30522`, `"vocab_size": 1e30`},
		{`"max_position_embeddings": 512`, `"max_position_embeddings": 0`},
	} {
		text := strings.Replace(bertConfig, change[0], change[1], 1)
		if _, err := ParseConfig([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "transformer: read configuration: ") {
			t.Errorf("%s: error %v", change[1], err)
		}
	}
	roberta := strings.Replace(strings.Replace(bertConfig, `"bert"`, `"roberta"`, 1), `"pad_token_id": 1`, `"pad_token_id": 9223372036854775807`, 1)
	if _, err := ParseConfig([]byte(roberta)); err == nil {
		t.Error("a padding id beyond the positions was accepted")
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(bertConfig))
	f.Add([]byte(`{"model_type": "roberta", "pad_token_id": -5}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err == nil && (c.MaxTokens() < 1 || c.Hidden%c.Heads != 0) {
			t.Errorf("accepted %+v", c)
		}
	})
}
