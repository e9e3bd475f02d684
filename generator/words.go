package generator

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/lexical"
)

// A word is a piece of a statement as it is compared with another: a word, a
// number, an identifier, an address, or a character of a script without spaces.
type word struct {
	text string // as written
	key  string // equal keys say the same
	kind wordKind
}

type wordKind uint8

const (
	plainWord  wordKind = iota
	numberWord          // in digits, or a number in words above ten
	smallWord           // a number in words up to ten, which may count what is listed
	nameWord            // a name, an identifier or an address
	limitWord           // turns or limits what is said: not, only, if, before
)

func (k wordKind) isFact() bool { return k == numberWord || k == nameWord }

// wordsOf returns the words of a statement, without those that only join them.
func wordsOf(text string) []word {
	l := lexer{text: text, capitals: !isGerman(text), first: true}
	l.run()
	return joinNumbers(l.out)
}

// A lexer cuts a text into words.
type lexer struct {
	text     string
	pos      int
	out      []rawWord
	capitals bool // a capital makes a name
	first    bool // of a sentence: there a capital says nothing
	glued    bool // nothing stands between this word and the last
}

// A rawWord is a word before numbers in several words are joined.
type rawWord struct {
	word
	value float64 // of a number, or a part of one in words
	role  numberRole
	glued bool
}

var (
	address = regexp.MustCompile(`^(?:https?|ftp)://[^\s<>"'()\[\]{}]+`)
	target  = regexp.MustCompile(`^\]\(\s*<?([^\s()<>]*)>?[^()\n]{0,100}\)`)
)

func (l *lexer) run() {
	for l.pos < len(l.text) {
		start := l.pos
		l.step()
		if l.pos == start { // never, but a loop must end
			l.pos++
		}
	}
}

func (l *lexer) step() {
	rest := l.text[l.pos:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == ']' && target.MatchString(rest): // where a link leads is no part of what is said
		l.pos += len(target.FindString(rest))
		l.glued = false
	case (r == 'h' || r == 'f') && address.MatchString(rest):
		a := strings.TrimRight(address.FindString(rest), ".,;:!?")
		l.add(a, word{text: a, key: a, kind: nameWord})
	case unicode.IsDigit(r):
		l.number()
	case unicode.Is(unicode.Hangul, r):
		l.hangul()
	case isUnspaced(r):
		l.add(rest[:size], unspacedWord(rest[:size]))
	case isWordRune(r):
		l.letters()
	default:
		l.mark(r, size)
	}
}

// add appends w and moves past it.
func (l *lexer) add(text string, w word) {
	l.out = append(l.out, rawWord{word: w, glued: l.glued})
	l.pos += len(text)
	l.glued, l.first = true, false
}

// mark handles a character that is no part of a word.
func (l *lexer) mark(r rune, size int) {
	switch {
	case unicode.IsNumber(r): // ², ½, ④
		l.add(l.text[l.pos:l.pos+size], word{text: string(r), key: string(r), kind: numberWord})
		return
	case isSign(r) || r == '#' && l.glued:
		l.add(l.text[l.pos:l.pos+size], word{text: string(r), key: string(r)})
		return
	case strings.ContainsRune(".!?…。！？\n:", r):
		l.first = true
	}
	l.pos += size
	l.glued = false
}

// isSign reports whether r says something by itself. What Markdown uses for
// its own ends does not.
func isSign(r rune) bool {
	return strings.ContainsRune("%‰✓✔✗✘❌✅", r) || unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Sm, r) && !strings.ContainsRune("|~", r)
}

// letters takes a word of letters that have spaces around them: with digits
// and underscores, and with points inside as in a.md.
func (l *lexer) letters() {
	rest := l.text[l.pos:]
	n := wordLen(rest)
	text := rest[:n]
	w := word{text: text, key: foldWord(text)}
	switch lower := strings.ToLower(text); {
	case l.expand(text, strings.ReplaceAll(lower, "’", "'")):
		return
	case isName(text, l.first, l.capitals):
		w.kind = nameWord
	case limits[lower]:
		w.kind, w.key = limitWord, lower
	case forms[lower] != "":
		w.key = forms[lower]
	}
	if k, ok := limitKeys[strings.ToLower(text)]; ok {
		w.kind, w.key = limitWord, k
	}
	l.add(text, w)
	if v, ok := numerals[strings.ToLower(text)]; ok {
		last := &l.out[len(l.out)-1]
		last.value, last.role = v.value, v.role
	}
}

// expand adds the words that a contraction stands for.
func (l *lexer) expand(text, lower string) bool {
	parts := partsOfContraction(lower)
	if parts == nil {
		return false
	}
	for _, p := range parts {
		w := word{text: text, key: p}
		if form := forms[p]; form != "" {
			w.key = form
		}
		if limits[p] {
			w.kind = limitWord
		}
		if k, ok := limitKeys[p]; ok {
			w.kind, w.key = limitWord, k
		}
		l.out = append(l.out, rawWord{word: w, glued: l.glued})
	}
	l.pos += len(text)
	l.glued, l.first = true, false
	return true
}

