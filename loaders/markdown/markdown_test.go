package markdown

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

var item = loaders.Item{Source: "test", URI: "a.md"}

// load returns the document of source; the test ends if there is none or if it
// does not hold what documents promise.
func load(t testing.TB, source string, o *loaders.Options) *groundwork.Document {
	t.Helper()
	doc, err := loadErr(t, source, o)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	check(t, source, doc)
	return doc
}

func loadErr(t testing.TB, source string, o *loaders.Options) (doc *groundwork.Document, err error) {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for d, e := range l.Load(context.Background(), item, strings.NewReader(source)) {
		doc, err = d, e
		n++
	}
	if n != 1 {
		t.Fatalf("yielded %d times, want 1", n)
	}
	return doc, err
}

func check(t testing.TB, source string, doc *groundwork.Document) {
	t.Helper()
	if err := doc.Validate(); err != nil {
		t.Fatal(err)
	}
	if doc.Verbatim && !strings.HasPrefix(source[doc.Base:], doc.Text) {
		t.Fatalf("text is not the source from byte %d on", doc.Base)
	}
	for i, s := range doc.Sections {
		if s.Heading.End != s.Body.Start {
			t.Fatalf("section %d: heading ends at %d, body starts at %d", i, s.Heading.End, s.Body.Start)
		}
		if s.Heading.Start > 0 && !strings.ContainsRune("\r\n", rune(doc.Text[s.Heading.Start-1])) {
			t.Fatalf("section %d (%q) does not start a line", i, s.Title)
		}
	}
}

type seen struct{ Kind, Text string }

var kindNames = map[groundwork.BlockKind]string{
	groundwork.BlockParagraph: "paragraph", groundwork.BlockList: "list", groundwork.BlockCode: "code",
	groundwork.BlockTable: "table", groundwork.BlockQuote: "quote", groundwork.BlockSkip: "skip",
}

func blocksOf(doc *groundwork.Document) []seen {
	var out []seen
	for _, b := range doc.Blocks {
		out = append(out, seen{kindNames[b.Kind], b.Span.In(doc.Text)})
	}
	return out
}

