package pdf

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// A layout puts glyphs together to words, lines and paragraphs. It trusts the
// order of the content, which follows columns and cells where positions alone
// could not tell them apart, and falls back to the positions on pages whose
// content jumps about.
type layout struct {
	runs           []run
	missing, total int // glyphs without a character, and all
}

// A run is text on one baseline without a large gap. Its coordinates are
// turned so that text runs along u and the next line is at a smaller v.
type run struct {
	text       []byte
	angle      int // direction in degrees
	start, end float64
	v, size    float64
	last       float64 // start of the last glyph
	pending    bool    // a space was shown and has not been written
}

const (
	wordGap = 0.17 // of the font size: a wider gap parts words
	cellGap = 1.2  // a wider one parts runs
)

// add appends a glyph that was shown at the matrix before and left the
// position at the matrix after.
func (y *layout) add(c char, before, after matrix, g *graphics) {
	y.total++
	if c.text == "" && !c.hidden {
		y.missing++
	}
	dx, dy := before[0], before[1]
	if g.font.vertical {
		dx, dy = -before[2], -before[3]
	}
	norm := math.Hypot(dx, dy)
	size := math.Abs(g.size) * norm
	if norm == 0 || size == 0 || math.IsNaN(size) || math.IsInf(size, 0) {
		return
	}
	dx, dy = dx/norm, dy/norm
	if g.size < 0 {
		dx, dy = -dx, -dy
	}
	u, v := before[4]*dx+before[5]*dy, before[5]*dx-before[4]*dy
	end := after[4]*dx + after[5]*dy
	angle := int(math.Round(math.Atan2(dy, dx) * 180 / math.Pi))
	y.place(c, run{angle: angle, start: u, end: end, v: v, size: size})
}

// place joins a glyph to the last run or begins another one with it.
func (y *layout) place(c char, at run) {
	var r *run
	if n := len(y.runs); n > 0 {
		r = &y.runs[n-1]
	}
	if r == nil || !r.continues(&at) {
		if c.text == "" || strings.TrimSpace(c.text) == "" {
			return
		}
		at.last = at.start
		y.runs = append(y.runs, at)
		y.runs[len(y.runs)-1].text = []byte(c.text)
		return
	}
	if strings.TrimSpace(c.text) == "" && c.text != "" {
		r.pending = true
		r.end = max(r.end, at.end)
		return
	}
	if c.text != "" {
		if r.overprints(c.text, &at) {
			return
		}
		if r.pending || at.start-r.end > wordGap*max(r.size, at.size) {
			r.text = append(r.text, ' ')
		}
		r.pending = false
		r.text = append(r.text, c.text...)
		r.last = at.start
	}
	r.end = max(at.end, at.start)
	if at.size > r.size {
		r.size = at.size
	}
}

// continues reports whether a glyph stands on the baseline of r, or a little
// above or below it as exponents do, right behind its end.
func (r *run) continues(at *run) bool {
	size := max(r.size, at.size)
	gap := at.start - r.end
	return r.angle == at.angle && math.Abs(at.v-r.v) < 0.5*size && gap < cellGap*size && gap > -0.5*size ||
		r.angle == at.angle && math.Abs(at.v-r.v) < 0.1*size && math.Abs(at.start-r.last) < 0.2*size
}

// overprints reports whether the glyph is the last one again, moved by a hair
// to look bold.
func (r *run) overprints(text string, at *run) bool {
	return math.Abs(at.start-r.last) < 0.2*at.size && math.Abs(at.start-r.end) > 0.2*at.size &&
		bytes.HasSuffix(r.text, []byte(text))
}

// String returns the text: a line for each row, an empty line between
// paragraphs.
func (y *layout) String() string {
	rows := y.rows()
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteByte('\n')
			if parted(rows[i-1], row) {
				b.WriteByte('\n')
			}
		}
		for j, r := range row {
			if j > 0 && !joins(row[j-1], r) {
				b.WriteByte(' ')
			}
			b.Write(r.text)
		}
	}
	return b.String()
}

