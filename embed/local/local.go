// Package local turns texts into vectors inside the process: a transformer in
// Go and Go assembly, without cgo, server or download.
//
// Start with [New] and the files of a package under models, or with [Open] for
// a Hugging Face or sentence-transformers folder of the BERT, RoBERTa or XLM-R
// family:
//
//	e, err := local.New(minilm.Files(), nil)
//
// The vector of a text has the same bits alone and in any batch, at any number
// of workers. With [Int8] it also has the same bits on every amd64 processor.
// Vectors always have unit length, whatever the model's own last step is.
package local

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
	"github.com/seed4837efcb/groundwork/internal/tokenizer"
	"github.com/seed4837efcb/groundwork/internal/transformer"
)

// A Precision is the arithmetic of the linear layers.
type Precision uint8

// The precisions.
const (
	Int8    Precision = iota // 8-bit integers, exact sums: the fast one
	Float32                  // the reference, slower
)

// String returns "int8" or "float32".
func (p Precision) String() string {
	switch p {
	case Int8:
		return "int8"
	case Float32:
		return "float32"
	}
	return fmt.Sprintf("precision(%d)", uint8(p))
}

// ParsePrecision reads what [Precision.String] writes.
func ParsePrecision(s string) (Precision, error) {
	for _, p := range []Precision{Int8, Float32} {
		if s == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("local: unknown precision %q; use int8 or float32", s)
}

// Options of an embedder. The zero value is good for indexing and search.
type Options struct {
	Precision Precision

	// Workers is how many texts or groups of texts run at the same time; 0
	// means one per processor (GOMAXPROCS). Each takes up to 10 MB with the
	// models of 384 dimensions.
	Workers int

	// Truncate cuts texts that are too long and reports them in Batch.Cut.
	// Otherwise such a text is an *embed.TextError with embed.ErrTooLong.
	Truncate bool

	// MaxTokens lowers the model's limit for a text; 0 keeps it. A value above
	// the limit is an error.
	MaxTokens int
}

func (o *Options) withDefaults() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	if r.Workers == 0 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	if r.Workers < 0 || r.MaxTokens < 0 {
		return r, errors.New("local: options: Workers and MaxTokens must not be negative")
	}
	if r.Precision > Float32 {
		return r, fmt.Errorf("local: options: unknown precision %v", r.Precision)
	}
	return r, nil
}

// An Embedder runs one model. It is safe for concurrent use, starts no
// goroutine that outlives a call, and needs no closing.
type Embedder struct {
	model     *transformer.Model
	tokenizer *tokenizer.Tokenizer
	pooling   transformer.Pooling
	prefix    [2]string // by role
	truncate  bool
	info      embed.Model
	pool      pool
}

var (
	_ embed.Embedder     = (*Embedder)(nil)
	_ embed.TokenCounter = (*Embedder)(nil)
)

// New returns an embedder for the files of a model package: model.safetensors,
// tokenizer.bin or tokenizer.json, config.json and groundwork.json. The weights
// are checked, quantised and packed here. The weights' text is read in place
// for as long as the embedder lives. Where groundwork.json states the checksum
// of the weights, it is taken for the fingerprint without hashing them again.
func New(files map[string]string, opts *Options) (*Embedder, error) {
	d, err := describe(files)
	if err != nil {
		return nil, fmt.Errorf("local: new: %w", err)
	}
	e, err := build(d, opts)
	if err != nil {
		return nil, fmt.Errorf("local: new: %w", err)
	}
	return e, nil
}

// build makes the embedder of a described model.
func build(d *description, opts *Options) (*Embedder, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	config, err := transformer.ParseConfig([]byte(d.config))
	if err != nil {
		return nil, err
	}
	limit, err := d.limit(config.MaxTokens(), o.MaxTokens)
	if err != nil {
		return nil, err
	}
	if size := d.tokenizer.VocabSize(); size > config.Vocabulary {
		return nil, fmt.Errorf("the tokenizer has %d tokens, the model %d: they do not belong together", size, config.Vocabulary)
	}
	weightsHash := hashWeights(d)
	file, err := safetensors.Parse(d.weights)
	if err != nil {
		return nil, err
	}
	model, err := transformer.Load(file, config, transformer.Precision(o.Precision), d.calibration(limit))
	if err != nil {
		return nil, err
	}
	if d.owned {
		model.Detach()
	}
	return &Embedder{
		model:     model,
		tokenizer: d.tokenizer,
		pooling:   d.pooling,
		prefix:    [2]string{embed.Passage: d.card.PassagePrefix, embed.Query: d.card.QueryPrefix},
		truncate:  o.Truncate,
		info: embed.Model{
			ID:          d.card.ID,
			Fingerprint: fingerprint(d, <-weightsHash, o.Precision),
			Dim:         config.Hidden,
			MaxTokens:   limit,
			Scripts:     d.card.Scripts,
			Unrelated:   d.card.Unrelated,
			Related:     d.card.Related,
		},
		pool: newPool(model, o.Workers, max(limit, unitTokens)),
	}, nil
}

// Model describes the model. The fingerprint covers the weights, the
// tokenizer, pooling, prefixes, precision and the version of the arithmetic,
// not the processor.
func (e *Embedder) Model() embed.Model {
	m := e.info
	m.Scripts = append([]string(nil), m.Scripts...)
	return m
}

// CountTokens returns the number of tokens of a text as Embed counts them: the
// role's prefix and the special tokens included.
func (e *Embedder) CountTokens(role embed.Role, text string) int {
	return e.tokenizer.Count(e.prefix[role&1] + text)
}

// Tier names the instruction set in use: avx512vnni, avx2 or portable. On the
// last everything works with the same bits, about twenty times slower.
func Tier() string { return kernel.Active().String() }
