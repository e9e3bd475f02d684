package html

import "golang.org/x/net/html/atom"

// isBlock reports whether a browser begins a new line for elements of the
// name.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center,
		atom.Dd, atom.Details, atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption,
		atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Li, atom.Listing, atom.Main, atom.Menu, atom.Nav,
		atom.Ol, atom.P, atom.Plaintext, atom.Pre, atom.Search, atom.Section, atom.Summary, atom.Table, atom.Tbody,
		atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp:
		return true
	}
	return false
}

// void reports whether elements of the name have no end tag.
func void(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link,
		atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// dropped reports whether elements of the name hold nothing that is read.
func dropped(tag atom.Atom) bool {
	switch tag {
	case atom.Applet, atom.Audio, atom.Button, atom.Canvas, atom.Datalist, atom.Dialog, atom.Embed, atom.Head,
		atom.Iframe, atom.Input, atom.Map, atom.Math, atom.Nav, atom.Noframes, atom.Noscript, atom.Object,
		atom.Optgroup, atom.Option, atom.Script, atom.Search, atom.Select, atom.Style, atom.Svg, atom.Template,
		atom.Textarea, atom.Title, atom.Video:
		return true
	}
	return false
}

// inHead reports whether elements of the name may stand in the head.
func inHead(tag atom.Atom) bool {
	switch tag {
	case atom.Base, atom.Link, atom.Meta, atom.Noscript, atom.Script, atom.Style, atom.Template, atom.Title:
		return true
	}
	return false
}

func tablePart(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Body, atom.Html:
		return true
	}
	return false
}

// heading returns the level of a heading element, 0 for others.
func heading(tag atom.Atom) int {
	switch tag {
	case atom.H1:
		return 1
	case atom.H2:
		return 2
	case atom.H3:
		return 3
	case atom.H4:
		return 4
	case atom.H5:
		return 5
	case atom.H6:
		return 6
	}
	return 0
}
