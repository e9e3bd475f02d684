package chunkers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
)

// wordCount makes the sizes of the tests easy to see: a word is a token.
func wordCount(s string) int { return len(strings.Fields(s)) }

// markdown returns a document whose lines that begin with # are sections and
// whose blocks are given by the text they begin with.
func markdown(text string, blocks ...groundwork.Block) *groundwork.Document {
	d := &groundwork.Document{ID: groundwork.NewID("d"), URI: "d.md", MIME: "text/markdown", Text: text, Verbatim: true, Blocks: blocks}
	at := 0
	for line := range strings.Lines(text) {
		if title := strings.TrimLeft(line, "#"); len(title) < len(line) {
			d.Sections = append(d.Sections, groundwork.Section{
				Heading: groundwork.Span{Start: at, End: at + len(line)},
				Body:    groundwork.Span{Start: at + len(line), End: len(text)},
				Level:   len(line) - len(title),
				Title:   strings.TrimSpace(title),
			})
		}
		at += len(line)
	}
	return d
}

// block returns the block of kind that covers part of text.
func block(kind groundwork.BlockKind, text, part, header string) groundwork.Block {
	at := strings.Index(text, part)
	b := groundwork.Block{Kind: kind, Span: groundwork.Span{Start: at, End: at + len(part)}}
	if header != "" {
		b.Header = groundwork.Span{Start: at, End: at + len(header)}
	}
	return b
}

// render shows chunks as "headings: lead text".
func render(doc *groundwork.Document, chunks []groundwork.Chunk) string {
	var b strings.Builder
	for _, c := range chunks {
		fmt.Fprintf(&b, "%s: ", strings.Join(c.Headings, " > "))
		for _, l := range c.Lead {
			fmt.Fprintf(&b, "(%s) ", strings.ReplaceAll(strings.TrimSpace(l.In(doc.Text)), "\n", "/"))
		}
		b.WriteString(strings.ReplaceAll(c.Text, "\n", "/") + "\n")
	}
	return b.String()
}