// joins reports whether r goes on in the word that left ends with.
func joins(left, r *run) bool {
	return math.Abs(r.start-left.end) <= wordGap*max(left.size, r.size)
}

// parted reports whether a paragraph ends between two rows: where they are
// further apart than lines of their size are, where the text goes on
// elsewhere, and where the size changes.
func parted(above, below []*run) bool {
	a, b := above[0], below[0]
	if a.angle != b.angle {
		return true
	}
	down := a.v - b.v
	big, small := max(a.size, b.size), min(a.size, b.size)
	return down > 1.75*big || down < -0.5*big || big > 1.25*small
}

// rows groups the runs that stand on one baseline, in the order of the
// content.
func (y *layout) rows() [][]*run {
	var rows [][]*run
	for i := range y.runs {
		r := &y.runs[i]
		if n := len(rows); n > 0 && sameRow(rows[n-1][0], r) {
			if !repeats(rows[n-1], r) {
				rows[n-1] = append(rows[n-1], r)
			}
			continue
		}
		rows = append(rows, []*run{r})
	}
	if disordered(rows) {
		rows = y.sorted()
	}
	for _, row := range rows {
		slices.SortStableFunc(row, func(a, b *run) int { return cmp.Compare(a.start, b.start) })
		if rightToLeft(row) {
			turnRightToLeft(row)
		}
	}
	return rows
}

// repeats reports whether r was printed over one of the last runs of a row
// with the same text, which makes it look bold.
func repeats(row []*run, r *run) bool {
	for _, old := range row[max(0, len(row)-8):] {
		if math.Abs(old.start-r.start) < 0.2*r.size && bytes.Equal(old.text, r.text) {
			return true
		}
	}
	return false
}

func sameRow(a, b *run) bool {
	return a.angle == b.angle && math.Abs(a.v-b.v) < 0.35*min(a.size, b.size)
}

// disordered reports whether the content jumps up so often that its order
// cannot be that of reading.
func disordered(rows [][]*run) bool {
	up := 0
	for i := 1; i < len(rows); i++ {
		if a, b := rows[i-1][0], rows[i][0]; a.angle == b.angle && b.v > a.v+0.5*b.size {
			up++
		}
	}
	return len(rows) >= 6 && up*3 > len(rows)
}

// sorted returns all runs in rows from top to bottom.
func (y *layout) sorted() [][]*run {
	runs := make([]*run, len(y.runs))
	for i := range y.runs {
		runs[i] = &y.runs[i]
	}
	slices.SortStableFunc(runs, func(a, b *run) int {
		return cmp.Or(cmp.Compare(a.angle, b.angle), cmp.Compare(b.v, a.v))
	})
	var rows [][]*run
	for _, r := range runs {
		if n := len(rows); n > 0 && sameRow(rows[n-1][0], r) {
			rows[n-1] = append(rows[n-1], r)
		} else {
			rows = append(rows, []*run{r})
		}
	}
	return rows
}

// turnRightToLeft puts a row of a script that runs from right to left in the
// order of reading: files place its glyphs from left to right, as they look.
func turnRightToLeft(row []*run) {
	slices.Reverse(row)
	for _, r := range row {
		r.text = reversed(r.text)
	}
}

// reversed returns text from its last character to its first; numbers and
// Latin words keep their order, the rest is turned.
func reversed(text []byte) []byte {
	chars := []rune(string(text))
	slices.Reverse(chars)
	for i := 0; i < len(chars); {
		j := i
		for j < len(chars) && ordered(chars[j]) {
			j++
		}
		slices.Reverse(chars[i:j])
		i = max(j, i+1)
	}
	return []byte(string(chars))
}

func ordered(r rune) bool {
	return unicode.IsDigit(r) || unicode.Is(unicode.Latin, r)
}

// rightToLeft reports whether most letters of a row are of such a script.
func rightToLeft(row []*run) bool {
	rtl, ltr := 0, 0
	for _, r := range row {
		for _, c := range string(r.text) {
			if unicode.In(c, unicode.Hebrew, unicode.Arabic) {
				rtl++
			} else if unicode.IsLetter(c) {
				ltr++
			}
		}
	}
	return rtl > ltr
}
