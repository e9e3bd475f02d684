package transformer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

// A table is a matrix in the form of its file, read row by row: float32,
// float16, bfloat16 or blocks of four bits. It is safe for concurrent use.
type table struct {
	rows, cols int
	tensor     safetensors.Tensor
	q4         safetensors.Q4_0
	packed     bool
}

// row writes row i, which must exist, to dst[:cols].
func (t *table) row(dst []float32, i int) {
	if t.packed {
		t.q4.DequantRow(dst, i)
		return
	}
	row := t.tensor
	width := len(row.Data) / t.rows
	row.Data = row.Data[i*width : (i+1)*width]
	row.Shape = []int{t.cols}
	if _, err := row.AppendFloat32(dst[:0]); err != nil {
		panic(err) // the type was checked when the table was made
	}
}

// weights reads tensors by name, remembering the first error, so that a model
// can be laid out without a check after every line.
type weights struct {
	file   *safetensors.File
	prefix string
	err    error
}

// prefixes are what checkpoints put before the names of an encoder's tensors.
var prefixes = [...]string{"", "bert.", "roberta."}

func newWeights(file *safetensors.File) (*weights, error) {
	for _, p := range prefixes {
		if _, err := file.Tensor(p + wordTable); err == nil {
			return &weights{file: file, prefix: p}, nil
		}
	}
	return nil, fmt.Errorf("transformer: load: no tensor %q: not the weights of a BERT-type encoder", wordTable)
}

// table returns a matrix of the given shape.
func (w *weights) table(name string, rows, cols int) *table {
	if w.err != nil {
		return nil
	}
	t, err := w.open(w.prefix+name, rows, cols)
	if err != nil {
		w.err = fmt.Errorf("transformer: load: %w", err)
	}
	return t
}

func (w *weights) open(name string, rows, cols int) (*table, error) {
	tensor, err := w.file.Tensor(name)
	if err != nil {
		return nil, err
	}
	t := &table{rows: rows, cols: cols, tensor: tensor}
	switch tensor.DType {
	case safetensors.F32, safetensors.F16, safetensors.BF16:
		if len(tensor.Shape) != 2 || tensor.Shape[0] != rows || tensor.Shape[1] != cols {
			return nil, shapeError(name, tensor.Shape, rows, cols)
		}
		return t, tensor.CheckFinite()
	case safetensors.U8:
		t.packed = true
		if t.q4, err = tensor.Q4_0(); err != nil {
			return nil, err
		}
		if t.q4.Rows != rows || t.q4.Cols != cols {
			return nil, shapeError(name, []int{t.q4.Rows, t.q4.Cols}, rows, cols)
		}
		return t, t.q4.CheckFinite()
	}
	return nil, fmt.Errorf("tensor %q has type %s; F32, F16, BF16 and 4-bit blocks in U8 are supported", name, tensor.DType)
}

func shapeError(name string, have []int, want ...int) error {
	return fmt.Errorf("tensor %q has shape %v, the configuration wants %v", name, have, want)
}

// vector returns a one-dimensional tensor of n values.
func (w *weights) vector(name string, n int) []float32 {
	if w.err != nil {
		return nil
	}
	v, err := w.read(w.prefix+name, n)
	if err != nil {
		w.err = fmt.Errorf("transformer: load: %w", err)
	}
	return v
}

func (w *weights) read(name string, n int) ([]float32, error) {
	tensor, err := w.file.Tensor(name)
	if err != nil {
		return nil, err
	}
	if len(tensor.Shape) != 1 || tensor.Shape[0] != n {
		return nil, shapeError(name, tensor.Shape, n)
	}
	v, err := tensor.AppendFloat32(nil)
	return v, errors.Join(err, tensor.CheckFinite())
}

// detach copies the table's data.
func (t *table) detach() {
	t.tensor.Data = strings.Clone(t.tensor.Data)
	if t.packed {
		// The shape was checked when the table was made.
		t.q4, _ = t.tensor.Q4_0()
	}
}
