package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// lower stands for a normal form: names that differ by case are alike.
var lower = strings.ToLower

func TestFiltersFindNamesInAnotherForm(t *testing.T) {
	uris := []string{"a/Note.md", "a/note.md", "A/Other.md", "b/x.md"}
	items := map[string]*pipeline.Item{}
	for _, uri := range uris {
		items[uri] = &pipeline.Item{URI: uri, Documents: []pipeline.ItemDocument{{URI: uri}}}
	}
	for _, tt := range []struct{ where, want string }{
		{`doc.uri = "a/other.md"`, "A/Other.md"},
		{`doc.uri = "a/note.md"`, "a/note.md"}, // the exact name wins
		{`doc.uri = "A/NOTE.md"`, "a/Note.md a/note.md"},
		{`doc.uri = "c.md"`, ""},
		{`doc.uri in ("B/X.md", "a/Note.md", "c.md")`, "a/Note.md b/x.md"},
		{`doc.uri startswith "a/"`, "a/Note.md a/note.md A/Other.md"},
		{`doc.uri startswith "A/O"`, "A/Other.md"},
		{`not doc.uri = "a/other.md"`, "a/Note.md a/note.md b/x.md"},
		{`doc.uri != "B/x.md"`, "a/Note.md a/note.md A/Other.md"},
		{`doc.uri = "B/x.md" or doc.uri = "a/Note.md" and doc.mime = "m"`, "a/Note.md b/x.md"},
		{`doc.mime = "M"`, ""}, // other fields compare as they are
		{`doc.mime = "m"`, strings.Join(uris, " ")},
	} {
		f, err := filter.Parse(tt.where)
		if err != nil {
			t.Fatal(err)
		}
		before := f.String()
		g := pipeline.MatchNames(f, items, lower)
		if err := filter.Validate(g); err != nil {
			t.Errorf("%s: %v", tt.where, err)
		}
		var got []string
		for _, uri := range uris {
			if filter.Match(g, func(field string) (any, bool) {
				v, ok := map[string]any{filter.DocURI: uri, filter.DocMIME: "m"}[field]
				return v, ok
			}) {
				got = append(got, uri)
			}
		}
		slices.Sort(got)
		want := strings.Fields(tt.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s passes %q, want %q", tt.where, got, want)
		}
		if f.String() != before {
			t.Errorf("%s was modified", tt.where)
		}
	}
	if pipeline.MatchNames(nil, items, lower) != nil {
		t.Error("no filter became one")
	}
	for name, want := range map[string]string{"a/note.md": "a/note.md", "A/note.md": "a/Note.md", "a/OTHER.md": "A/Other.md", "none": ""} {
		if got := pipeline.LikeName(name, items, lower); got != want {
			t.Errorf("%s means %q, want %q", name, got, want)
		}
	}
}
