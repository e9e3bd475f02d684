package loaders

import (
	"context"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// Limits of a table in CSV.
const (
	MaxCSVField   = 1 << 20 // bytes of a field
	MaxCSVRow     = 8 << 20 // bytes of a row
	MaxCSVColumns = 16384

	maxCSVMarks = 1 << 20 // rows of a table that needs line marks
)

// NewCSV returns the loader for comma-separated values and their kin: the
// separator is told from the text (comma, semicolon, tab or bar, or what a
// first line such as "sep=;" says).
//
// The text is the file's own. One BlockTable covers all rows; its Header is
// the first row where that names columns. Rows are parted by line ends outside
// of quotes. In a document that has line marks because a cell holds line ends,
// or because its quotes are broken, every row begins at a line mark, and no
// line mark lies inside a row. A quote that is never closed is taken as a
// character, with a groundwork.Partial warning; a field, row or number of
// columns over its limit ends the text there, with groundwork.Truncated.
func NewCSV(o *Options) (Loader, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &csvLoader{c}, nil
}

type csvLoader struct{ o Options }

func (l *csvLoader) Fingerprint() string { return l.o.fingerprint("csv/1") }

func (l *csvLoader) Load(ctx context.Context, it Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		doc, err := readText(ctx, it, r, &l.o, nil)
		if err == nil && strings.TrimSpace(doc.Text) == "" {
			doc, err = nil, &SkipError{URI: it.URI, Reason: SkipNoText, Detail: "white space only"}
		}
		if err == nil {
			markTable(doc)
		}
		yield(doc, err)
	}
}

// markTable finds the rows of doc's text and sets its blocks and marks.
func markTable(doc *groundwork.Document) {
	t := newCSVTable(doc.Text, doc.MIME)
	t.scan()
	if t.limit != "" {
		doc.Text = doc.Text[:t.end]
		doc.Warnings = append(doc.Warnings, warning(doc.URI, groundwork.Truncated, "line %d: %s; the text ends there", t.line(t.end), t.limit))
	}
	if t.unclosed >= 0 {
		doc.Warnings = append(doc.Warnings, warning(doc.URI, groundwork.Partial, "line %d: a quote is never closed; from there on quotes are taken as characters", t.line(t.unclosed)))
	}
	if t.first > 0 && t.directive {
		doc.Blocks = append(doc.Blocks, groundwork.Block{Kind: groundwork.BlockSkip, Span: groundwork.Span{End: t.first}})
	}
	doc.Blocks = append(doc.Blocks, groundwork.Block{
		Kind:   groundwork.BlockTable,
		Span:   groundwork.Span{Start: t.first, End: len(doc.Text)},
		Header: t.header(),
	})
	if t.multiline || t.unclosed >= 0 {
		doc.Marks = t.marks(len(doc.Text))
	}
}

// A csvTable finds the rows of a text.
type csvTable struct {
	text      string
	comma     byte
	first     int  // where the rows begin
	directive bool // before first stands a line such as sep=;

	end       int    // where the rows that were scanned end
	rows      int    // that are not blank
	multiline bool   // a row holds a line end
	unclosed  int    // where a quote that is never closed begins; -1 if none does
	limit     string // which limit was hit, if one was
}

func newCSVTable(text, mime string) *csvTable {
	t := &csvTable{text: text, unclosed: -1}
	line, _, _ := strings.Cut(text, "\n")
	sep, ok := strings.CutPrefix(strings.ToLower(strings.TrimRight(line, "\r")), "sep=")
	switch {
	case ok && len(sep) == 1:
		t.comma, t.directive = sep[0], true
		t.first = min(len(line)+1, len(text))
	case mime == mimeTSV:
		t.comma = '\t'
	default:
		t.comma = commaOf(text)
	}
	for t.first < len(text) && (text[t.first] == '\n' || text[t.first] == '\r') {
		t.first++
	}
	return t
}

// commaOf returns the separator that parts the first lines of text into the
// same number of fields, more than one, most often.
func commaOf(text string) byte {
	text = text[:min(len(text), 64<<10)]
	best, score := byte(','), 0
	for _, c := range []byte(",;\t|") {
		t := csvTable{text: text, comma: c, unclosed: -1}
		counts := map[int]int{}
		for i, n := 0, 0; i < len(text) && n < 20; n++ {
			row := t.row(i)
			if row.unclosed || row.limit != "" {
				break
			}
			counts[row.columns]++
			i = row.end
		}
		for columns, n := range counts {
			if columns > 1 && n*100+min(columns, 99) > score {
				best, score = c, n*100+min(columns, 99)
			}
		}
	}
	return best
}

