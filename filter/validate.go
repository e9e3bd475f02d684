package filter

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a filter. They are far above what people write and far below what
// would strain a store or the stack.
const (
	MaxDepth = 100     // nodes on the way from the root to a leaf
	MaxNodes = 16_384  // nodes and operands of a Set together
	MaxBytes = 1 << 20 // bytes of field names and string operands together
)

// ErrInvalid is the cause of every error of [Validate].
var ErrInvalid = errors.New("invalid filter")

// Validate reports why no store can honour f: a nil node, an unknown operator,
// an operand of a kind that the node does not take, numbers that are not
// finite, times that are not UTC at whole microseconds, text that is not
// UTF-8, an empty or unknown reserved field, or a tree beyond the limits. A
// nil f is valid. Trees made by the functions of this package are valid if
// their fields, operands and sizes are.
func Validate(f Filter) error {
	if f == nil {
		return nil
	}
	c := checker{}
	if err := c.node(f, 1); err != nil {
		return fmt.Errorf("filter: %w: %w", ErrInvalid, err)
	}
	return nil
}

type checker struct{ nodes, bytes int }

func (c *checker) node(f Filter, depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("nested more than %d deep", MaxDepth)
	}
	if err := c.count(1, 0); err != nil {
		return err
	}
	switch f := f.(type) {
	case *Compare:
		if f != nil {
			return c.compare(f)
		}
	case *Set:
		if f != nil {
			return c.set(f)
		}
	case *Prefix:
		if f != nil {
			return errors.Join(c.field(f.Field), c.text(f.Value))
		}
	case *Exists:
		if f != nil {
			return c.field(f.Field)
		}
	case *All:
		if f != nil {
			return c.list(f.Filters, depth)
		}
	case *Any:
		if f != nil {
			return c.list(f.Filters, depth)
		}
	case *Not:
		if f != nil {
			return c.node(f.Filter, depth+1)
		}
	}
	return errors.New("a node is nil; use And, Or and Negate, which replace nil")
}

func (c *checker) count(nodes, bytes int) error {
	c.nodes += nodes
	c.bytes += bytes
	if c.nodes > MaxNodes || c.bytes > MaxBytes {
		return fmt.Errorf("larger than %d nodes or %d bytes", MaxNodes, MaxBytes)
	}
	return nil
}

func (c *checker) list(filters []Filter, depth int) error {
	for _, f := range filters {
		if err := c.node(f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) compare(f *Compare) error {
	if f.Op < OpEq || f.Op > OpGe {
		return fmt.Errorf("field %q: unknown operator %d", f.Field, f.Op)
	}
	if err := c.field(f.Field); err != nil {
		return err
	}
	if f.Op != OpEq && !ordered(f.Value) {
		return fmt.Errorf("field %q: %s compares numbers and times, not %T", f.Field, f.Op.symbol(), f.Value)
	}
	return c.value(f.Field, f.Value)
}

func (c *checker) set(f *Set) error {
	if err := c.field(f.Field); err != nil {
		return err
	}
	for _, v := range f.Values {
		if err := errors.Join(c.value(f.Field, v), c.count(1, 0)); err != nil {
			return err
		}
		if !sameKind(v, f.Values[0]) {
			return fmt.Errorf("field %q: a set of both %T and %T", f.Field, f.Values[0], v)
		}
	}
	return nil
}

func (c *checker) field(name string) error {
	switch {
	case name == "":
		return errors.New("a field has no name")
	case strings.HasPrefix(name, "doc.") && !slices.Contains([]string{DocID, DocURI, DocMIME}, name):
		return fmt.Errorf("field %q is not one of %s, %s, %s; other names beginning with doc. are reserved", name, DocID, DocURI, DocMIME)
	}
	return c.text(name)
}

func (c *checker) text(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not valid UTF-8", s)
	}
	return c.count(0, len(s))
}

func (c *checker) value(field string, v any) error {
	switch v := v.(type) {
	case string:
		return c.text(v)
	case bool:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("field %q: number is not finite", field)
		}
		return nil
	case time.Time:
		if v != normalTime(v) || v.Year() < 0 || v.Year() > 9999 {
			return fmt.Errorf("field %q: time %v is not in UTC at whole microseconds of years 0 to 9999", field, v)
		}
		return nil
	}
	return fmt.Errorf("field %q: operand is %T; use string, bool, float64 or time.Time", field, v)
}

func ordered(v any) bool {
	switch v.(type) {
	case float64, time.Time:
		return true
	}
	return false
}

func sameKind(a, b any) bool { return kindOf(a) == kindOf(b) }

// kindOf numbers the kinds of operands; 0 is none of them.
func kindOf(v any) int {
	switch v.(type) {
	case string:
		return 1
	case bool:
		return 2
	case float64:
		return 3
	case time.Time:
		return 4
	}
	return 0
}