func TestStructure(t *testing.T) {
	code := "```\nfunc a() {\n\n  x y z\n}\n\nfunc b() {\n  u v w\n}\n```"
	table := "|a|b|\n|-|-|\n|1 x|2 x|\n|3 x|4 x|\n|5 x|6 x|\n|7 x|8 x|\n"
	list := "- a b c d\n  - e f\n- g h i j\n- k l m n\n"
	csv := "id,note\n1,\"two\nlines here\"\n2,\"say \"\"hi\"\"\nnow\"\n3,plain text row\n"
	for _, tt := range []struct {
		claim string
		o     Options
		doc   *groundwork.Document
		want  string
	}{
		{
			"a document that fits is one chunk", Options{}, markdown("# A\n\ntext\n\n## B\n\nmore\n"),
			"A: # A//text//## B//more\n",
		},
		{
			"sections that do not fit together part at their headings", Options{MaxTokens: 11},
			markdown("# A\none two three four\n# B\nfive six seven eight\n"),
			"A: # A/one two three four\nB: # B/five six seven eight\n",
		},
		{
			"small neighbours share a chunk under their common heading", Options{MaxTokens: 12},
			markdown("# A\n## B\none two\n## C\nthree four\n## D\nfive six seven eight\n"),
			"A: # A/## B/one two/## C/three four\nA > D: ## D/five six seven eight\n",
		},
		{
			"a heading without text goes with its subsection", Options{MaxTokens: 12},
			markdown("# A\n\n## B\none two three\n## C\nfour five six seven\n"),
			"A > B: # A//## B/one two three\nA > C: ## C/four five six seven\n",
		},
		{
			"a last heading without text goes with the text before", Options{MaxTokens: 9, TargetTokens: 6},
			markdown("# A\none two three four\n# B\n"),
			"A: # A/one two three four/# B\n",
		},
		{
			"a heading that a skipped block parts from its text goes with the text before", Options{MaxTokens: 9, TargetTokens: 6},
			markdown("# A\none two three four\n# B\n<!-- -->\nfive six seven\n",
				groundwork.Block{Kind: groundwork.BlockSkip, Span: groundwork.Span{Start: 27, End: 36}}),
			"A: # A/one two three four/# B\nB: five six seven\n",
		},
		{
			"prose is cut between sentences", Options{MaxTokens: 9, TargetTokens: 8},
			markdown("One two three. Four five six. Seven eight nine. Ten.\n"),
			": One two three. Four five six.\n: Seven eight nine. Ten.\n",
		},
		{
			"a lead-in stays with what it announces", Options{MaxTokens: 10, TargetTokens: 9},
			markdown("One two three four five six.\n\nThe code:\n\nx y z\n"),
			": One two three four five six.\n: The code://x y z\n",
		},
		{
			"code is cut where declarations begin", Options{MaxTokens: 8},
			markdown(code, block(groundwork.BlockCode, code, code, "")),
			": ```/func a() {//  x y z/}\n: func b() {/  u v w/}/```\n",
		},
		{
			"a list is cut between its outermost items", Options{MaxTokens: 9},
			markdown(list, block(groundwork.BlockList, list, list, "")),
			": - a b c d/  - e f\n: - g h i j\n: - k l m n\n",
		},
		{
			"a table that is cut repeats its header", Options{MaxTokens: 8},
			markdown(table, block(groundwork.BlockTable, table, table, "|a|b|\n|-|-|\n")),
			": |a|b|/|-|-|/|1 x|2 x|/|3 x|4 x|\n: (|a|b|/|-|-|) |5 x|6 x|/|7 x|8 x|\n",
		},
		{
			"records with quoted newlines are not cut", Options{MaxTokens: 6},
			func() *groundwork.Document {
				d := markdown(csv, block(groundwork.BlockTable, csv, csv, "id,note\n"))
				d.MIME = "text/csv"
				return d
			}(),
			": id,note/1,\"two/lines here\"\n: (id,note) 2,\"say \"\"hi\"\"/now\"\n: (id,note) 3,plain text row\n",
		},
		{
			"skipped blocks are in no chunk", Options{},
			markdown("---\nx: y\n---\ntext\n<!-- no -->\nmore\n",
				groundwork.Block{Kind: groundwork.BlockSkip, Span: groundwork.Span{End: 13}},
				groundwork.Block{Kind: groundwork.BlockSkip, Span: groundwork.Span{Start: 18, End: 30}}),
			": text\n: more\n",
		},
		{
			"the end of one chunk is repeated in the next", Options{MaxTokens: 8, OverlapTokens: 3},
			markdown("One two three four five. Six seven eight. Nine ten eleven twelve.\n"),
			": One two three four five. Six seven eight.\n: Six seven eight. Nine ten eleven twelve.\n",
		},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			tt.o.Count = wordCount
			s, err := NewStructure(&tt.o)
			if err != nil {
				t.Fatal(err)
			}
			chunks, err := s.Chunk(t.Context(), tt.doc)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, render(tt.doc, chunks)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if err := check(tt.doc, chunks, &tt.o); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLongTitlesAndHeadingsLeaveRoomForText(t *testing.T) {
	long := strings.Repeat("very long title ", 400)
	doc := markdown("# " + long + "\n## " + long + "\n" + strings.Repeat("Some text. ", 500))
	doc.Title = long
	for kind, c := range makers(t, nil) {
		chunks, err := c.Chunk(t.Context(), doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(doc, chunks, &Options{}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if len(chunks) > 80 {
			t.Errorf("%s: got %d chunks of %d bytes", kind, len(chunks), len(doc.Text))
		}
	}
}

func TestHugeInputsOfOneKindAreCut(t *testing.T) {
	const size = 1 << 17
	for name, pattern := range map[string]string{
		"a word": "x", "spaces": "x" + strings.Repeat(" ", 1000), "Thai": "ก", "control": "\x01 ", "newlines": "a\n", "stops": ". ",
		"quotes": "\"", "items": "- a\n", "nested": "#", "commas": ",", "marks": "\u0301",
	} {
		text := strings.Repeat(pattern, size/len(pattern))
		for kind := groundwork.BlockParagraph; kind <= groundwork.BlockQuote; kind++ {
			doc := markdown("x" + strings.ReplaceAll(text, "#", "\n#"))
			doc.MIME = "text/csv"
			doc.Blocks = []groundwork.Block{{Kind: kind, Span: groundwork.Span{End: len(doc.Text)}}}
			// No model counts like this: it makes all text free.
			for count, f := range map[string]func(string) int{"estimate": EstimateTokens, "nothing": counts["nothing"]} {
				s, err := NewStructure(&Options{Count: f})
				if err != nil {
					t.Fatal(err)
				}
				chunks, err := s.Chunk(t.Context(), doc)
				if err != nil {
					t.Fatal(err)
				}
				for i := range chunks {
					if n := len(chunks[i].Text); n >= (defaultMax+1)*bytesPerToken {
						t.Fatalf("%s as block %d, counted by %s: chunk %d has %d bytes", name, kind, count, i, n)
					}
				}
			}
		}
	}
}

func TestRecords(t *testing.T) {
	text := "a;b\r\n1;\"x\ny \"\"z\"\"\"\r\n\r\n5\" disk;c\nlast"
	var got []string
	for _, s := range Records(text) {
		got = append(got, s.In(text))
	}
	want := []string{"a;b", "1;\"x\ny \"\"z\"\"\"", "5\" disk;c", "last"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	many := strings.Repeat("r,1\n", 3*maxParts)
	if n := len(Records(many)); n != 3*maxParts {
		t.Errorf("got %d records, want %d", n, 3*maxParts)
	}
	if n := len(Records("a\n\"never closed\nb\nc\n")); n != 4 {
		t.Errorf("an unclosed quote leaves %d records, want 4", n)
	}
}
