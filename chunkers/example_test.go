package chunkers_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
)

// A loader would find the section; here it is given by hand.
func Example() {
	text := "# Backups\nWe copy the index every night. Copies are kept for a month. To restore one, stop the service first.\n"
	doc := &groundwork.Document{
		ID:   groundwork.DocumentID("docs", "backups.md"),
		URI:  "backups.md",
		Text: text,
		Sections: []groundwork.Section{{
			Heading: groundwork.Span{Start: 0, End: 10},
			Body:    groundwork.Span{Start: 10, End: len(text)},
			Level:   1,
			Title:   "Backups",
		}},
	}
	chunker, err := chunkers.NewStructure(&chunkers.Options{
		MaxTokens: 16,
		Count:     func(text string) int { return len(strings.Fields(text)) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	chunks, err := chunker.Chunk(context.Background(), doc)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range chunks {
		fmt.Printf("%v %q\n", c.Headings, c.Text)
	}
	// Output:
	// [Backups] "# Backups\nWe copy the index every night. Copies are kept for a month."
	// [Backups] "To restore one, stop the service first."
}

func ExampleSentences() {
	text := "Stop e.g. with Ctrl-C. 색인은 남습니다. 今度は？"
	for _, s := range chunkers.Sentences(text) {
		fmt.Println(s.In(text))
	}
	// Output:
	// Stop e.g. with Ctrl-C.
	// 색인은 남습니다.
	// 今度は？
}
