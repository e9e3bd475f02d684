package safetensors

import (
	"fmt"
	"maps"
	"slices"
)

// maxHeader is the limit of the reference implementation for the JSON header.
const maxHeader = 100_000_000

// FormatError says that a file is not a valid safetensors file and why.
type FormatError struct {
	Tensor string // the tensor at fault, "" when it is the file
	Reason string
}

// Error says where the file breaks the format.
func (e *FormatError) Error() string {
	if e.Tensor == "" {
		return "safetensors: parse: " + e.Reason
	}
	return fmt.Sprintf("safetensors: parse: tensor %q: %s", e.Tensor, e.Reason)
}

// File is a parsed file. It is immutable and safe for concurrent use.
type File struct {
	names    []string // in the order of their data
	tensors  map[string]Tensor
	metadata map[string]string
}

// Parse reads the whole of a file. The tensors share memory with data, so what
// data was made from (an embedded file, a mapping) must outlive them. What is
// not a valid file is a [*FormatError]; memory stays within a small multiple of
// the header, which can't be longer than data.
func Parse(data string) (*File, error) {
	if len(data) < 8 {
		return nil, &FormatError{Reason: fmt.Sprintf("%d bytes are too short for a header", len(data))}
	}
	if reason := foreignFormat(data); reason != "" {
		return nil, &FormatError{Reason: reason}
	}
	length := uint64(u32(data, 0)) | uint64(u32(data, 4))<<32
	if length > maxHeader {
		return nil, &FormatError{Reason: fmt.Sprintf("header length %d is above the limit of %d", length, maxHeader)}
	}
	if length > uint64(len(data)-8) {
		return nil, &FormatError{Reason: fmt.Sprintf("header length %d is beyond the end of the file", length)}
	}
	h, err := parseHeader(data[8 : 8+length])
	if err != nil {
		return nil, err
	}
	return newFile(h, data[8+length:])
}

// foreignFormat names the formats that are often taken for this one.
func foreignFormat(data string) string {
	switch {
	case data[:4] == "PK\x03\x04":
		return "this is a ZIP or PyTorch archive, which is never opened; convert it to safetensors first"
	case data[0] == 0x80 && data[1] <= 5 && data[2] != 0:
		return "this looks like a Python pickle, which is never opened; convert it to safetensors first"
	case data[:4] == "GGUF":
		return "this is a GGUF file; convert it to safetensors first"
	}
	return ""
}

// newFile checks that the entries tile the buffer without holes or overlaps.
func newFile(h header, buffer string) (*File, error) {
	slices.SortFunc(h.entries, func(a, b entry) int {
		if a.begin != b.begin {
			return cmpUint(a.begin, b.begin)
		}
		return cmpUint(a.end, b.end)
	})
	f := &File{metadata: h.metadata, tensors: make(map[string]Tensor, len(h.entries))}
	var at uint64
	for _, e := range h.entries {
		if err := e.check(at, uint64(len(buffer))); err != nil {
			return nil, err
		}
		if _, dup := f.tensors[e.name]; dup {
			return nil, &FormatError{e.name, "the name stands twice in the header"}
		}
		f.tensors[e.name] = Tensor{Name: e.name, DType: e.dtype, Shape: e.shape, Data: buffer[e.begin:e.end]}
		f.names = append(f.names, e.name)
		at = e.end
	}
	if at != uint64(len(buffer)) {
		return nil, &FormatError{Reason: fmt.Sprintf("tensors end at byte %d of %d", at, len(buffer))}
	}
	return f, nil
}

func cmpUint(a, b uint64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// Names returns the tensors' names in the order of their data. The slice is the caller's.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata returns the free-form entries of the header, never nil. The map is the caller's.
func (f *File) Metadata() map[string]string {
	if f.metadata == nil {
		return map[string]string{}
	}
	return maps.Clone(f.metadata)
}

// Tensor returns the tensor of that name, or an error that is [ErrNoTensor].
func (f *File) Tensor(name string) (Tensor, error) {
	t, ok := f.tensors[name]
	if !ok {
		return Tensor{}, fmt.Errorf("safetensors: tensor %q: %w", name, ErrNoTensor)
	}
	return t, nil
}
