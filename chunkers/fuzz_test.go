package chunkers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
)

// FuzzChunk lets the fuzzer choose the text, where blocks and headings begin
// and the limits.
func FuzzChunk(f *testing.F) {
	f.Add("# A\n\nOne. Two.\n\n|a|\n|-|\n|b|\n", []byte{0, 4, 17, 30}, byte(9), byte(8))
	f.Add("a\r\n\"b\nc\",d\n", []byte{0, 3, 11}, byte(3), byte(0))
	f.Add("다. 요 `a`\u0301\u200d\n\n\n- x\n  - y", []byte{1}, byte(12), byte(5))
	f.Fuzz(func(t *testing.T, text string, at []byte, limit, overlap byte) {
		if !utf8.ValidString(text) || len(text) > 10_000 {
			t.Skip()
		}
		doc := fuzzDocument(text, at)
		o := &Options{MaxTokens: 3 + int(limit), OverlapTokens: int(overlap) % (2 + int(limit)/2)}
		o.TargetTokens = o.MaxTokens
		for kind, c := range makers(t, o) {
			chunks, err := c.Chunk(t.Context(), doc)
			if err != nil {
				t.Fatal(err)
			}
			if err := check(doc, chunks, o); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
	})
}

func fuzzDocument(text string, at []byte) *groundwork.Document {
	doc := &groundwork.Document{ID: groundwork.NewID("f"), URI: "f", MIME: "text/csv", Text: text, Verbatim: true}
	from := 0
	for i, b := range at {
		to := snap(text, min(len(text), from+int(b)))
		if i%5 == 4 {
			doc.Sections = append(doc.Sections, groundwork.Section{
				Heading: groundwork.Span{Start: from, End: to}, Level: 1 + i%3, Title: strings.TrimSpace(text[from:to])})
		} else {
			span := groundwork.Span{Start: from, End: to}
			doc.Blocks = append(doc.Blocks, groundwork.Block{Kind: groundwork.BlockKind(1 + b%6), Span: span})
			if b%6 == 3 {
				doc.Blocks[len(doc.Blocks)-1].Header = groundwork.Span{Start: from, End: snap(text, (from+to)/2)}
			}
		}
		from = to
	}
	return doc
}
