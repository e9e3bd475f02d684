package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed4837efcb/groundwork/internal/safetensors"
	"github.com/seed4837efcb/groundwork/internal/tokenizer"
)

// job is one model: where it comes from, where it goes, and how its weights change.
type job struct {
	from, weights, to string
	card              Card
	change            func(safetensors.Tensor) (safetensors.Tensor, bool, error)
}

func convertAll(src, out string) error {
	for _, j := range []job{
		{"all-minilm-l6-v2", "model.safetensors", "minilm", miniLMCard(), halfPrecision},
		{"multilingual-e5-small", "model.q4_0.safetensors", "e5", e5Card(), unchanged},
	} {
		files, err := j.run(filepath.Join(src, j.from))
		if err != nil {
			return fmt.Errorf("convert: %s: %w", j.from, err)
		}
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(out, j.to, name), data, 0o644); err != nil {
				return fmt.Errorf("convert: %s: %w", j.from, err)
			}
		}
	}
	return nil
}

// run returns the model's files by name.
func (j job) run(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var err error
	if files["model.safetensors"], err = j.convertWeights(filepath.Join(dir, j.weights)); err != nil {
		return nil, err
	}
	if files["tokenizer.bin"], err = compileTokenizer(filepath.Join(dir, "tokenizer.json")); err != nil {
		return nil, err
	}
	if files["config.json"], err = os.ReadFile(filepath.Join(dir, "config.json")); err != nil {
		return nil, err
	}
	j.card.SHA256 = map[string]string{}
	for name, data := range files {
		sum := sha256.Sum256(data)
		j.card.SHA256[name] = hex.EncodeToString(sum[:])
	}
	card, err := json.MarshalIndent(j.card, "", "  ")
	if err != nil {
		return nil, err
	}
	files["groundwork.json"] = append(card, '\n')
	return files, nil
}

func compileTokenizer(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := tokenizer.FromJSON(data)
	if err != nil {
		return nil, err
	}
	return t.AppendCompiled(nil), nil
}

func (j job) convertWeights(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := safetensors.Parse(string(data))
	if err != nil {
		return nil, err
	}
	var tensors []safetensors.Tensor
	for _, name := range f.Names() {
		t, err := f.Tensor(name)
		if err != nil {
			return nil, err
		}
		changed, keep, err := j.change(t)
		if err != nil {
			return nil, err
		}
		if keep {
			tensors = append(tensors, changed)
		}
	}
	var out bytes.Buffer
	if err := safetensors.Write(&out, tensors, f.Metadata()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unchanged(t safetensors.Tensor) (safetensors.Tensor, bool, error) { return t, true, nil }

// halfPrecision rounds matrices to float16 and keeps vectors (biases, layer
// norms) as they are: together those are a third of a percent of the file. The
// table of positions 0 to 511 is left out; it says nothing.
func halfPrecision(t safetensors.Tensor) (safetensors.Tensor, bool, error) {
	if t.Name == "embeddings.position_ids" {
		return t, false, nil
	}
	if err := t.CheckFinite(); err != nil || t.DType != safetensors.F32 || len(t.Shape) < 2 {
		return t, true, err
	}
	values, err := t.AppendFloat32(nil)
	if err != nil {
		return t, false, err
	}
	data := make([]byte, 0, 2*len(values))
	for _, v := range values {
		h := safetensors.NewFloat16(v)
		data = append(data, byte(h), byte(h>>8))
	}
	half := safetensors.Tensor{Name: t.Name, DType: safetensors.F16, Shape: t.Shape, Data: string(data)}
	if err := half.CheckFinite(); err != nil {
		return t, false, fmt.Errorf("a weight is too large for float16: %w", err)
	}
	return half, true, nil
}
