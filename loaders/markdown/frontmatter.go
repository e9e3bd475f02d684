package markdown

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed4837efcb/groundwork"
)

const (
	maxFrontMatter = 64 << 10 // bytes between the markers
	maxFields      = 1000     // values, those of lists included
	maxFieldDepth  = 8
)

// readFrontMatter marks the front matter of doc as a block to skip, moves its
// fields into the metadata and returns where it ends: 0 if there is none.
func readFrontMatter(doc *groundwork.Document) int {
	body, end, marker := frontMatter(doc.Text)
	if marker == "" || marker == "---" && !looksLikeYAML(body) {
		return 0
	}
	doc.Blocks = append(doc.Blocks, groundwork.Block{
		Kind: groundwork.BlockSkip,
		Span: groundwork.Span{End: len(strings.TrimRight(doc.Text[:end], "\r\n"))},
	})
	switch {
	case marker == "+++":
		warn(doc, groundwork.Partial, "TOML front matter is left out; write it as YAML between --- lines")
	case len(body) > maxFrontMatter:
		warn(doc, groundwork.Truncated, "front matter of %d bytes is left out; the limit is %d", len(body), maxFrontMatter)
	default:
		readYAML(doc, body)
	}
	return end
}

// frontMatter returns what stands between the marker in the first line and the
// same marker (or "...") alone in a line, and the offset after it.
func frontMatter(text string) (body string, end int, marker string) {
	first := lineEnd(text, 0)
	marker = strings.TrimRight(text[:first], " \t\r\n")
	if marker != "---" && marker != "+++" {
		return "", 0, ""
	}
	for at := first; at < len(text) && at-first <= maxStructure; {
		next := lineEnd(text, at)
		line := strings.TrimRight(text[at:next], " \t\r\n")
		if line == marker || line == "..." && marker == "---" {
			return text[first:at], next, marker
		}
		at = next
	}
	return "", 0, ""
}

// looksLikeYAML tells fields from text between two rules: the first line that
// is neither empty nor a comment is "key: value".
func looksLikeYAML(body string) bool {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, rest, ok := strings.Cut(line, ":")
		return ok && key != "" && (rest == "" || rest[0] == ' ') && len(strings.Fields(key)) <= 3
	}
	return true
}

func readYAML(doc *groundwork.Document, body string) {
	var root yaml.Node
	f := fields{values: map[string]any{}}
	err := yaml.Unmarshal([]byte(body), &root)
	if err == nil && len(root.Content) > 0 {
		err = f.add("", root.Content[0], 0)
	}
	if err != nil {
		warn(doc, groundwork.Partial, "front matter: %v; fields that can be read line by line are used", err)
		f.addLines(body)
	}
	for _, problem := range f.problems {
		warn(doc, groundwork.Partial, "front matter: %s", problem)
	}
	meta, err := groundwork.NewMetadata(f.values)
	if err != nil {
		warn(doc, groundwork.Partial, "front matter is left out: %v", err)
		return
	}
	for key, value := range doc.Metadata { // what the loader itself has found out
		meta[key] = value
	}
	doc.Metadata = meta
	if title, ok := meta["title"].(string); ok {
		doc.Title = strings.Join(strings.Fields(title), " ")
	}
}

// fields flattens YAML into metadata: {a: {b: 1}} becomes a.b = 1.
type fields struct {
	values   map[string]any
	problems []string
	seen     int // nodes visited; aliases count every time, so that they cannot multiply
}

// problem notes what was left out; the first few are enough to find the rest.
func (f *fields) problem(format string, args ...any) {
	if len(f.problems) < 5 {
		f.problems = append(f.problems, fmt.Sprintf(format, args...))
	}
}

var errFields = errors.New("too many or too deeply nested fields")

func (f *fields) add(key string, n *yaml.Node, depth int) error {
	if f.seen++; f.seen > maxFields || depth > maxFieldDepth {
		return errFields
	}
	switch n.Kind {
	case yaml.AliasNode:
		return f.add(key, n.Alias, depth+1)
	case yaml.MappingNode:
		return f.addMapping(key, n, depth)
	case yaml.SequenceNode:
		return f.addList(key, n)
	}
	if key == "title" { // a year is a title too
		f.set(key, n.Value)
	} else if v, ok := scalar(n); ok {
		f.set(key, v)
	}
	return nil
}

func (f *fields) addMapping(key string, n *yaml.Node, depth int) error {
	if key != "" {
		key += "."
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind != yaml.ScalarNode {
			f.problem("line %d: a key that is no word is left out", n.Content[i].Line)
			continue
		}
		if err := f.add(key+n.Content[i].Value, n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// addList adds a list of words; what it nests is left out.
func (f *fields) addList(key string, n *yaml.Node) error {
	list := []string{}
	for _, e := range n.Content {
		if f.seen++; f.seen > maxFields {
			return errFields
		}
		if e.Kind == yaml.AliasNode {
			e = e.Alias
		}
		if e.Kind != yaml.ScalarNode {
			f.problem("line %d: %q holds more than a list of words", e.Line, key)
			continue
		}
		if e.Tag != "!!null" {
			list = append(list, e.Value)
		}
	}
	f.set(key, list)
	return nil
}

func (f *fields) set(key string, value any) {
	if key == "" {
		f.problem("not a set of fields")
		return
	}
	one := groundwork.Metadata{key: value}
	if err := one.Validate(); err != nil {
		f.problem("%v", err)
		return
	}
	f.values[key] = value
}

// scalar returns the metadata value of a YAML scalar; null has none. A value
// that its type cannot hold stays the text it was written as.
func scalar(n *yaml.Node) (any, bool) {
	switch n.ShortTag() {
	case "!!null":
		return nil, false
	case "!!bool":
		var v bool
		if n.Decode(&v) == nil {
			return v, true
		}
	case "!!int", "!!float":
		var v float64
		if n.Decode(&v) == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, true
		}
	case "!!timestamp":
		var v time.Time
		if n.Decode(&v) == nil && v.UTC().Year() >= 0 && v.UTC().Year() <= 9999 {
			return v.UTC().Truncate(time.Microsecond), true
		}
	}
	return n.Value, true
}

// addLines reads the top-level "key: value" lines of YAML that does not parse,
// most often for a colon or quotation mark in a value. Values stay text.
func (f *fields) addLines(body string) {
	f.values = map[string]any{}
	for line := range strings.Lines(body) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		if !ok || value == "" || len(f.values) >= maxFields || strings.ContainsAny(key, " \t#\"'[{-&*") {
			continue
		}
		f.set(key, value)
	}
}
