// Package filter describes which chunks a search may return: a tree of
// comparisons over metadata, the same for every store.
//
// Build one with [Eq], [In], [Lt], [And] and the other functions, or read one
// that a user typed with [Parse]. A store translates the tree with one type
// switch over the node types below; the tree is sealed, so the switch is
// complete, and a node that a store cannot honour is an error of the store,
// never ignored. [Match] is the meaning that all of them must agree with.
//
// # Meaning
//
// A comparison is false when the field is missing or holds another kind of
// value than the operand; nothing is converted. [Not] is the plain complement,
// so Not(Eq("lang", "ko")) also passes chunks without a lang. Order
// comparisons are for float64 and time.Time only. Eq on a list field means
// that the list contains the operand. The reserved fields doc.id, doc.uri and
// doc.mime name the document's own id, URI and media type.
package filter

import "time"

// Reserved fields, present on every chunk.
const (
	DocID   = "doc.id"
	DocURI  = "doc.uri"
	DocMIME = "doc.mime"
)

// A Filter is a node of the tree: one of [*Compare], [*Set], [*Prefix], [*Exists],
// [*All], [*Any] and [*Not]. A nil Filter passes everything. Filters are
// immutable once built and safe for concurrent use.
type Filter interface {
	// String returns the canonical form: Parse reads it back to an equal tree.
	String() string
	sealed()
}

// An Op is an operator of a [Compare].
type Op uint8

// The comparison operators.
const (
	OpEq Op = iota + 1
	OpLt
	OpLe
	OpGt
	OpGe
)

// A Compare relates a field to a value: string, bool, float64 or time.Time
// (UTC). Lt, Le, Gt and Ge are for float64 and time.Time only.
type Compare struct {
	Op    Op
	Field string
	Value any
}

// A Set passes a field that equals one of the values, which are all of one
// kind.
type Set struct {
	Field  string
	Values []any
}

// A Prefix passes a string field that begins with Value, byte by byte.
type Prefix struct {
	Field, Value string
}

// An Exists passes a chunk that has the field, whatever its kind.
type Exists struct {
	Field string
}

// An All passes what every one of its filters passes; empty, it passes
// everything.
type All struct{ Filters []Filter }

// An Any passes what at least one of its filters passes; empty, it passes
// nothing.
type Any struct{ Filters []Filter }

// A Not passes what its filter does not.
type Not struct{ Filter Filter }

func (*Compare) sealed() {}
func (*Set) sealed()     {}
func (*Prefix) sealed()  {}
func (*Exists) sealed()  {}
func (*All) sealed()     {}
func (*Any) sealed()     {}
func (*Not) sealed()     {}

// Scalar is what a field can be compared with.
type Scalar interface {
	~string | ~bool | ~int | ~int64 | ~float64 | time.Time
}

// Ordered is what a field can be ordered by.
type Ordered interface {
	~int | ~int64 | ~float64 | time.Time
}
