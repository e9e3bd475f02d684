package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed4837efcb/groundwork/internal/tokenizer"
	"github.com/seed4837efcb/groundwork/internal/transformer"
)

// Open returns an embedder for a folder as Hugging Face and
// sentence-transformers publish them: config.json, tokenizer.json, one
// safetensors file in float32, float16 or bfloat16, and where present
// modules.json with the pooling's configuration, sentence_bert_config.json (the
// limit of tokens) and config_sentence_transformers.json (the prompts "query"
// and "passage" or "document"). Without modules.json the pooling is the mean.
// A module other than transformer, pooling and normalisation is an error.
func Open(dir string, opts *Options) (*Embedder, error) {
	d, err := readFolder(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("local: open %s: %w", dir, err)
	}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	d.card.ID = filepath.Base(dir)
	e, err := build(d, opts)
	if err != nil {
		return nil, fmt.Errorf("local: open %s: %w", dir, err)
	}
	return e, nil
}

func readFolder(dir fs.FS) (*description, error) {
	d := &description{owned: true}
	root, err := d.readModules(dir)
	if err != nil {
		return nil, err
	}
	if err := d.readLimit(dir, root); err != nil {
		return nil, err
	}
	if err := d.readPrompts(dir); err != nil {
		return nil, err
	}
	config, err := fs.ReadFile(dir, path.Join(root, configFile))
	if err != nil {
		return nil, err
	}
	d.config = string(config)
	vocabulary, err := fs.ReadFile(dir, path.Join(root, tokenizerFile))
	if err != nil {
		return nil, err
	}
	if d.tokenizer, err = tokenizer.FromJSON(vocabulary); err != nil {
		return nil, err
	}
	d.weights, err = readWeights(dir, root)
	return d, err
}

// readJSON reads a file into v and reports whether it exists.
func readJSON(dir fs.FS, name string, v any) (bool, error) {
	data, err := fs.ReadFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	return true, nil
}

// readModules sets the pooling and returns the folder of the transformer.
func (d *description) readModules(dir fs.FS) (root string, err error) {
	var modules []struct {
		Type string `json:"type"`
		Path string `json:"path"`
	}
	d.pooling, root = transformer.Mean, "."
	if _, err := readJSON(dir, "modules.json", &modules); err != nil {
		return "", err
	}
	for _, m := range modules {
		kind := m.Type[strings.LastIndexByte(m.Type, '.')+1:]
		switch kind {
		case "Transformer":
			root = path.Join(".", m.Path)
		case "Pooling":
			if err := d.readPooling(dir, path.Join(m.Path, configFile)); err != nil {
				return "", err
			}
		case "Normalize":
		default:
			return "", fmt.Errorf("module %q is not supported; Transformer, Pooling and Normalize are", m.Type)
		}
	}
	return root, nil
}

func (d *description) readPooling(dir fs.FS, name string) error {
	var modes map[string]any
	found, err := readJSON(dir, name, &modes)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("file %s is missing", name)
	}
	if include, ok := modes["include_prompt"].(bool); ok && !include {
		return fmt.Errorf("read %s: pooling without the prompt's tokens is not supported", name)
	}
	var on []string
	for mode, v := range modes {
		if enabled, _ := v.(bool); enabled && strings.HasPrefix(mode, "pooling_mode_") {
			on = append(on, mode)
		}
	}
	if len(on) != 1 {
		return fmt.Errorf("read %s: %d poolings are switched on, want one", name, len(on))
	}
	known := map[string]transformer.Pooling{
		"pooling_mode_mean_tokens": transformer.Mean,
		"pooling_mode_cls_token":   transformer.First,
		"pooling_mode_max_tokens":  transformer.Max,
	}
	pooling, ok := known[on[0]]
	if !ok {
		return fmt.Errorf("read %s: %s is not supported; mean_tokens, cls_token and max_tokens are", name, on[0])
	}
	d.pooling = pooling
	return nil
}

// readLimit reads the limit of tokens. That of tokenizer.json is not used: it
// is often left from training.
func (d *description) readLimit(dir fs.FS, root string) error {
	var f struct {
		MaxTokens int `json:"max_seq_length"`
	}
	if _, err := readJSON(dir, path.Join(root, "sentence_bert_config.json"), &f); err != nil {
		return err
	}
	d.card.MaxTokens = f.MaxTokens
	return nil
}

func (d *description) readPrompts(dir fs.FS) error {
	const name = "config_sentence_transformers.json"
	var f struct {
		Prompts map[string]string `json:"prompts"`
		Default *string           `json:"default_prompt_name"`
	}
	if _, err := readJSON(dir, name, &f); err != nil {
		return err
	}
	fallback := ""
	if f.Default != nil {
		text, ok := f.Prompts[*f.Default]
		if !ok {
			return fmt.Errorf("read %s: default_prompt_name is %q, which is no prompt", name, *f.Default)
		}
		fallback = text
	}
	d.card.QueryPrefix = prompt(f.Prompts, fallback, "query")
	d.card.PassagePrefix = prompt(f.Prompts, fallback, "passage", "document")
	return nil
}

func prompt(prompts map[string]string, fallback string, names ...string) string {
	for _, name := range names {
		if text, ok := prompts[name]; ok {
			return text
		}
	}
	return fallback
}

// readWeights returns the folder's one safetensors file, held once in memory.
func readWeights(dir fs.FS, root string) (string, error) {
	names, err := fs.Glob(dir, path.Join(root, "*.safetensors"))
	if err != nil {
		return "", err
	}
	if len(names) != 1 {
		return "", fmt.Errorf("%d safetensors files, want one (split weights are not supported)", len(names))
	}
	f, err := dir.Open(names[0])
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	if info, err := f.Stat(); err == nil && info.Size() < 1<<40 {
		text.Grow(int(info.Size()))
	}
	if _, err := io.Copy(&text, f); err != nil {
		return "", fmt.Errorf("read %s: %w", names[0], err)
	}
	return text.String(), nil
}
