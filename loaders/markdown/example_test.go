package markdown_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/markdown"
)

func Example() {
	loader, err := markdown.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	source := strings.NewReader("# Guide\n\nHello.\n\n## Install { #install }\n\n- one\n- two\n")
	for doc, err := range loader.Load(context.Background(), loaders.Item{URI: "guide.md"}, source) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, s := range doc.Sections {
			fmt.Println(s.Level, s.Title)
		}
		for _, b := range doc.Blocks {
			fmt.Printf("%q\n", b.Span.In(doc.Text))
		}
	}
	// Output:
	// 1 Guide
	// 2 Install
	// "Hello."
	// "- one"
	// "- two"
}
