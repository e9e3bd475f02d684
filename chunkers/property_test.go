package chunkers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
)

// counts are ways of counting tokens, some of them unlike any model's.
var counts = map[string]func(string) int{
	"estimate": nil,
	"words":    func(s string) int { return 2 + len(strings.Fields(s)) },
	"bytes":    func(s string) int { return len(s) },
	"runes":    func(s string) int { return 5 + utf8.RuneCountInString(s) },
	"nothing":  func(s string) int { return 0 },
	"squared":  func(s string) int { return len(s) * len(s) / 400 },
	"jumpy": func(s string) int {
		n := len(s) / 4
		for i := range len(s) {
			n += int(s[i]) % 3 / 2 * (len(s) % 2)
		}
		return n
	},
}

func makers(t testing.TB, o *Options) map[string]Chunker {
	t.Helper()
	out := map[string]Chunker{}
	add := func(name string, c Chunker, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = c
	}
	s, err := NewStructure(o)
	add("structure", s, err)
	r, err := NewRecursive(o)
	add("recursive", r, err)
	e, err := NewSentence(o)
	add("sentence", e, err)
	f, err := NewFixed(o)
	add("fixed", f, err)
	return out
}

func TestEveryChunkerKeepsItsPromisesOnRandomDocuments(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 1))
		doc := randomDocument(rng)
		name, o := randomOptions(rng)
		for kind, c := range makers(t, o) {
			chunks, err := c.Chunk(t.Context(), doc)
			if err != nil {
				t.Fatalf("seed %d, %s, count %s: %v", seed, kind, name, err)
			}
			if err := check(doc, chunks, o); err != nil {
				t.Fatalf("seed %d, %s, count %s, %+v: %v\ntext %q", seed, kind, name, *o, err, doc.Text)
			}
		}
	}
}

func randomOptions(rng *rand.Rand) (string, *Options) {
	names := slices.Sorted(func(yield func(string) bool) {
		for k := range counts {
			if !yield(k) {
				return
			}
		}
	})
	name := names[rng.IntN(len(names))]
	o := &Options{Count: counts[name], MaxTokens: 6 + rng.IntN(90)}
	o.TargetTokens = 6 + rng.IntN(o.MaxTokens-5)
	if rng.IntN(2) == 0 {
		o.OverlapTokens = rng.IntN((o.TargetTokens + 1) / 2)
	}
	return name, o
}

// check returns the first promise of the package that chunks break.
func check(doc *groundwork.Document, chunks []groundwork.Chunk, o *Options) error {
	limits, err := newLimits(o)
	if err != nil {
		return err
	}
	skip := func(i int) bool {
		for _, b := range doc.Blocks {
			if b.Kind == groundwork.BlockSkip && b.Span.Start <= i && i < b.Span.End {
				return true
			}
		}
		return false
	}
	covered := 0
	ids := map[string]bool{}
	for i := range chunks {
		c := &chunks[i]
		if err := checkChunk(doc, c, &limits); err != nil {
			return fmt.Errorf("chunk %d %v %q: %w", i, c.Span, c.Text, err)
		}
		if ids[c.ID] {
			return fmt.Errorf("chunk %d: id %s occurs twice", i, c.ID)
		}
		ids[c.ID] = true
		if i > 0 && (c.Span.Start <= chunks[i-1].Span.Start || c.Span.End <= chunks[i-1].Span.End) {
			return fmt.Errorf("chunk %d at %v does not follow the one at %v", i, c.Span, chunks[i-1].Span)
		}
		if i > 0 && o.OverlapTokens == 0 && c.Span.Start < chunks[i-1].Span.End {
			return fmt.Errorf("chunk %d at %v overlaps the one at %v", i, c.Span, chunks[i-1].Span)
		}
		if err := checkGap(doc.Text, covered, c.Span.Start, skip); err != nil {
			return err
		}
		covered = c.Span.End
		for j := c.Span.Start; j < c.Span.End; j++ {
			if skip(j) {
				return fmt.Errorf("chunk %d at %v holds byte %d of a skipped block", i, c.Span, j)
			}
		}
	}
	return checkGap(doc.Text, covered, len(doc.Text), skip)
}

