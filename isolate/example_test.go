package isolate_test

import (
	"context"
	"fmt"
)

// In a program of its own the first line of main is
//
//	worker := isolate.Main(isolate.Handler{Name: "echo", Do: echo})
//
// and worker is what the example uses.
func Example() {
	for frame, err := range worker.Run(context.Background(), "echo", []byte("hello"), nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", frame)
	}
	// Output: hello
}
