package tokenizer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
)

// The compiled form is little-endian throughout:
//
//	magic, format version
//	kind, flags, size of the vocabulary, unknown id, padding id, limit
//	templates: for one text, then for two: their lists of ids, then the type of the second
//	added tokens: count, then id, flags and content of each
//	prefix of inner pieces
//	trie of the vocabulary, from piece to id
//	scores, float32 or float64, and the lowest of them as float64 (Unigram)
//	character map (Unigram)
//
// Numbers have 32 bits; a list, text or table has its length in bytes or elements
// before it and is padded with zeros to a multiple of four bytes.
const (
	magic         = "GWtok\x00"
	formatVersion = 1
)

const (
	modelWordPiece = 1
	modelUnigram   = 2
)

// Flags of the compiled form.
const (
	flagClean = 1 << iota
	flagCJK
	flagStrip
	flagLower
	flagSplitSpace
	flagCharmap
	flagWideScores
	flagAll = 1<<iota - 1
)

const (
	flagTokenLeft = 1 << iota
	flagTokenRight
)

// Limits of what a file may ask for. The vocabularies in use have up to a quarter
// of a million pieces of up to 64 bytes.
const (
	maxVocab    = 1 << 24
	maxLimit    = 4096
	maxTemplate = 64
	maxTokens   = 1 << 16
)

// ErrFormat: the data are no compiled tokenizer, or one of another version.
var ErrFormat = errors.New("not a compiled tokenizer of this version")

// config is what both models share.
type config struct {
	vocabSize    int32
	padID        int32
	single, pair template
	added        addedTokens
}

// template is where special tokens stand around texts.
type template struct {
	before, between, after []int32
	secondType             bool // the second text has token type 1
}

// spec is a tokenizer in parts, as a compiled form is made from.
type spec struct {
	kind    uint32
	flags   uint32
	config  config
	unknown int32
	limit   int // code points of a word, or bytes of a piece
	prefix  string
	trie    string
	scores  string
	lowest  float64
	charmap string
}

// FromCompiled opens what [Tokenizer.AppendCompiled] wrote. The tokenizer uses data
// in place. Data of another kind or version are [ErrFormat]; damaged ones are an
// error or give wrong ids, but they never make a call fail or run on.
func FromCompiled(data string) (*Tokenizer, error) {
	r := &reader{data: data}
	s := r.spec()
	if r.err != nil {
		return nil, fmt.Errorf("tokenizer: open compiled: %w", r.err)
	}
	t := &Tokenizer{compiled: data, config: s.config}
	t.fingerprint = sync.OnceValue(t.hash)
	var err error
	if s.kind == modelWordPiece {
		t.model, err = s.wordPiece()
	} else {
		t.model, err = s.unigram()
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer: open compiled: %w", err)
	}
	return t, nil
}

func (s *spec) has(flag uint32) bool { return s.flags&flag != 0 }

func (s *spec) wordPiece() (*wordPiece, error) {
	if s.scores != "" || s.charmap != "" {
		return nil, ErrFormat
	}
	return newWordPiece(&wordPiece{
		rules:     bertRules{clean: s.has(flagClean), cjk: s.has(flagCJK), strip: s.has(flagStrip), lower: s.has(flagLower)},
		vocab:     trie(s.trie),
		vocabSize: s.config.vocabSize,
		unknown:   s.unknown,
		maxChars:  s.limit,
	}, s.prefix), nil
}

func (s *spec) unigram() (*unigram, error) {
	m := &unigram{
		splitSpace: s.has(flagSplitSpace),
		vocab:      trie(s.trie),
		scores:     scores{s.scores, s.has(flagWideScores)},
		unknown:    s.unknown,
		maxPiece:   s.limit,
	}
	width := 4
	if m.scores.wide {
		width = 8
	}
	m.vocabSize = min(int32(len(s.scores)/width), s.config.vocabSize)
	if len(s.scores)%width != 0 || m.vocabSize == 0 {
		return nil, fmt.Errorf("%d bytes of scores: %w", len(s.scores), ErrFormat)
	}
	if math.IsNaN(s.lowest) || math.IsInf(s.lowest, 0) {
		return nil, fmt.Errorf("lowest score is %v: %w", s.lowest, ErrFormat)
	}
	m.unkScore = s.lowest - unknownPenalty
	if s.has(flagCharmap) {
		c, err := newCharmap(s.charmap)
		if err != nil {
			return nil, err
		}
		m.charmap = c
	}
	return newUnigram(m), nil
}

// append writes the compiled form.
func (s *spec) append(dst []byte) []byte {
	w := &writer{dst}
	w.out = append(w.out, magic...)
	w.out = binary.LittleEndian.AppendUint16(w.out, formatVersion)
	c := &s.config
	for _, v := range []uint32{s.kind, s.flags, uint32(c.vocabSize), uint32(s.unknown), uint32(c.padID), uint32(s.limit)} {
		w.uint32(v)
	}
	for _, t := range []template{c.single, c.pair} {
		w.ids(t.before)
		w.ids(t.between)
		w.ids(t.after)
	}
	w.bool(c.pair.secondType)
	w.uint32(uint32(len(c.added.list)))
	for _, t := range c.added.list {
		w.uint32(uint32(t.id))
		var flags uint32
		if t.lstrip {
			flags |= flagTokenLeft
		}
		if t.rstrip {
			flags |= flagTokenRight
		}
		w.uint32(flags)
		w.text(t.content)
	}
	w.text(s.prefix)
	w.text(s.trie)
	w.text(s.scores)
	w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(s.lowest))
	w.text(s.charmap)
	return w.out
}

type writer struct{ out []byte }

func (w *writer) uint32(v uint32) { w.out = binary.LittleEndian.AppendUint32(w.out, v) }

func (w *writer) bool(v bool) {
	if v {
		w.uint32(1)
	} else {
		w.uint32(0)
	}
}

func (w *writer) ids(list []int32) {
	w.uint32(uint32(len(list)))
	for _, id := range list {
		w.uint32(uint32(id))
	}
}

func (w *writer) text(s string) {
	w.uint32(uint32(len(s)))
	w.out = append(w.out, s...)
	w.out = append(w.out, make([]byte, -len(s)&3)...)
}
