package groundwork

import (
	"errors"
	"strings"
	"testing"
)

func goodDocument() *Document {
	return &Document{
		ID: DocumentID("s", "a.md"), URI: "a.md", Title: "T", Text: "# T\n\nbody\n", Verbatim: true,
		Marks:    []Mark{{Offset: 0, Kind: MarkPage, Number: 1}, {Offset: 10, Kind: MarkPage, Number: 2}},
		Sections: []Section{{Heading: Span{0, 4}, Body: Span{4, 10}, Level: 1, Title: "T"}},
		Blocks:   []Block{{Kind: BlockParagraph, Span: Span{5, 8}}, {Kind: BlockTable, Span: Span{8, 10}, Header: Span{8, 9}}},
		Metadata: Metadata{"lang": "en"},
	}
}

func TestDocumentValidate(t *testing.T) {
	if err := goodDocument().Validate(); err != nil {
		t.Errorf("a good document: %v", err)
	}
	if err := (&Document{ID: NewID("x"), URI: "x"}).Validate(); err != nil {
		t.Errorf("an empty document: %v", err)
	}
	for what, c := range map[string]struct {
		change func(*Document)
		says   string
	}{
		"foreign id":           {func(d *Document) { d.ID = "a.md" }, "groundwork.DocumentID"},
		"no URI":               {func(d *Document) { d.URI = "" }, "URI"},
		"text not UTF-8":       {func(d *Document) { d.Text = "\xff" }, "UTF-8"},
		"marks in disorder":    {func(d *Document) { d.Marks[0].Offset = 10; d.Marks[1].Offset = 9 }, "mark 1"},
		"mark outside":         {func(d *Document) { d.Marks[1].Offset = 11 }, "mark 1"},
		"mark below 0":         {func(d *Document) { d.Marks[0].Offset = -1 }, "mark 0"},
		"heading outside":      {func(d *Document) { d.Sections[0].Heading.End = 11 }, "section 0"},
		"body turned round":    {func(d *Document) { d.Sections[0].Body = Span{9, 4} }, "section 0"},
		"section of no level":  {func(d *Document) { d.Sections[0].Level = 0 }, "section 0"},
		"blocks that overlap":  {func(d *Document) { d.Blocks[1].Span.Start = 7 }, "block 1"},
		"block outside":        {func(d *Document) { d.Blocks[1].Span.End = 11 }, "block 1"},
		"table header outside": {func(d *Document) { d.Blocks[1].Header.End = 12 }, "block 1"},
		"bad metadata":         {func(d *Document) { d.Metadata["n"] = 1 }, `"n"`},
	} {
		d := goodDocument()
		c.change(d)
		err := d.Validate()
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error is %v, want ErrInvalid with %s", what, err, c.says)
		}
	}
}
