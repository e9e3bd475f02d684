package tokenizer

import (
	"fmt"
	"math"
)

// reader takes the compiled form apart. After its first error every method
// returns zero values.
type reader struct {
	data string
	at   int
	err  error
}

func (r *reader) failIf(bad bool, format string, args ...any) {
	if bad && r.err == nil {
		r.err = fmt.Errorf("byte %d: %s: %w", r.at, fmt.Sprintf(format, args...), ErrFormat)
	}
}

func (r *reader) uint32() uint32 {
	r.failIf(len(r.data)-r.at < 4, "the data end")
	if r.err != nil {
		return 0
	}
	r.at += 4
	return u32(r.data, r.at-4)
}

// below reads a number under a limit.
func (r *reader) below(limit int, what string) int {
	v := r.uint32()
	r.failIf(uint64(v) >= uint64(limit), "%s is %d, the limit is %d", what, v, limit)
	if r.err != nil {
		return 0
	}
	return int(v)
}

func (r *reader) id(vocab int32) int32 { return int32(r.below(int(vocab), "id")) }

func (r *reader) ids(vocab int32) []int32 {
	var list []int32
	for range r.below(maxTemplate, "number of special tokens") {
		list = append(list, r.id(vocab))
	}
	return list
}

func (r *reader) text() string {
	n := int64(r.uint32())
	padded := (n + 3) &^ 3
	r.failIf(padded > int64(len(r.data)-r.at), "%d bytes reach beyond the end", n)
	if r.err != nil {
		return ""
	}
	start := r.at
	r.at += int(padded)
	return r.data[start : start+int(n)]
}

func (r *reader) spec() *spec {
	s := &spec{}
	r.header(s)
	c := &s.config
	for _, t := range []*template{&c.single, &c.pair} {
		t.before = r.ids(c.vocabSize)
		t.between = r.ids(c.vocabSize)
		t.after = r.ids(c.vocabSize)
	}
	c.pair.secondType = r.below(2, "type of the second text") == 1
	list := r.addedTokens(c.vocabSize)
	if r.err == nil {
		c.added, r.err = newAddedTokens(list)
	}
	s.prefix = r.text()
	s.trie = r.text()
	s.scores = r.text()
	s.lowest = math.Float64frombits(uint64(r.uint32()) | uint64(r.uint32())<<32)
	s.charmap = r.text()
	r.failIf(len(s.prefix) > maxAdded || len(s.trie)%4 != 0, "prefix of %d or trie of %d bytes", len(s.prefix), len(s.trie))
	r.failIf(r.at != len(r.data), "data follow the end")
	return s
}

func (r *reader) header(s *spec) {
	r.failIf(len(r.data) < len(magic)+2 || r.data[:len(magic)] != magic, "no magic")
	if r.err != nil {
		return
	}
	r.at = len(magic) + 2
	version := int(r.data[r.at-2]) | int(r.data[r.at-1])<<8
	r.failIf(version != formatVersion, "version %d, want %d", version, formatVersion)
	s.kind = r.uint32()
	r.failIf(s.kind != modelWordPiece && s.kind != modelUnigram, "model %d", s.kind)
	s.flags = uint32(r.below(flagAll+1, "flags"))
	c := &s.config
	c.vocabSize = int32(r.below(maxVocab+1, "vocabulary"))
	s.unknown = r.id(c.vocabSize)
	c.padID = int32(r.uint32())
	r.failIf(c.padID < -1 || c.padID >= c.vocabSize, "padding id %d", c.padID)
	s.limit = r.below(maxLimit+1, "limit")
	r.failIf(s.limit == 0, "limit is 0")
}

func (r *reader) addedTokens(vocab int32) []addedToken {
	var list []addedToken
	seen := map[string]bool{}
	for range r.below(maxTokens, "number of added tokens") {
		t := addedToken{id: r.id(vocab)}
		flags := r.below((flagTokenLeft|flagTokenRight)+1, "token flags")
		t.lstrip, t.rstrip = flags&flagTokenLeft != 0, flags&flagTokenRight != 0
		t.content = r.text()
		r.failIf(t.content == "" || len(t.content) > maxAdded || hasZeroByte(t.content) || seen[t.content], "added token %q", t.content)
		if r.err != nil {
			return nil
		}
		seen[t.content] = true
		list = append(list, t)
	}
	return list
}
