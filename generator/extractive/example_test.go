package extractive_test

import (
	"context"
	"fmt"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/extractive"
)

func Example() {
	text := "# Backups\n\nBackups run every night. They are kept for 30 days.\n\n- To restore a backup, run `kbqa restore`."
	passages := []groundwork.Hit{{Chunk: groundwork.Chunk{Title: "Backups", Text: text, Span: groundwork.Span{End: len(text)}}}}

	g, err := extractive.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, question := range []string{"How do I restore a backup?", "Who invented the telephone?"} {
		for event, err := range g.Generate(context.Background(), generator.Request{Question: question, Passages: passages}) {
			if err != nil {
				fmt.Println(err)
				return
			}
			switch e := event.(type) {
			case generator.Claim:
				fmt.Printf("%q at %d\n", e.Text, e.Quotes[0].Span.Start)
			case generator.Stop:
				fmt.Println(e.Reason)
			}
		}
	}
	// Output:
	// "To restore a backup, run `kbqa restore`." at 66
	// done
	// abstained
}
