package html

import (
	"strings"
	"time"

	"golang.org/x/net/html/atom"

	"github.com/seed4837efcb/groundwork"
)

// A head is what a page says about itself.
type head struct {
	title  string
	lang   string
	values map[string]string // by metadata key
}

// metaKeys maps names and properties of meta elements to metadata keys; the
// first that is found of a key counts.
var metaKeys = map[string]string{
	"description": "description", "og:description": "description", "dc.description": "description",
	"author": "author", "article:author": "author", "dc.creator": "author",
	"date": "date", "article:published_time": "date", "dc.date": "date", "datepublished": "date",
	"keywords": "keywords",
}

const maxMeta = 2000 // bytes of a value

// element takes note of an element that describes the page.
func (h *head) element(tag atom.Atom, attrs map[string]string) {
	switch tag {
	case atom.Html:
		if h.lang == "" {
			h.lang = clip(attrs["lang"])
		}
	case atom.Meta:
		name := attrs["name"]
		if name == "" {
			name = attrs["property"]
		}
		if name == "" {
			name = attrs["itemprop"]
		}
		h.set(metaKeys[strings.ToLower(name)], attrs["content"])
	case atom.Link:
		if strings.EqualFold(attrs["rel"], "canonical") && !strings.HasPrefix(strings.ToLower(attrs["href"]), "data:") {
			h.set("canonical", attrs["href"])
		}
	}
}

func (h *head) set(key, value string) {
	if value = clip(value); key == "" || value == "" || h.values[key] != "" {
		return
	}
	if h.values == nil {
		h.values = map[string]string{}
	}
	h.values[key] = value
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxMeta {
		s = strings.ToValidUTF8(s[:maxMeta], "")
	}
	return s
}

// fill sets title and metadata of doc.
func (h *head) fill(doc *groundwork.Document) {
	doc.Title = clip(h.title)
	if h.lang != "" {
		doc.Metadata["lang"] = h.lang
	}
	for key, value := range h.values {
		doc.Metadata[key] = value
		if key == "date" {
			if t, ok := date(value); ok {
				doc.Metadata[key] = t
			}
		}
	}
}

// date reads the forms that pages use.
func date(s string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", time.RFC1123, time.RFC1123Z} {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 0 && t.Year() <= 9999 {
			return t.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}
