package chunkers

import (
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// A builder makes the chunks of one document.
type builder struct {
	*limits
	doc     *groundwork.Document
	outline *outline
	title   string // the document's, shortened if it would fill a chunk
	frames  map[int]frame
	leads   map[groundwork.Span]int // tokens of a lead
	marks   marks
	chunks  []groundwork.Chunk
}

// A frame is what a chunk's section adds to its embedded text.
type frame struct {
	headings []string
	size     int // of title and headings, in tokens
}

func newBuilder(l *limits, doc *groundwork.Document) *builder {
	return &builder{
		limits:  l,
		doc:     doc,
		outline: newOutline(doc),
		title:   l.shorten(doc.Title, l.room()/4),
		frames:  make(map[int]frame),
		leads:   make(map[groundwork.Span]int),
		marks:   newMarks(doc),
	}
}

// frame returns the frame of a section. Title and headings together take at
// most half of the room: the outermost headings are left out first.
func (b *builder) frame(section int) frame {
	if f, ok := b.frames[section]; ok {
		return f
	}
	most := b.room() / 2
	path := b.outline.path(section)
	size := b.frameSize(path)
	for size > most && len(path) > 1 {
		path = path[1:]
		size = b.frameSize(path)
	}
	if size > most && len(path) == 1 {
		path[0] = b.shorten(path[0], most-b.frameSize(nil))
		size = b.frameSize(path)
	}
	f := frame{headings: path, size: size}
	b.frames[section] = f
	return f
}

func (b *builder) frameSize(path []string) int {
	c := groundwork.Chunk{Title: b.title, Headings: path}
	text := groundwork.EmbedText(b.doc, &c)
	if text == "" {
		return 0
	}
	return b.size(text)
}

// shorten returns the beginning of text that has at most n tokens.
func (l *limits) shorten(text string, n int) string {
	n = max(0, n)
	for size := l.size(text); size > n && text != ""; size = l.size(text) {
		keep := len(text) * n / size
		cut := strings.LastIndexByte(text[:keep], ' ')
		if cut < keep/2 {
			cut = snap(text, keep)
			if cut == len(text) {
				cut = 0
			}
		}
		text = strings.TrimSpace(text[:cut])
	}
	return text
}

// lead returns the spans to repeat before a chunk that begins with p, and how
// many tokens they are. A lead of more than a quarter of the room is dropped.
func (b *builder) lead(p *piece) ([]groundwork.Span, int) {
	span := p.lead()
	if span.Empty() {
		return nil, 0
	}
	size, ok := b.leads[span]
	if !ok {
		size = b.size(strings.TrimSpace(span.In(b.doc.Text)))
		b.leads[span] = size
	}
	if size > b.room()/4 {
		return nil, 0
	}
	return []groundwork.Span{span}, size
}

// measure returns the tokens of the embedded text of a chunk that would cover
// span.
func (b *builder) measure(span groundwork.Span, lead []groundwork.Span) int {
	section, _ := b.outline.scope(span)
	c := groundwork.Chunk{Title: b.title, Headings: b.frame(section).headings, Lead: lead, Text: span.In(b.doc.Text)}
	if n := b.base + len(c.Text)/bytesPerToken; n > b.max {
		return n
	}
	return b.count(groundwork.EmbedText(b.doc, &c))
}

// emit adds the chunk of span. Chunks must be given in order.
func (b *builder) emit(span groundwork.Span, lead []groundwork.Span) {
	section, _ := b.outline.scope(span)
	doc := *b.doc
	doc.Title = b.title
	doc.Marks, doc.Verbatim = b.marks.within(span), false
	b.chunks = append(b.chunks, groundwork.NewChunk(&doc, span, lead, slices.Clone(b.frame(section).headings)))
}

// finish returns all chunks with their ids.
func (b *builder) finish() []groundwork.Chunk {
	groundwork.AssignIDs(b.chunks)
	return b.chunks
}
