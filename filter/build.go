package filter

import (
	"reflect"
	"slices"
	"time"
)

// Eq passes chunks whose field equals value, or is a list that contains it.
// Integers become float64, so those beyond 2^53 lose precision as they do in
// metadata; times become UTC at whole microseconds.
func Eq[T Scalar](field string, value T) Filter {
	return &Compare{Op: OpEq, Field: field, Value: operand(value)}
}

// Ne is the complement of [Eq]: it also passes chunks that lack the field or
// hold another kind of value in it. Where that is not wanted, join it with
// [Has].
func Ne[T Scalar](field string, value T) Filter {
	return &Not{Filter: Eq(field, value)}
}

// In passes chunks whose field equals one of values, or is a list that
// contains one. Without values it passes nothing.
func In[T Scalar](field string, values ...T) Filter {
	var list []any
	for _, v := range values {
		list = append(list, operand(v))
	}
	return &Set{Field: field, Values: list}
}

// Lt passes chunks whose field is less than value, or earlier.
func Lt[T Ordered](field string, value T) Filter {
	return &Compare{Op: OpLt, Field: field, Value: operand(value)}
}

// Le passes chunks whose field is at most value.
func Le[T Ordered](field string, value T) Filter {
	return &Compare{Op: OpLe, Field: field, Value: operand(value)}
}

// Gt passes chunks whose field is greater than value, or later.
func Gt[T Ordered](field string, value T) Filter {
	return &Compare{Op: OpGt, Field: field, Value: operand(value)}
}

// Ge passes chunks whose field is at least value.
func Ge[T Ordered](field string, value T) Filter {
	return &Compare{Op: OpGe, Field: field, Value: operand(value)}
}

// HasPrefix passes chunks whose field is a string that begins with prefix,
// byte by byte.
func HasPrefix(field, prefix string) Filter { return &Prefix{Field: field, Value: prefix} }

// Has passes chunks that have the field, whatever its kind.
func Has(field string) Filter { return &Exists{Field: field} }

// And passes what all filters pass. Nil ones, which pass everything, drop out;
// a single one that is left is returned as it is.
func And(filters ...Filter) Filter {
	var list []Filter
	for _, f := range filters {
		if f != nil {
			list = append(list, f)
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return &All{Filters: list}
}

// Or passes what at least one of filters passes: nothing if there are none,
// everything if one of them is nil. A single one is returned as it is.
func Or(filters ...Filter) Filter {
	list := slices.Clone(filters)
	for i, f := range list {
		if f == nil {
			list[i] = &All{}
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return &Any{Filters: list}
}

// Negate passes what f does not. A nil f passes everything, so its complement
// passes nothing.
func Negate(f Filter) Filter {
	if f == nil {
		return &Any{}
	}
	return &Not{Filter: f}
}

// operand returns v as one of the four kinds that a Compare holds. T can also
// be a named type, which only reflection sees through.
func operand[T Scalar](v T) any {
	if t, ok := any(v).(time.Time); ok {
		return normalTime(t)
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return r.Bool()
	case reflect.Float64:
		return r.Float()
	default: // the constraint leaves ~int and ~int64
		return float64(r.Int())
	}
}

// normalTime returns t as metadata holds it.
func normalTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
