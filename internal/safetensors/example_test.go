package safetensors_test

import (
	"bytes"
	"fmt"

	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

func Example() {
	var file bytes.Buffer
	weights := safetensors.Tensor{Name: "w", DType: safetensors.F16, Shape: []int{2}, Data: "\x00\x3c\x00\xc0"}
	if err := safetensors.Write(&file, []safetensors.Tensor{weights}, nil); err != nil {
		fmt.Println(err)
		return
	}
	f, err := safetensors.Parse(file.String())
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := f.Tensor("w")
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := w.AppendFloat32(nil)
	fmt.Println(w.Shape, values, err)
	// Output: [2] [1 -2] <nil>
}
