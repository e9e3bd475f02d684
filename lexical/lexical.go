// Package lexical turns text into the terms that lexical search indexes.
//
// Index, query, highlighter and abstention agree on what a word is because
// they share one [Analyzer]. [Standard] returns the default one: Unicode word
// segmentation with cuts at changes of script, English stemming and stop
// words, Hangul words with bigrams, Han and Kana bigrams, Thai.
package lexical

// A Token is one occurrence of a term in an analyzed text.
type Token struct {
	Term  string // normalized; what is looked up
	Start int    // byte range of the original text that gave the term
	End   int
	Pos   int // position in words; several tokens may share one
}

// An Analyzer turns text into tokens. Implementations are safe for concurrent
// use and accept any bytes: invalid UTF-8 separates words.
type Analyzer interface {
	// Analyze appends the tokens of text to dst, ordered by Start, and returns
	// the extended slice. Offsets are into text as it was given; they never
	// split a rune. Time is linear in len(text).
	Analyze(dst []Token, text string) []Token

	// Fingerprint identifies the exact behaviour. Indexes made under another
	// fingerprint must be rebuilt.
	Fingerprint() string
}
