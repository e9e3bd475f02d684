package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// file builds a file from a JSON header and data.
func file(header, data string) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header + data
}

func TestParseReadsTensorsAndMetadata(t *testing.T) {
	f, err := Parse(file(`{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[2,10]},"a":{"dtype":"F16","shape":[],"data_offsets":[0,2]}}   `, "\x00\x3c"+"\x00\x00\x80\x3f\x00\x00\x00\xc0"))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names %v, want a, b", got)
	}
	if got := f.Metadata()["k"]; got != "v" {
		t.Errorf("metadata k = %q, want v", got)
	}
	var got []float32
	for _, name := range f.Names() {
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err = x.AppendFloat32(got); err != nil {
			t.Fatal(err)
		}
	}
	if want := []float32{1, 1, -2}; !slices.Equal(got, want) {
		t.Errorf("values %v, want %v", got, want)
	}
	if _, err := f.Tensor("c"); !errors.Is(err, ErrNoTensor) {
		t.Errorf("missing tensor: %v, want ErrNoTensor", err)
	}
}

func TestParseRefusesWhatIsNotAFile(t *testing.T) {
	cases := []struct{ name, data, reason string }{
		{"empty", "", "too short"},
		{"header beyond the end", file(`{}`, "")[:9], "beyond the end"},
		{"header of 2^63 bytes", "\x00\x00\x00\x00\x00\x00\x00\x80{}", "above the limit"},
		{"header of 100 MB and one", string(binary.LittleEndian.AppendUint64(nil, maxHeader+1)) + "{}", "above the limit"},
		{"pickle", "\x80\x02}q\x00X\x05\x00", "pickle"},
		{"zip", "PK\x03\x04\x00\x00\x00\x00", "archive"},
		{"not an object", file(`[]`, ""), "brace"},
		{"not JSON", file(`{"a"`, ""), "JSON"},
		{"not UTF-8", file("{\"\xff\":1}", ""), "UTF-8"},
		{"second document", file(`{}{}`, ""), "follow"},
		{"newline padding", file("{}\n", ""), "follow"},
		{"trailing bytes", file(`{}`, "x"), "end at byte 0 of 1"},
		{"missing bytes", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, "x"), "outside"},
		{"hole", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xy"), "hole"},
		{"overlap", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, "xyz"), "overlap"},
		{"backwards", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}}`, "xy"), "outside"},
		{"size does not fit shape", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2]}}`, "xy"), "takes 4"},
		{"shape overflows", file(`{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,2]}}`, "xy"), "too large"},
		{"extent of 2^63", file(`{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,2]}}`, "xy"), "too large"},
		{"negative extent", file(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,2]}}`, "xy"), "whole number"},
		{"fraction", file(`{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,2]}}`, "xy"), "whole number"},
		{"null shape", file(`{"a":{"dtype":"U8","shape":null,"data_offsets":[0,2]}}`, "xy"), "was due"},
		{"unknown type", file(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,2]}}`, "xy"), "F31"},
		{"unknown field", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1}}`, "xy"), "unknown field"},
		{"missing field", file(`{"a":{"dtype":"U8","shape":[2]}}`, "xy"), "missing"},
		{"field twice", file(`{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, "xy"), "twice"},
		{"one offset", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[2]}}`, "xy"), "two numbers"},
		{"name twice", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xy"), "twice"},
		{"empty tensor's name twice", file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, ""), "twice"},
		{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`, ""), "twice"},
		{"metadata key twice", file(`{"__metadata__":{"a":"b","a":"c"}}`, ""), "twice"},
		{"metadata of numbers", file(`{"__metadata__":{"a":1}}`, ""), "string was due"},
		{"forty dimensions", file(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("1,", 39)+`1],"data_offsets":[0,1]}}`, "x"), "more than 32"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(c.data)
			var format *FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want a FormatError with %q", err, c.reason)
			}
		})
	}
}

