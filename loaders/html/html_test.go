package html

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

var item = loaders.Item{Source: "test", URI: "a.html"}

// load returns the document of source; the test ends if there is none or if it
// does not hold what documents promise.
func load(t testing.TB, source string, o *loaders.Options) *groundwork.Document {
	t.Helper()
	doc, err := loadErr(t, source, o)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
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
	if n != 1 || (doc == nil) == (err == nil) {
		t.Fatalf("yielded %d times: %v, %v", n, doc, err)
	}
	if doc != nil {
		if err := doc.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, s := range doc.Sections {
			if s.Heading.End != s.Body.Start || strings.TrimSpace(s.Heading.In(doc.Text)) != s.Title {
				t.Fatalf("section %+v does not stand where it says: %q", s, s.Heading.In(doc.Text))
			}
		}
	}
	return doc, err
}

type seen struct{ Kind, Text string }

var kindNames = map[groundwork.BlockKind]string{
	groundwork.BlockParagraph: "paragraph", groundwork.BlockList: "list", groundwork.BlockCode: "code",
	groundwork.BlockTable: "table", groundwork.BlockQuote: "quote",
}

func blocksOf(doc *groundwork.Document) []seen {
	var out []seen
	for _, b := range doc.Blocks {
		out = append(out, seen{kindNames[b.Kind], b.Span.In(doc.Text)})
	}
	return out
}

