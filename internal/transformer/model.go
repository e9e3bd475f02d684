// Package transformer computes BERT-type encoders: token, position and type
// embeddings, then layers of attention and feed-forward with the layer norm
// after each.
//
// Start with [Load], then [Model.Forward] with a [State] per goroutine. The
// texts of a call lie one after the other without padding, and nothing in a
// text's result depends on its neighbours: the bits are the same alone and in
// any company. In [Int8] they are also the same on every amd64 tier of package
// kernel. The package does not tokenize.
package transformer

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

// A Precision is the arithmetic of the linear layers.
type Precision uint8

// The precisions.
const (
	Int8    Precision = iota // 8-bit weights and activations, exact integer sums
	Float32                  // the reference
)

// A Model is an encoder ready to run. It is immutable and safe for concurrent
// use.
type Model struct {
	config    Config
	precision Precision
	words     *table           // (Vocabulary, Hidden)
	positions []float32        // (MaxTokens, Hidden), the embedding of type 0 added
	norm      kernel.LayerNorm // of the embeddings
	layers    []layer
}

// A layer is one block of the encoder.
type layer struct {
	qkv           linear           // Hidden to 3 Hidden: queries (scaled), keys, values
	mix           linear           // Hidden to Hidden, after attention
	attentionNorm kernel.LayerNorm // of the residual stream, (Hidden)
	up            linear           // Hidden to Intermediate
	down          linear           // Intermediate to Hidden
	feedNorm      kernel.LayerNorm
}

// A linear layer has its weights in one of two forms.
type linear struct {
	int8  *kernel.Int8Matrix
	float *kernel.FloatMatrix
}

const wordTable = "embeddings.word_embeddings.weight"

// Load builds the model from the tensors of a checkpoint. Every tensor is
// checked against the configuration before memory is taken for it; one that is
// missing, of another shape or not finite is an error. The word table is read
// in place for as long as the model lives, so the file's data must outlive it.
// The work is shared among all processors.
//
// With [Int8], the calibration texts, by token ids and each within the model's
// limits, are run once to find the inputs that need more than 8 bits; about
// fifty tokens are enough. Without texts there are no such inputs.
func Load(file *safetensors.File, c Config, p Precision, calibration [][]int32) (*Model, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	w, err := newWeights(file)
	if err != nil {
		return nil, err
	}
	m := &Model{config: c, precision: p, layers: make([]layer, c.Layers)}
	var jobs []packing
	m.words = w.table(wordTable, c.Vocabulary, c.Hidden)
	positions := w.table("embeddings.position_embeddings.weight", c.Positions, c.Hidden)
	types := w.table("embeddings.token_type_embeddings.weight", c.Types, c.Hidden)
	m.norm = readNorm(w, c, "embeddings")
	for i := range m.layers {
		jobs = append(jobs, m.layers[i].read(w, c, p, fmt.Sprintf("encoder.layer.%d.", i))...)
	}
	if w.err != nil {
		return nil, w.err
	}
	m.positions = addType(positions, types, c)
	pack(jobs)
	if p == Int8 && len(calibration) > 0 {
		m.calibrate(calibration, jobs)
	}
	return m, nil
}

// Detach copies what the model reads in place, so that the rest of the file's
// data can be released. It must not be called while the model is in use.
func (m *Model) Detach() { m.words.detach() }

// Config returns the shape of the model.
func (m *Model) Config() Config { return m.config }

func readNorm(w *weights, c Config, prefix string) kernel.LayerNorm {
	return kernel.LayerNorm{
		Gain:    w.vector(prefix+".LayerNorm.weight", c.Hidden),
		Bias:    w.vector(prefix+".LayerNorm.bias", c.Hidden),
		Epsilon: float32(c.Epsilon),
	}
}

// addType returns the rows of the position table that texts can use, with the
// type of all tokens added.
func addType(positions, types *table, c Config) []float32 {
	sum := make([]float32, c.MaxTokens()*c.Hidden)
	kind := make([]float32, c.Hidden)
	types.row(kind, 0)
	for i := range c.MaxTokens() {
		row := sum[i*c.Hidden:][:c.Hidden]
		positions.row(row, i+c.FirstPosition)
		for d := range row {
			row[d] += kind[d]
		}
	}
	return sum
}

// read lays out a layer and returns the work of filling its matrices.
func (l *layer) read(w *weights, c Config, p Precision, prefix string) []packing {
	l.attentionNorm = readNorm(w, c, prefix+"attention.output")
	l.feedNorm = readNorm(w, c, prefix+"output")
	part := func(name string, outputs, inputs int) packing {
		return packing{
			source: w.table(prefix+name+".weight", outputs, inputs),
			bias:   w.vector(prefix+name+".bias", outputs),
			scale:  1,
		}
	}
	query := part("attention.self.query", c.Hidden, c.Hidden)
	key := part("attention.self.key", c.Hidden, c.Hidden)
	value := part("attention.self.value", c.Hidden, c.Hidden)
	mix := part("attention.output.dense", c.Hidden, c.Hidden)
	up := part("intermediate.dense", c.Intermediate, c.Hidden)
	down := part("output.dense", c.Hidden, c.Intermediate)
	if w.err != nil {
		return nil
	}
	// The division of the scores by the root of the head's width is done here,
	// once, by scaling the queries.
	query.scale = float32(1 / math.Sqrt(float64(c.Hidden/c.Heads)))
	key.offset, value.offset = c.Hidden, 2*c.Hidden
	l.qkv = newLinear(p, 3*c.Hidden, c.Hidden)
	l.mix = newLinear(p, c.Hidden, c.Hidden)
	l.up = newLinear(p, c.Intermediate, c.Hidden)
	l.down = newLinear(p, c.Hidden, c.Intermediate)
	query.target, key.target, value.target = l.qkv, l.qkv, l.qkv
	mix.target, up.target, down.target = l.mix, l.up, l.down
	return []packing{query, key, value, mix, up, down}
}

func newLinear(p Precision, outputs, inputs int) linear {
	if p == Float32 {
		return linear{float: kernel.NewFloatMatrix(outputs, inputs)}
	}
	return linear{int8: kernel.NewInt8Matrix(outputs, inputs)}
}

// A packing is one tensor on its way into a matrix.
type packing struct {
	source *table
	bias   []float32
	scale  float32
	target linear
	offset int // of the first output in the target

	columns []int       // taken out of the matrix
	weights [][]float32 // where they go, (columns, outputs of the target)
}

// pack fills the matrices, each tensor by one processor at a time.
func pack(jobs []packing) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(len(jobs), runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				jobs[i].run()
			}
		})
	}
	group.Wait()
}

func (p *packing) run() {
	row := make([]float32, p.source.cols)
	for o := range p.source.rows {
		p.source.row(row, o)
		if p.scale != 1 {
			for k := range row {
				row[k] *= p.scale
			}
		}
		for j, k := range p.columns {
			p.weights[j][p.offset+o], row[k] = row[k], 0
		}
		if m := p.target.int8; m != nil {
			m.SetOutput(p.offset+o, row, p.bias[o]*p.scale)
		} else {
			p.target.float.SetOutput(p.offset+o, row, p.bias[o]*p.scale)
		}
	}
}
