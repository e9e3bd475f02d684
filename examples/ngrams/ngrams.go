// Package ngrams is an embedder of one's own, from which to start another: it
// hashes the letter trigrams of words, so that it needs no model, reads every
// script, and forgives endings and slips of the pen. It knows no meanings:
// "car" and "automobile" have nothing in common.
//
// It shows what a model behind embed.Embedder has to care about: unit vectors
// that depend on nothing but the text and its role, a fingerprint that changes
// with them, token counts that chunkers and the indexer can trust, and errors
// that name the text at fault.
package ngrams

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/embed"
)

// Options of an embedder. The zero value is useful.
type Options struct {
	Dim       int // of the vectors; 0 means 512
	MaxTokens int // of one text, its prefix included; 0 means 512

	// Truncate embeds the beginning of texts that are too long and reports them
	// in Batch.Cut. Otherwise such a text is an *embed.TextError.
	Truncate bool

	// QueryPrefix and PassagePrefix are put before every text of that role.
	// Many models were trained with such prefixes; here they merely count.
	QueryPrefix, PassagePrefix string
}

// An Embedder hashes trigrams. It is safe for concurrent use.
type Embedder struct {
	model    embed.Model
	prefix   [2]string // by role
	truncate bool
}

var (
	_ embed.Embedder     = (*Embedder)(nil)
	_ embed.TokenCounter = (*Embedder)(nil)
)

// New returns an embedder.
func New(o *Options) (*Embedder, error) {
	if o == nil {
		o = &Options{}
	}
	e := &Embedder{truncate: o.Truncate, prefix: [2]string{embed.Passage: o.PassagePrefix, embed.Query: o.QueryPrefix}}
	e.model = embed.Model{
		ID:        "letter-trigrams",
		Dim:       orDefault(o.Dim, 512),
		MaxTokens: orDefault(o.MaxTokens, 512),
		// Scripts stays empty: letters are letters. A model that was trained on
		// English says "Latin", and other questions are found by words alone.
	}
	if e.model.Dim < 2 || e.model.MaxTokens < 1 {
		return nil, fmt.Errorf("ngrams: new: dimension %d, %d tokens: give 2 or more, and 1 or more", o.Dim, o.MaxTokens)
	}
	for role, prefix := range e.prefix {
		if countTokens(prefix) >= e.model.MaxTokens {
			return nil, fmt.Errorf("ngrams: new: the %s prefix leaves no room in %d tokens", embed.Role(role), e.model.MaxTokens)
		}
	}
	// Whatever changes a vector belongs in here, the version of this code first:
	// an index is made anew when it differs, and wrong for ever when it lies.
	e.model.Fingerprint = fmt.Sprintf("ngrams/1 dim=%d max=%d query=%q passage=%q",
		e.model.Dim, e.model.MaxTokens, o.QueryPrefix, o.PassagePrefix)
	return e, nil
}

func orDefault(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}

// Model describes the embedder.
func (e *Embedder) Model() embed.Model { return e.model }

// CountTokens counts as Embed does, the role's prefix included.
func (e *Embedder) CountTokens(role embed.Role, text string) int {
	return countTokens(e.prefix[role&1] + text)
}

// Embed returns one vector per text.
func (e *Embedder) Embed(ctx context.Context, role embed.Role, texts []string) (*embed.Batch, error) {
	b := &embed.Batch{Dim: e.model.Dim, Data: make([]float32, len(texts)*e.model.Dim), Tokens: make([]int, len(texts))}
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("ngrams: embed: %w", err)
		}
		if !utf8.ValidString(text) {
			return nil, &embed.TextError{Index: i, Err: errors.New("not valid UTF-8")}
		}
		text = e.prefix[role&1] + text
		n := countTokens(text)
		b.Tokens[i] = n
		if n > e.model.MaxTokens {
			if !e.truncate {
				return nil, &embed.TextError{Index: i, Err: fmt.Errorf("%w: %d, at most %d", embed.ErrTooLong, n, e.model.MaxTokens)}
			}
			text = firstTokens(text, e.model.MaxTokens)
			b.Cut = append(b.Cut, embed.Cut{Index: i, Tokens: n, Kept: e.model.MaxTokens})
		}
		hashTrigrams(b.Vector(i), text)
	}
	return b, nil
}

// A token is a run of up to tokenRunes runes of a word. Words alone would not
// do: scripts without spaces have words of any length.
const tokenRunes = 4

func countTokens(text string) int {
	n := 0
	for word := range strings.FieldsSeq(text) {
		n += (utf8.RuneCountInString(word) + tokenRunes - 1) / tokenRunes
	}
	return n
}

// firstTokens returns the beginning of a text that has n tokens.
func firstTokens(text string, n int) string {
	inWord := 0
	for i, r := range text {
		if unicode.IsSpace(r) {
			inWord = 0
			continue
		}
		if inWord%tokenRunes == 0 {
			if n == 0 {
				return text[:i]
			}
			n--
		}
		inWord++
	}
	return text
}

// hashTrigrams adds each trigram's sign at its place, and makes the vector one
// of unit length. The sign keeps trigrams that share a place from adding up.
func hashTrigrams(v []float32, text string) {
	isMark := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), isMark) {
		// Beginning and end are letters, so that short words have trigrams too.
		runes := slices.Concat([]rune{'<'}, []rune(word), []rune{'>'})
		for i := range len(runes) - 2 {
			h := fnv.New64a()
			h.Write([]byte(string(runes[i : i+3])))
			sum := h.Sum64()
			sign := float32(1)
			if sum>>63 == 1 {
				sign = -1
			}
			v[1+sum%uint64(len(v)-1)] += sign
		}
	}
	unit(v)
}

// unit makes v one of unit length. Component 0 belongs to no trigram: a text
// without letters, or whose signs cancel out, is embedded like any other.
func unit(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	scale := 1 / math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
}
