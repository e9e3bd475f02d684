package html

import (
	"strings"
	"unicode"

	"golang.org/x/net/html/atom"
)

// plain returns the text of n on one line.
func plain(n *node) string {
	return strings.Join(strings.Fields(content(n)), " ")
}

// content returns the text of n as it is, with a line end for every break and
// between blocks.
func content(n *node) string {
	var b strings.Builder
	var walk func(n *node)
	walk = func(n *node) {
		switch {
		case n.attr.hidden || dropped(n.tag):
			return
		case n.text != "":
			b.WriteString(strings.ToValidUTF8(strings.ReplaceAll(n.text, "\x00", ""), "\ufffd"))
		case n.tag == atom.Br, isBlock(n.tag) && b.Len() > 0 && n.tag != atom.Pre:
			b.WriteByte('\n')
		}
		for _, c := range n.children {
			walk(c)
		}
	}
	for _, c := range n.children {
		walk(c)
	}
	return b.String()
}

// firstLine returns the line of the file where the text of n begins.
func firstLine(n *node) int {
	if n.text != "" {
		rest := strings.TrimLeftFunc(n.text, unicode.IsSpace)
		return n.line + strings.Count(n.text[:len(n.text)-len(rest)], "\n")
	}
	for _, c := range n.children {
		if c.length > 0 && !c.attr.hidden && !dropped(c.tag) {
			return firstLine(c)
		}
	}
	return n.line
}