func TestWriteThenParseGivesTheSame(t *testing.T) {
	tensors := []Tensor{
		{Name: "z", DType: U8, Shape: []int{3}, Data: "abc"},
		{Name: "a", DType: F16, Shape: []int{2, 1}, Data: "1234"},
		{Name: "empty", DType: I64, Shape: []int{0, 5}, Data: ""},
		{Name: "scalar", DType: F32, Data: "wxyz"},
	}
	var first, second bytes.Buffer
	if err := Write(&first, tensors, map[string]string{"b": "1", "a": "2"}); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(tensors)
	if err := Write(&second, tensors, map[string]string{"a": "2", "b": "1"}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the order of the input changed the bytes")
	}
	f, err := Parse(first.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range tensors {
		got, err := f.Tensor(want.Name)
		if err != nil || got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) || got.Data != want.Data {
			t.Errorf("%s: got %v, %v, want %v", want.Name, got, err, want)
		}
	}
	if at := first.Len() - len("1234abcwxyz"); at%64 != 0 {
		t.Errorf("data start at byte %d, want a multiple of 64", at)
	}
}

func TestWriteRefusesWhatParseWould(t *testing.T) {
	for name, tensors := range map[string][]Tensor{
		"size":     {{Name: "a", DType: U8, Shape: []int{2}, Data: "x"}},
		"type":     {{Name: "a", DType: "X", Shape: []int{1}, Data: "x"}},
		"twice":    {{Name: "a", DType: U8, Shape: []int{1}, Data: "x"}, {Name: "a", DType: U8, Shape: []int{1}, Data: "x"}},
		"metadata": {{Name: "__metadata__", DType: U8, Shape: []int{1}, Data: "x"}},
	} {
		var b bytes.Buffer
		var format *FormatError
		if err := Write(&b, tensors, nil); !errors.As(err, &format) || b.Len() != 0 {
			t.Errorf("%s: got %v and %d bytes, want a FormatError and none", name, err, b.Len())
		}
	}
}

func TestFloat16RoundTripsEveryHalf(t *testing.T) {
	for i := range 1 << 16 {
		h := Float16(i)
		f := h.Float32()
		back := NewFloat16(f)
		if f != f {
			if g := back.Float32(); g == g {
				t.Fatalf("%#04x: NaN became %v", i, g)
			}
			continue
		}
		if back != h {
			t.Fatalf("%#04x is %v and comes back as %#04x", i, f, back)
		}
	}
}

// The nearest half is found by search here, so the bit arithmetic has a witness.
func TestNewFloat16IsNearestTiesToEven(t *testing.T) {
	values := make([]float64, 0x7c01)
	for i := range values[:0x7c00] {
		values[i] = float64(Float16(i).Float32())
	}
	values[0x7c00] = 65536 // where infinity takes over
	nearest := func(x float64) Float16 {
		i, exact := slices.BinarySearch(values, x)
		switch {
		case exact:
			return Float16(i)
		case i == len(values):
			return 0x7c00
		}
		low, high := x-values[i-1], values[i]-x
		if low < high || low == high && (i-1)%2 == 0 {
			return Float16(i - 1)
		}
		return Float16(i)
	}
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	check := func(f float32) {
		want := nearest(math.Abs(float64(f)))
		if math.Signbit(float64(f)) {
			want |= 0x8000
		}
		if got := NewFloat16(f); got != want {
			t.Fatalf("seed %d: %v gives %#04x, want %#04x", seed, f, got, want)
		}
	}
	for range 1_000_000 {
		f := math.Float32frombits(r.Uint32()&0x0fffffff | 0x30000000 | r.Uint32()&0x80000000)
		if f == f {
			check(f)
		}
	}
	for i := range 0x7bff { // every tie and its neighbours
		tie := (Float16(i).Float32() + Float16(i+1).Float32()) / 2
		check(tie)
		check(math.Nextafter32(tie, 0))
		check(-math.Nextafter32(tie, 1e9))
	}
	check(65519.996)
	check(65520)
	check(float32(math.Inf(-1)))
}