func TestContentBecomesBlocks(t *testing.T) {
	tests := []struct {
		name, source string
		want         []seen
	}{
		{"white space is as a browser shows it", "<p>a\n  b&nbsp; <b>c</b>d<br>e</p>f", []seen{{"paragraph", "a b cd\ne"}, {"paragraph", "f"}}},
		{"entities are decoded", "<p>&lt;x&gt; &amp;amp; &eacute;&#x20AC;", []seen{{"paragraph", "<x> &amp; é€"}}},
		{"paragraphs without ends", "<p>a<p>b<div>c</div>d", []seen{{"paragraph", "a"}, {"paragraph", "b"}, {"paragraph", "c"}, {"paragraph", "d"}}},
		{"misnested inline elements", "<p><b>a<i>b</b>c</i>d</p>", []seen{{"paragraph", "abcd"}}},
		{"items are blocks", "<ul><li>a<li>b<ul><li>c</ul></li><li><p>d</p><p>e</p></ul>x",
			[]seen{{"list", "- a"}, {"list", "- b\n  - c"}, {"list", "- d\n  e"}, {"paragraph", "x"}}},
		{"ordered items are numbered", "<ol><li>a</li> <li>b</li></ol>", []seen{{"list", "1. a"}, {"list", "2. b"}}},
		{"definitions", "<dl><dt>t<dd>m1<dd>m2<dt>u<dd>n</dl>", []seen{{"list", "t\nm1\nm2"}, {"list", "u\nn"}}},
		{"code keeps its lines", "<pre><code>\nif x:\n    <span>y</span>\n\nz</code></pre>", []seen{{"code", "if x:\n    y\n\nz"}}},
		{"code in an item", "<ul><li>a<pre>b\n c</pre></ul>", []seen{{"list", "- a\n  b\n   c"}}},
		{"quotations", "<blockquote><p>a</p><p>b</p></blockquote>c", []seen{{"quote", "a\nb"}, {"paragraph", "c"}}},
		{"tables are rows of cells", "<table><caption>C</caption><tr><th>a<th>b<tr><td>1<td>2 <p>3</table>",
			[]seen{{"paragraph", "C"}, {"table", "a | b\n1 | 2 3"}}},
		{"tables that arrange the page", "<table><tr><td><p>a</p><table><tr><td>b<td>c</table></table>", []seen{{"paragraph", "a"}, {"table", "b | c"}}},
		{"scripts, styles and forms are dropped", "<p>a</p><script>x</script><style>y</style><template>z</template><button>b</button><select><option>o</select><svg><title>t</title></svg><!-- c --><noscript>n</noscript>", []seen{{"paragraph", "a"}}},
		{"hidden text is dropped", "<p>a</p><p hidden>b</p><p style='display: none'>c</p><p aria-hidden=true>d</p><p style='visibility:hidden'>e", []seen{{"paragraph", "a"}}},
		{"a head without an end", "<head><title>T</title><p>a", []seen{{"paragraph", "a"}}},
		{"images are not text", "<p>a<img alt=x src='data:image/png;base64,AAAA'>b", []seen{{"paragraph", "ab"}}},
		{"zero bytes and bad code points", "<p>a\x00b&#0;&#xD800;c", []seen{{"paragraph", "ab\ufffd\ufffdc"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, blocksOf(load(t, tt.source, nil))); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatSurroundsTheContentIsLeftOut(t *testing.T) {
	long := strings.Repeat("word ", 60)
	menu := "<ul><li><a href=1>Home page</a><li><a href=2>Products</a><li><a href=3>About us</a></ul>"
	tests := []struct{ name, source, want string }{
		{"by elements", "<header>H</header><nav>N</nav><main><h1>T</h1><p>text</p></main><aside>A</aside><footer>F</footer>", "T\n\ntext"},
		{"by roles", "<div role=navigation>N</div><div role=main>text</div><div role=contentinfo>F</div>", "text"},
		{"the largest article", "<article>" + long + "</article><article>short</article><p>other</p>", strings.TrimSpace(long)},
		{"a link-dense block", "<p>text with <a href=x>one</a> link</p>" + menu, "text with one link"},
		{"the header of an article is its own", "<article><header><h1>T</h1><p>by X</p></header><p>text</p></article>", "T\n\nby X\n\ntext"},
		{"a main part that is not", "<main>m</main><div>" + long + "</div>", "m\n\n" + strings.TrimSpace(long)},
		{"by classes", "<p>a</p><div class='navbox x'>n</div><h2>H<span class=mw-editsection>[edit]</span></h2>", "a\n\nH"},
		{"by ids", "<div id=other>o</div><div id=content><p>" + long + "</p></div>", strings.TrimSpace(long)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := load(t, tt.source, nil).Text; got != tt.want {
				t.Errorf("text %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHeadingsBecomeSections(t *testing.T) {
	doc := load(t, "<h1>A <em>b</em></h1>x<h3>C</h3>y<h2>\nD\n</h2>z<h1></h1><ul><li><h2>no</h2></ul><h1>E", nil)
	type section struct {
		Level       int
		Title, Body string
	}
	var got []section
	for _, s := range doc.Sections {
		got = append(got, section{s.Level, s.Title, strings.Join(strings.Fields(s.Body.In(doc.Text)), " ")})
	}
	want := []section{{1, "A b", "x C y D z - no"}, {3, "C", "y"}, {2, "D", "z - no"}, {1, "E", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
	if doc.Title != "A b" {
		t.Errorf("title %q, want that of the first heading", doc.Title)
	}
}

func TestTableHeaderCoversTheRowsThatNameColumns(t *testing.T) {
	doc := load(t, "<table><thead><tr><td>a<td>b</thead><tbody><tr><td>1<td>2<tr><td>3<td>4</table>", nil)
	if got := doc.Blocks[0].Header.In(doc.Text); got != "a | b" {
		t.Errorf("header %q", got)
	}
	doc = load(t, "<table><tr><td>1<td>2<tr><td>3<td>4</table>", nil)
	if !doc.Blocks[0].Header.Empty() {
		t.Errorf("header %v of a table without one", doc.Blocks[0].Header)
	}
}

func TestHeadBecomesMetadata(t *testing.T) {
	doc := load(t, `<html lang="ko"><head><title> The
 title </title><meta name=Author content="X Y"><meta property="og:description" content="D">
<meta name=date content="2024-05-06T07:08:09+09:00"><link rel=canonical href="https://a.example/b"><meta name=keywords content=""></head><p>t`, nil)
	want := groundwork.Metadata{
		"lang": "ko", "author": "X Y", "description": "D", "date": time.Date(2024, 5, 5, 22, 8, 9, 0, time.UTC),
		"canonical": "https://a.example/b", loaders.MetaEncoding: "utf-8", loaders.MetaEncodingBy: "ascii",
	}
	if diff := cmp.Diff(want, doc.Metadata); diff != "" || doc.Title != "The title" {
		t.Errorf("title %q, metadata (-want +got):\n%s", doc.Title, diff)
	}
	if got := load(t, "<meta name=date content='last week'><p>t", nil).Metadata["date"]; got != "last week" {
		t.Errorf("date %v, want the text", got)
	}
}

func TestEncodings(t *testing.T) {
	utf16 := "\xff\xfe"
	for _, c := range "<p>é" {
		utf16 += string([]byte{byte(c), byte(c >> 8)})
	}
	tests := []struct {
		name, source, encoding, text string
		warned                       bool
	}{
		{"UTF-8", "<p>é", "utf-8", "é", false},
		{"a byte order mark", "\ufeff<p>é", "utf-8", "é", false},
		{"UTF-16", utf16, "utf-16le", "é", false},
		{"declared", "<meta charset=euc-kr><p>\xb0\xa1", "euc-kr", "가", false},
		{"declared the old way", "<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'><p>\x93\xfa", "shift_jis", "日", false},
		{"declared by XML", "<?xml version='1.0' encoding='iso-8859-2'?><p>\xb1", "iso-8859-2", "ą", false},
		{"declared wrongly", "<meta charset=iso-8859-1><p>caf\u00e9", "utf-8", "café", true},
		{"declared as UTF-8 wrongly", "<meta charset=utf-8><p>caf\xe9 au lait", "windows-1252", "café au lait", true},
		{"not declared", "<p>caf\xe9 au lait", "windows-1252", "café au lait", true},
		{"UTF-8 with a damaged place", "<p>" + strings.Repeat("é", 30) + "\xff", "utf-8", strings.Repeat("é", 30) + "\ufffd", true},
		{"an unknown name", "<meta charset=klingon><p>caf\xe9", "windows-1252", "café", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := load(t, tt.source, nil)
			if doc.Text != tt.text || doc.Metadata[loaders.MetaEncoding] != tt.encoding || (len(doc.Warnings) > 0) != tt.warned {
				t.Errorf("text %q, %v, %v", doc.Text, doc.Metadata, doc.Warnings)
			}
			if doc.Verbatim || doc.Base != 0 {
				t.Errorf("verbatim %t, base %d", doc.Verbatim, doc.Base)
			}
		})
	}
}

func TestDecoderIsAskedForUndeclaredBytes(t *testing.T) {
	doc := load(t, "<p>\xb0\xa1", &loaders.Options{Decoder: korean{}})
	if doc.Text != "가" || doc.Metadata[loaders.MetaEncoding] != "cp949" {
		t.Errorf("text %q, %v", doc.Text, doc.Metadata)
	}
}

type korean struct{}

func (korean) Decode(data []byte, _ string) (loaders.Decoded, error) {
	return loaders.Decoded{Text: strings.Replace(string(data), "\xb0\xa1", "가", 1), Encoding: "cp949"}, nil
}

func (korean) Fingerprint() string { return "korean" }

func TestLimitsAreHeld(t *testing.T) {
	doc := load(t, "<h1>T</h1><p>123456€</p><p>x</p>", &loaders.Options{MaxText: 10})
	if doc.Text != "T\n\n123456" || len(doc.Warnings) != 1 || doc.Warnings[0].Code != groundwork.Truncated {
		t.Errorf("text %q, %v", doc.Text, doc.Warnings)
	}
	if doc := load(t, "<p>12345", &loaders.Options{MaxText: 5}); len(doc.Warnings) != 0 {
		t.Errorf("at the limit: %v", doc.Warnings)
	}
	if doc := load(t, "<p>12345", &loaders.Options{MaxBytes: 6}); doc.Text != "123" || len(doc.Warnings) != 1 {
		t.Errorf("text %q, %v", doc.Text, doc.Warnings)
	}
	if _, err := New(&loaders.Options{MaxBytes: -1}); err == nil {
		t.Error("negative limit accepted")
	}
}

func TestNothingToReadIsSkipped(t *testing.T) {
	for source, want := range map[string]loaders.SkipReason{"": loaders.SkipEmpty, "<script>x</script>": loaders.SkipNoText, " \n": loaders.SkipNoText} {
		_, err := loadErr(t, source, nil)
		var skip *loaders.SkipError
		if !errors.As(err, &skip) || skip.Reason != want {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}

// Every word of a page stands in the text at a position that tells its line in
// the file.
func TestEveryWordKnowsItsLine(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		var b strings.Builder
		word, line := 0, 1
		where := map[string]int{}
		write := func(s string) {
			b.WriteString(s)
			line += strings.Count(s, "\n")
		}
		words := func() {
			for range 1 + r.IntN(4) {
				w := fmt.Sprintf("w%dx", word)
				word++
				where[w] = line
				write(w + []string{" ", "\n", "\r\n", "\n\n ", " <b>\n", "</b> "}[r.IntN(6)])
			}
		}
		open := []string{"<p>", "<h2>", "<ul><li>", "<pre>", "<blockquote>\n", "<table><tr><td>x<td>", "<div\nclass=a>", "<li>", "<dl><dt>", "<br>\n"}
		for range r.IntN(20) {
			tag := open[r.IntN(len(open))]
			write(tag)
			words()
			for _, end := range []string{"</p>", "</h2>", "</li></ul>", "</pre>", "</blockquote>", "</table>", "</div>"} {
				if tag[:3] == "<"+end[2:4] || tag == "<"+end[2:] {
					write(end + "\n")
				}
			}
		}
		if word == 0 {
			continue
		}
		source := b.String()
		doc := load(t, source, nil)
		for w, want := range where {
			at := strings.Index(doc.Text, w)
			if at < 0 {
				t.Fatalf("%q is lost; page:\n%s\ntext:\n%s", w, source, doc.Text)
			}
			if got := doc.Position(at).Line; got != want && !inBlockWithOneLine(doc, at) {
				t.Fatalf("%q is on line %d, want %d; page:\n%s\ntext:\n%s\nmarks %v", w, got, want, source, doc.Text, doc.Marks)
			}
		}
	}
}

// inBlockWithOneLine reports whether the byte stands in a heading or a table's
// row, which are marked once.
func inBlockWithOneLine(doc *groundwork.Document, at int) bool {
	for _, s := range doc.Sections {
		if s.Heading.Start <= at && at < s.Heading.End {
			return true
		}
	}
	for _, b := range doc.Blocks {
		if b.Span.Start <= at && at < b.Span.End && b.Kind == groundwork.BlockTable {
			return true
		}
	}
	return false
}

func TestHostilePagesAreReadInLinearTime(t *testing.T) {
	patterns := map[string]string{
		"depth": "<div>", "depth of inline": "<b>", "depth of lists": "<ul><li>", "depth of tables": "<table><tr><td>",
		"ends": "</div>", "paragraphs": "<p>", "items": "<li>a", "cells": "<td>a", "rows": "<tr><td>a<td>b", "misnested": "<b><i></b></i>",
		"a b in each p": "<p><b>", "formatting": "<a><b><i><u>", "attributes": "<a " + strings.Repeat("x=y ", 50) + ">", "open tag": "<a ",
		"comments": "<!--", "comment ends": "<!-- -->", "entities": "&amp;", "open entity": "&", "less than": "<", "cdata": "<![CDATA[",
		"scripts": "<script>", "titles": "<title>", "breaks": "<br>", "nested breaks": "<p>a<br>", "selects": "<select><option>", "svg": "<svg><p>",
		"foster parents": "<table><a>", "headings": "<h1>a", "words": "a ", "new lines": "\n", "unknown": "<x-y>", "preformatted": "<pre>\n", "terms": "<dl><dt>a<dd>b",
		"text in dead ends": "<p><table><tr><td><div><div>",
	}
	measure := func(pattern string, n int) time.Duration {
		source := "<p>x</p>" + strings.Repeat(pattern, n/len(pattern))
		start := time.Now()
		_, err := loadErr(t, source, nil)
		if err != nil && !errors.As(err, new(*loaders.SkipError)) {
			t.Error(err)
		}
		return time.Since(start)
	}
	for name, pattern := range patterns {
		t.Run(name, func(t *testing.T) {
			const n = 60_000
			var small, large time.Duration
			for range 4 { // a busy machine may be slow at any one time
				small, large = measure(pattern, n), measure(pattern, 4*n)
				// Quadratic growth would be 16 times, and above the floor at once.
				if large < 10*small || large < 400*time.Millisecond {
					return
				}
			}
			t.Errorf("%d bytes took %v, %d bytes %v", n, small, 4*n, large)
		})
	}
}

func TestDeepPagesAreReadWhole(t *testing.T) {
	doc := load(t, strings.Repeat("<div>", 3000)+"deep"+strings.Repeat("</div>", 3000)+"<p>after", nil)
	if !strings.Contains(doc.Text, "deep") || !strings.Contains(doc.Text, "after") {
		t.Errorf("text %q", doc.Text)
	}
}

func TestFingerprintNamesTheTokenizerInUse(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "golang.org/x/net "+library) {
		t.Errorf("go.mod does not require x/net %s; change the constant and raise version if anything is read otherwise", library)
	}
	a, _ := New(nil)
	b, _ := New(&loaders.Options{Decoder: korean{}})
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("the decoder does not change the fingerprint")
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		"<title>T</title><main><h1>A</h1><p>b<br>c<ul><li>d<ul><li>e</ul></ul><pre>f\n g</pre></main>",
		"<table><thead><tr><th>a<th>b<tbody><tr><td>1<td>2</table>", "<dl><dt>a<dd>b</dl><blockquote>q</blockquote>",
		"<meta charset=euc-kr>\xb0\xa1", "<div hidden>x</div></div><b><p></b>", "<svg><title>x</svg>\x00&#0;", "\xff\xfe<\x00p\x00>\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		_, _ = loadErr(t, string(source), nil)
		_, _ = loadErr(t, string(source), &loaders.Options{MaxText: 7})
	})
}
