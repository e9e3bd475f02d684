package pdf_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

// In a program of its own the first line of main is
//
//	worker := isolate.Main(pdf.Handler())
//
// and worker is what the example uses.
func Example() {
	loader, err := pdf.New(&pdf.Options{Worker: worker})
	if err != nil {
		fmt.Println(err)
		return
	}
	data := file(shown("First page"), shown("Second page"))
	for doc, err := range loader.Load(context.Background(), loaders.Item{URI: "two.pdf"}, bytes.NewReader(data)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, m := range doc.Marks {
			fmt.Printf("page %d: %.11s\n", m.Number, doc.Text[m.Offset:])
		}
	}
	// Output:
	// page 1: First page
	//
	// page 2: Second page
}
