package extractive

import (
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
)

// A unit is the least that is quoted: something that says something by itself.
type unit struct {
	passage int
	quotes  []groundwork.Span // of the passage's text, in order; the last one is the unit's own
	context groundwork.Span   // what its words may refer back to, such as the sentence before

	terms  []int // of the question that the quotes hold, as indexes
	near   []int // that only context, headings or title hold
	words  float64
	cosine float64
	vector []float32
	score  float64
	// support is how well the unit alone answers, in [0, 1].
	support float64
}

// own returns the span of the unit without what leads to it.
func (u *unit) own() groundwork.Span { return u.quotes[len(u.quotes)-1] }

// maxUnit bounds in bytes how long prose is quoted in one piece.
const maxUnit = 480

// A reader lists the units of one passage, line by line.
type reader struct {
	text    string
	passage int
	pos     int
	para    groundwork.Span // the paragraph that is being read; empty if none
	last    groundwork.Span // the last sentence before pos, nothing but blank lines between
	out     []unit
}

// unitsOf returns the units of the passage's text in order.
func unitsOf(p *groundwork.Hit, passage int) []unit {
	r := &reader{text: p.Text, passage: passage}
	switch {
	case p.MIME == "text/csv" || p.MIME == "text/tab-separated-values":
		r.records(len(p.Lead) == 0 && len(p.Text) > 0)
	case isCode(p.MIME):
		r.code(groundwork.Span{End: len(r.text)})
	case isData(p.MIME):
		r.lines()
	default:
		r.prose()
	}
	return r.out
}

// isData reports whether each line of a text of this type stands by itself.
func isData(mime string) bool {
	return mime == "application/json" || mime == "application/jsonl" || mime == "application/x-ndjson" ||
		mime == "application/yaml" || mime == "application/toml"
}

// isCode reports whether mime is source code.
func isCode(mime string) bool {
	return strings.HasPrefix(mime, "text/x-") && mime != "text/x-markdown" || mime == "text/javascript" || mime == "application/javascript"
}

// line returns the line at pos, without its end, and moves on to the next.
func (r *reader) line() groundwork.Span {
	s := groundwork.Span{Start: r.pos, End: len(r.text)}
	if i := strings.IndexByte(r.text[r.pos:], '\n'); i >= 0 {
		s.End = r.pos + i
		r.pos = s.End + 1
	} else {
		r.pos = len(r.text)
	}
	s.End -= len(s.In(r.text)) - len(strings.TrimSuffix(s.In(r.text), "\r"))
	return s
}

func (r *reader) peek() string {
	pos := r.pos
	defer func() { r.pos = pos }()
	return r.line().In(r.text)
}

// add appends a unit of the spans that are not blank; the last one is its own.
func (r *reader) add(context groundwork.Span, quotes ...groundwork.Span) {
	u := unit{passage: r.passage, context: context}
	for _, q := range quotes {
		if q = trim(r.text, q); !q.Empty() {
			u.quotes = append(u.quotes, q)
		}
	}
	if len(u.quotes) > 0 {
		r.out = append(r.out, u)
	}
}

// prose reads Markdown, or text that looks like it.
func (r *reader) prose() {
	for r.pos < len(r.text) {
		start := r.pos
		span := r.line()
		line := span.In(r.text)
		kind := kindOf(line)
		if kind != textLine {
			r.flush(kind == setextLine)
		}
		switch kind {
		case fenceLine:
			r.fence(span)
		case rowLine:
			r.pos = start
			r.table()
		case itemLine:
			r.item(span)
		case textLine:
			if r.para.Empty() {
				r.para = span
			}
			r.para.End = span.End
		case blankLine:
			if isBlank(line) {
				continue
			}
			r.last = groundwork.Span{}
		case headingLine, ruleLine:
			r.last = groundwork.Span{}
		}
	}
	r.flush(false)
}