// scan goes over all rows, up to a limit.
func (t *csvTable) scan() {
	for t.end = t.first; t.end < len(t.text); {
		row := t.row(t.end)
		if row.unclosed && t.unclosed < 0 {
			t.unclosed = row.quote // t.row takes quotes as characters from here on
			continue
		}
		if row.limit == "" && (t.multiline || t.unclosed >= 0) && t.rows >= maxCSVMarks {
			row.limit, row.end = "too many rows for a table with line ends or broken quotes in its cells", t.end
		}
		if row.limit != "" {
			t.limit, t.end = row.limit, len(cutText(t.text, row.end))
			return
		}
		if row.columns > 0 {
			t.rows++
			t.multiline = t.multiline || row.multiline
		}
		t.end = row.end
	}
}

// A csvRow is a row that was found.
type csvRow struct {
	end       int    // behind its line end; where the limit was hit
	columns   int    // 0 for a blank line
	multiline bool   // it holds a line end
	unclosed  bool   // a quoted field has no end
	quote     int    // where that field begins
	limit     string // which limit was hit
}

// row finds the row that begins at i.
func (t *csvTable) row(i int) csvRow {
	var row csvRow
	for pos := i; ; pos++ {
		start := pos
		end, quoted, ok := t.field(pos)
		if !ok {
			return csvRow{unclosed: true, quote: start}
		}
		row.columns++
		switch {
		case end-start > MaxCSVField:
			return csvRow{end: start + MaxCSVField, limit: "a field is larger than 1 MiB"}
		case end-i > MaxCSVRow:
			return csvRow{end: i + MaxCSVRow, limit: "a row is larger than 8 MiB"}
		case row.columns > MaxCSVColumns:
			return csvRow{end: start, limit: "a row has more than 16384 columns"}
		}
		row.multiline = row.multiline || quoted && strings.IndexByte(t.text[start:end], '\n') >= 0
		if pos = end; pos == len(t.text) || t.text[pos] == '\n' {
			row.end = min(pos+1, len(t.text))
			if strings.TrimSpace(t.text[i:row.end]) == "" && row.columns == 1 {
				row.columns = 0
			}
			return row
		}
	}
}

// field returns where the field that begins at i ends. ok is false for a
// quoted one that does not end within the limit.
func (t *csvTable) field(i int) (end int, quoted, ok bool) {
	end = i
	if i < len(t.text) && t.text[i] == '"' && (t.unclosed < 0 || i < t.unclosed) {
		quoted = true
		for end = i + 1; ; end += 2 { // a doubled quote is one of the text
			n := strings.IndexByte(t.text[end:min(len(t.text), i+MaxCSVField+2)], '"')
			if n < 0 {
				return 0, true, false
			}
			if end += n; end+1 >= len(t.text) || t.text[end+1] != '"' {
				end++
				break
			}
		}
	}
	for stop := min(len(t.text), i+MaxCSVField+2); end < stop && t.text[end] != t.comma && t.text[end] != '\n'; {
		end++
	}
	return end, quoted, true
}

// header returns the span of the first row if it names columns: at least two,
// all filled and different, none of them a number, with another row below.
func (t *csvTable) header() groundwork.Span {
	if t.rows < 2 {
		return groundwork.Span{}
	}
	row := t.row(t.first)
	seen := map[string]bool{}
	for pos := t.first; pos < row.end; pos++ {
		end, _, _ := t.field(pos)
		name := strings.Trim(t.text[pos:end], "\" \r\n")
		if name == "" || seen[name] || isNumber(name) {
			return groundwork.Span{}
		}
		seen[name] = true
		pos = end
	}
	if len(seen) < 2 {
		return groundwork.Span{}
	}
	return groundwork.Span{Start: t.first, End: row.end}
}

// isNumber reports whether a cell is a number, an amount, a date or a time:
// digits and what stands between them.
func isNumber(cell string) bool {
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return true
	}
	return strings.ContainsAny(cell, "0123456789") && strings.Trim(cell, "0123456789.,:/-+% $€£¥₩") == ""
}

// marks returns a line mark for every row up to end.
func (t *csvTable) marks(end int) []groundwork.Mark {
	out := make([]groundwork.Mark, 0, t.rows+1)
	line := 1
	if t.first > 0 {
		out = append(out, groundwork.Mark{Kind: groundwork.MarkLine, Number: line})
	}
	for i := 0; i < end; {
		next := t.first
		if i >= t.first {
			out = append(out, groundwork.Mark{Offset: i, Kind: groundwork.MarkLine, Number: line})
			next = t.row(i).end
		}
		if next <= i { // a row that was cut by its limit
			break
		}
		line += strings.Count(t.text[i:next], "\n")
		i = next
	}
	return out
}

// line returns the line of the text, counted from 1, that offset lies in.
func (t *csvTable) line(offset int) int { return 1 + strings.Count(t.text[:offset], "\n") }
