package filter

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func nested(depth int) Filter {
	f := Has("a")
	for range depth - 1 {
		f = Negate(f)
	}
	return f
}

func many(n int) Filter {
	values := make([]string, n)
	return In("a", values...)
}

func TestValidateAcceptsWhatCanBeHonoured(t *testing.T) {
	for name, f := range map[string]Filter{
		"nil":            nil,
		"empty And":      And(),
		"empty Or":       Or(),
		"empty In":       In[bool]("a"),
		"every node":     And(Eq("a", 1), In("b", "x", "y"), HasPrefix("c", ""), Negate(Or(Has("d"), Lt("e", noon)))),
		"reserved":       And(Eq(DocID, ""), Eq(DocURI, ""), Eq(DocMIME, "")),
		"docs is free":   Eq("docs", 1),
		"local time":     Eq("a", time.Now()),
		"at MaxDepth":    nested(MaxDepth),
		"at MaxNodes":    many(MaxNodes - 1),
		"at MaxBytes":    Eq("a", strings.Repeat("x", MaxBytes-1)),
		"quotes and NUL": Eq("a\"b'\x00", "'; DROP TABLE x; --"),
	} {
		if err := Validate(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValidateRefusesWhatCannotBeHonoured(t *testing.T) {
	var compare *Compare
	for name, c := range map[string]struct {
		f    Filter
		says string
	}{
		"NaN":                 {Eq("a", math.NaN()), "not finite"},
		"infinity":            {Lt("a", math.Inf(1)), "not finite"},
		"NaN in a set":        {In("a", 1, math.NaN()), "not finite"},
		"no field":            {Has(""), "no name"},
		"unknown reserved":    {Eq("doc.title", "x"), "doc.title"},
		"field not UTF-8":     {Has("\xff"), "UTF-8"},
		"value not UTF-8":     {Eq("a", "\xff"), "UTF-8"},
		"prefix not UTF-8":    {HasPrefix("a", "\xff"), "UTF-8"},
		"prefix without name": {HasPrefix("", "a"), "no name"},
		"set without name":    {In("", "a"), "no name"},
		"late year":           {Eq("a", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "9999"},
		"local time":          {&Compare{Op: OpEq, Field: "a", Value: noon.In(time.FixedZone("", 60))}, "UTC"},
		"nanoseconds":         {&Compare{Op: OpEq, Field: "a", Value: noon.Add(1)}, "microseconds"},
		"int operand":         {&Compare{Op: OpEq, Field: "a", Value: 1}, "int"},
		"list operand":        {&Compare{Op: OpEq, Field: "a", Value: []string{"x"}}, "[]string"},
		"nil operand":         {&Compare{Op: OpEq, Field: "a"}, "nil"},
		"no operator":         {&Compare{Field: "a", Value: 1.0}, "operator"},
		"order of strings":    {&Compare{Op: OpLt, Field: "a", Value: "x"}, "string"},
		"mixed set":           {&Set{Field: "a", Values: []any{"x", 1.0}}, "both"},
		"nil child":           {&Not{}, "nil"},
		"nil in a list":       {&Any{Filters: []Filter{nil}}, "nil"},
		"typed nil":           {&All{Filters: []Filter{compare}}, "nil"},
		"too deep":            {nested(MaxDepth + 1), "deep"},
		"too many":            {many(MaxNodes), "larger"},
		"too long":            {Eq("a", strings.Repeat("x", MaxBytes)), "larger"},
	} {
		err := Validate(c.f)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error is %v, want ErrInvalid with %q", name, err, c.says)
		}
	}
}
