package tokenizer_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed4837efcb/groundwork/internal/tokenizer"
)

func Example() {
	data, err := os.ReadFile(filepath.Join("..", "..", "models", "minilm", "tokenizer.bin"))
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := tokenizer.FromCompiled(string(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, total := t.Encode(nil, "Hello, world!", 5)
	fmt.Println(ids, total)
	// Output: [101 7592 1010 2088 102] 6
}