// flush ends the paragraph. Where it is a heading, it is dropped.
func (r *reader) flush(heading bool) {
	para := r.para
	r.para = groundwork.Span{}
	if para.Empty() {
		return
	}
	if heading || looksLikeHeading(para.In(r.text)) {
		r.last = groundwork.Span{}
		return
	}
	r.last = groundwork.Span{}
	r.sentences(para)
}

// sentences adds the sentences of span.
func (r *reader) sentences(span groundwork.Span) {
	text := span.In(r.text)
	for _, s := range chunkers.Sentences(text) {
		s = groundwork.Span{Start: span.Start + s.Start, End: span.Start + s.End}
		if own := unquote(r.text, s); says(own.In(r.text)) && !announces(own.In(r.text)) {
			r.windows(own)
		}
		r.last = s
	}
}

// windows adds the sentence s, or its parts if it is very long.
func (r *reader) windows(s groundwork.Span) {
	context := r.last
	for s.Len() > maxUnit {
		cut := strings.LastIndexAny(r.text[s.Start:s.Start+maxUnit], " \n")
		if cut < maxUnit/2 {
			cut = runeStart(r.text, s.Start+maxUnit) - s.Start
		}
		r.add(context, groundwork.Span{Start: s.Start, End: s.Start + cut})
		s.Start += cut
	}
	r.add(context, s)
}

// fence adds the code that the fence at open begins, with the sentence that
// leads to it.
func (r *reader) fence(open groundwork.Span) {
	mark := fenceMark(open.In(r.text))
	end := open.End
	for r.pos < len(r.text) {
		span := r.line()
		end = span.End
		if closes(span.In(r.text), mark) {
			break
		}
	}
	if code := (groundwork.Span{Start: open.Start, End: end}); code.Len() <= maxUnit {
		if !r.last.Empty() && r.last.Len()+code.Len() <= maxUnit {
			code.Start = r.last.Start
		}
		r.add(r.last, code)
	}
	r.last = groundwork.Span{}
}

// table adds the rows of the table at pos, each with the table's header.
func (r *reader) table() {
	header := groundwork.Span{}
	context := r.last
	for n := 0; r.pos < len(r.text) && kindOf(r.peek()) == rowLine; n++ {
		row := r.line()
		switch {
		case isSeparator(row.In(r.text)):
		case n == 0 && isSeparator(r.peek()):
			header = row
		case row.Len() <= maxUnit && header.Len() <= maxUnit:
			r.add(context, header, row)
		}
	}
	r.last = groundwork.Span{}
}

// item adds the list item that begins on the line first.
func (r *reader) item(first groundwork.Span) {
	item := groundwork.Span{Start: first.Start + markerLen(first.In(r.text)), End: first.End}
	for r.pos < len(r.text) && kindOf(r.peek()) == textLine {
		item.End = r.line().End
	}
	lead := r.last
	r.sentences(item)
	if announces(lead.In(r.text)) {
		r.last = lead // for the next item
	}
}

// code adds the paragraphs of source code.
func (r *reader) code(span groundwork.Span) {
	start, end := -1, -1
	flush := func() {
		if start >= 0 && end-start <= maxUnit {
			r.add(groundwork.Span{}, groundwork.Span{Start: start, End: end})
		}
		start = -1
	}
	for r.pos < span.End {
		line := r.line()
		if isBlank(line.In(r.text)) {
			flush()
			continue
		}
		if start < 0 {
			start = line.Start
		}
		end = line.End
	}
	flush()
}

// lines adds each line.
func (r *reader) lines() {
	for r.pos < len(r.text) {
		if s := r.line(); says(s.In(r.text)) {
			r.windows(s)
		}
	}
}

// records adds the records of comma-separated values; the first one is the
// header if the passage begins with it.
func (r *reader) records(withHeader bool) {
	var header groundwork.Span
	for i, s := range chunkers.Records(r.text) {
		switch {
		case i == 0 && withHeader:
			header = s
		case s.Len() <= maxUnit && header.Len() <= maxUnit:
			r.add(groundwork.Span{}, header, s)
		}
	}
}
