package pipeline

import (
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/filter"
)

// MatchNames returns f with what it compares doc.uri with replaced by the
// names that the ledger has and that normalize makes equal: with norm.NFC.String
// of golang.org/x/text a name that was typed composed finds the file that macOS
// named decomposed. A name that is there as it was typed means that file alone.
// items are those of [Items]; f is not modified. Where no name differs from
// its normal form, the result passes what f does.
func MatchNames(f filter.Filter, items map[string]*Item, normalize func(string) string) filter.Filter {
	if !slices.Contains(filter.FieldsOf(f), filter.DocURI) {
		return f
	}
	m := nameMatcher{exact: map[string]bool{}, normal: map[string][]string{}, normalize: normalize}
	for _, it := range items {
		for _, d := range it.Documents {
			n := normalize(d.URI)
			m.exact[d.URI] = true
			m.normal[n] = append(m.normal[n], d.URI)
		}
	}
	return m.rewrite(f)
}

// LikeName returns the URI of the document that name means: the one of that
// name, or else the first whose name normalize makes equal; "" if there is none.
func LikeName(name string, items map[string]*Item, normalize func(string) string) string {
	found := ""
	for _, it := range items {
		for _, d := range it.Documents {
			switch {
			case d.URI == name:
				return name
			case (found == "" || d.URI < found) && normalize(d.URI) == normalize(name):
				found = d.URI
			}
		}
	}
	return found
}

// A nameMatcher knows the names of all documents.
type nameMatcher struct {
	exact     map[string]bool
	normal    map[string][]string // by normal form
	normalize func(string) string
}

func (m *nameMatcher) rewrite(f filter.Filter) filter.Filter {
	switch f := f.(type) {
	case *filter.Compare:
		if name, ok := f.Value.(string); ok && f.Field == filter.DocURI && f.Op == filter.OpEq {
			return filter.In(filter.DocURI, m.names(name)...)
		}
	case *filter.Set:
		if f.Field == filter.DocURI {
			return &filter.Set{Field: f.Field, Values: m.values(f.Values)}
		}
	case *filter.Prefix:
		if f.Field == filter.DocURI {
			return m.prefix(f)
		}
	case *filter.Not:
		return &filter.Not{Filter: m.rewrite(f.Filter)}
	case *filter.All:
		return &filter.All{Filters: m.rewriteAll(f.Filters)}
	case *filter.Any:
		return &filter.Any{Filters: m.rewriteAll(f.Filters)}
	}
	return f
}

func (m *nameMatcher) rewriteAll(list []filter.Filter) []filter.Filter {
	out := make([]filter.Filter, len(list))
	for i, f := range list {
		out[i] = m.rewrite(f)
	}
	return out
}

// names returns the names that name means: itself, unless only others are
// there.
func (m *nameMatcher) names(name string) []string {
	if like := m.normal[m.normalize(name)]; !m.exact[name] && like != nil {
		return slices.Sorted(slices.Values(like))
	}
	return []string{name}
}

func (m *nameMatcher) values(values []any) []any {
	var out []any
	for _, v := range values {
		name, ok := v.(string)
		if !ok {
			out = append(out, v)
			continue
		}
		for _, n := range m.names(name) {
			out = append(out, n)
		}
	}
	return out
}

// prefix adds to f the names whose normal form begins with that of its prefix
// and which f does not pass.
func (m *nameMatcher) prefix(f *filter.Prefix) filter.Filter {
	want := m.normalize(f.Value)
	var more []string
	for n, names := range m.normal {
		for _, name := range names {
			if strings.HasPrefix(n, want) && !strings.HasPrefix(name, f.Value) {
				more = append(more, name)
			}
		}
	}
	if more == nil {
		return f
	}
	slices.Sort(more)
	return filter.Or(f, filter.In(filter.DocURI, more...))
}
