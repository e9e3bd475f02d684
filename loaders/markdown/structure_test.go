package markdown

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
)

// part is a piece of Markdown and what the loader must see in it.
type part struct {
	kind  string // a block kind, or "heading"
	text  string
	level int
	title string
}

func randomPart(r *rand.Rand) []part {
	words := func(n int) string {
		list := []string{"alpha", "Größe", "문서", "a_b", "x\u0301", "日本", "*em*", "`c`", "1.5"}
		out := make([]string, n)
		for i := range out {
			out[i] = list[r.IntN(len(list))]
		}
		return strings.Join(out, " ")
	}
	switch r.IntN(9) {
	case 0:
		level := 1 + r.IntN(6)
		return []part{{"heading", strings.Repeat("#", level) + " T" + fmt.Sprint(r.IntN(99)) + " { #x }", level, ""}}
	case 1:
		return []part{{"heading", words(2) + "\n" + words(1) + "\n===", 1, ""}}
	case 2:
		return []part{{"code", "```x\n" + words(3) + "\n\n# " + words(1) + "\n```", 0, ""}}
	case 3:
		return []part{{"table", "| " + words(1) + " | b |\n| --- | --: |\n| " + words(2) + " | 2 |", 0, ""}}
	case 4:
		return []part{{"quote", "> " + words(3) + "\n> - " + words(2), 0, ""}}
	case 5:
		return []part{{"skip", "<!-- " + words(2) + "\n\n" + words(1) + " -->", 0, ""}}
	case 6: // items, then something that ends the list
		var list []part
		for range 1 + r.IntN(3) {
			list = append(list, part{"list", "- " + words(3) + "\n  " + words(1) + "\n\n  - " + words(1), 0, ""})
		}
		return append(list, part{"skip", "***", 0, ""})
	}
	return []part{{"paragraph", words(4) + "\n" + words(2), 0, ""}}
}

func TestEveryPartIsFoundAtItsBytes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 1500 {
		end := []string{"\n", "\r\n", "\r"}[r.IntN(3)]
		bom := []string{"", "\ufeff"}[r.IntN(2)]
		var b strings.Builder
		var blocks, headings []seen
		for range r.IntN(12) {
			for _, p := range randomPart(r) {
				text := strings.ReplaceAll(p.text, "\n", end)
				b.WriteString(text + end + end)
				if p.kind == "heading" {
					headings = append(headings, seen{fmt.Sprint(p.level), text + end})
				} else {
					blocks = append(blocks, seen{p.kind, text})
				}
			}
		}
		b.WriteString("end")
		doc := load(t, bom+b.String(), nil)
		blocks = append(blocks, seen{"paragraph", "end"})
		if diff := cmp.Diff(blocks, blocksOf(doc)); diff != "" {
			t.Fatalf("blocks of %q (-want +got):\n%s", b.String(), diff)
		}
		var got []seen
		for _, s := range doc.Sections {
			got = append(got, seen{fmt.Sprint(s.Level), s.Heading.In(doc.Text)})
		}
		if diff := cmp.Diff(headings, got); diff != "" {
			t.Fatalf("headings of %q (-want +got):\n%s", b.String(), diff)
		}
	}
}

func TestHostileTextIsReadInLinearTime(t *testing.T) {
	patterns := map[string]string{
		"quotations": ">", "quoted lines": "> > >\n", "items": "- ", "item lines": "- a\n", "nested items": " - a\n  ",
		"brackets": "[", "link tails": "](", "definitions": "[a]: b \"\n", "definition lines": "[a]: b\n",
		"backticks": "`", "fences": "```\n", "tildes": "~", "stars": "*a ", "bars": "|", "bar lines": "a|b\n-|-\n",
		"entities": "&lt;", "tags": "<a ", "comments": "<!--", "html lines": "<div>\n", "headings": "# a\n", "setext": "a\n=\n",
		"line ends": "\n", "returns": "\r", "short lines": "a\n\n", "tabs": "\t", "braces": "# {", "yaml": "---\n", "tabbed items": "-\t",
		"numbers": "1. ", "number lines": "1)\n", "spaces": " ", "quote then item": "> - ",
	}
	measure := func(pattern string, n int) time.Duration {
		source := "x\n\n" + strings.Repeat(pattern, n/len(pattern))
		start := time.Now()
		load(t, source, nil)
		return time.Since(start)
	}
	for name, pattern := range patterns {
		t.Run(name, func(t *testing.T) {
			const n = 100_000
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

func TestListsAndQuotationsNestToAnyDepth(t *testing.T) {
	for _, first := range []string{"", "> ", "- "} { // so that the limit falls on lists and on items
		for _, depth := range []int{10, maxDepth / 2, maxDepth, 2 * maxDepth} {
			var b strings.Builder
			for i := range depth {
				fmt.Fprintf(&b, "%s%s- item %d\n", first, strings.Repeat("  ", i), i)
			}
			source := b.String()
			doc := load(t, source, nil)
			check(t, source, doc)
			if len(doc.Blocks) == 0 {
				t.Errorf("a list %d deep behind %q has no block", depth, first)
			}
		}
	}
}

func TestStructureIsReadUpToALimit(t *testing.T) {
	source := strings.Repeat("a\n", maxLines+10) + "# late\n"
	doc := load(t, source, nil)
	if len(doc.Sections) != 0 || len(doc.Warnings) != 1 || doc.Warnings[0].Code != groundwork.Truncated {
		t.Errorf("%d sections, warnings %v; want none and Truncated", len(doc.Sections), doc.Warnings)
	}
	if doc.Text != source {
		t.Error("text was cut with the structure")
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		"---\na: b\n---\n# T\n\n- x\n  - y\n\n| a |\n|---|\n| 1 |\n", "a\r\rb\n---\n", "> > - ```\nx", "\ufeff# \n===\n",
		"[a]: b\n[c]: d\n===", "0\n-:\n-", "<!-- x\n--> # y", "!!! n\n\n    x\n", "+++\n+++", "---\n&a [*a]\n---\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		doc, err := loadErr(t, source, nil)
		if err == nil {
			check(t, source, doc)
		}
	})
}