func TestBF16WidensExactly(t *testing.T) {
	got, err := Tensor{DType: BF16, Shape: []int{2}, Data: "\x80\x3f\x00\xc0"}.AppendFloat32([]float32{7})
	if err != nil || !slices.Equal(got, []float32{7, 1, -2}) {
		t.Errorf("got %v, %v, want 7, 1, -2", got, err)
	}
	if _, err := (Tensor{DType: I8, Data: "x"}).AppendFloat32(nil); !errors.Is(err, ErrDType) {
		t.Errorf("I8 read as float32: %v, want ErrDType", err)
	}
}

func TestCheckFiniteFindsNaNAndInfinity(t *testing.T) {
	for _, c := range []struct {
		tensor Tensor
		finite bool
	}{
		{Tensor{DType: F32, Data: "\x00\x00\x80\x3f\xff\xff\x7f\x7f"}, true},
		{Tensor{DType: F32, Data: "\x00\x00\x80\x3f\x00\x00\x80\x7f"}, false},
		{Tensor{DType: F32, Data: "\x01\x00\xc0\xff"}, false},
		{Tensor{DType: F16, Data: "\xff\x7b"}, true},
		{Tensor{DType: F16, Data: "\x00\x7c"}, false},
		{Tensor{DType: BF16, Data: "\x7f\x7f"}, true},
		{Tensor{DType: BF16, Data: "\x80\xff"}, false},
		{Tensor{DType: U8, Data: "\xff\xff"}, true},
	} {
		if err := c.tensor.CheckFinite(); errors.Is(err, ErrNotFinite) == c.finite {
			t.Errorf("%s %x: %v, want finite %v", c.tensor.DType, c.tensor.Data, err, c.finite)
		}
	}
}

func TestQ4RowsFollowTheBlockLayout(t *testing.T) {
	block := "\x00\x38" + "\x08\x9f" + strings.Repeat("\x88", 14) // scale 0.5
	f, err := Parse(file(`{"__metadata__":{"q4_0_shapes":"{\"m\":[2,32]}"},"m":{"dtype":"U8","shape":[2,18],"data_offsets":[0,36]}}`, "\x00\x3c"+strings.Repeat("\x88", 16)+block))
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := f.Q4_0Shapes()
	if err != nil || shapes["m"] != [2]int{2, 32} {
		t.Fatalf("shapes %v, %v", shapes, err)
	}
	m, _ := f.Tensor("m")
	q, err := m.Q4_0()
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float32, 32)
	q.DequantRow(row, 1)
	want := make([]float32, 32)
	want[0], want[16], want[1], want[17] = 0, -4, 3.5, 0.5
	if !slices.Equal(row, want) {
		t.Errorf("row %v, want %v", row, want)
	}
	if err := q.CheckFinite(); err != nil {
		t.Error(err)
	}
	if err := (Q4_0{data: "\x00\x7c" + strings.Repeat("\x88", 16)}).CheckFinite(); !errors.Is(err, ErrNotFinite) {
		t.Errorf("infinite scale: %v, want ErrNotFinite", err)
	}
	if _, err := (Tensor{DType: U8, Shape: []int{1, 17}}).Q4_0(); !errors.Is(err, ErrDType) {
		t.Errorf("17 bytes a row: %v, want ErrDType", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(file(`{"__metadata__":{"q4_0_shapes":"{\"a\":[1,32]}"},"a":{"dtype":"U8","shape":[1,18],"data_offsets":[0,18]}}`, strings.Repeat("x", 18)))
	f.Add(file(`{"a":{"dtype":"F32","shape":[1,0],"data_offsets":[0,0]}}`, ""))
	f.Add("\xff\xff\xff\xff\xff\xff\xff\xff{}")
	f.Fuzz(func(t *testing.T, data string) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		var tensors []Tensor
		for _, name := range file.Names() {
			x, err := file.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = x.AppendFloat32(nil)
			_ = x.CheckFinite()
			tensors = append(tensors, x)
		}
		_, _ = file.Q4_0Shapes()
		var b bytes.Buffer
		if err := Write(&b, tensors, file.Metadata()); err != nil {
			t.Fatalf("what was parsed can't be written: %v", err)
		}
		if _, err := Parse(b.String()); err != nil {
			t.Fatalf("what was written can't be parsed: %v", err)
		}
	})
}
