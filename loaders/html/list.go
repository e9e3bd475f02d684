package html

import (
	"fmt"
	"strings"

	"golang.org/x/net/html/atom"

	"github.com/seed4837efcb/groundwork"
)

// list writes a list; each item of the outermost one is a block.
func (r *renderer) list(n *node) {
	number, first := 0, true
	for _, c := range n.children {
		if c.attr.hidden || c.length == 0 {
			continue
		}
		if c.tag != atom.Li {
			r.node(c) // content that belongs in no list
			continue
		}
		number++
		marker := "- "
		if n.tag == atom.Ol {
			marker = fmt.Sprintf("%d. ", number)
		}
		r.item(c, marker, first)
		first = false
	}
}

func (r *renderer) item(n *node, marker string, first bool) {
	r.close()
	if first {
		r.begin()
	} else if s := r.b.String(); !strings.HasSuffix(s, "\n") {
		r.newLine()
	}
	start, outer, level := r.b.Len(), r.indent, r.within
	r.mark(firstLine(n))
	r.raw(marker)
	r.indent += strings.Repeat(" ", len(marker))
	r.within++
	r.children(n)
	r.close()
	r.within, r.indent = level, outer
	if level == 0 {
		r.add(groundwork.BlockList, start)
	}
}

// definitions writes terms and what they mean; a term with its meanings is a
// block.
func (r *renderer) definitions(n *node) {
	var group []*node
	flush := func() {
		if len(group) > 0 {
			r.grouped(groundwork.BlockList, func() {
				for _, c := range group {
					r.begin()
					r.children(c)
					r.close()
				}
			})
		}
		group = nil
	}
	var walk func(n *node)
	walk = func(n *node) {
		for _, c := range n.children {
			switch {
			case c.attr.hidden || c.length == 0:
			case c.tag == atom.Dt:
				if len(group) > 0 && group[len(group)-1].tag == atom.Dd {
					flush()
				}
				group = append(group, c)
			case c.tag == atom.Div:
				walk(c)
			default:
				group = append(group, c)
			}
		}
	}
	walk(n)
	flush()
}
