package lexical

// latinWord writes a word of Latin letters, numbers and joiners: a plain word
// mostly, or an identifier, path, version or number, as a whole and in parts.
func (a *analysis) latinWord() {
	a.trailing()
	pieces := a.pieces()
	switch {
	case len(pieces) == 1:
		a.piece(pieces[0])
	case a.isAcronym(pieces):
		a.acronym(pieces)
	default:
		a.compound(pieces)
		for _, p := range pieces {
			a.piece(p)
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

// pieces cuts the word at its joiners. Apostrophes stay within a piece, and so
// do points and commas between the figures of a number.
func (a *analysis) pieces() []span {
	a.parts = a.parts[:0]
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
	return a.parts
}

// addPiece appends p, or extends the number before it.
func (a *analysis) addPiece(p span) {
	if n := len(a.parts); n > 0 && a.isNumber(p) && a.isNumber(a.parts[n-1]) && a.parts[n-1].to == p.from-1 {
		if sep := a.word[p.from-1].r; sep == '.' || sep == ',' {
			a.parts[n-1].to = p.to
			return
		}
	}
	a.parts = append(a.parts, p)
}

// isNumber reports whether p is figures, with points and commas between.
func (a *analysis) isNumber(p span) bool {
	for _, u := range a.word[p.from:p.to] {
		if u.kind != number && u.r != '.' && u.r != ',' {
			return false
		}
	}
	return true
}

// isAcronym reports whether the word is single letters and points, as U.S.A.
func (a *analysis) isAcronym(pieces []span) bool {
	for i, p := range pieces {
		if p.to-p.from != 1 || a.word[p.from].kind != letter || i > 0 && a.word[p.from-1].r != '.' {
			return false
		}
	}
	return true
}

// acronym writes the letters without the points.
func (a *analysis) acronym(pieces []span) {
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
func (a *analysis) compound(pieces []span) {
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
func (a *analysis) piece(p span) {
	if a.isNumber(p) {
		a.number(p)
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
	var buf [2]byte
	n := s.to - s.from
	if n < 1 || n > 2 {
		return false
	}
	for i, u := range a.word[s.from:s.to] {
		buf[i] = byte(u.r)
	}
	switch string(buf[:n]) {
	case "s", "t", "d", "m", "ll", "re", "ve":
		return true
	}
	return false
}

// number writes figures. Commas between groups of three fall away; others
// separate numbers. A version of three places or more gives its first two too.
func (a *analysis) number(p span) {
	for from := p.from; from < p.to; {
		to := a.numberEnd(from, p.to)
		a.term = a.term[:0]
		points, second := 0, 0
		for _, u := range a.word[from:to] {
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
		a.emitTerm(span{from, to}, a.term)
		if second > 0 {
			a.emitTerm(span{from, to}, a.term[:second])
		}
		a.pos++
		from = to + 1
	}
}

// numberEnd returns where the number that begins at from ends: before the
// first comma that is not between groups of three.
func (a *analysis) numberEnd(from, limit int) int {
	run, commas := 0, 0
	lastComma := limit
	for i := from; i <= limit; i++ {
		if i < limit && a.word[i].kind == number {
			run++
			continue
		}
		if commas > 0 && run != 3 || commas == 0 && run > 3 && i < limit && a.word[i].r == ',' {
			return min(lastComma, i)
		}
		if i == limit || a.word[i].r == '.' {
			return a.pointsEnd(i, limit)
		}
		lastComma, run = i, 0
		commas++
	}
	return limit
}

// pointsEnd returns the end of figures and points from i on.
func (a *analysis) pointsEnd(i, limit int) int {
	for i < limit && a.word[i].r != ',' {
		i++
	}
	return i
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