func checkChunk(doc *groundwork.Document, c *groundwork.Chunk, l *limits) error {
	switch {
	case c.Span.In(doc.Text) != c.Text:
		return fmt.Errorf("span holds %q", c.Span.In(doc.Text))
	case !utf8.ValidString(c.Text):
		return fmt.Errorf("splits a character")
	case strings.TrimSpace(c.Text) == "":
		return fmt.Errorf("is blank")
	}
	text := groundwork.EmbedText(doc, c)
	alone := utf8.RuneCountInString(strings.TrimSpace(c.Text)) == 1
	if n := l.count(text); n > l.max && !alone {
		return fmt.Errorf("has %d tokens, the limit is %d: %q", n, l.max, text)
	}
	if c.Key != groundwork.KeyOf(text) {
		return fmt.Errorf("key does not belong to its embedded text")
	}
	if d := cmp.Diff(groundwork.NewChunk(doc, c.Span, c.Lead, c.Headings).Marks, c.Marks); d != "" {
		return fmt.Errorf("marks differ from the document's (-want +got):\n%s", d)
	}
	return c.Validate()
}

// checkGap returns an error if there is something to read between two chunks.
func checkGap(text string, from, to int, skip func(int) bool) error {
	for i := from; i < to; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsSpace(r) && !skip(i) {
			return fmt.Errorf("byte %d (%q) is in no chunk", i, text[i:min(to, i+20)])
		}
		i += n
	}
	return nil
}

var words = strings.Fields("a the Pipeline e.g. 3.14 `a. b` 인덱스를 만듭니다 했다. 데이터는 문서를。 日本語の文章です。 「はい。」 " +
	"نص عربي؟ ไทยไม่มีช่องว่าง supercalifragilisticexpialidociouslylongword 👩‍👩‍👧 e\u0301e\u0301 \"quoted.\" (see) Dr. U.S. … ?! \u0001\u0002")

func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range rng.IntN(n + 1) {
		b.WriteString(words[rng.IntN(len(words))])
		b.WriteString([]string{" ", " ", " ", ". ", "", "\n", "\r\n", "\n\n", ", ", "\u3000", "   ", ":\n"}[rng.IntN(12)])
	}
	return b.String()
}

// randomDocument returns a document of random text with sections and blocks
// at random places, as untidy as [groundwork.Document.Validate] allows.
func randomDocument(rng *rand.Rand) *groundwork.Document {
	d := &groundwork.Document{ID: groundwork.NewID("x"), URI: "x", Title: strings.TrimSpace(randomText(rng, rng.IntN(6))), MIME: "text/markdown"}
	if rng.IntN(4) == 0 {
		d.MIME = "text/csv"
	}
	d.Text = randomText(rng, rng.IntN(300))
	d.Verbatim = rng.IntN(2) == 0
	offset := func() int {
		i := rng.IntN(len(d.Text) + 1)
		if rng.IntN(8) == 0 {
			return i
		}
		return snap(d.Text, i)
	}
	for range rng.IntN(6) {
		h := groundwork.Span{Start: offset()}
		h.End = min(len(d.Text), h.Start+rng.IntN(40))
		d.Sections = append(d.Sections, groundwork.Section{Heading: h, Level: 1 + rng.IntN(4), Title: strings.TrimSpace(randomText(rng, rng.IntN(5)))})
	}
	cuts := []int{}
	for range 2 * rng.IntN(8) {
		cuts = append(cuts, snap(d.Text, offset()))
	}
	slices.Sort(cuts)
	for i := 0; i+1 < len(cuts); i += 2 {
		b := groundwork.Block{Kind: groundwork.BlockKind(1 + rng.IntN(6)), Span: groundwork.Span{Start: cuts[i], End: cuts[i+1]}}
		if b.Kind == groundwork.BlockTable && b.Span.Len() > 0 {
			b.Header = groundwork.Span{Start: b.Span.Start, End: snap(d.Text, b.Span.Start+rng.IntN(b.Span.Len()))}
		}
		d.Blocks = append(d.Blocks, b)
	}
	marks := []int{}
	for range rng.IntN(8) {
		marks = append(marks, offset())
	}
	slices.Sort(marks)
	for i, at := range marks {
		d.Marks = append(d.Marks, groundwork.Mark{Offset: at, Kind: groundwork.MarkKind(1 + rng.IntN(5)), Number: i + 1})
	}
	return d
}

func TestChunkingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	doc := &groundwork.Document{Text: "some text"}
	for kind, c := range makers(t, nil) {
		if _, err := c.Chunk(ctx, doc); err != context.Canceled {
			t.Errorf("%s: got error %v, want %v", kind, err, context.Canceled)
		}
	}
}
