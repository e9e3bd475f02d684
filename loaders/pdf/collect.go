package pdf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders"
)

// A collector makes a document of the child's messages. What the child says is
// as foreign as the file is.
type collector struct {
	loader *Loader
	doc    *groundwork.Document
	text   strings.Builder
	pages  int
	empty  []int // pages without text
	faulty []int // pages that are not complete
	fault  string
	lost   int // glyphs without a character
	glyphs int
	fail   *failure
	cut    string // the limit of ours that ended the reading
}

func (c *collector) collect(ctx context.Context, data []byte) error {
	o := c.loader.o
	limits := &isolate.Limits{Wall: o.MaxTime, Memory: o.Memory, Output: 8*int64(o.MaxText) + 8<<20}
	for frame, err := range o.Worker.Run(ctx, handlerName, data, limits) {
		if err != nil {
			return err
		}
		var m message
		if err := json.Unmarshal(frame, &m); err != nil {
			return fmt.Errorf("%w: %w", isolate.ErrCrash, err)
		}
		switch {
		case m.Info != nil:
			c.info(*m.Info)
		case m.Fail != nil:
			c.fail = m.Fail
		case m.Page != nil:
			if c.page(m.Page); c.cut != "" {
				return nil
			}
		}
	}
	return nil
}

func (c *collector) page(p *pageText) {
	if c.pages == c.loader.o.MaxPages {
		c.cut = fmt.Sprintf("only the first %d pages were read", c.pages)
		return
	}
	c.pages++
	if p.Err != "" {
		c.faulty = append(c.faulty, c.pages)
		c.fault = p.Err
	}
	c.lost += p.Missing
	c.glyphs += p.Total
	text := strings.ToValidUTF8(p.Text, "\ufffd")
	if strings.TrimSpace(text) == "" {
		c.empty = append(c.empty, c.pages)
		return
	}
	if c.text.Len() > 0 {
		text = "\n\n" + text
	}
	if room := c.loader.o.MaxText - c.text.Len(); len(text) > room {
		c.cut = fmt.Sprintf("the text is longer than %d bytes; the rest was left out", c.loader.o.MaxText)
		text = strings.ToValidUTF8(text[:room], "")
	}
	start := c.text.Len() + len(text) - len(strings.TrimLeft(text, "\n"))
	c.doc.Marks = append(c.doc.Marks, groundwork.Mark{Offset: start, Kind: groundwork.MarkPage, Number: c.pages})
	c.text.WriteString(text)
}

// info takes over what a file says about itself.
func (c *collector) info(values info) {
	meta := map[string]any{}
	for key, name := range map[string]string{"Author": "author", "Subject": "subject", "Keywords": "keywords"} {
		if v := strings.ToValidUTF8(values[key], ""); v != "" && len(v) <= 4096 {
			meta[name] = v
		}
	}
	if t, ok := date(values["CreationDate"]); ok {
		meta["created"] = t
	}
	if m, err := groundwork.NewMetadata(meta); err == nil && len(m) > 0 {
		c.doc.Metadata = m
	}
	c.doc.Title = title(strings.ToValidUTF8(values["Title"], ""))
}

// title returns a stated title unless it is one that programs put there: a
// file name or a place holder.
func title(s string) string {
	lower := strings.ToLower(s)
	for _, prefix := range []string{"microsoft word - ", "microsoft powerpoint - ", "untitled", "no title", "document", "(anonymous)", "file:", "http:", "https:"} {
		if strings.HasPrefix(lower, prefix) {
			return ""
		}
	}
	if i := strings.LastIndexByte(lower, '.'); i >= 0 && len(lower)-i <= 6 && i+1 < len(lower) && !strings.ContainsAny(lower[i:], " ") {
		return ""
	}
	if strings.ContainsAny(s, "\\/") && !strings.Contains(s, " ") || len(s) > 500 {
		return ""
	}
	return s
}

// date reads D:20240131120000+09'00' (ISO 32000-1, 7.9.4).
func date(s string) (time.Time, bool) {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "D:"), "'", "")
	for _, form := range []string{"20060102150405-0700", "20060102150405Z0000", "20060102150405Z", "20060102150405", "200601021504", "20060102"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, t.Year() >= 1900 && t.Year() < 3000
		}
	}
	return time.Time{}, false
}

