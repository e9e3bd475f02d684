package html

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// mainContent returns the element that holds what the page is about, and
// marks as hidden what is not content in it.
func mainContent(root *node) *node {
	best, named := root, false
	if n := largest(root, func(n *node) bool { return n.tag == atom.Main || n.attr.role == "main" }); n != nil {
		best, named = n, true
	} else if n := largest(root, func(n *node) bool { return n.tag == atom.Article }); n != nil {
		best, named = n, true
	} else if n := largest(root, func(n *node) bool { return contentNames[n.attr.id] || hasClass(n, contentNames) }); n != nil {
		best, named = n, true
	}
	// A page may call a small part its main one, or have many articles.
	if named && best.length*3 < readable(root) {
		best, named = root, false
	}
	prune(best, named, 0)
	return best
}

// contentNames are ids and classes that common systems give to the content.
var contentNames = map[string]bool{
	"content": true, "main-content": true, "main": true, "bodyContent": true, "mw-content-text": true,
	"article-body": true, "post-content": true, "entry-content": true, "page-content": true, "markdown-body": true,
}

// otherClasses are classes of what surrounds content.
var otherClasses = map[string]bool{
	"mw-editsection": true, "headerlink": true, "navbox": true, "toc": true, "breadcrumb": true, "breadcrumbs": true,
	"noprint": true, "sidebar": true, "skip-link": true, "site-footer": true, "site-header": true, "navbar": true,
	"cookie-banner": true, "cookie-notice": true, "share-buttons": true, "social-share": true, "pagination": true,
	"mw-jump-link": true, "catlinks": true,
}

var otherRoles = map[string]bool{
	"navigation": true, "banner": true, "contentinfo": true, "search": true, "complementary": true,
	"menu": true, "menubar": true, "toolbar": true, "dialog": true, "alertdialog": true,
}

func hasClass(n *node, names map[string]bool) bool {
	if n.attr.class == "" || len(n.attr.class) > 1000 {
		return false
	}
	return slices.ContainsFunc(strings.Fields(n.attr.class), func(c string) bool { return names[c] })
}

// largest returns the element with the most text for which ok holds; elements
// within one are not looked at.
func largest(n *node, ok func(*node) bool) (best *node) {
	for _, c := range n.children {
		if c.text != "" || c.attr.hidden || dropped(c.tag) {
			continue
		}
		found := c
		if !ok(c) {
			found = largest(c, ok)
		}
		if found != nil && (best == nil || found.length > best.length) {
			best = found
		}
	}
	return best
}

// readable returns the text of n without links, which is what a page is
// judged by.
func readable(n *node) int { return n.length - n.linked }

// prune hides what is not content below n. named says that n is marked as the
// content by the page itself: there less is taken for navigation.
func prune(n *node, named bool, articles int) {
	for _, c := range n.children {
		if c.text != "" {
			continue
		}
		if surrounds(c, articles) || linkDense(c, named) {
			c.attr.hidden = true
			continue
		}
		inner := articles
		if c.tag == atom.Article || c.tag == atom.Main {
			inner++
		}
		prune(c, named, inner)
	}
}

// surrounds reports whether an element is a frame of the content rather than
// part of it. A header in an article is the article's own.
func surrounds(n *node, articles int) bool {
	switch n.tag {
	case atom.Header:
		return articles == 0 && !holdsHeading(n)
	case atom.Footer, atom.Aside:
		return true
	}
	return otherRoles[n.attr.role] || hasClass(n, otherClasses)
}

func holdsHeading(n *node) bool {
	return heading(n.tag) == 1 || slices.ContainsFunc(n.children, holdsHeading)
}

// linkDense reports whether a block is little but links, as menus and lists of
// other pages are.
func linkDense(n *node, named bool) bool {
	switch n.tag {
	case atom.Ul, atom.Ol, atom.Div, atom.Section, atom.Table, atom.P, atom.Menu, atom.Dl, atom.Center:
	default:
		return false
	}
	if named {
		return n.links >= 8 && n.linked*100 > n.length*85 && n.linked < 40*n.links
	}
	return n.links >= 3 && n.linked*100 > n.length*66 && n.linked < 60*n.links
}
