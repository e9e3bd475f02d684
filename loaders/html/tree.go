package html

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxNodes = 2_000_000 // elements and texts of a page
	maxDepth = 256       // of elements; deeper ones count as part of their parent
)

// A node is an element or, where tag is 0 and text set, a text. Elements of
// unknown names have tag 0 and no text.
type node struct {
	tag      atom.Atom
	text     string
	line     int // line of the file where it begins, counted from 1
	attr     attributes
	children []*node
	hasBlock bool // an element that is a block is below
	length   int  // bytes of visible text below, white space aside
	linked   int  // bytes of it in links
	links    int
}

// attributes are the ones that decide what is read.
type attributes struct {
	id, class, role string
	hidden          bool
}

// A page is a parsed file.
type page struct {
	root *node
	head head
	cut  bool // more nodes than maxNodes
}

// A builder makes a tree of the tokenizer's tokens: a simple one, without the
// repairs of browsers that move elements about.
type builder struct {
	z     *html.Tokenizer
	page  page
	stack []*node           // open elements, root first
	open  map[atom.Atom]int // how many of a name are on the stack
	line  int
	nodes int
}

func parse(source string) page {
	root := &node{tag: atom.Body}
	b := builder{z: html.NewTokenizer(strings.NewReader(source)), stack: []*node{root}, open: map[atom.Atom]int{}, line: 1}
	b.page.root = root
	for b.nodes < maxNodes {
		kind := b.z.Next()
		if kind == html.ErrorToken {
			measure(root)
			return b.page
		}
		lines := bytes.Count(b.z.Raw(), []byte("\n"))
		switch kind {
		case html.TextToken:
			b.text(string(b.z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			b.start()
		case html.EndTagToken:
			name, _ := b.z.TagName()
			b.end(atom.Lookup(name))
		}
		b.line += lines
	}
	b.page.cut = true
	measure(root)
	return b.page
}

func (b *builder) top() *node { return b.stack[len(b.stack)-1] }

func (b *builder) add(n *node) {
	b.nodes++
	b.top().children = append(b.top().children, n)
}

func (b *builder) text(s string) {
	if b.top().tag == atom.Head && strings.TrimSpace(s) != "" {
		b.pop(len(b.stack) - 1)
	}
	switch top := b.top(); {
	case top.tag == atom.Title && b.open[atom.Svg] == 0:
		if len(b.page.head.title) < maxMeta {
			b.page.head.title += s
		}
	case dropped(top.tag):
	default:
		b.add(&node{text: s, line: b.line})
	}
}

// start opens an element after closing those that it ends by the rules of the
// language.
func (b *builder) start() {
	raw, more := b.z.TagName()
	tag := atom.Lookup(raw)
	n := &node{tag: tag, line: b.line}
	attrs := map[string]string{}
	for i := 0; more; i++ {
		var key, value []byte
		key, value, more = b.z.TagAttr()
		if i < 256 {
			if _, twice := attrs[string(key)]; !twice {
				attrs[string(key)] = string(value)
			}
		}
	}
	n.attr = attributesOf(attrs)
	b.page.head.element(tag, attrs)
	b.closeImplied(tag)
	if isBlock(tag) {
		for i := len(b.stack) - 1; i >= 0 && !b.stack[i].hasBlock; i-- {
			b.stack[i].hasBlock = true
		}
	}
	b.add(n)
	if !void(tag) && len(b.stack) < maxDepth {
		b.stack = append(b.stack, n)
		b.open[tag]++
	}
}

func attributesOf(attrs map[string]string) attributes {
	a := attributes{id: attrs["id"], class: attrs["class"], role: strings.ToLower(attrs["role"])}
	_, a.hidden = attrs["hidden"]
	style := strings.ToLower(strings.Join(strings.Fields(attrs["style"]), ""))
	if attrs["aria-hidden"] == "true" || strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
		a.hidden = true
	}
	return a
}

// closeImplied closes what the start of an element of the given name ends.
func (b *builder) closeImplied(tag atom.Atom) {
	if b.top().tag == atom.Head && !inHead(tag) {
		b.pop(len(b.stack) - 1)
	}
	switch tag {
	case atom.Li:
		b.closeUpTo(atom.Ul, atom.Ol, atom.Menu, atom.Li)
	case atom.Dt, atom.Dd:
		b.closeUpTo(atom.Dl, 0, 0, atom.Dt, atom.Dd)
	case atom.Tr:
		b.closeUpTo(atom.Table, 0, 0, atom.Tr)
	case atom.Td, atom.Th:
		b.closeUpTo(atom.Table, atom.Tr, 0, atom.Td, atom.Th)
	case atom.Thead, atom.Tbody, atom.Tfoot:
		b.closeUpTo(atom.Table, 0, 0, atom.Thead, atom.Tbody, atom.Tfoot)
	case atom.Option:
		b.closeUpTo(atom.Select, 0, 0, atom.Option)
	}
	if isBlock(tag) && b.open[atom.P] > 0 {
		b.closeUpTo(atom.Td, atom.Th, atom.Table, atom.P)
	}
}

// closeUpTo closes the innermost open element that has one of the names, and
// what is in it, unless one of the three fences lies between.
func (b *builder) closeUpTo(fence1, fence2, fence3 atom.Atom, names ...atom.Atom) {
	some := false
	for _, name := range names {
		some = some || b.open[name] > 0
	}
	for i := len(b.stack) - 1; i > 0 && some; i-- {
		tag := b.stack[i].tag
		for _, name := range names {
			if tag == name {
				b.pop(i)
				return
			}
		}
		if tag != 0 && (tag == fence1 || tag == fence2 || tag == fence3) {
			return
		}
	}
}

// pop closes the open elements from i on.
func (b *builder) pop(i int) {
	for _, n := range b.stack[i:] {
		b.open[n.tag]--
	}
	b.stack = b.stack[:i]
}

// end closes the innermost open element of the name. The end of an inline
// element does not close blocks, and nothing but the end of a table or of a
// cell closes a cell.
func (b *builder) end(tag atom.Atom) {
	if tag == 0 {
		if b.top().tag == 0 && len(b.stack) > 1 {
			b.pop(len(b.stack) - 1)
		}
		return
	}
	if b.open[tag] == 0 {
		return
	}
	for i := len(b.stack) - 1; i > 0; i-- {
		t := b.stack[i].tag
		if t == tag {
			b.pop(i)
			return
		}
		if !isBlock(tag) && isBlock(t) || (t == atom.Td || t == atom.Th) && !tablePart(tag) {
			return
		}
	}
}

// measure sets the lengths of n and all below it.
func measure(n *node) {
	if n.text != "" {
		for _, f := range strings.Fields(n.text) {
			n.length += len(f)
		}
		return
	}
	for _, c := range n.children {
		measure(c)
		if !c.attr.hidden && !dropped(c.tag) {
			n.length += c.length
			n.linked += c.linked
			n.links += c.links
		}
	}
	if n.tag == atom.A {
		n.linked = n.length
		n.links = 1
	}
}