// finish returns the document, or the error that there is instead of one. err
// is what ended the child's work.
func (c *collector) finish(ctx context.Context, err error) (*groundwork.Document, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	c.doc.Text = c.text.String()
	if c.doc.Text == "" {
		return nil, c.nothing(err)
	}
	c.warnings(err)
	return c.doc, nil
}

// nothing returns why a file has no text.
func (c *collector) nothing(err error) error {
	uri := c.doc.URI
	switch {
	case errors.Is(err, isolate.ErrHandler):
		return &loaders.FileError{URI: uri, Stage: "isolate", Err: fmt.Errorf("%w: %w", loaders.ErrNoWorker, err), Remedy: remedyWorker}
	case isLimit(err):
		return &loaders.FileError{URI: uri, Stage: "isolate", Err: fmt.Errorf("%w: %w", loaders.ErrLimit, err), Remedy: "raise the limits of pdf.Options if the file is to be trusted"}
	case errors.Is(err, isolate.ErrCrash):
		return &loaders.FileError{URI: uri, Stage: "parse", Err: fmt.Errorf("%w: %w", loaders.ErrMalformed, err), Remedy: remedyDamaged}
	case err != nil:
		return &loaders.FileError{URI: uri, Stage: "isolate", Err: err}
	case c.fail != nil && c.fail.Encrypted:
		return &loaders.FileError{URI: uri, Stage: "open", Err: fmt.Errorf("%w: %s", loaders.ErrEncrypted, c.fail.Text), Remedy: "save a copy without a password"}
	case c.fail != nil:
		return &loaders.FileError{URI: uri, Stage: "parse", Err: fmt.Errorf("%w: %s", loaders.ErrMalformed, c.fail.Text), Remedy: remedyDamaged}
	case len(c.faulty) > 0:
		return &loaders.FileError{URI: uri, Stage: "parse", Err: fmt.Errorf("%w: page %s: %s", loaders.ErrMalformed, list(c.faulty), c.fault), Remedy: remedyDamaged}
	case c.pages == 0:
		return &loaders.SkipError{URI: uri, Reason: loaders.SkipNoText, Detail: "no pages"}
	}
	if c.lost > 0 {
		return &loaders.SkipError{URI: uri, Reason: loaders.SkipNoText,
			Detail: fmt.Sprintf("%d glyphs, and the file does not tell which characters they are", c.lost)}
	}
	return &loaders.SkipError{URI: uri, Reason: loaders.SkipNoText,
		Detail: fmt.Sprintf("%d pages without text; if they are scans, run text recognition on them first", c.pages)}
}

const remedyDamaged = "open the file in a viewer and save it anew"

func isLimit(err error) bool {
	return errors.Is(err, isolate.ErrDeadline) || errors.Is(err, isolate.ErrMemory) || errors.Is(err, isolate.ErrOutput)
}

// warnings tells what of the file is missing in the document.
func (c *collector) warnings(err error) {
	switch {
	case c.cut != "":
		c.warn(groundwork.Truncated, "%s", c.cut)
	case isLimit(err):
		c.warn(groundwork.Truncated, "only the first %d pages were read: %v", c.pages, err)
	case err != nil:
		c.warn(groundwork.Partial, "only the first %d pages were read: %v", c.pages, err)
	case c.fail != nil:
		c.warn(groundwork.Partial, "only the first %d pages were read: %s", c.pages, c.fail.Text)
	}
	if len(c.faulty) > 0 {
		c.warn(groundwork.Partial, "page %s: %s", list(c.faulty), c.fault)
	}
	if c.lost > 0 {
		c.warn(groundwork.Partial, "%d of %d glyphs have no known character and are left out", c.lost, c.glyphs)
	}
	if len(c.empty) > 0 {
		c.warn(groundwork.NoText, "no text on page %s; if it is a scan, run text recognition on it first", list(c.empty))
	}
}

func (c *collector) warn(code groundwork.Code, format string, args ...any) {
	c.doc.Warnings = append(c.doc.Warnings, groundwork.Warning{
		Code: code, Stage: "load", URI: c.doc.URI, Detail: fmt.Sprintf(format, args...),
	})
}

// list writes page numbers as "1, 4–7", the first few of many.
func list(pages []int) string {
	var parts []string
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		part := strconv.Itoa(pages[i])
		if j > i {
			part += "–" + strconv.Itoa(pages[j])
		}
		if parts = append(parts, part); len(parts) == 10 && j+1 < len(pages) {
			return strings.Join(parts, ", ") + ", …"
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
