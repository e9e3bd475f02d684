package lexical

// latinWord writes a word of Latin letters, numbers and joiners: a plain word
// mostly, or an identifier, path, version or number, as a whole and in parts.
func (a *analysis) latinWord() {
	a.trailing()
	pieces := a.cut()
	switch {
	case len(pieces) == 1:
		a.piece(pieces[0])
	case a.isAcronym(pieces):
		a.acronym(pieces)
	default:
		a.compound(pieces)
		for i, p := range pieces {
			glued := i+1 < len(pieces) && pieces[i+1].from == p.to
			if !glued || p.to-p.from > 1 { // not the v of v3.12
				a.piece(p)
			}
		}
	}
}

// trailing writes the names of languages that end in signs: C++, C#, F#.
func (a *analysis) trailing() {
	n := len(a.word)
	if n > 2 || len(a.pending) == 0 || a.pending[0].kind != trails {
		return
	}
	sharp := len(a.pending) == 1 && a.pending[0].r == '#'
	plus := len(a.pending) == 2 && a.pending[0].r == '+' && a.pending[1].r == '+'
	if !sharp && !plus {
		return
	}
	a.word = append(a.word, a.pending...)
	a.emit(span{0, len(a.word)})
	a.word = a.word[:n]
}

// A piece is a part of a Latin word between joiners. A number is one piece
// with its points and commas.
type piece struct {
	span
	number bool
}

// cut finds the pieces of the word. Apostrophes stay within a piece.
func (a *analysis) cut() []piece {
	a.pieces = a.pieces[:0]
	from := 0
	for i := 0; i <= len(a.word); i++ {
		if i < len(a.word) && (a.word[i].kind != joins || a.word[i].r == '\'') {
			continue
		}
		if from < i {
			a.addPiece(span{from, i})
		}
		from = i + 1
	}
	return a.pieces
}

// addPiece appends p, or extends the number before it: 3 and 12 are 3.12. So
// they are in v3.12 and python3.12, which become a name and a number.
func (a *analysis) addPiece(p span) {
	n := len(a.pieces)
	number := a.figures(p) == p.from
	if number && n > 0 && a.pieces[n-1].to == p.from-1 && (a.word[p.from-1].r == '.' || a.word[p.from-1].r == ',') {
		last := &a.pieces[n-1]
		if last.number {
			last.to = p.to
			return
		}
		if from := a.figures(last.span); from < last.to {
			last.to = from
			p.from = from
		}
	}
	a.pieces = append(a.pieces, piece{p, number})
}

// figures returns where the figures begin that p ends with; p.to if it ends
// with something else.
func (a *analysis) figures(p span) int {
	i := p.to
	for i > p.from && a.word[i-1].kind == number {
		i--
	}
	return i
}

// isAcronym reports whether the word is single letters and points, as U.S.A.
func (a *analysis) isAcronym(pieces []piece) bool {
	for i, p := range pieces {
		if p.to-p.from != 1 || a.word[p.from].kind != letter || i > 0 && a.word[p.from-1].r != '.' {
			return false
		}
	}
	return true
}

// acronym writes the letters without the points.
func (a *analysis) acronym(pieces []piece) {
	a.term = a.term[:0]
	for _, p := range pieces {
		a.term = appendRune(a.term, a.word[p.from].r)
	}
	if len(a.term) > 2 || !stopWords[string(a.term)] || string(a.term) == "us" {
		a.emitTerm(span{pieces[0].from, pieces[len(pieces)-1].to}, a.term)
	}
	a.pos++
}

// maxWhole is how many units a whole may have to be a term. A SHA-512 in
// hexadecimal just fits.
const maxWhole = 128

// compound writes all pieces as one term. Hyphens fall away, as spellings
// with and without them compete (e-mail, utf-8); other joiners stay.
func (a *analysis) compound(pieces []piece) {
	whole := span{pieces[0].from, pieces[len(pieces)-1].to}
	if whole.to-whole.from > maxWhole {
		return
	}
	hyphens := true
	for i := 1; i < len(pieces); i++ {
		hyphens = hyphens && a.word[pieces[i].from-1].r == '-'
	}
	a.term = a.term[:0]
	plain := true
	for _, u := range a.word[whole.from:whole.to] {
		if hyphens && u.r == '-' {
			continue
		}
		plain = plain && u.r >= 'a' && u.r <= 'z'
		a.term = appendRune(a.term, u.r)
	}
	if plain {
		a.term = stem(a.term)
	}
	a.emitTerm(whole, a.term)
}

