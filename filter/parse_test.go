package filter

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func date(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Filter{
		`lang = "ko"`:                      Eq("lang", "ko"),
		`lang == 'ko'`:                     Eq("lang", "ko"),
		`lang="ko"and year>=2024`:          And(Eq("lang", "ko"), Ge("year", 2024)),
		`lang = "ko" AND NOT HAS author`:   And(Eq("lang", "ko"), Negate(Has("author"))),
		`not (tag in ("a","b"))`:           Negate(In("tag", "a", "b")),
		`tag not in ("a")`:                 Negate(In("tag", "a")),
		`tag in ()`:                        In[string]("tag"),
		`n in (1, -2.5, 1e3)`:              In("n", 1, -2.5, 1000),
		`path ^= "docs/"`:                  HasPrefix("path", "docs/"),
		`doc.uri startswith "docs/"`:       HasPrefix(DocURI, "docs/"),
		`date >= 2024-05-01`:               Ge("date", date("2024-05-01T00:00:00Z")),
		`date<2024-05-01T09:30:00.5+09:00`: Lt("date", date("2024-05-01T00:30:00.5Z")),
		`draft != true`:                    Ne("draft", true),
		`a = 1 or b = 2 and c = 3`:         Or(Eq("a", 1), And(Eq("b", 2), Eq("c", 3))),
		`(a = 1 or b = 2) and c = 3`:       And(Or(Eq("a", 1), Eq("b", 2)), Eq("c", 3)),
		`not a = 1 and b = 2`:              And(Ne("a", 1), Eq("b", 2)),
		`not not has a`:                    Negate(Negate(Has("a"))),
		`((has a))`:                        Has("a"),
		`all()`:                            &All{},
		`any ()`:                           &Any{},
		`all(any(has a))`:                  &All{Filters: []Filter{&Any{Filters: []Filter{Has("a")}}}},
		`"in" = 1 and has "my field"`:      And(Eq("in", 1), Has("my field")),
		`언어 = "한국어"`:                       Eq("언어", "한국어"),
		`doc-type = "a"`:                   Eq("doc-type", "a"),
		`s = "tab\tquote\"\\ \u00e9 é '"`:  Eq("s", "tab\tquote\"\\ é é '"),
		`s = 'it\'s "x"'`:                  Eq("s", `it's "x"`),
		"s = \"two\nlines\"":               Eq("s", "two\nlines"),
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q): (-want +got)\n%s", text, diff)
		}
	}
}

func TestParseErrorsNameColumnAndExpectation(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{``, 1, "a comparison"},
		{`   `, 4, "a comparison"},
		{`lang`, 5, "an operator"},
		{`lang ~ "ko"`, 6, "a field, a value or an operator"},
		{`lang = ko`, 8, `"text" in quotes`},
		{`lang = `, 8, `"text" in quotes`},
		{`lang = "ko`, 8, "a closing"},
		{`lang = "k\q"`, 10, "an escape"},
		{`lang = "\xff"`, 8, "valid UTF-8"},
		{`언어 = ko`, 6, `"text" in quotes`},
		{`a = 1 b = 2`, 7, `"and", "or" or the end`},
		{`a = 1 and`, 10, "a comparison"},
		{`(a = 1`, 7, `")"`},
		{`a = 1)`, 6, "the end"},
		{`year > "2024"`, 8, "a number, date or time"},
		{`year > true`, 8, "a number, date or time"},
		{`year = 2024-13`, 8, "a number, a date"},
		{`year = 1e999`, 8, "a number, a date"},
		{`date = 2024-02-30`, 8, "a number, a date"},
		{`date = 2024-05-01T10:00:00`, 8, "a number, a date"},
		{`tag in "a"`, 8, `"("`},
		{`tag in ("a" "b")`, 13, `")"`},
		{`tag in ("a", )`, 14, "a value"},
		{`tag in ("a", 1)`, 14, "the same kind"},
		{`tag not "a"`, 9, `"in"`},
		{`path startswith 3`, 17, "a string in quotes"},
		{`has "a" = 1`, 9, "the end"},
		{`has and`, 5, "a field"},
		{`doc.author = "x"`, 1, "a known field"},
		{`"" = 1`, 1, "a known field"},
		{`and = 1`, 1, "a comparison"},
		{`all(has a`, 10, `")"`},
		{`a = 1; b`, 6, "an operator"},
		{"a = 1 \xff", 7, "an operator"},
	} {
		_, err := Parse(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%q): error is %v, want a SyntaxError", c.text, err)
		} else if syntax.Column != c.column || !strings.Contains(syntax.Want, c.want) {
			t.Errorf("Parse(%q): %v; want column %d and %q", c.text, err, c.column, c.want)
		}
	}
}

