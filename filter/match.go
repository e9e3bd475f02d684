package filter

import (
	"slices"
	"strings"
	"time"
)

// Fields looks up the value of a field: a string, bool, float64, time.Time or
// []string, and whether the chunk has the field at all.
type Fields func(field string) (value any, ok bool)

// Match reports whether f passes the chunk whose fields get returns. f must be
// valid (see [Validate]).
func Match(f Filter, get Fields) bool {
	switch f := f.(type) {
	case nil:
		return true
	case *Compare:
		v, ok := get(f.Field)
		return ok && compare(f.Op, v, f.Value)
	case *Set:
		v, ok := get(f.Field)
		return ok && slices.ContainsFunc(f.Values, func(want any) bool { return equal(v, want) })
	case *Prefix:
		v, _ := get(f.Field)
		s, ok := v.(string)
		return ok && strings.HasPrefix(s, f.Value)
	case *Exists:
		_, ok := get(f.Field)
		return ok
	case *Not:
		return !Match(f.Filter, get)
	case *All:
		return !slices.ContainsFunc(f.Filters, func(g Filter) bool { return !Match(g, get) })
	case *Any:
		return slices.ContainsFunc(f.Filters, func(g Filter) bool { return Match(g, get) })
	}
	return false
}

func compare(op Op, have, want any) bool {
	if op == OpEq {
		return equal(have, want)
	}
	sign, ok := order(have, want)
	if !ok {
		return false
	}
	switch op {
	case OpLt:
		return sign < 0
	case OpLe:
		return sign <= 0
	case OpGt:
		return sign > 0
	case OpGe:
		return sign >= 0
	}
	return false
}

// equal reports whether have is of want's kind and equal to it, or is a list
// that contains it.
func equal(have, want any) bool {
	switch want := want.(type) {
	case string:
		if list, ok := have.([]string); ok {
			return slices.Contains(list, want)
		}
		s, ok := have.(string)
		return ok && s == want
	case bool:
		b, ok := have.(bool)
		return ok && b == want
	case float64, time.Time:
		sign, ok := order(have, want)
		return ok && sign == 0
	}
	return false
}

// order returns the sign of have - want, and whether the two can be ordered:
// both are numbers or both are times.
func order(have, want any) (sign int, ok bool) {
	switch want := want.(type) {
	case float64:
		h, ok := have.(float64)
		switch {
		case !ok || h != h || want != want: // NaN has no place in an order
			return 0, false
		case h < want:
			return -1, true
		case h > want:
			return 1, true
		}
		return 0, true
	case time.Time:
		h, ok := have.(time.Time)
		return h.Compare(want), ok
	}
	return 0, false
}
