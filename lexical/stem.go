package lexical

// stem shortens an English word in place by the algorithm Porter2 (the English
// stemmer of the Snowball project, snowballstem.org/algorithms/english) and
// returns what is left. The word is of the letters a to z; others are taken
// for consonants. It is written for words of prose: 100 to 200 ns each.
func stem(word []byte) []byte {
	if len(word) < 3 {
		return word
	}
	if s, ok := irregular[string(word)]; ok {
		return append(word[:0], s...)
	}
	w := stemmer{b: word}
	w.markConsonantY()
	w.findRegions()
	w.plural()
	if invariant[string(w.b)] {
		return w.finish()
	}
	w.pastAndGerund()
	w.finalY()
	w.derivation()
	w.secondDerivation()
	w.ending()
	w.finalE()
	return w.finish()
}

// irregular are the words that the algorithm's rules would get wrong.
var irregular = map[string]string{
	"skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie",
	"idly": "idl", "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl",
	"sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
}

// invariant are the words that stay as they are once a plural s is gone.
var invariant = map[string]bool{
	"inning": true, "outing": true, "canning": true, "herring": true, "earring": true,
	"proceed": true, "exceed": true, "succeed": true,
}

// A stemmer holds a word while it is shortened. A y that stands for a
// consonant is written Y.
type stemmer struct {
	b      []byte
	r1, r2 int // where the regions begin that suffixes must lie in
}

func (w *stemmer) finish() []byte {
	for i, c := range w.b {
		if c == 'Y' {
			w.b[i] = 'y'
		}
	}
	return w.b
}

func vowel(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}

func (w *stemmer) markConsonantY() {
	for i, c := range w.b {
		if c == 'y' && (i == 0 || vowel(w.b[i-1])) {
			w.b[i] = 'Y'
		}
	}
}

// findRegions sets r1 behind the first consonant that follows a vowel, and r2
// in the same way within r1.
func (w *stemmer) findRegions() {
	w.r1 = -1
	for _, p := range [...]string{"gener", "commun", "arsen"} {
		if len(w.b) >= len(p) && string(w.b[:len(p)]) == p {
			w.r1 = len(p)
		}
	}
	if w.r1 < 0 {
		w.r1 = w.regionAfter(0)
	}
	w.r2 = w.regionAfter(w.r1)
}

func (w *stemmer) regionAfter(from int) int {
	for i := from + 1; i < len(w.b); i++ {
		if vowel(w.b[i-1]) && !vowel(w.b[i]) {
			return i + 1
		}
	}
	return len(w.b)
}

func (w *stemmer) ends(suffix string) bool {
	return len(w.b) >= len(suffix) && string(w.b[len(w.b)-len(suffix):]) == suffix
}

// replace puts s in place of the last n bytes.
func (w *stemmer) replace(n int, s string) { w.b = append(w.b[:len(w.b)-n], s...) }

func (w *stemmer) hasVowel(end int) bool {
	for _, c := range w.b[:end] {
		if vowel(c) {
			return true
		}
	}
	return false
}

// plural is step 1a.
func (w *stemmer) plural() {
	n := len(w.b)
	switch {
	case w.ends("sses"):
		w.replace(2, "")
	case w.ends("ied"), w.ends("ies"):
		if n > 4 {
			w.replace(2, "")
		} else {
			w.replace(1, "")
		}
	case w.ends("us"), w.ends("ss"):
	case w.ends("s") && w.hasVowel(n-2):
		w.replace(1, "")
	}
}

// pastAndGerund is step 1b.
func (w *stemmer) pastAndGerund() {
	for _, s := range [...]string{"eedly", "ingly", "edly", "eed", "ing", "ed"} {
		if !w.ends(s) {
			continue
		}
		start := len(w.b) - len(s)
		if s == "eed" || s == "eedly" {
			if start >= w.r1 {
				w.replace(len(s), "ee")
			}
		} else if w.hasVowel(start) {
			w.b = w.b[:start]
			w.mendStem()
		}
		return
	}
}

// mendStem puts back what a removed ed or ing had changed.
func (w *stemmer) mendStem() {
	switch {
	case w.ends("at"), w.ends("bl"), w.ends("iz"):
		w.b = append(w.b, 'e')
	case w.endsDouble():
		w.replace(1, "")
	case w.r1 >= len(w.b) && w.shortSyllable(len(w.b)):
		w.b = append(w.b, 'e')
	}
}

