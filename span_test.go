package groundwork

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSpanRelations(t *testing.T) {
	for _, c := range []struct {
		a, b               Span
		contains, overlaps bool
	}{
		{Span{2, 8}, Span{2, 8}, true, true},
		{Span{2, 8}, Span{3, 7}, true, true},
		{Span{2, 8}, Span{1, 3}, false, true},
		{Span{2, 8}, Span{7, 9}, false, true},
		{Span{2, 8}, Span{0, 2}, false, false}, // they touch
		{Span{2, 8}, Span{8, 9}, false, false},
		{Span{2, 8}, Span{5, 5}, true, false}, // nothing to share
		{Span{5, 5}, Span{2, 8}, false, false},
		{Span{5, 5}, Span{5, 5}, true, false},
	} {
		if got := c.a.Contains(c.b); got != c.contains {
			t.Errorf("%v contains %v: %v, want %v", c.a, c.b, got, c.contains)
		}
		if got := c.a.Overlaps(c.b); got != c.overlaps || c.b.Overlaps(c.a) != got {
			t.Errorf("%v overlaps %v: %v, want %v both ways", c.a, c.b, got, c.overlaps)
		}
	}
	s := Span{3, 7}
	if s.Len() != 4 || s.Empty() || !(Span{3, 3}).Empty() || !(Span{4, 3}).Empty() || s.In("0123456789") != "3456" {
		t.Errorf("Len %d, Empty %v, In %q", s.Len(), s.Empty(), s.In("0123456789"))
	}
}

func TestPositionCountsLinesOfVerbatimText(t *testing.T) {
	d := Document{Text: "one\ntwo\r\n\nfour", Verbatim: true}
	for offset, want := range map[int]int{0: 1, 3: 1, 4: 2, 8: 2, 9: 3, 10: 4, 13: 4, 14: 4} {
		if got := d.Position(offset); got != (Position{Line: want}) {
			t.Errorf("byte %d stands at %+v, want line %d", offset, got, want)
		}
	}
	if len(d.Marks) != 0 {
		t.Error("Position changed the marks")
	}
	d.Verbatim = false
	if got := d.Position(10); got != (Position{}) {
		t.Errorf("position %+v in a text of which nothing is known", got)
	}
}

func TestPositionReadsTheMarksBeforeIt(t *testing.T) {
	d := Document{Text: "aa\nbb\ncc\ndd\n", Marks: []Mark{
		{Offset: 0, Kind: MarkPage, Number: 1}, {Offset: 0, Kind: MarkLine, Number: 10},
		{Offset: 3, Kind: MarkCell, Label: "Prices!B2"}, {Offset: 6, Kind: MarkPage, Number: 2}, {Offset: 6, Kind: MarkLine, Number: 40},
		{Offset: 9, Kind: MarkSlide, Number: 3},
	}}
	for offset, want := range map[int]Position{
		0:  {Page: 1, Line: 10},
		3:  {Page: 1, Line: 11, Label: "Prices!B2"},
		6:  {Page: 2, Line: 40, Label: "Prices!B2"},
		11: {Page: 2, Line: 41, Slide: 3, Label: "Prices!B2"},
	} {
		if got := d.Position(offset); got != want {
			t.Errorf("byte %d stands at %+v, want %+v", offset, got, want)
		}
	}
	if got := (&Document{Verbatim: true, Text: "a\nb", Marks: []Mark{{Kind: MarkLine, Number: 7}}}).Position(2); got.Line != 8 {
		t.Errorf("line %d, want 8: a document's own line marks count", got.Line)
	}
}

// randomDocument returns a document with marks of several kinds at random
// places. Labels are of one kind, as loaders make them.
func randomDocument(rng *rand.Rand) *Document {
	var b strings.Builder
	for range rng.IntN(60) {
		b.WriteString([]string{"a", "\n", "é", "한", "\r\n", " "}[rng.IntN(6)])
	}
	d := &Document{ID: DocumentID("s", "u"), URI: "u", Title: "T", Text: b.String(), Verbatim: rng.IntN(2) == 0}
	label := []MarkKind{MarkCell, MarkPointer}[rng.IntN(2)]
	for i := range rng.IntN(8) {
		m := Mark{Offset: rng.IntN(len(d.Text) + 1), Kind: []MarkKind{MarkPage, MarkLine, MarkSlide, label}[rng.IntN(4)], Number: i + 1}
		if m.Kind == label {
			m.Number, m.Label = 0, fmt.Sprint("label ", i)
		}
		d.Marks = append(d.Marks, m)
	}
	slices.SortStableFunc(d.Marks, func(a, b Mark) int { return a.Offset - b.Offset })
	return d
}

func TestChunkKnowsItsPositionsWithoutTheDocument(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 5000 {
		d := randomDocument(rng)
		start := rng.IntN(len(d.Text) + 1)
		span := Span{start, start + rng.IntN(len(d.Text)-start+1)}
		before := slices.Clone(d.Marks)
		c := NewChunk(d, span, nil, nil)
		if !slices.Equal(before, d.Marks) {
			t.Fatal("NewChunk changed the document's marks")
		}
		for offset := span.Start; offset < span.End; offset++ {
			if got, want := c.Position(offset), d.Position(offset); got != want {
				t.Fatalf("byte %d of chunk %v of %q with marks %+v: %+v, the document says %+v", offset, span, d.Text, d.Marks, got, want)
			}
		}
		if !slices.IsSortedFunc(c.Marks, func(a, b Mark) int { return a.Offset - b.Offset }) {
			t.Fatalf("marks of the chunk are out of order: %+v", c.Marks)
		}
	}
}
