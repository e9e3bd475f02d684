package tokenizer

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// charmap is SentencePiece's precompiled character map, used in place: the size
// of a trie in bytes, the trie, and the replacements, each ended by a zero byte.
// The values of the trie point into the replacements.
type charmap struct {
	trie         trie
	replacements string
}

func newCharmap(data string) (*charmap, error) {
	if len(data) < 4 {
		return nil, errors.New("character map is too short")
	}
	size := uint64(u32(data, 0))
	if size%4 != 0 || size > uint64(len(data)-4) {
		return nil, errors.New("character map's trie is beyond its end")
	}
	c := &charmap{trie(data[4 : 4+size]), data[4+size:]}
	if !utf8.ValidString(c.replacements) {
		return nil, errors.New("character map's replacements are not UTF-8")
	}
	return c, nil
}

// lookup returns the replacement for the shortest key that starts text.
func (c *charmap) lookup(text string) (string, bool) {
	value := c.trie.shortest(text)
	if value < 0 || int(value) > len(c.replacements) {
		return "", false
	}
	replacement := c.replacements[value:]
	if end := strings.IndexByte(replacement, 0); end >= 0 {
		replacement = replacement[:end]
	}
	return replacement, true
}
