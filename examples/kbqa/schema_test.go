package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A schema lists the fields that an object always has, by path, with the kinds
// of value they may hold: "hits[].page int|null". "*" stands for any field of
// a map.
type schema map[string][]string

func parseSchema(text string) (schema, error) {
	s := schema{}
	for n, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if len(f) != 2 || s[f[0]] != nil {
			return nil, fmt.Errorf("line %d: want a path, once, and its kinds: %q", n+1, line)
		}
		s[f[0]] = strings.Split(f[1], "|")
	}
	return s, nil
}

// fields returns the names of the fields of the object at path.
func (s schema) fields(path string) []string {
	var names []string
	for p := range s {
		rest, ok := strings.CutPrefix(p, path)
		if path != "" && ok {
			rest, ok = strings.CutPrefix(rest, ".")
		}
		if ok && rest != "" && !strings.ContainsAny(rest, ".[") {
			names = append(names, rest)
		}
	}
	return names
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "int"
	case []any:
		return "list"
	}
	return "object"
}

// check compares v, which stands at path, with the schema.
func (s schema) check(path string, v any) error {
	kind := kindOf(v)
	if kinds, ok := s[path]; path != "" && (!ok || !slices.Contains(kinds, kind) && !(kind == "int" && slices.Contains(kinds, "number"))) {
		return fmt.Errorf("%s is %s, want one of %v", path, kind, kinds)
	}
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			if err := s.check(path+"[]", x); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
		}
	case map[string]any:
		return s.checkFields(path, v)
	}
	return nil
}

func (s schema) checkFields(path string, v map[string]any) error {
	dot := ""
	if path != "" {
		dot = "."
	}
	want, got := s.fields(path), slices.Sorted(maps.Keys(v))
	if slices.Equal(want, []string{"*"}) {
		for _, name := range got {
			if err := s.check(path+dot+"*", v[name]); err != nil {
				return err
			}
		}
		return nil
	}
	if slices.Sort(want); !slices.Equal(want, got) {
		return fmt.Errorf("fields of %q are %v, want %v", path, got, want)
	}
	for _, name := range got {
		if err := s.check(path+dot+name, v[name]); err != nil {
			return err
		}
	}
	return nil
}

func TestSchemaRefusesWhatDiffers(t *testing.T) {
	s, err := parseSchema("a int\nb[] string\nb list\nc object\nc.d null|string\ne object\ne.* int\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, json string
		ok         bool
	}{
		{"all there", `{"a":1,"b":["x"],"c":{"d":null},"e":{"k":1}}`, true},
		{"empty lists and maps", `{"a":1,"b":[],"c":{"d":"s"},"e":{}}`, true},
		{"a field is missing", `{"a":1,"b":[],"c":{},"e":{}}`, false},
		{"a field is new", `{"a":1,"b":[],"c":{"d":null},"e":{},"f":1}`, false},
		{"null for a list", `{"a":1,"b":null,"c":{"d":null},"e":{}}`, false},
		{"another kind", `{"a":1.5,"b":[],"c":{"d":null},"e":{}}`, false},
		{"another kind in a list", `{"a":1,"b":[1],"c":{"d":null},"e":{}}`, false},
		{"another kind in a map", `{"a":1,"b":[],"c":{"d":null},"e":{"k":"v"}}`, false},
	} {
		var v any
		d := json.NewDecoder(strings.NewReader(tt.json))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if err := s.check("", v); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.name, err, tt.ok)
		}
	}
}