func (w *stemmer) endsDouble() bool {
	n := len(w.b)
	if n < 2 || w.b[n-1] != w.b[n-2] {
		return false
	}
	switch w.b[n-1] {
	case 'b', 'd', 'f', 'g', 'm', 'n', 'p', 'r', 't':
		return true
	}
	return false
}

// shortSyllable reports whether b[:end] ends in one: a vowel between
// consonants, of which the second is not w, x or Y, or a vowel that begins the
// word and a consonant.
func (w *stemmer) shortSyllable(end int) bool {
	if end < 2 || vowel(w.b[end-1]) || !vowel(w.b[end-2]) {
		return false
	}
	if end == 2 {
		return true
	}
	c := w.b[end-1]
	return !vowel(w.b[end-3]) && c != 'w' && c != 'x' && c != 'Y'
}

// finalY is step 1c.
func (w *stemmer) finalY() {
	n := len(w.b)
	if n > 2 && (w.b[n-1] == 'y' || w.b[n-1] == 'Y') && !vowel(w.b[n-2]) {
		w.b[n-1] = 'i'
	}
}

// A rule replaces a suffix.
type rule struct{ suffix, with string }

// Longer suffixes stand before the shorter ones that they end in.
var (
	derivations = [...]rule{ // step 2
		{"ization", "ize"}, {"ational", "ate"}, {"fulness", "ful"}, {"ousness", "ous"}, {"iveness", "ive"},
		{"tional", "tion"}, {"biliti", "ble"}, {"lessli", "less"},
		{"entli", "ent"}, {"ation", "ate"}, {"alism", "al"}, {"aliti", "al"}, {"ousli", "ous"}, {"iviti", "ive"}, {"fulli", "ful"},
		{"enci", "ence"}, {"anci", "ance"}, {"abli", "able"}, {"izer", "ize"}, {"ator", "ate"}, {"alli", "al"},
		{"bli", "ble"}, {"ogi", "og"}, {"li", ""},
	}
	secondDerivations = [...]rule{ // step 3
		{"ational", "ate"}, {"tional", "tion"}, {"alize", "al"}, {"icate", "ic"}, {"iciti", "ic"}, {"ative", ""},
		{"ical", "ic"}, {"ness", ""}, {"ful", ""},
	}
	endings = [...]string{ // step 4
		"ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion",
		"al", "er", "ic",
	}
)

func (w *stemmer) derivation() {
	for _, r := range derivations {
		if !w.ends(r.suffix) {
			continue
		}
		start := len(w.b) - len(r.suffix)
		if start < w.r1 || r.suffix == "ogi" && w.b[start-1] != 'l' || r.suffix == "li" && !validBeforeLi(w.b[start-1]) {
			return
		}
		w.replace(len(r.suffix), r.with)
		return
	}
}

func validBeforeLi(c byte) bool {
	switch c {
	case 'c', 'd', 'e', 'g', 'h', 'k', 'm', 'n', 'r', 't':
		return true
	}
	return false
}

func (w *stemmer) secondDerivation() {
	for _, r := range secondDerivations {
		if !w.ends(r.suffix) {
			continue
		}
		start := len(w.b) - len(r.suffix)
		if start >= w.r1 && (r.suffix != "ative" || start >= w.r2) {
			w.replace(len(r.suffix), r.with)
		}
		return
	}
}

func (w *stemmer) ending() {
	for _, s := range endings {
		if !w.ends(s) {
			continue
		}
		start := len(w.b) - len(s)
		if start >= w.r2 && (s != "ion" || start > 0 && (w.b[start-1] == 's' || w.b[start-1] == 't')) {
			w.b = w.b[:start]
		}
		return
	}
}

// finalE is step 5.
func (w *stemmer) finalE() {
	end := len(w.b) - 1
	switch {
	case w.ends("e"):
		if end >= w.r2 || end >= w.r1 && !w.shortSyllable(end) {
			w.b = w.b[:end]
		}
	case w.ends("ll"):
		if end >= w.r2 {
			w.b = w.b[:end]
		}
	}
}
