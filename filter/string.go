package filter

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// String returns the comparison, such as year >= 2024.
func (f *Compare) String() string { return canonical(f) }

// String returns the set, such as tag in ("a", "b").
func (f *Set) String() string { return canonical(f) }

// String returns the test, such as path startswith "docs/".
func (f *Prefix) String() string { return canonical(f) }

// String returns the test, such as has author.
func (f *Exists) String() string { return canonical(f) }

// String returns the filters joined by "and"; all(…) if there are fewer than
// two.
func (f *All) String() string { return canonical(f) }

// String returns the filters joined by "or"; any(…) if there are fewer than
// two.
func (f *Any) String() string { return canonical(f) }

// String returns the complement, such as not has author or lang != "ko".
func (f *Not) String() string { return canonical(f) }

func canonical(f Filter) string {
	var w writer
	w.filter(f)
	return w.String()
}

// A writer writes the form that the grammar in parse.go reads.
type writer struct{ strings.Builder }

func (w *writer) filter(f Filter) {
	switch f := f.(type) {
	case *Compare:
		w.compare(f.Field, f.Op.symbol(), f.Value)
	case *Set:
		w.field(f.Field)
		w.WriteString(" in ")
		w.values(f.Values)
	case *Prefix:
		w.compare(f.Field, "startswith", f.Value)
	case *Exists:
		w.WriteString("has ")
		w.field(f.Field)
	case *All:
		w.list("all", " and ", f.Filters)
	case *Any:
		w.list("any", " or ", f.Filters)
	case *Not:
		w.not(f.Filter)
	default:
		w.WriteString("all()") // nil passes everything
	}
}

func (w *writer) compare(field, op string, value any) {
	w.field(field)
	w.WriteString(" " + op + " ")
	w.value(value)
}

// list writes filters with the word between them; where there are too few for
// that, as a call of name.
func (w *writer) list(name, word string, filters []Filter) {
	if len(filters) < 2 {
		w.WriteString(name + "(")
		for _, f := range filters {
			w.filter(f)
		}
		w.WriteString(")")
		return
	}
	for i, f := range filters {
		if i > 0 {
			w.WriteString(word)
		}
		w.nested(f)
	}
}

func (w *writer) not(f Filter) {
	if c, ok := f.(*Compare); ok && c.Op == OpEq {
		w.compare(c.Field, "!=", c.Value)
		return
	}
	w.WriteString("not ")
	w.nested(f)
}

// nested writes f in parentheses if it would otherwise melt into its
// surroundings.
func (w *writer) nested(f Filter) {
	if joined(f) {
		w.WriteString("(")
		defer w.WriteString(")")
	}
	w.filter(f)
}

func joined(f Filter) bool {
	switch f := f.(type) {
	case *All:
		return len(f.Filters) > 1
	case *Any:
		return len(f.Filters) > 1
	}
	return false
}

func (w *writer) field(name string) {
	if bare(name) {
		w.WriteString(name)
		return
	}
	w.WriteString(strconv.Quote(name))
}

func (w *writer) values(list []any) {
	w.WriteString("(")
	for i, v := range list {
		if i > 0 {
			w.WriteString(", ")
		}
		w.value(v)
	}
	w.WriteString(")")
}

func (w *writer) value(v any) {
	switch v := v.(type) {
	case string:
		w.WriteString(strconv.Quote(v))
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case float64:
		w.WriteString(formatNumber(v))
	case time.Time:
		w.WriteString(formatTime(v))
	default:
		w.WriteString("?") // not valid; Validate says why
	}
}

// formatNumber writes numbers that people write in full in full.
func formatNumber(v float64) string {
	if a := math.Abs(v); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'e', -1, 64)
}

func formatTime(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// bare reports whether name can stand in the canonical form without quotes.
func bare(name string) bool {
	if keywords[strings.ToLower(name)] {
		return false
	}
	for i, r := range name {
		if !wordStart(r) && (i == 0 || !wordPart(r)) {
			return false
		}
	}
	return name != ""
}

func wordStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func wordPart(r rune) bool {
	return wordStart(r) || r == '.' || r == '-' || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

// keywords mean something in the grammar; a field of that name needs quotes.
var keywords = map[string]bool{
	"and": true, "or": true, "not": true, "in": true, "has": true, "all": true, "any": true,
	"startswith": true, "true": true, "false": true,
}

func (o Op) symbol() string {
	switch o {
	case OpEq:
		return "="
	case OpLt:
		return "<"
	case OpLe:
		return "<="
	case OpGt:
		return ">"
	case OpGe:
		return ">="
	}
	return "?"
}
