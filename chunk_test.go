package groundwork

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestEmbedText(t *testing.T) {
	const text = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"
	doc := &Document{Title: "Title", Text: text}
	for _, c := range []struct {
		name  string
		chunk Chunk
		want  string
	}{
		{"text alone", Chunk{Text: "body"}, "body"},
		{"title and text", Chunk{Title: "Title", Text: "body"}, "Title\nbody"},
		{"headings on one line", Chunk{Title: "Title", Headings: []string{"A", "B"}, Text: "body"}, "Title\nA > B\nbody"},
		{"a heading that repeats the title", Chunk{Title: "Title", Headings: []string{" Title ", "B"}, Text: "body"}, "Title\nB\nbody"},
		{"only that heading", Chunk{Title: "Title", Headings: []string{"Title"}, Text: "body"}, "Title\nbody"},
		{"a later heading like the title", Chunk{Title: "Title", Headings: []string{"A", "Title"}, Text: "body"}, "Title\nA > Title\nbody"},
		{"the lead", Chunk{Lead: []Span{{0, 9}, {10, 19}}, Text: "| 3 | 4 |\n"}, "| a | b |\n|---|---|\n| 3 | 4 |"},
		{"blanks around", Chunk{Title: "  Title\t", Text: "\n body \n"}, "Title\nbody"},
		{"blank text", Chunk{Title: "Title", Text: " \n"}, "Title\n"},
		{"nothing", Chunk{}, ""},
	} {
		if got := EmbedText(doc, &c.chunk); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRenameEmbedsNothing(t *testing.T) {
	a := &Document{ID: DocumentID("s", "a.md"), URI: "a.md", Title: "T", MIME: "text/plain", Revision: "1", Text: "some text"}
	b := &Document{ID: DocumentID("s", "dir/b.txt"), URI: "dir/b.txt", Title: "T", MIME: "text/markdown", Revision: "2", Text: "xx some text"}
	ca, cb := NewChunk(a, Span{0, 9}, nil, []string{"H"}), NewChunk(b, Span{3, 12}, nil, []string{"H"})
	if ca.Key != cb.Key {
		t.Error("the key depends on more than the embedded text")
	}
	if other := NewChunk(a, Span{0, 9}, nil, []string{"I"}); other.Key == ca.Key {
		t.Error("the key does not depend on the headings")
	}
}

func TestNewChunkTakesWhatTheDocumentKnows(t *testing.T) {
	doc := &Document{
		ID: DocumentID("s", "u"), URI: "u", Title: "T", MIME: "text/plain", Revision: "r", Verbatim: true,
		Text: "first\nsecond\n", Metadata: Metadata{"lang": "en"},
	}
	got := NewChunk(doc, Span{6, 12}, []Span{{0, 5}}, []string{"H"})
	want := Chunk{
		Key:        KeyOf("T\nH\nfirst\nsecond"),
		DocumentID: doc.ID, URI: "u", Title: "T", MIME: "text/plain", Revision: "r", Text: "second", Span: Span{6, 12},
		Lead: []Span{{0, 5}}, Headings: []string{"H"}, Marks: []Mark{{Offset: 6, Kind: MarkLine, Number: 2}}, Metadata: Metadata{"lang": "en"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("chunk is\n%+v, want\n%+v", got, want)
	}
}

func TestAssignIDsTellsRepeatedTextsApart(t *testing.T) {
	doc := &Document{ID: DocumentID("s", "u"), Text: "same other same same"}
	spans := []Span{{0, 4}, {5, 10}, {11, 15}, {16, 20}}
	var chunks []Chunk
	for _, s := range spans {
		chunks = append(chunks, NewChunk(doc, s, nil, nil))
	}
	AssignIDs(chunks)
	seen := map[string]bool{}
	for _, c := range chunks {
		if !IsID(c.ID) || seen[c.ID] {
			t.Errorf("id %q is no id or stands twice", c.ID)
		}
		seen[c.ID] = true
	}
	if chunks[2].ID != ChunkID(doc.ID, chunks[0].Key, 1) {
		t.Error("occurrences are not counted from 0 in document order")
	}

	// An edit above changes neither the ids nor the keys below.
	edited := &Document{ID: doc.ID, Text: "new " + doc.Text}
	var later []Chunk
	for _, s := range spans {
		later = append(later, NewChunk(edited, Span{s.Start + 4, s.End + 4}, nil, nil))
	}
	AssignIDs(later)
	for i := range later {
		if later[i].ID != chunks[i].ID || later[i].Key != chunks[i].Key {
			t.Errorf("chunk %d has another id or key after an edit above it", i)
		}
	}
}

func TestKeyTextRoundTrip(t *testing.T) {
	k := KeyOf("text")
	data, err := json.Marshal(map[Key]Key{k: k})
	if err != nil {
		t.Fatal(err)
	}
	var got map[Key]Key
	if err := json.Unmarshal(data, &got); err != nil || got[k] != k {
		t.Errorf("%s is read as %v, %v", data, got, err)
	}
	for _, bad := range []string{"", "0", strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("g", 32)} {
		if err := new(Key).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("key %q is accepted", bad)
		}
	}
}

func TestChunkValidate(t *testing.T) {
	good := func() Chunk {
		return Chunk{ID: NewID("c"), DocumentID: NewID("d"), Text: "text", Span: Span{10, 14}, Metadata: Metadata{"a": "b"}}
	}
	c := good()
	if err := c.Validate(); err != nil {
		t.Errorf("a good chunk: %v", err)
	}
	for what, change := range map[string]func(*Chunk){
		"foreign id":        func(c *Chunk) { c.ID = "42" },
		"no id":             func(c *Chunk) { c.ID = "" },
		"no document":       func(c *Chunk) { c.DocumentID = "" },
		"short span":        func(c *Chunk) { c.Span.End-- },
		"span below 0":      func(c *Chunk) { c.Span = Span{-4, 0} },
		"reserved metadata": func(c *Chunk) { c.Metadata = Metadata{"doc.id": "x"} },
	} {
		c := good()
		change(&c)
		if err := c.Validate(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: error is %v, want ErrInvalid", what, err)
		}
	}
}

func TestHitLeg(t *testing.T) {
	h := Hit{Legs: []Leg{{Name: "dense", Rank: 2, Score: 0.5}, {Name: "lexical", Rank: 1, Score: 9}}}
	if l, ok := h.Leg("lexical"); !ok || l.Score != 9 {
		t.Errorf("leg is %+v, %v", l, ok)
	}
	if l, ok := h.Leg("other"); ok || l != (Leg{}) {
		t.Errorf("a leg that is not there is %+v, %v", l, ok)
	}
}