var contractions = map[string]string{"cannot": "can not", "can't": "can not", "won't": "will not", "shan't": "shall not",
	"it's": "it is", "that's": "that is", "there's": "there is", "here's": "here is", "what's": "what is", "let's": "let us"}

func partsOfContraction(lower string) []string {
	if long, ok := contractions[lower]; ok {
		return strings.Fields(long)
	}
	for _, c := range [...][2]string{{"n't", "not"}, {"'re", "are"}, {"'ll", "will"}, {"'ve", "have"}, {"'m", "am"}} {
		if stem, ok := strings.CutSuffix(lower, c[0]); ok && stem != "" {
			return []string{stem, c[1]}
		}
	}
	return nil
}

// wordLen returns the length of the word of letters that text begins with.
func wordLen(text string) int {
	end := 0
	for i, r := range text {
		switch {
		case isWordRune(r) && !unicode.Is(unicode.Hangul, r) && !isUnspaced(r), unicode.IsMark(r) && end > 0:
			if i != end {
				return end
			}
			end = i + utf8.RuneLen(r)
		case i == end && strings.ContainsRune(".'’", r):
			// It belongs to the word if a letter or digit follows at once; a
			// capital after a small letter begins a sentence as often.
			next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
			last, _ := utf8.DecodeLastRuneInString(text[:i])
			if !isWordRune(next) || unicode.Is(unicode.Hangul, next) || isUnspaced(next) || r == '.' && unicode.IsUpper(next) && !unicode.IsUpper(last) {
				return end
			}
			end = i + utf8.RuneLen(r)
		default:
			return end
		}
	}
	return end
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// isUnspaced reports whether r is of a script that sets no spaces between
// words.
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func unspacedWord(text string) word {
	w := word{text: text, key: text}
	if strings.Contains("不没沒無无未非否只", text) {
		w.kind = limitWord
	}
	return w
}

// isName reports whether w is a name or an identifier: something with a digit,
// an underscore, a point or a capital where a plain word has none.
func isName(w string, first, capitals bool) bool {
	for i, r := range w {
		switch {
		case unicode.IsDigit(r) || r == '_' || r == '.' && i > 0 && len(w) > 5:
			return true
		case unicode.IsUpper(r) && i > 0:
			return !lexical.IsStopWord(strings.ToLower(w))
		case unicode.IsUpper(r) && capitals && !first:
			return len(w) > 1 && !lexical.IsStopWord(strings.ToLower(w))
		}
	}
	return false
}

var german = set("und der die das ist sind nicht ein eine einen mit von für wird werden auf den dem")

// isGerman reports whether text is of the language whose nouns all begin with
// a capital.
func isGerman(text string) bool {
	n := 0
	for w := range strings.FieldsSeq(text) {
		if german[w] {
			n++
		}
	}
	return n > 1
}

// foldWord returns w as it is compared: in lower case, without a genitive or
// plural s and without the underscores of Markdown's emphasis.
func foldWord(w string) string {
	if len(w) > 2 && w[0] == '_' && w[len(w)-1] == '_' && !strings.Contains(w[1:len(w)-1], "_") {
		w = w[1 : len(w)-1]
	}
	w = strings.ToLower(w)
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && hasAnySuffix(w, "sses", "shes", "ches", "xes", "zes"):
		return w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !hasAnySuffix(w, "ss", "us", "is"):
		return w[:len(w)-1]
	}
	return w
}

func hasAnySuffix(w string, suffixes ...string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(w, s) {
			return true
		}
	}
	return false
}

// joiners are words without which a sentence says the same. All others must be
// matched: "by", "has", "them" and "and" say who does what.
var joiners = set("a an the also just so very then that please")

// limits are words that turn or limit what is said: one that the source has
// and the statement lacks changes it as much as the reverse.
var limits = set("only unless except if when while until before after may might could should must can cannot " +
	"rarely hardly seldom barely almost nearly sometimes often usually always all every any some few most neither nor without " +
	"least most fewer less more than otherwise instead")

// limitKeys are negations. "Not" has the key of all that only negate.
var limitKeys = map[string]string{"not": "¬", "no": "¬no", "never": "¬never", "none": "¬none", "nothing": "¬nothing", "nobody": "¬nobody"}

func (w word) isNot() bool { return strings.HasPrefix(w.key, "¬") }

// forms are words that are forms of another.
var forms = map[string]string{"am": "be", "is": "be", "are": "be", "were": "was", "an": "a"}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// targets returns where the links of a Markdown text lead.
func targets(text string) []string {
	var out []string
	for i := strings.IndexByte(text, ']'); i >= 0; {
		if m := target.FindStringSubmatch(text[i:]); m != nil && m[1] != "" {
			out = append(out, m[1])
		}
		next := strings.IndexByte(text[i+1:], ']')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return out
}