func TestParseRefusesWhatIsTooLarge(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": strings.Repeat("(", 1e6),
		"nots":        strings.Repeat("not ", 1e6) + "has a",
		"calls":       strings.Repeat("all(", 1e6),
		"operands":    strings.Repeat("has a and ", 1e6) + "has a",
		"values":      "a in (" + strings.Repeat("1,", 1e6) + "1)",
		"text":        "a = \"" + strings.Repeat("x", maxInput) + "\"",
		"string":      "a = \"" + strings.Repeat("x", 2*MaxBytes) + "\"",
	} {
		start := time.Now()
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: Parse accepted %d bytes", name, len(text))
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

func TestStringIsReadBackToAnEqualTree(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		f := randomFilter(rng, 4)
		if err := Validate(f); err != nil {
			t.Fatalf("generated filter is not valid: %v", err)
		}
		text := f.String()
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		if diff := cmp.Diff(f, got); diff != "" {
			t.Fatalf("%s is read back as another tree (-want +got)\n%s", text, diff)
		}
	}
}

func TestLargestTreesAreReadBack(t *testing.T) {
	names := make([]Filter, MaxNodes-1)
	for i := range names {
		names[i] = Eq(strings.Repeat("\x01", MaxBytes/MaxNodes), date("2024-05-01T09:30:00.123456Z"))
	}
	for name, f := range map[string]Filter{
		"wide": &All{Filters: names},
		"deep": nested(MaxDepth),
		"long": Eq("a", strings.Repeat("\x01", MaxBytes-1)),
	} {
		got, err := Parse(f.String())
		if err != nil || !cmp.Equal(f, got) {
			t.Errorf("%s: not read back: %v", name, err)
		}
	}
}

var (
	testFields  = []string{"lang", "year", "doc.uri", "in", "True", "my field", `q"u'o\te`, "언어", "a.b-c", "\x00", "é", "-x", "1"}
	testStrings = []string{"", "ko", `"`, `'`, `\`, "a\nb", "\x00\x7f", "한국어", "\u2028", "\U0001f600", "2024-05-01", "and", "\ufffd"}
	testNumbers = []float64{0, math.Copysign(0, -1), 1, -2.5, 1e6, 1e21, 1e-7, 123456789.125, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53}
	testTimes   = []string{"2024-05-01T00:00:00Z", "2024-05-01T23:59:59.999999Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0000-07-01T00:00:00.000001Z"}
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func randomOperand(rng *rand.Rand, kind int) any {
	switch kind {
	case 1:
		return pick(rng, testStrings)
	case 2:
		return rng.IntN(2) == 0
	case 3:
		return pick(rng, testNumbers)
	}
	return date(pick(rng, testTimes))
}

func randomFilter(rng *rand.Rand, depth int) Filter {
	field := pick(rng, testFields)
	n := 7
	if depth == 0 {
		n = 4
	}
	switch rng.IntN(n) {
	case 0:
		op := Op(1 + rng.IntN(5))
		kind := 1 + rng.IntN(4)
		if op != OpEq {
			kind = 3 + rng.IntN(2)
		}
		return &Compare{Op: op, Field: field, Value: randomOperand(rng, kind)}
	case 1:
		f := &Set{Field: field}
		kind := 1 + rng.IntN(4)
		for range rng.IntN(4) {
			f.Values = append(f.Values, randomOperand(rng, kind))
		}
		return f
	case 2:
		return &Prefix{Field: field, Value: pick(rng, testStrings)}
	case 3:
		return &Exists{Field: field}
	case 4:
		return &Not{Filter: randomFilter(rng, depth-1)}
	case 5:
		return &All{Filters: randomFilters(rng, depth-1)}
	}
	return &Any{Filters: randomFilters(rng, depth-1)}
}

func randomFilters(rng *rand.Rand, depth int) (list []Filter) {
	for range rng.IntN(4) {
		list = append(list, randomFilter(rng, depth))
	}
	return list
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`lang = "ko" and year >= 2024`, `not (tag in ("a","b"))`, `path ^= 'docs/' or has author`,
		`date >= 2024-05-01T10:00:00+09:00`, `all(any())`, `"in" != -1e-7`, `a not in (true)`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(tree.String())
		if err != nil {
			t.Fatalf("%q became %s, which is not read: %v", text, tree, err)
		}
		if diff := cmp.Diff(tree, again); diff != "" {
			t.Fatalf("%q became %s, which is another tree: %s", text, tree, diff)
		}
		Match(tree, sample)
	})
}

func TestFieldsOf(t *testing.T) {
	f := And(Eq("b", 1), Negate(Or(Has("a"), In("c", "x"), HasPrefix("b", ""))))
	if got, want := fmt.Sprint(FieldsOf(f)), "[a b c]"; got != want {
		t.Errorf("FieldsOf = %s, want %s", got, want)
	}
	if got := FieldsOf(nil); len(got) != 0 {
		t.Errorf("FieldsOf(nil) = %v", got)
	}
}

func TestWalkLeavesOutChildrenOnFalse(t *testing.T) {
	var seen []string
	Walk(And(Has("a"), Negate(Has("b"))), func(f Filter) bool {
		_, not := f.(*Not)
		seen = append(seen, fmt.Sprintf("%T", f))
		return !not
	})
	if got, want := fmt.Sprint(seen), "[*filter.All *filter.Exists *filter.Not]"; got != want {
		t.Errorf("visited %s, want %s", got, want)
	}
}
