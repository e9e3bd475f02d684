package groundwork

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Key identifies the text that is embedded: the first 16 bytes of the SHA-256
// of [EmbedText]. Chunks with equal keys share a vector.
type Key [16]byte

// String returns k in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText encodes k in hexadecimal.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText decodes what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 2*len(k) {
		return fmt.Errorf("groundwork: key %q: %w: want 32 hexadecimal digits", text, ErrInvalid)
	}
	_, err := hex.Decode(k[:], text)
	return err
}

// KeyOf returns the key of an embedded text.
func KeyOf(embedText string) Key {
	sum := sha256.Sum256([]byte(embedText))
	return Key(sum[:16])
}

// A Chunk is a passage of a document: the unit that is embedded, stored, found
// and cited. It can be located in its source without the document.
type Chunk struct {
	ID         string // [ChunkID] of document, key and occurrence; canonical UUID
	Key        Key
	DocumentID string
	URI        string
	Title      string // the document's
	MIME       string
	Revision   string // the document's when it was cut
	Text       string // equal to the document's Text[Span.Start:Span.End]
	Span       Span
	Lead       []Span   // spans of the document repeated before the text when embedding, such as a table's header
	Headings   []string // titles of the sections that hold all of Span, outermost first
	Marks      []Mark   // the marks that hold within Span, in the document's offsets
	Metadata   Metadata // the document's
}

// NewChunk returns the chunk of doc that covers span, with everything but
// headings and id filled in from the document. Ids need the other chunks of
// the document: give them all to [AssignIDs].
func NewChunk(doc *Document, span Span, lead []Span, headings []string) Chunk {
	c := Chunk{
		DocumentID: doc.ID,
		URI:        doc.URI,
		Title:      doc.Title,
		MIME:       doc.MIME,
		Revision:   doc.Revision,
		Text:       span.In(doc.Text),
		Span:       span,
		Lead:       lead,
		Headings:   headings,
		Marks:      marksWithin(doc.lineMarks(), doc.Text, span),
		Metadata:   doc.Metadata,
	}
	c.Key = KeyOf(EmbedText(doc, &c))
	return c
}

// AssignIDs sets the ids of all chunks of one document, in document order: a
// text that occurs again gets another id.
func AssignIDs(chunks []Chunk) {
	seen := make(map[Key]int, len(chunks))
	for i := range chunks {
		c := &chunks[i]
		c.ID = ChunkID(c.DocumentID, c.Key, seen[c.Key])
		seen[c.Key]++
	}
}

// Position returns where the byte at offset (of the document's Text, within
// the chunk) stands in the source.
func (c *Chunk) Position(offset int) Position {
	return locate(c.Marks, c.Text, c.Span.Start, offset)
}

// Validate reports the first violation of what the fields of c promise.
func (c *Chunk) Validate() error {
	switch {
	case !IsID(c.ID):
		return fmt.Errorf("groundwork: chunk %q: %w: id is not a canonical UUID; use groundwork.NewID", c.ID, ErrInvalid)
	case !IsID(c.DocumentID):
		return fmt.Errorf("groundwork: chunk %s: %w: document id %q is not a canonical UUID", c.ID, ErrInvalid, c.DocumentID)
	case c.Span.Len() != len(c.Text) || c.Span.Start < 0:
		return fmt.Errorf("groundwork: chunk %s: %w: span of %d bytes, text of %d", c.ID, ErrInvalid, c.Span.Len(), len(c.Text))
	}
	for _, s := range append([]string{c.Text, c.Title, c.URI, c.MIME, c.Revision}, c.Headings...) {
		if !utf8.ValidString(s) {
			return fmt.Errorf("groundwork: chunk %s: %w: a string that is not valid UTF-8", c.ID, ErrInvalid)
		}
	}
	return c.Metadata.Validate()
}

// EmbedText returns the text whose vector stands for c: the document's title,
// the headings above the chunk, the lead, and the chunk, each on a line of its
// own. A heading that repeats the title is left out. Paths and file names are
// never part of it, so that a rename embeds nothing.
func EmbedText(doc *Document, c *Chunk) string {
	var b strings.Builder
	b.Grow(len(c.Title) + len(c.Text) + 64)
	line := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			b.WriteString(s)
			b.WriteByte('\n')
		}
	}
	line(c.Title)
	path := c.Headings
	if len(path) > 0 && strings.TrimSpace(path[0]) == strings.TrimSpace(c.Title) {
		path = path[1:]
	}
	line(strings.Join(path, " > "))
	for _, s := range c.Lead {
		line(s.In(doc.Text))
	}
	b.WriteString(strings.TrimSpace(c.Text))
	return b.String()
}

// A Leg is one way a hit was found: its place and score in that list alone.
type Leg struct {
	Name  string  // "dense", "lexical"
	Rank  int     // counted from 1
	Score float64 // cosine, BM25, …; comparable only within its list
}

// A Hit is a chunk that was found. Score is higher for better hits and is
// comparable only with the other hits of the same result.
type Hit struct {
	Chunk
	Score float64
	Legs  []Leg
}

// Leg returns the hit's place in the named leg.
func (h *Hit) Leg(name string) (Leg, bool) {
	for _, l := range h.Legs {
		if l.Name == name {
			return l, true
		}
	}
	return Leg{}, false
}
