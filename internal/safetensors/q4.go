package safetensors

import (
	"encoding/json"
	"fmt"
)

// Sizes of a Q4_0 block as in GGML: a float16 scale, then 32 weights of four
// bits. The low nibble of byte j is weight j, the high nibble weight j+16; a
// weight is (nibble − 8) × scale.
const (
	q4BlockWeights = 32
	q4BlockBytes   = 2 + q4BlockWeights/2
)

// Q4_0 is a matrix of 4-bit blocks, row-major; it shares memory with its tensor.
// It is safe for concurrent use.
type Q4_0 struct {
	Rows, Cols int
	name, data string
}

// Q4_0 reads a U8 tensor of shape (rows, cols/32·18) as 4-bit blocks of a (rows,
// cols) matrix. A tensor of another type or shape is [ErrDType].
func (t Tensor) Q4_0() (Q4_0, error) {
	if t.DType != U8 || len(t.Shape) != 2 || t.Shape[1]%q4BlockBytes != 0 {
		return Q4_0{}, fmt.Errorf("safetensors: read %q (%s %v) as 4-bit blocks: %w", t.Name, t.DType, t.Shape, ErrDType)
	}
	cols := t.Shape[1] / q4BlockBytes * q4BlockWeights
	return Q4_0{Rows: t.Shape[0], Cols: cols, name: t.Name, data: t.Data}, nil
}

// DequantRow writes the weights of a row to dst[:Cols]. It panics when row is
// not in [0, Rows) or dst is shorter than Cols, as an index expression would.
func (q Q4_0) DequantRow(dst []float32, row int) {
	width := q.Cols / q4BlockWeights * q4BlockBytes
	data := q.data[row*width : (row+1)*width]
	dst = dst[:q.Cols]
	for len(data) > 0 {
		scale := Float16(u16(data, 0)).Float32()
		for j := range q4BlockWeights / 2 {
			packed := data[2+j]
			dst[j] = float32(int(packed&0xf)-8) * scale
			dst[j+16] = float32(int(packed>>4)-8) * scale
		}
		data, dst = data[q4BlockBytes:], dst[q4BlockWeights:]
	}
}

// CheckFinite returns [ErrNotFinite] when a block's scale is NaN or infinite.
func (q Q4_0) CheckFinite() error {
	for i := 0; i+q4BlockBytes <= len(q.data); i += q4BlockBytes {
		if u16(q.data, i)&0x7c00 == 0x7c00 {
			return fmt.Errorf("safetensors: check %q: scale of block %d: %w", q.name, i/q4BlockBytes, ErrNotFinite)
		}
	}
	return nil
}

// Q4_0Shapes returns the true shapes of the file's 4-bit matrices by tensor
// name, from the metadata entry q4_0_shapes; nil when the file has none. Each
// shape is held against the tensor that it describes.
func (f *File) Q4_0Shapes() (map[string][2]int, error) {
	text, ok := f.metadata["q4_0_shapes"]
	if !ok {
		return nil, nil
	}
	var listed map[string][]int
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		return nil, fmt.Errorf("safetensors: read q4_0_shapes: %w", err)
	}
	shapes := make(map[string][2]int, len(listed))
	for name, shape := range listed {
		t, err := f.Tensor(name)
		if err != nil {
			return nil, err
		}
		q, err := t.Q4_0()
		if err != nil {
			return nil, err
		}
		if len(shape) != 2 || shape[0] != q.Rows || shape[1] != q.Cols {
			return nil, fmt.Errorf("safetensors: read q4_0_shapes: %q is listed as %v, stored as [%d %d]", name, shape, q.Rows, q.Cols)
		}
		shapes[name] = [2]int{q.Rows, q.Cols}
	}
	return shapes, nil
}
