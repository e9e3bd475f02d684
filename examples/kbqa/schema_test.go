package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A validator checks values against one of our JSON Schemas. It knows the part
// of the language that they use and refuses the rest. It is stricter than a
// reader may be: a field that the schema does not name is an error, so that
// nothing is printed that is not told.
type validator struct{ root map[string]any }

// newValidator reads a schema by its name, such as kbqa.ask/1.
func newValidator(name string) (*validator, error) {
	text, err := readSchema(name)
	if err != nil {
		return nil, err
	}
	return parseValidator(text)
}

func parseValidator(text string) (*validator, error) {
	var v validator
	return &v, json.Unmarshal([]byte(text), &v.root)
}

// resolve follows a reference into $defs.
func (v *validator) resolve(s map[string]any) (map[string]any, error) {
	ref, ok := s["$ref"].(string)
	if !ok {
		return s, nil
	}
	defs, _ := v.root["$defs"].(map[string]any)
	target, ok := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("no definition %s", ref)
	}
	return target, nil
}

// check compares x, decoded with UseNumber, with the schema s.
func (v *validator) check(s map[string]any, x any) error {
	s, err := v.resolve(s)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if err := v.keyword(s, key, s[key], x); err != nil {
			return err
		}
	}
	return nil
}

func (v *validator) keyword(s map[string]any, key string, arg, x any) error {
	switch key {
	case "$schema", "title", "description", "$defs", "format", "$ref", "required", "additionalProperties":
		return nil // the last two belong to properties
	case "type":
		return checkType(arg, x)
	case "const":
		return checkEnum([]any{arg}, x)
	case "enum":
		return checkEnum(arg.([]any), x)
	case "minimum", "maximum":
		return checkBound(key, arg.(float64), x)
	case "anyOf":
		return v.anyOf(arg.([]any), x)
	case "items":
		for i, e := range elements(x) {
			if err := v.check(arg.(map[string]any), e); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	case "properties":
		return v.object(s, x)
	}
	return fmt.Errorf("the schema uses %s, which this test does not know", key)
}

func elements(x any) []any {
	list, _ := x.([]any)
	return list
}

func checkType(want, x any) error {
	kinds, ok := want.([]any)
	if !ok {
		kinds = []any{want}
	}
	got := kindOf(x)
	if slices.Contains(kinds, any(got)) || got == "integer" && slices.Contains(kinds, any("number")) {
		return nil
	}
	return fmt.Errorf("%v is %s, want %v", x, got, want)
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}

func checkEnum(want []any, x any) error {
	if slices.Contains(want, x) {
		return nil
	}
	return fmt.Errorf("%v is none of %v", x, want)
}

func checkBound(key string, bound float64, x any) error {
	n, ok := x.(json.Number)
	if !ok {
		return nil
	}
	f, err := n.Float64()
	if err != nil || key == "minimum" && f < bound || key == "maximum" && f > bound {
		return fmt.Errorf("%v is beyond the %s %v", x, key, bound)
	}
	return nil
}

func (v *validator) anyOf(options []any, x any) error {
	var last error
	for _, o := range options {
		if last = v.check(o.(map[string]any), x); last == nil {
			return nil
		}
	}
	return last
}

func (v *validator) object(s map[string]any, x any) error {
	obj, ok := x.(map[string]any)
	if !ok {
		return nil
	}
	props := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(obj)) {
		p, ok := props[name].(map[string]any)
		if !ok {
			return fmt.Errorf("the schema names no field %s", name)
		}
		if err := v.check(p, obj[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := obj[name.(string)]; !ok {
			return fmt.Errorf("field %s is missing", name)
		}
	}
	return nil
}

// fields lists what the schema s promises, one field a line: its path, what it
// may hold, and "optional" where it may be missing.
func (v *validator) fields(path string, s map[string]any) []string {
	s, err := v.resolve(s)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, o := range asList(s["anyOf"]) {
		out = append(out, v.fields(path, o.(map[string]any))...)
	}
	for _, k := range asList(s["type"]) {
		out = append(out, path+" "+k.(string))
	}
	for _, k := range append(asList(s["enum"]), asList(s["const"])...) {
		out = append(out, fmt.Sprintf("%s %q", path, k))
	}
	if items, ok := s["items"].(map[string]any); ok {
		out = append(out, v.fields(path+"[]", items)...)
	}
	if rest, ok := s["additionalProperties"].(map[string]any); ok {
		out = append(out, v.fields(path+".*", rest)...)
	}
	props, _ := s["properties"].(map[string]any)
	for name, p := range props {
		if !slices.Contains(asList(s["required"]), any(name)) {
			out = append(out, path+"."+name+" optional")
		}
		out = append(out, v.fields(path+"."+name, p.(map[string]any))...)
	}
	return out
}

// asList returns the list x, a list of x, or none for nil.
func asList(x any) []any {
	switch x := x.(type) {
	case nil:
		return nil
	case []any:
		return x
	}
	return []any{x}
}

// TestSchemasOnlyGrow compares the schemas with the list of fields that is
// committed beside them. What is gone from the list breaks those who read it:
// that takes a new number. What is new is added to the list with -update.
func TestSchemasOnlyGrow(t *testing.T) {
	file := filepath.Join("testdata", "fields.list")
	var have []string
	for _, name := range schemaNames() {
		v, err := newValidator(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v.root["title"] != name || v.root["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: title %v, $schema %v", name, v.root["title"], v.root["$schema"])
		}
		have = append(have, v.fields(name, v.root)...)
	}
	slices.Sort(have)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.FieldsFunc(string(raw), func(r rune) bool { return r == '\n' })
	for _, line := range want {
		if !slices.Contains(have, line) {
			t.Errorf("%s: promised in %s; a schema that takes it back needs a new number", line, file)
		}
	}
	if t.Failed() {
		return
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(have, "\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("new fields; add them with go test ./examples/kbqa -run SchemasOnlyGrow -update\n%s", diff)
	}
}

func TestValidatorRefusesWhatDiffers(t *testing.T) {
	v, err := parseValidator(`{"type":"object","properties":{"a":{"type":"integer","minimum":0},"b":{"type":"array","items":{"type":"string"}},
		"c":{"$ref":"#/$defs/c"},"e":{"type":["number","null"]},"f":{"enum":["x","y"]},"g":{"anyOf":[{"$ref":"#/$defs/c"},{"type":"null"}]}},
		"required":["a","b","c"],"$defs":{"c":{"type":"object","properties":{"d":{"type":"boolean"}},"required":["d"]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, json string
		ok         bool
	}{
		{"all there", `{"a":1,"b":["x"],"c":{"d":true},"e":1.5,"f":"y","g":{"d":false}}`, true},
		{"what is not required", `{"a":1,"b":[],"c":{"d":true}}`, true},
		{"null where it may be", `{"a":1,"b":[],"c":{"d":true},"e":null,"g":null}`, true},
		{"an integer for a number", `{"a":1,"b":[],"c":{"d":true},"e":2}`, true},
		{"a field is missing", `{"a":1,"b":[]}`, false},
		{"a field is missing further in", `{"a":1,"b":[],"c":{}}`, false},
		{"a field is new", `{"a":1,"b":[],"c":{"d":true},"h":1}`, false},
		{"a field is new further in", `{"a":1,"b":[],"c":{"d":true,"h":1}}`, false},
		{"null for a list", `{"a":1,"b":null,"c":{"d":true}}`, false},
		{"another kind", `{"a":1.5,"b":[],"c":{"d":true}}`, false},
		{"another kind in a list", `{"a":1,"b":[1],"c":{"d":true}}`, false},
		{"none of the options", `{"a":1,"b":[],"c":{"d":true},"g":{"d":1}}`, false},
		{"below the minimum", `{"a":-1,"b":[],"c":{"d":true}}`, false},
		{"not in the list", `{"a":1,"b":[],"c":{"d":true},"f":"z"}`, false},
		{"no object", `[]`, false},
	} {
		if err := v.check(v.root, decodeNumbers(t, tt.json)); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.name, err, tt.ok)
		}
	}
	v.root["pattern"] = "x"
	if err := v.check(v.root, map[string]any{}); err == nil {
		t.Error("a keyword that is not checked passes")
	}
}

func decodeNumbers(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// checkOutput checks an object against the schema that it names, or that of
// name if it names none.
func checkOutput(v any, name string) error {
	obj, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%v is no object", v)
	}
	if own, ok := obj["schema"].(string); ok {
		name = own
	}
	if name == "" {
		return fmt.Errorf("the object names no schema")
	}
	x, err := newValidator(name)
	if err != nil {
		return err
	}
	return x.check(x.root, v)
}