// piece writes what stands between joiners.
func (a *analysis) piece(p piece) {
	if p.number {
		a.number(p.span)
		return
	}
	for from := p.from; from < p.to; {
		to := from
		for to < p.to && a.word[to].r != '\'' {
			to++
		}
		suffix := span{to + 1, p.to}
		if to < p.to && a.isEnding(suffix) {
			if a.word[suffix.from].r != 't' { // don't, can't: function words
				a.plain(span{from, to})
			}
			return
		}
		if from < to {
			a.plain(span{from, to})
		}
		from = to + 1
	}
}

// isEnding reports whether the units behind an apostrophe are an English
// ending.
func (a *analysis) isEnding(s span) bool {
	switch s.to - s.from {
	case 1:
		switch a.word[s.from].r {
		case 's', 't', 'd', 'm':
			return true
		}
	case 2:
		switch [2]rune{a.word[s.from].r, a.word[s.from+1].r} {
		case [2]rune{'l', 'l'}, [2]rune{'r', 'e'}, [2]rune{'v', 'e'}:
			return true
		}
	}
	return false
}

// number writes figures with points and commas. Commas between groups of three
// fall away; others separate numbers.
func (a *analysis) number(p span) {
	if a.isGrouped(p) {
		a.decimal(p)
		return
	}
	for from := p.from; from < p.to; {
		to := from
		for to < p.to && a.word[to].r != ',' {
			to++
		}
		a.decimal(span{from, to})
		from = to + 1
	}
}

// isGrouped reports whether all commas stand between groups of three figures,
// as in 1,000,000.5.
func (a *analysis) isGrouped(p span) bool {
	commas, group, i := 0, 0, p.from
	for ; i < p.to && a.word[i].r != '.'; i++ {
		if a.word[i].r != ',' {
			group++
			continue
		}
		if group > 3 || commas > 0 && group < 3 {
			return false
		}
		commas++
		group = 0
	}
	for ; i < p.to; i++ {
		if a.word[i].r == ',' {
			return false
		}
	}
	return commas == 0 || group == 3
}

// decimal writes one number, without its commas. A version of three places or
// more gives its first two as well.
func (a *analysis) decimal(p span) {
	a.term = a.term[:0]
	points, second := 0, 0
	for _, u := range a.word[p.from:p.to] {
		if u.r == ',' {
			continue
		}
		if u.r == '.' {
			if points++; points == 2 {
				second = len(a.term)
			}
		}
		a.term = append(a.term, byte(u.r))
	}
	a.emitTerm(p, a.term)
	if second > 0 {
		a.emitTerm(p, a.term[:second])
	}
	a.pos++
}

// plain writes a run of letters and figures: as a whole, and in the parts that
// its spelling shows.
func (a *analysis) plain(p span) {
	cuts := a.cuts(p)
	if p.to-p.from <= maxWhole {
		a.simple(p, cuts > 0)
	}
	if cuts == 0 {
		return
	}
	from := p.from
	for i := p.from + 1; i <= p.to; i++ {
		if i == p.to || a.isCut(p, i) {
			a.simple(span{from, i}, false)
			from = i
		}
	}
}

// isCut reports whether the spelling shows a boundary before unit i of p:
// camelCase, HTTPServer, utf8.
func (a *analysis) isCut(p span, i int) bool {
	before, at := a.word[i-1], a.word[i]
	if before.kind != at.kind {
		return true
	}
	if !at.upper {
		return false
	}
	return !before.upper || i+1 < p.to && a.word[i+1].kind == letter && !a.word[i+1].upper
}

// cuts counts the boundaries that isCut sees in p. It is 0 where cutting would
// leave a single letter (iPhone, mRNA, E0308), or would shred data such as a
// hash: then spelling tells of no words.
func (a *analysis) cuts(p span) int {
	cuts, figures, from := 0, 0, p.from
	for i := p.from + 1; i <= p.to; i++ {
		if i < p.to && !a.isCut(p, i) {
			continue
		}
		if a.word[from].kind == number {
			figures++
		} else if i-from < 2 {
			return 0
		}
		if i < p.to {
			cuts++
		}
		from = i
	}
	if figures > 2 || cuts > 8 {
		return 0
	}
	return cuts
}

// simple writes one word: stemmed if it is of the letters a to z, and not at
// all if it is a function word. more says that its parts follow, at the same
// position.
func (a *analysis) simple(p span, more bool) {
	a.term = a.term[:0]
	english := true
	for _, u := range a.word[p.from:p.to] {
		english = english && u.r >= 'a' && u.r <= 'z'
		a.term = appendRune(a.term, u.r)
	}
	if !english || !stopWords[string(a.term)] {
		if english {
			a.term = stem(a.term)
		}
		a.emitTerm(p, a.term)
	}
	if !more {
		a.pos++
	}
}
