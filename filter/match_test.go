package filter

import (
	"math"
	"testing"
	"time"
)

type tag string

var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// sample is a chunk with a field of every kind.
func sample(field string) (any, bool) {
	v, ok := map[string]any{
		"lang": "ko", "empty": "", "year": 2024.0, "zero": 0.0, "draft": false,
		"date": noon, "tags": []string{"a", "b"}, "none": []string{}, DocURI: "docs/intro.md",
	}[field]
	return v, ok
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Filter
		want bool
	}{
		{"nil passes everything", nil, true},
		{"string equals", Eq("lang", "ko"), true},
		{"string differs by case", Eq("lang", "KO"), false},
		{"empty string is a value", Eq("empty", ""), true},
		{"empty string is not a missing field", Eq("missing", ""), false},
		{"named string type", Eq("lang", tag("ko")), true},
		{"int equals float", Eq("year", 2024), true},
		{"int64 equals float", Eq("year", int64(2024)), true},
		{"number is not its text", Eq("year", "2024"), false},
		{"text is not its number", Eq("lang", 0), false},
		{"zero is not false", Eq("zero", false), false},
		{"negative zero equals zero", Eq("zero", math.Copysign(0, -1)), true},
		{"bool equals", Eq("draft", false), true},
		{"bool differs", Eq("draft", true), false},
		{"time equals in another zone", Eq("date", noon.In(time.FixedZone("KST", 9*3600))), true},
		{"time equals below a microsecond", Eq("date", noon.Add(999)), true},
		{"time differs", Eq("date", noon.Add(time.Microsecond)), false},
		{"list contains", Eq("tags", "b"), true},
		{"list does not contain", Eq("tags", "c"), false},
		{"list is no prefix match", HasPrefix("tags", "a"), false},
		{"empty list contains nothing", Eq("none", ""), false},
		{"list is not ordered", Lt("tags", 5), false},
		{"reserved field", Eq(DocURI, "docs/intro.md"), true},

		{"Ne passes another value", Ne("lang", "en"), true},
		{"Ne drops the value", Ne("lang", "ko"), false},
		{"Ne passes a missing field", Ne("missing", "ko"), true},
		{"Ne passes another kind", Ne("year", "2024"), true},
		{"Ne of a list that contains", Ne("tags", "a"), false},

		{"Lt below", Lt("year", 2025), true},
		{"Lt at", Lt("year", 2024), false},
		{"Le at", Le("year", 2024), true},
		{"Le above", Le("year", 2023.5), false},
		{"Gt below", Gt("year", 2023), true},
		{"Gt at", Gt("year", 2024), false},
		{"Ge at", Ge("year", 2024), true},
		{"Ge above", Ge("year", 2024.5), false},
		{"order of times", Lt("date", noon.Add(time.Hour)), true},
		{"order at the same time", Ge("date", noon), true},
		{"order of a number against a time", Lt("year", noon), false},
		{"order of a time against a number", Gt("date", 0), false},
		{"order of a missing field", Lt("missing", 1), false},
		{"Not of an order of a missing field", Negate(Lt("missing", 1)), true},
		{"order of a string is false", &Compare{Op: OpLt, Field: "lang", Value: 1.0}, false},
		{"unknown operator is false", &Compare{Op: 99, Field: "year", Value: 1.0}, false},

		{"In hits", In("lang", "en", "ko"), true},
		{"In misses", In("lang", "en"), false},
		{"In of nothing", In[string]("lang"), false},
		{"In of a list field", In("tags", "x", "b"), true},
		{"In of numbers", In("year", 2023, 2024), true},
		{"In of another kind", In("year", "2024"), false},

		{"prefix", HasPrefix(DocURI, "docs/"), true},
		{"prefix longer than the value", HasPrefix("lang", "kor"), false},
		{"empty prefix needs a string", HasPrefix("year", ""), false},
		{"empty prefix of a missing field", HasPrefix("missing", ""), false},
		{"empty prefix of a string", HasPrefix("empty", ""), true},

		{"Has", Has("none"), true},
		{"Has not", Has("missing"), false},

		{"And", And(Eq("lang", "ko"), Ge("year", 2024)), true},
		{"And fails", And(Eq("lang", "ko"), Gt("year", 2024)), false},
		{"And of nothing", And(), true},
		{"And of nil", And(nil, Eq("lang", "en")), false},
		{"Or", Or(Eq("lang", "en"), Ge("year", 2024)), true},
		{"Or fails", Or(Eq("lang", "en"), Gt("year", 2024)), false},
		{"Or of nothing", Or(), false},
		{"Or with nil", Or(nil, Eq("lang", "en")), true},
		{"Negate nil", Negate(nil), false},
		{"Negate", Negate(Has("missing")), true},
		{"nil inside a literal passes", &All{Filters: []Filter{nil}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Match(c.f, sample); got != c.want {
				t.Errorf("Match(%v) = %v, want %v", c.f, got, c.want)
			}
		})
	}
}

func TestBuildersKeepTheirArguments(t *testing.T) {
	list := []Filter{nil, Eq("a", 1)}
	f := Or(list...)
	if list[0] != nil {
		t.Error("Or changed its argument")
	}
	list[1] = Eq("a", 2)
	if got, want := f.String(), "all() or a = 1"; got != want {
		t.Errorf("filter is %q after its argument changed, want %q", got, want)
	}
}

func TestSingleFilterIsReturnedAsItIs(t *testing.T) {
	f := Has("a")
	if And(nil, f) != f || Or(f) != f {
		t.Error("And or Or wrapped a single filter")
	}
}
