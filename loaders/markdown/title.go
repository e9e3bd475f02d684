package markdown

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const maxTitle = 1000 // bytes of a heading that are read for its title

// inlineParser reads the inline markup of one heading. It is made once because
// it is stateless after that.
var inlineParser = sync.OnceValue(func() parser.Parser {
	inline := append(parser.DefaultInlineParsers(),
		util.Prioritized(extension.NewStrikethroughParser(), 500))
	return parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithInlineParsers(inline...))
})

// headingTitle returns the text of a heading without its markup, on one line.
func headingTitle(n *ast.Heading, source []byte) string {
	raw := strings.TrimSpace(string(n.Lines().Value(source)))
	if len(raw) > maxTitle {
		raw = strings.ToValidUTF8(raw[:maxTitle], "")
	}
	return plainText(trimAttributes(raw))
}

// trimAttributes removes an attribute list from the end of a heading, such as
// { #anchor } or {: .class }.
func trimAttributes(heading string) string {
	i := strings.LastIndexByte(heading, '{')
	if i < 0 || !strings.HasSuffix(heading, "}") {
		return heading
	}
	list := strings.TrimSpace(heading[i+1 : len(heading)-1])
	if list == "" || !strings.ContainsRune("#.:", rune(list[0])) {
		return heading
	}
	return strings.TrimSpace(heading[:i])
}

// plainText returns what a reader sees of inline Markdown, white space made
// single.
func plainText(markdown string) string {
	source := []byte(markdown)
	root := inlineParser().Parse(text.NewReader(source))
	var b strings.Builder
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeInline(&b, n, source)
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func writeInline(b *strings.Builder, n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Text:
		raw := n.Value(source)
		if _, code := n.Parent().(*ast.CodeSpan); !code && !n.IsRaw() {
			raw = util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(raw)))
		}
		b.Write(raw)
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte(' ')
		}
	case *ast.String:
		b.Write(n.Value)
	case *ast.AutoLink:
		b.Write(n.Label(source))
	}
}
