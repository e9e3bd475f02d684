package lexical

import "unicode/utf8"

func appendRune(b []byte, r rune) []byte { return utf8.AppendRune(b, r) }

// hangulWord writes a Korean word (eojeol): a noun or stem and what is glued
// to it. Pairs of syllables find the stem in other forms and in compounds, the
// pair across a space finds compounds written in other pieces, and the first
// syllable finds nouns of one syllable, as 값 in 값을 and 값이. The whole is not
// a term of its own: its pairs tell the same, and as a rare term it would
// count one inflected form above the stem (nDCG@10 on KorQuAD 0.953 with it,
// 0.961 without).
func (a *analysis) hangulWord() {
	n := len(a.word)
	if a.tail.kind != breaks {
		a.emitAcross()
	}
	a.emit(span{0, 1})
	for i := 0; i+2 <= n; i++ {
		a.emit(span{i, i + 2})
	}
	a.pos++
}

// emitAcross writes the pair of syllables around a space.
func (a *analysis) emitAcross() {
	first := a.word[0]
	a.term = appendRune(appendRune(a.term[:0], a.tail.r), first.r)
	a.tokens = append(a.tokens, Token{
		Term: string(a.term), Start: a.tail.start, End: first.end, Pos: max(0, a.pos-1),
	})
}

// hanWord writes a run of Han and Kana: every character of Han, every pair of
// characters, and every run of Katakana, which is mostly a foreign word.
func (a *analysis) hanWord() {
	n := len(a.word)
	for i := 0; i < n; i++ {
		switch {
		case a.word[i].script == katakana:
			if i == 0 || a.word[i-1].script != katakana {
				a.emitKatakana(i)
			}
		case a.word[i].script == han || n == 1:
			a.emit(span{i, i + 1})
		}
		if i+1 < n {
			a.emit(span{i, i + 2})
		}
		a.pos++
	}
}

// emitKatakana writes the run of Katakana that begins at i, where it is not
// written as a pair.
func (a *analysis) emitKatakana(i int) {
	end := i
	for end < len(a.word) && a.word[end].script == katakana {
		end++
	}
	if end-i != 2 {
		a.emit(span{i, end})
	}
}

// unspacedWord writes a run of a script that sets no spaces between words, as
// pairs of letters with their marks.
func (a *analysis) unspacedWord() {
	a.clusters = a.clusters[:0]
	for i, u := range a.word {
		if u.kind == mark && i > 0 {
			a.clusters[len(a.clusters)-1].to = i + 1
		} else {
			a.clusters = append(a.clusters, span{i, i + 1})
		}
	}
	if len(a.clusters) == 1 {
		a.emit(a.clusters[0])
		a.pos++
	}
	for i := 1; i < len(a.clusters); i++ {
		a.emit(span{a.clusters[i-1].from, a.clusters[i].to})
		a.pos++
	}
}
