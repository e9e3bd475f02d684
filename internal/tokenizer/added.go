package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// addedToken is a token that is found in the text before anything else happens to
// it, such as [SEP] or <mask>.
type addedToken struct {
	content        string
	id             int32
	lstrip, rstrip bool // takes the white space at its side with it
}

// maxAdded bounds the length of an added token and so the time of a search.
const maxAdded = 256

// addedTokens finds the leftmost and there the longest added token.
type addedTokens struct {
	list  []addedToken
	trie  trie // from content to index in list
	first [256]bool
	// only is the one byte that all of them start with, when there is just one;
	// then the search runs at the speed of memory.
	only    byte
	hasOnly bool
}

func newAddedTokens(list []addedToken) (addedTokens, error) {
	a := addedTokens{list: list}
	keys := make([]trieKey, len(list))
	for i, token := range list {
		keys[i] = trieKey{token.content, int32(i)}
		a.first[token.content[0]] = true
	}
	units, err := buildTrie(keys)
	if err != nil {
		return a, err
	}
	a.trie = trie(units)
	for i, is := range a.first {
		if is {
			a.hasOnly = a.only == 0
			a.only = byte(i)
		}
		if is && !a.hasOnly {
			break
		}
	}
	return a, nil
}

// match is where an added token was found: the text from start to end belongs to
// it. A negative id means that none was found up to end.
type match struct {
	start, end int
	id         int32
}

// next finds the next added token from a position on. White space before it is
// taken back to that position at most.
func (a *addedTokens) next(text string, from int) match {
	for i := a.candidate(text, from); i < len(text); i = a.candidate(text, i+1) {
		index, length := a.trie.longest(text[i:], maxAdded)
		if index < 0 || int(index) >= len(a.list) {
			continue
		}
		token := &a.list[index]
		m := match{start: i, end: i + length, id: token.id}
		if token.lstrip {
			m.start = from + len(trimSpaceRight(text[from:i]))
		}
		if token.rstrip {
			m.end = len(text) - len(trimSpaceLeft(text[m.end:]))
		}
		return m
	}
	return match{len(text), len(text), -1}
}

// candidate returns the next position where an added token may start.
func (a *addedTokens) candidate(text string, from int) int {
	if a.hasOnly {
		if i := strings.IndexByte(text[from:], a.only); i >= 0 {
			return from + i
		}
		return len(text)
	}
	if len(a.list) == 0 {
		return len(text)
	}
	for ; from < len(text); from++ {
		if a.first[text[from]] {
			return from
		}
	}
	return from
}

func trimSpaceRight(text string) string {
	for len(text) > 0 {
		r, size := utf8.DecodeLastRuneInString(text)
		if properties(r)&propSpace == 0 {
			break
		}
		text = text[:len(text)-size]
	}
	return text
}

func trimSpaceLeft(text string) string {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if properties(r)&propSpace == 0 {
			break
		}
		text = text[size:]
	}
	return text
}
