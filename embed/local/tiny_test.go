package local_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
	"github.com/seed4837efcb/groundwork/models/minilm"
)

// A tiny encoder with random weights and MiniLM's tokenizer: what concerns
// batches, workers and calls is tested with it in little time. Its widths are
// no multiples of 16.
const (
	tinyVocabulary = 30522
	tinyHidden     = 40
	tinyWide       = 72
	tinyLayers     = 2
	tinyPositions  = 260
	tinyHeads      = 4
)

func openTiny(t testing.TB, o *local.Options) *local.Embedder {
	t.Helper()
	e, err := local.New(tinyFiles(), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// tinyFiles returns the files of the tiny model; the map is the caller's.
func tinyFiles() map[string]string {
	return map[string]string{
		"model.safetensors": tinyWeights(),
		"tokenizer.bin":     minilm.Files()["tokenizer.bin"],
		"config.json":       tinyConfig(tinyVocabulary),
		"groundwork.json":   `{"id": "tiny", "pooling": "mean", "normalize": true, "max_tokens": 256, "query_prefix": ""}`,
	}
}

func tinyConfig(vocabulary int) string {
	return fmt.Sprintf(`{"model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12, "vocab_size": %d,
		"hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d, "num_attention_heads": %d,
		"max_position_embeddings": %d, "type_vocab_size": 2}`,
		vocabulary, tinyHidden, tinyWide, tinyLayers, tinyHeads, tinyPositions)
}

var tinyWeights = sync.OnceValue(func() string { return randomWeights(tinyVocabulary, safetensors.F16) })

// randomWeights returns a safetensors file for the tiny shape.
func randomWeights(vocabulary int, kind safetensors.DType) string {
	r := rand.New(rand.NewPCG(11, 12))
	var tensors []safetensors.Tensor
	add := func(name string, mean, spread float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		var data []byte
		for range n {
			data = appendFloat(data, kind, float32(mean+r.NormFloat64()*spread))
		}
		tensors = append(tensors, safetensors.Tensor{Name: name, DType: kind, Shape: shape, Data: string(data)})
	}
	linear := func(name string, outputs, inputs int) {
		add(name+".weight", 0, 1/math.Sqrt(float64(inputs)), outputs, inputs)
		add(name+".bias", 0, 0.1, outputs)
	}
	norm := func(name string) {
		add(name+".LayerNorm.weight", 1, 0.1, tinyHidden)
		add(name+".LayerNorm.bias", 0, 0.1, tinyHidden)
	}
	add("embeddings.word_embeddings.weight", 0, 1, vocabulary, tinyHidden)
	add("embeddings.position_embeddings.weight", 0, 1, tinyPositions, tinyHidden)
	add("embeddings.token_type_embeddings.weight", 0, 1, 2, tinyHidden)
	norm("embeddings")
	for i := range tinyLayers {
		p := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"} {
			linear(p+part, tinyHidden, tinyHidden)
		}
		linear(p+"intermediate.dense", tinyWide, tinyHidden)
		linear(p+"output.dense", tinyHidden, tinyWide)
		norm(p + "attention.output")
		norm(p + "output")
	}
	var out strings.Builder
	if err := safetensors.Write(&out, tensors, nil); err != nil {
		panic(err)
	}
	return out.String()
}

func appendFloat(data []byte, kind safetensors.DType, f float32) []byte {
	switch kind {
	case safetensors.F32:
		return binary.LittleEndian.AppendUint32(data, math.Float32bits(f))
	case safetensors.BF16:
		return binary.LittleEndian.AppendUint16(data, uint16(math.Float32bits(f)>>16))
	}
	return binary.LittleEndian.AppendUint16(data, uint16(safetensors.NewFloat16(f)))
}
