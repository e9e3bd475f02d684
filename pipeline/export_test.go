package pipeline

import (
	"fmt"

	"github.com/seed4837efcb/groundwork/generator"
)

// CutDraft feeds a draft in pieces of size bytes and returns its sentences,
// each followed by what it cites.
func CutDraft(text string, size int) []string {
	var out []string
	take := func(sentences []string) {
		for _, s := range sentences {
			if text, cited := generator.CutCitations(s); hasWords(text) {
				out = append(out, text, fmt.Sprint(cited))
			}
		}
	}
	var d draft
	for len(text) > 0 {
		n := min(size, len(text))
		take(d.add(text[:n]))
		text = text[n:]
	}
	take(d.rest())
	return out
}
