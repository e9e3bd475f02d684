package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Write writes a file with the tensors in the order of their element sizes, the
// largest first, and then of their names, so that equal input gives equal bytes
// and every element is aligned. Metadata may be nil. The header is padded with
// spaces until the data start at a multiple of 64. A tensor whose data do not fit
// its shape is a [*FormatError], and then nothing has been written.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	sorted := slices.Clone(tensors)
	slices.SortStableFunc(sorted, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.DType.Size(), a.DType.Size()), cmp.Compare(a.Name, b.Name))
	})
	header, err := encodeHeader(sorted, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("safetensors: write header: %w", err)
	}
	for _, t := range sorted {
		if _, err := io.WriteString(w, t.Data); err != nil {
			return fmt.Errorf("safetensors: write %q: %w", t.Name, err)
		}
	}
	return nil
}

func encodeHeader(sorted []Tensor, metadata map[string]string) ([]byte, error) {
	type description struct {
		DType   DType     `json:"dtype"`
		Shape   []int     `json:"shape"`
		Offsets [2]uint64 `json:"data_offsets"`
	}
	var at uint64
	described := map[string]any{} // encoding/json sorts the keys
	for _, t := range sorted {
		e := entry{name: t.Name, dtype: t.DType, shape: t.Shape, begin: at, end: at + uint64(len(t.Data))}
		if err := e.check(at, e.end); err != nil {
			return nil, err
		}
		if _, dup := described[t.Name]; dup || t.Name == metadataKey {
			return nil, &FormatError{t.Name, "the name is taken"}
		}
		shape := append([]int{}, t.Shape...) // never null
		described[t.Name] = description{t.DType, shape, [2]uint64{e.begin, e.end}}
		at = e.end
	}
	if len(metadata) > 0 {
		described[metadataKey] = metadata
	}
	text, err := json.Marshal(described)
	if err != nil {
		return nil, fmt.Errorf("safetensors: write header: %w", err)
	}
	return padHeader(text), nil
}

func padHeader(text []byte) []byte {
	const alignment = 64
	for (8+len(text))%alignment != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
}
