package html_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/html"
)

func Example() {
	loader, err := html.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	page := strings.NewReader("<title>Guide</title>\n<nav>Home</nav>\n<main><h1>Install</h1>\n<ul><li>one<li>two</ul></main>")
	for doc, err := range loader.Load(context.Background(), loaders.Item{URI: "guide.html"}, page) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(doc.Title)
		fmt.Println(doc.Text)
		fmt.Println("line", doc.Position(strings.Index(doc.Text, "two")).Line)
	}
	// Output:
	// Guide
	// Install
	//
	// - one
	// - two
	// line 4
}
