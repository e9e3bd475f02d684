package html

import (
	"strings"

	"golang.org/x/net/html/atom"

	"github.com/seed4837efcb/groundwork"
)

const maxCell = 400 // bytes of a cell's text; tables with longer ones arrange a page

// table writes a table as lines of cells, "a | b". One that only arranges the
// page is written cell by cell instead.
func (r *renderer) table(n *node) {
	rows, captions := rowsOf(n)
	for _, c := range captions {
		r.children(c)
		r.close()
	}
	if r.within > 0 || arranges(n, rows) {
		for _, row := range rows {
			for _, cell := range row.cells {
				r.children(cell)
				r.close()
			}
		}
		return
	}
	r.begin()
	start, header, end := r.b.Len(), 0, 0
	for i, row := range rows {
		if i > 0 {
			r.newLine()
		}
		r.mark(firstLine(row.node))
		r.raw(row.text())
		if row.head && header == i {
			header, end = i+1, r.b.Len()
		}
	}
	r.add(groundwork.BlockTable, start)
	if n := len(r.doc.Blocks); header > 0 && header < len(rows) && n > 0 && r.doc.Blocks[n-1].Span.Start == start {
		r.doc.Blocks[n-1].Header = groundwork.Span{Start: start, End: end}
	}
}

// A row is one line of a table.
type row struct {
	node  *node
	cells []*node
	head  bool // it names the columns
}

func (r *row) text() string {
	parts := make([]string, len(r.cells))
	for i, c := range r.cells {
		parts[i] = plain(c)
	}
	return strings.TrimRight(strings.Join(parts, " | "), " ")
}

// rowsOf returns the rows that hold text, and the captions.
func rowsOf(table *node) (rows []row, captions []*node) {
	var walk func(n *node, head bool)
	walk = func(n *node, head bool) {
		for _, c := range n.children {
			switch {
			case c.attr.hidden || c.length == 0:
			case c.tag == atom.Caption:
				captions = append(captions, c)
			case c.tag == atom.Thead:
				walk(c, true)
			case c.tag == atom.Tbody, c.tag == atom.Tfoot:
				walk(c, false)
			case c.tag == atom.Tr:
				rows = append(rows, rowOf(c, head))
			default: // cells without a row, or texts between rows
				rows = append(rows, row{node: c, cells: []*node{c}})
			}
		}
	}
	walk(table, false)
	return rows, captions
}

func rowOf(tr *node, head bool) row {
	out := row{node: tr, head: true}
	for _, c := range tr.children {
		if c.tag == atom.Td || c.tag == atom.Th {
			out.cells = append(out.cells, c)
			out.head = out.head && (head || c.tag == atom.Th)
		}
	}
	out.head = out.head && len(out.cells) > 0
	return out
}

// arranges reports whether a table is a grid for a page's parts.
func arranges(table *node, rows []row) bool {
	if table.attr.role == "presentation" || table.attr.role == "none" {
		return true
	}
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row.cells))
		for _, c := range row.cells {
			if c.length > maxCell || holds(c, atom.Table) || holds(c, atom.Pre) {
				return true
			}
		}
	}
	return columns < 2
}

func holds(n *node, tag atom.Atom) bool {
	for _, c := range n.children {
		if c.tag == tag || c.hasBlock && holds(c, tag) {
			return true
		}
	}
	return false
}
