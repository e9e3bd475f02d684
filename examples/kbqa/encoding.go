package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/text"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// autoEncoding undoes what --encoding named before.
const autoEncoding = "auto"

const encodingRemedy = "if it is garbled: kbqa index --encoding NAME"

func (a *app) encodingFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.coding, "encoding", "", "texts are in `NAME`, as cp949; auto tells it")
}

// checkEncoding completes what --encoding says.
func (a *app) checkEncoding() error {
	if a.coding == "" || a.coding == autoEncoding {
		return nil
	}
	name, err := text.Canonical(a.coding)
	if err != nil {
		return usagef("--encoding %s: known are %s, and %s", a.coding, strings.Join(text.Encodings(), ", "), autoEncoding)
	}
	a.coding = name
	return nil
}

// recode sets the encoding that was asked for and reports whether that changed
// anything.
func (c *corpus) recode(name string) bool {
	if name == "" || cmp.Or(c.note.Encoding, autoEncoding) == name {
		return false
	}
	if c.note.Encoding = name; name == autoEncoding {
		c.note.Encoding = ""
	}
	return true
}

// checkRecoded is the error for an --encoding that cannot be heeded now.
func (s *stack) checkRecoded() error {
	if s.readOnly != nil && s.corpus.recode(s.coding) {
		return s.explainReadOnly("try again")
	}
	return nil
}

// An encodingCount tells how many texts were read with an encoding.
type encodingCount struct {
	Name     string         `json:"name"`
	Files    int            `json:"files"`
	By       map[string]int `json:"by"`       // files by loaders.Basis
	Doubtful int            `json:"doubtful"` // files that may be in another
}

// encodings counts the indexed files by encoding, most frequent first.
func encodings(items map[string]*pipeline.Item) []encodingCount {
	found := map[string]*encodingCount{}
	for _, it := range items {
		if it.Status != pipeline.Indexed || it.Encoding == "" {
			continue
		}
		e := found[it.Encoding]
		if e == nil {
			e = &encodingCount{Name: it.Encoding, By: map[string]int{}}
			found[it.Encoding] = e
		}
		e.Files++
		e.By[it.EncodingBy]++
		if it.Doubt != nil {
			e.Doubtful++
		}
	}
	out := []encodingCount{}
	for _, e := range found {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(x, y encodingCount) int {
		return cmp.Or(cmp.Compare(y.Files, x.Files), strings.Compare(x.Name, y.Name))
	})
	return out
}

// encodingLine puts encodings in words: "utf-8 812, cp949 14 (2 by majority)".
func encodingLine(list []encodingCount) string {
	var parts []string
	for _, e := range list {
		part := fmt.Sprintf("%s %d", e.Name, e.Files)
		var how []string
		for _, by := range []loaders.Basis{loaders.ByMajority, loaders.ByForce} {
			if n := e.By[string(by)]; n > 0 {
				how = append(how, fmt.Sprintf("%d by %s", n, map[loaders.Basis]string{loaders.ByMajority: "majority", loaders.ByForce: "--encoding"}[by]))
			}
		}
		if n := e.Doubtful - e.By[string(loaders.ByMajority)]; n > 0 {
			how = append(how, fmt.Sprintf("%d in doubt", n))
		}
		if how != nil {
			part += " (" + strings.Join(how, ", ") + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// doubtReason says which encodings an indexed file may be in.
func doubtReason(it *pipeline.Item) string {
	how := "as its letters suggest"
	if it.EncodingBy == string(loaders.ByMajority) {
		how = "as most other texts are"
	}
	others := slices.DeleteFunc(slices.Clone(it.Doubt), func(e string) bool { return e == it.Encoding })
	return fmt.Sprintf("read as %s, %s; it may be %s", it.Encoding, how, strings.Join(others, " or "))
}

// mostDoubts is how many doubtful files a run names.
const mostDoubts = 5

// tellDoubts names the files of this run whose encoding is in doubt.
func (s *stack) tellDoubts(r *pipeline.Report) {
	doubts := map[string]string{}
	for _, w := range r.Warnings {
		if w.Code == groundwork.Doubt {
			doubts[w.URI] = w.Detail
		}
	}
	for i, uri := range slices.Sorted(maps.Keys(doubts)) {
		if i == mostDoubts {
			s.talk("kbqa: %d more files are in doubt: kbqa status --files=doubtful %s", len(doubts)-i, s.corpus.operands())
			break
		}
		s.talk("kbqa: %s: %s", uri, doubts[uri])
	}
}

// document reads the document that name means: the one of exactly that name,
// or else one that differs in its Unicode form alone. Bytes that are no UTF-8
// are taken as those of the file's name.
func (s *stack) document(ctx context.Context, name string) (*groundwork.Document, error) {
	if !utf8.ValidString(name) {
		name, _ = loaders.EscapePath(name)
	}
	doc, err := pipeline.ReadDocument(ctx, s.store, groundwork.DocumentID(loaders.DefaultSource, name))
	if !errors.Is(err, pipeline.ErrNoDocument) {
		return doc, err
	}
	items, itemsErr := pipeline.Items(ctx, s.store)
	if itemsErr != nil {
		return nil, itemsErr
	}
	if like := pipeline.LikeName(name, items, norm.NFC.String); like != "" && like != name {
		return pipeline.ReadDocument(ctx, s.store, groundwork.DocumentID(loaders.DefaultSource, like))
	}
	return nil, err
}

// matchNames lets the filter find names in another Unicode form.
func (s *session) matchNames(ctx context.Context) error {
	if !slices.Contains(filter.FieldsOf(s.opts.filter), filter.DocURI) {
		return nil
	}
	items, err := pipeline.Items(ctx, s.store)
	if err != nil {
		return err
	}
	s.opts.filter = pipeline.MatchNames(s.opts.filter, items, norm.NFC.String)
	return nil
}
