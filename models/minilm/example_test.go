package minilm_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seed4837efcb/groundwork/models/minilm"
)

func ExampleFiles() {
	files := minilm.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Println(name, len(files[name]) > 0)
	}
	// Output:
	// config.json true
	// groundwork.json true
	// model.safetensors true
	// tokenizer.bin true
}