func TestStructureIsFoundWhereItStands(t *testing.T) {
	tests := []struct {
		name, source string
		want         []seen
	}{
		{"paragraphs are parted by blank lines", "one\ntwo\n\nthree\n", []seen{{"paragraph", "one\ntwo"}, {"paragraph", "three"}}},
		{"every item of a list is a block, nested lists are part of it", "- a\n  - b\n\n  more\n- c\n1. d\n",
			[]seen{{"list", "- a\n  - b\n\n  more"}, {"list", "- c"}, {"list", "1. d"}}},
		{"a fence keeps its markers", "```go\nx\n\n# no heading\n```\nafter\n", []seen{{"code", "```go\nx\n\n# no heading\n```"}, {"paragraph", "after"}}},
		{"an open fence runs to the end", "~~~\nx\n\n", []seen{{"code", "~~~\nx"}}},
		{"a quotation is one block", "> a\nlazy\n> > b\n\nc", []seen{{"quote", "> a\nlazy\n> > b"}, {"paragraph", "c"}}},
		{"a comment is skipped", "<!-- secret\n\nstill -->\n\ntext", []seen{{"skip", "<!-- secret\n\nstill -->"}, {"paragraph", "text"}}},
		{"tags without text are skipped", "<div class=\"termy\">\n\n```\n$ x\n```\n\n</div>\n",
			[]seen{{"skip", `<div class="termy">`}, {"code", "```\n$ x\n```"}, {"skip", "</div>"}}},
		{"HTML with text is kept", "<details><summary>More</summary>\n</details>\n", []seen{{"paragraph", "<details><summary>More</summary>\n</details>"}}},
		{"a style is skipped", "<style>\n.a { color: red }\n</style>\n", []seen{{"skip", "<style>\n.a { color: red }\n</style>"}}},
		{"a rule is skipped", "a\n\n* * *\n\nb", []seen{{"paragraph", "a"}, {"skip", "* * *"}, {"paragraph", "b"}}},
		{"link definitions are skipped", "[a]: http://b.c \"t\"\n[d]: <e>\ntext [a]\n", []seen{{"skip", "[a]: http://b.c \"t\"\n[d]: <e>"}, {"paragraph", "text [a]"}}},
		{"a footnote is text", "[^1]: see there\n", []seen{{"paragraph", "[^1]: see there"}}},
		{"indented code", "a\n\n    x\n\n    y\n", []seen{{"paragraph", "a"}, {"code", "    x\n\n    y"}}},
		{"an admonition's body is plain text", "!!! note\n\n    body\n\nend", []seen{{"paragraph", "!!! note"}, {"paragraph", "end"}}},
		{"admonition lines are text", "/// tip\n\nbody\n\n///\n", []seen{{"paragraph", "/// tip"}, {"paragraph", "body"}, {"paragraph", "///"}}},
		{"a table follows its paragraph", "intro\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\nend", []seen{{"paragraph", "intro"}, {"table", "| a | b |\n|---|:-:|\n| 1 | 2 |"}, {"paragraph", "end"}}},
		{"escaped bars part no cells", "a \\| b | c\n--- | ---\n1 | 2", []seen{{"table", "a \\| b | c\n--- | ---\n1 | 2"}}},
		{"other columns make no table", "| a | b |\n|---|\n", []seen{{"paragraph", "| a | b |\n|---|"}}},
		{"a lone carriage return ends a line", "one\r\r- a\r- b\r", []seen{{"paragraph", "one"}, {"list", "- a"}, {"list", "- b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, blocksOf(load(t, tt.source, nil))); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
			crlf := strings.ReplaceAll(tt.source, "\n", "\r\n")
			for i, b := range blocksOf(load(t, crlf, nil)) {
				if want := strings.ReplaceAll(tt.want[i].Text, "\n", "\r\n"); b.Text != want {
					t.Errorf("with CRLF block %d is %q, want %q", i, b.Text, want)
				}
			}
		})
	}
}

func TestTableHeaderCoversTwoLines(t *testing.T) {
	doc := load(t, "| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n", nil)
	if got, want := doc.Blocks[0].Header.In(doc.Text), "| a | b |\r\n|---|---|"; got != want {
		t.Errorf("header %q, want %q", got, want)
	}
}

func TestSectionsNestByLevel(t *testing.T) {
	source := "intro\n# One { #one }\na\n## Two *em* `c{1}` &amp; [link](x) {: .k }\nb\nSet\next\n---\nc\n# Three #\nd"
	doc := load(t, source, nil)
	type section struct {
		Level                int
		Title, Heading, Body string
	}
	var got []section
	for _, s := range doc.Sections {
		got = append(got, section{s.Level, s.Title, s.Heading.In(doc.Text), s.Body.In(doc.Text)})
	}
	want := []section{
		{1, "One", "# One { #one }\n", "a\n## Two *em* `c{1}` &amp; [link](x) {: .k }\nb\nSet\next\n---\nc\n"},
		{2, "Two em c{1} & link", "## Two *em* `c{1}` &amp; [link](x) {: .k }\n", ""},
		{2, "b Set ext", "b\nSet\next\n---\n", "c\n"},
		{1, "Three", "# Three #\n", "d"},
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
	if doc.Title != "One" {
		t.Errorf("title %q, want One", doc.Title)
	}
}

func TestHeadingTitleHasNoMarkup(t *testing.T) {
	tests := map[string]string{
		"# a **b** _c_ ~~d~~":      "a b c d",
		"# ![alt](x.png) <br> end": "alt end",
		"# <http://a.b>":           "http://a.b",
		`# \*not\* &lt;x&gt;`:      "*not* <x>",
		"# `&lt;`":                 "&lt;",
		"# f(x) {y}":               "f(x) {y}",
		"# 한국어 { #k }":             "한국어",
		"#":                        "",
		"# { #only }":              "",
	}
	for source, want := range tests {
		doc := load(t, source+"\ntext", nil)
		if doc.Title != want {
			t.Errorf("%q: title %q, want %q", source, doc.Title, want)
		}
	}
}

func TestFrontMatterBecomesMetadata(t *testing.T) {
	source := "---\ntitle: 2024\ndate: 2024-05-06\ntags: [a, 'b c', 3]\ndraft: true\nn: 4\nnone: ~\nauthor:\n  name: X\n---\n# Heading\n"
	doc := load(t, source, nil)
	want := groundwork.Metadata{
		"title": "2024", "date": time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC), "tags": []string{"a", "b c", "3"},
		"draft": true, "n": 4.0, "author.name": "X", loaders.MetaEncoding: "utf-8", loaders.MetaEncodingBy: "ascii",
	}
	if diff := cmp.Diff(want, doc.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if doc.Title != "2024" || len(doc.Warnings) != 0 {
		t.Errorf("title %q, warnings %v", doc.Title, doc.Warnings)
	}
	if got := blocksOf(doc); got[0].Kind != "skip" || !strings.HasSuffix(got[0].Text, "name: X\n---") {
		t.Errorf("first block %q, want the front matter to skip", got[0])
	}
	if got := doc.Sections[0].Heading.In(doc.Text); got != "# Heading\n" {
		t.Errorf("heading %q", got)
	}
}

func TestFrontMatterThatCannotBeUsedIsReported(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		prev := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " {" + "p: *" + prev + ", q: *" + prev + ", r: *" + prev + ", s: *" + prev + "}\n"
	}
	tests := []struct {
		name, source string
		code         groundwork.Code
		title        string
	}{
		{"TOML", "+++\ntitle = \"x\"\n+++\ntext", groundwork.Partial, ""},
		{"a colon in a value", "---\ntitle: A: B\n---\ntext", groundwork.Partial, "A: B"},
		{"a bomb of aliases", "---\n" + bomb + "---\ntext", groundwork.Partial, ""},
		{"deep nesting", "---\nx: " + strings.Repeat("[", 20000) + "\n---\ntext", groundwork.Partial, ""},
		{"too long", "---\nx: " + strings.Repeat("y", maxFrontMatter) + "\n---\ntext", groundwork.Truncated, ""},
		{"a reserved key", "---\ndoc.id: x\ntitle: T\n---\ntext", groundwork.Partial, "T"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := load(t, tt.source, nil)
			if len(doc.Warnings) == 0 || doc.Warnings[0].Code != tt.code {
				t.Errorf("warnings %v, want %s", doc.Warnings, tt.code)
			}
			if doc.Title != tt.title {
				t.Errorf("title %q, want %q", doc.Title, tt.title)
			}
			if doc.Blocks[0].Kind != groundwork.BlockSkip {
				t.Error("front matter is not skipped")
			}
		})
	}
}

