package loaders

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
)

func TestJSONBecomesLines(t *testing.T) {
	data := `{
  "title": "Users of \u00e9t\u00e9",
  "n": 2, "nothing": null, "empty": "", "none": [], "ok": true,
  "users": [
    {"name": "Kim", "address": {"city/part": "Seoul~1"}, "tags": ["a", "b"]},
    {"name": "Lee", "note": "one\ntwo"}
  ],
  "price": -1.50e+3
}`
	doc, err := load(t, "a.json", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `title: Users of été
n: 2
ok: true

users.name: Kim
users.address.city/part: Seoul~1
users.tags: a
users.tags: b

users.name: Lee
users.note: one
two

price: -1.50e+3
`
	if diff := cmp.Diff(want, doc.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if doc.Title != "Users of été" || doc.Verbatim {
		t.Errorf("title %q, verbatim %v", doc.Title, doc.Verbatim)
	}
	for sub, pos := range map[string]groundwork.Position{
		"title":      {Line: 2, Label: "/title"},
		"ok":         {Line: 3, Label: "/ok"},
		"Kim":        {Line: 5, Label: "/users/0/name"},
		"Seoul":      {Line: 5, Label: "/users/0/address/city~1part"},
		"users.tags": {Line: 5, Label: "/users/0/tags/0"},
		"Lee":        {Line: 6, Label: "/users/1/name"},
		"two":        {Line: 6, Label: "/users/1/note"},
		"-1.50e+3":   {Line: 8, Label: "/price"},
	} {
		if got := doc.Position(strings.Index(doc.Text, sub)); got != pos {
			t.Errorf("%q stands at %+v, want %+v", sub, got, pos)
		}
	}
}

func TestJSONLinesBecomeParagraphs(t *testing.T) {
	data := `{"q": "\uc815\uc804?", "a": ["x", {"b": 1}]}` + "\n\n" + `not json` + "\n" + `"just text"` + "\r\n" + `{"a": {"deep": [[["z"]]]}}`
	doc, err := load(t, "a.jsonl", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "q: 정전?\na: x\n\na.b: 1\n\nnot json\n\njust text\n\na.deep: z\n"
	if diff := cmp.Diff(want, doc.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	for sub, pos := range map[string]groundwork.Position{
		"정전":       {Line: 1, Label: "/0/q"},
		"a.b":      {Line: 1, Label: "/0/a/1/b"},
		"not json": {Line: 3, Label: "/1"},
		"just":     {Line: 4, Label: "/2"},
		"z":        {Line: 5, Label: "/3/a/deep/0/0/0"},
	} {
		if got := doc.Position(strings.Index(doc.Text, sub)); got != pos {
			t.Errorf("%q stands at %+v, want %+v", sub, got, pos)
		}
	}
	if !warned(doc, groundwork.Partial) {
		t.Errorf("no warning of the line that is not JSON: %v", doc.Warnings)
	}
}

func TestJSONOddities(t *testing.T) {
	tests := []struct {
		name, data string
		text       string
		code       groundwork.Code
	}{
		{"names that occur twice", `{"a":1,"b":{"a":2,"a":3}}`, "a: 1\nb.a: 2\nb.a: 3\n", groundwork.Partial},
		{"a lone surrogate", `["\ud800x", "\ud83d\ude00", "\udc00\ud800"]`, "\ufffdx\n😀\n\ufffd\ufffd\n", groundwork.Encoding},
		{"comments", "{\n // c\n \"a\": 1}", "{\n // c\n \"a\": 1}", groundwork.Partial},
		{"two values", `{"a":1}{"b":2}`, `{"a":1}{"b":2}`, groundwork.Partial},
		{"a huge exponent is text", `[1e999999]`, "1e999999\n", ""},
		{"pictures", `["` + strings.Repeat("iVBORw0KGgo9", 100) + `", "text"]`, "text\n", groundwork.Partial},
		{"a scalar", `"text"`, "text\n", ""},
	}
	for _, tt := range tests {
		doc, err := load(t, "a.json", tt.data, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if doc.Text != tt.text {
			t.Errorf("%s: text %q, want %q", tt.name, doc.Text, tt.text)
		}
		if tt.code == "" && len(doc.Warnings) > 0 || tt.code != "" && !warned(doc, tt.code) {
			t.Errorf("%s: warnings %v, want %q", tt.name, doc.Warnings, tt.code)
		}
	}
	for _, data := range []string{`{}`, `[null, ""]`, `[[[]]]`} {
		if _, err := load(t, "a.json", data, nil); skipReason(err) != SkipNoText {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestJSONLimits(t *testing.T) {
	nest := func(n int) string { return `["first",` + strings.Repeat("[", n-1) + "1" + strings.Repeat("]", n) }
	number := func(n int) string { return `["first",` + strings.Repeat("1", n) + "]" }
	for _, tt := range []struct {
		name, data string
		cut        bool
	}{
		{"depth at the limit", nest(MaxJSONDepth), false},
		{"depth over the limit", nest(MaxJSONDepth + 1), true},
		{"number at the limit", number(MaxJSONNumber), false},
		{"number over the limit", number(MaxJSONNumber + 1), true},
	} {
		doc, err := load(t, "a.json", tt.data, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if warned(doc, groundwork.Truncated) != tt.cut || !strings.HasPrefix(doc.Text, "first\n") {
			t.Errorf("%s: %.40q, warnings %v", tt.name, doc.Text, doc.Warnings)
		}
	}
	var file *FileError
	if _, err := load(t, "a.json", strings.Repeat("[", 1<<20), nil); !asFileError(err, &file) || file.Remedy == "" {
		t.Errorf("nothing but brackets: %v", err)
	}
	doc, err := load(t, "a.jsonl", `{"a":1}`+"\n"+strings.Repeat("[", 300)+"\n"+`{"b":2}`, nil)
	if err != nil || !strings.HasSuffix(doc.Text, "b: 2\n") || !warned(doc, groundwork.Partial) {
		t.Errorf("a deep line spoils the others: %v %+v", err, doc)
	}
}

func TestHostileJSONStaysSmall(t *testing.T) {
	key := strings.Repeat("k", 1<<16)
	var wide strings.Builder
	for i := range 30000 {
		fmt.Fprintf(&wide, `"%d":%d,`, i, i)
	}
	for name, data := range map[string]string{
		"long names above many values": `{"` + key + `":[` + strings.Repeat("1,", 1<<12) + `1]}`,
		"deep indexes":                 strings.Repeat("[", 250) + strings.Repeat("1,", 1<<18) + "1" + strings.Repeat("]", 250),
		"line ends":                    `["first","` + strings.Repeat(`\n`, 1<<20+5) + `x"]`,
		"many names":                   "{" + wide.String() + `"z":1}`,
		"many objects":                 "[" + strings.Repeat(`{"a":{},"b":[]},`, 1<<17) + "1]",
	} {
		start := time.Now()
		doc, err := load(t, "a.json", data, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		labels := 0
		for _, m := range doc.Marks {
			labels += len(m.Label)
		}
		if len(doc.Text) > DefaultMaxText || labels > DefaultMaxText+1<<20 || len(doc.Marks) > maxJSONMarks+2 {
			t.Errorf("%s: %d bytes of text, %d of labels, %d marks", name, len(doc.Text), labels, len(doc.Marks))
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s took %v", name, d)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,true,null,"x\u00e9\ud83d\ude00"]}`, `[-0.1e+5]`, `"\q"`, "{\"a\":1}\n{\"b\"", `[01]`, `{"a":1,}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if len(data) == 0 {
			return
		}
		for _, lines := range []bool{false, true} {
			l, _ := newJSON(nil, lines)
			doc, err := loadWith(t, l, Item{Source: "s", URI: "a.json"}, data)
			if err != nil || lines {
				continue
			}
			if valid := json.Valid([]byte(doc.Text)) && doc.Verbatim; valid && warned(doc, groundwork.Partial) {
				t.Errorf("%q is JSON and was taken for text: %v", data, doc.Warnings)
			}
		}
		p := &jsonPrinter{s: data, max: DefaultMaxText, line: 1}
		if got, want := p.document() == nil, json.Valid([]byte(data)); got != want {
			t.Errorf("%q: valid = %v, encoding/json says %v", data, got, want)
		}
	})
}
