package filter

import (
	"maps"
	"slices"
)

// Walk calls visit for every node of f, parents before children and siblings
// in order. Where visit returns false, the children are left out. A nil f has
// no nodes.
func Walk(f Filter, visit func(Filter) bool) {
	if f == nil || !visit(f) {
		return
	}
	switch f := f.(type) {
	case *Not:
		Walk(f.Filter, visit)
	case *All:
		for _, g := range f.Filters {
			Walk(g, visit)
		}
	case *Any:
		for _, g := range f.Filters {
			Walk(g, visit)
		}
	}
}

// FieldsOf returns the names of the fields that f looks at, sorted, each once.
func FieldsOf(f Filter) []string {
	names := map[string]bool{}
	Walk(f, func(f Filter) bool {
		switch f := f.(type) {
		case *Compare:
			names[f.Field] = true
		case *Set:
			names[f.Field] = true
		case *Prefix:
			names[f.Field] = true
		case *Exists:
			names[f.Field] = true
		}
		return true
	})
	return slices.Sorted(maps.Keys(names))
}
