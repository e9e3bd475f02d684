package loaders

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A glob is a compiled pattern of an ignore file, without its negation and
// slashes at either end. Matching takes time in proportion to the pattern's
// length times the name's, whatever the pattern.
type glob struct {
	tokens []token // nil if the pattern is literal
	exact  string  // of a literal pattern
	never  bool    // malformed; git lets such a pattern match nothing
}

type tokenKind uint8

const (
	tokenRune  tokenKind = iota
	tokenAny             // ?: one character that is no slash
	tokenClass           // [...]: one character of a class, no slash
	tokenStar            // *: any characters that are no slash
	tokenDirs            // **/: any number of whole directories, none included; stands at the start of a name
	tokenInDir           // the inside of a directory that tokenDirs began
	tokenRest            // /** at the end: everything below
)

type token struct {
	kind    tokenKind
	r       rune
	negated bool
	ranges  []runeRange
	classes []func(rune) bool
}

type runeRange struct{ lo, hi rune }

// compileGlob compiles pattern. Consecutive asterisks mean directories only
// where they stand alone between slashes; elsewhere they are one asterisk.
func compileGlob(pattern string) glob {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return glob{exact: pattern}
	}
	var g glob
	for i := 0; i < len(pattern); {
		n, ok := g.add(pattern, i)
		if !ok {
			return glob{never: true}
		}
		i += n
	}
	return g
}

// add compiles what begins at byte i of pattern and returns its length.
func (g *glob) add(pattern string, i int) (n int, ok bool) {
	switch pattern[i] {
	case '*':
		return g.addStars(pattern, i), true
	case '?':
		g.tokens = append(g.tokens, token{kind: tokenAny})
		return 1, true
	case '[':
		t, n, ok := parseClass(pattern[i:])
		g.tokens = append(g.tokens, t)
		return n, ok
	case '\\':
		if i+1 == len(pattern) {
			return 0, false
		}
		r, n := utf8.DecodeRuneInString(pattern[i+1:])
		g.tokens = append(g.tokens, token{kind: tokenRune, r: r})
		return 1 + n, true
	}
	r, n := utf8.DecodeRuneInString(pattern[i:])
	g.tokens = append(g.tokens, token{kind: tokenRune, r: r})
	return n, true
}

func (g *glob) addStars(pattern string, i int) (n int) {
	for i+n < len(pattern) && pattern[i+n] == '*' {
		n++
	}
	starts := i == 0 || pattern[i-1] == '/'
	switch {
	case n >= 2 && starts && i+n == len(pattern):
		g.tokens = append(g.tokens, token{kind: tokenRest})
	case n >= 2 && starts && strings.HasPrefix(pattern[i+n:], "/"):
		g.tokens = append(g.tokens, token{kind: tokenDirs}, token{kind: tokenInDir})
		n++
	default:
		g.tokens = append(g.tokens, token{kind: tokenStar})
	}
	return n
}

// posixClasses are the named classes inside brackets, of ASCII as in git.
var posixClasses = map[string]func(rune) bool{
	"alnum":  func(r rune) bool { return isASCII(r, unicode.IsLetter) || isASCII(r, unicode.IsDigit) },
	"alpha":  func(r rune) bool { return isASCII(r, unicode.IsLetter) },
	"blank":  func(r rune) bool { return r == ' ' || r == '\t' },
	"cntrl":  func(r rune) bool { return isASCII(r, unicode.IsControl) },
	"digit":  func(r rune) bool { return '0' <= r && r <= '9' },
	"graph":  func(r rune) bool { return 0x21 <= r && r <= 0x7e },
	"lower":  func(r rune) bool { return 'a' <= r && r <= 'z' },
	"print":  func(r rune) bool { return 0x20 <= r && r <= 0x7e },
	"punct":  func(r rune) bool { return 0x21 <= r && r <= 0x7e && !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	"space":  func(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' },
	"upper":  func(r rune) bool { return 'A' <= r && r <= 'Z' },
	"xdigit": func(r rune) bool { return r < 0x80 && strings.ContainsRune("0123456789abcdefABCDEF", r) },
}

func isASCII(r rune, f func(rune) bool) bool { return r < 0x80 && f(r) }

// parseClass parses the bracket expression at the start of s. A closing
// bracket right after the opening one is a member.
func parseClass(s string) (t token, n int, ok bool) {
	t.kind = tokenClass
	i := 1
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		t.negated = true
		i++
	}
	for first := true; i < len(s); first = false {
		if s[i] == ']' && !first {
			return t, i + 1, true
		}
		if strings.HasPrefix(s[i:], "[:") {
			name, _, found := strings.Cut(s[i+2:], ":]")
			if found {
				class := posixClasses[name]
				if class == nil {
					return t, 0, false
				}
				t.classes = append(t.classes, class)
				i += len(name) + 4
				continue
			}
		}
		lo, size, ok := classRune(s[i:])
		if !ok {
			return t, 0, false
		}
		i += size
		hi := lo
		if i+1 < len(s) && s[i] == '-' && s[i+1] != ']' {
			if hi, size, ok = classRune(s[i+1:]); !ok {
				return t, 0, false
			}
			i += 1 + size
		}
		t.ranges = append(t.ranges, runeRange{lo, hi})
	}
	return t, 0, false
}

// classRune returns the first member of s, which may be escaped.
func classRune(s string) (r rune, n int, ok bool) {
	esc := 0
	if s[0] == '\\' {
		esc = 1
	}
	if len(s) <= esc {
		return 0, 0, false
	}
	r, n = utf8.DecodeRuneInString(s[esc:])
	return r, n + esc, true
}

func (t *token) inClass(r rune) bool {
	in := false
	for _, x := range t.ranges {
		in = in || r == x.lo || x.lo <= r && r <= x.hi // git takes the first even of a range turned around
	}
	for _, f := range t.classes {
		in = in || f(r)
	}
	return in != t.negated && r != '/'
}

// match reports whether g covers the whole of name. It follows all positions
// in the pattern at once, so no pattern makes it go back.
func (g *glob) match(name string) bool {
	switch {
	case g.never:
		return false
	case g.tokens == nil:
		return name == g.exact
	}
	now, next := make([]bool, len(g.tokens)+1), make([]bool, len(g.tokens)+1)
	g.enter(now, 0)
	for _, r := range name {
		clear(next)
		for i, in := range now[:len(g.tokens)] {
			if in {
				g.step(next, i, r)
			}
		}
		now, next = next, now
	}
	return now[len(g.tokens)]
}

// enter marks position i and those that follow from it without a character.
func (g *glob) enter(set []bool, i int) {
	for ; !set[i]; i++ {
		set[i] = true
		if i == len(g.tokens) {
			return
		}
		switch g.tokens[i].kind {
		case tokenStar:
		case tokenDirs:
			i++ // the inside is entered by a character only
		default:
			return
		}
	}
}

// step marks where character r leads from position i.
func (g *glob) step(set []bool, i int, r rune) {
	t := &g.tokens[i]
	switch t.kind {
	case tokenRune:
		if r == t.r {
			g.enter(set, i+1)
		}
	case tokenAny:
		if r != '/' {
			g.enter(set, i+1)
		}
	case tokenClass:
		if t.inClass(r) {
			g.enter(set, i+1)
		}
	case tokenStar:
		if r != '/' {
			g.enter(set, i)
		}
	case tokenDirs:
		if r != '/' {
			set[i+1] = true
		}
	case tokenInDir:
		if r == '/' {
			g.enter(set, i-1)
		} else {
			set[i] = true
		}
	case tokenRest:
		set[i], set[len(g.tokens)] = true, true
	}
}