func TestRulesAreNoFrontMatter(t *testing.T) {
	for _, source := range []string{"---\nsome text\n---\nmore", "---\n\nkey: value without end\n", "text\n---\na: b\n---\n"} {
		if doc := load(t, source, nil); len(doc.Metadata) != 2 {
			t.Errorf("%q: metadata %v, want the encoding alone", source, doc.Metadata)
		}
	}
}

func TestVerbatimKeepsEveryByte(t *testing.T) {
	doc := load(t, "\ufeff# A\r\n\tb \u0301\r\n", nil)
	if !doc.Verbatim || doc.Base != 3 || doc.Text != "# A\r\n\tb \u0301\r\n" {
		t.Errorf("verbatim %t, base %d, text %q", doc.Verbatim, doc.Base, doc.Text)
	}
	if p := doc.Position(6); p.Line != 2 {
		t.Errorf("line %d, want 2", p.Line)
	}
}

func TestOtherEncodingsNeedADecoder(t *testing.T) {
	source := "caf\xe9 # no"
	_, err := loadErr(t, source, nil)
	var fe *loaders.FileError
	if !errors.As(err, &fe) || !errors.Is(err, loaders.ErrEncoding) || fe.Remedy == "" {
		t.Fatalf("error %v, want ErrEncoding with a remedy", err)
	}
	doc := load(t, "# caf\xe9\n", &loaders.Options{Decoder: latin1{}})
	if doc.Verbatim || doc.Title != "café" || doc.Position(0).Line != 1 || doc.Metadata[loaders.MetaEncoding] != "latin1" {
		t.Errorf("document %+v", doc)
	}
}

// latin1 is the shortest decoder there is.
type latin1 struct{}

func (latin1) Decode(data []byte, _ string) (loaders.Decoded, error) {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return loaders.Decoded{Text: b.String(), Encoding: "latin1"}, nil
}

func (latin1) Fingerprint() string { return "latin1" }

func TestLimitsAreHeld(t *testing.T) {
	doc := load(t, "# a\n12345", &loaders.Options{MaxBytes: 8})
	if len(doc.Warnings) != 1 || doc.Warnings[0].Code != groundwork.Truncated || doc.Text != "# a\n1234" {
		t.Errorf("one byte above MaxBytes: %q, %v", doc.Text, doc.Warnings)
	}
	for n, warnings := range map[int]int{9: 1, 10: 0, 11: 0} {
		doc := load(t, "# a\nbbbbbb", &loaders.Options{MaxBytes: 10, MaxText: n})
		if len(doc.Warnings) != warnings {
			t.Errorf("MaxText %d: warnings %v, want %d", n, doc.Warnings, warnings)
		}
	}
	if _, err := New(&loaders.Options{MaxText: -1}); err == nil {
		t.Error("negative limit accepted")
	}
}

func TestNothingToReadIsSkipped(t *testing.T) {
	for source, want := range map[string]loaders.SkipReason{"": loaders.SkipEmpty, " \r\n\t": loaders.SkipNoText, "\ufeff": loaders.SkipNoText} {
		_, err := loadErr(t, source, nil)
		var skip *loaders.SkipError
		if !errors.As(err, &skip) || skip.Reason != want {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}

func TestCancelledLoadEnds(t *testing.T) {
	l, _ := New(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range l.Load(ctx, item, strings.NewReader("x")) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	}
}

func TestFingerprintNamesTheParserInUse(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "github.com/yuin/goldmark "+goldmark) {
		t.Errorf("go.mod does not require goldmark %s; change the constant and raise version if anything is read otherwise", goldmark)
	}
	a, _ := New(nil)
	b, _ := New(&loaders.Options{MaxText: 1})
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("limits do not change the fingerprint")
	}
}
