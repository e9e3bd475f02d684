package generator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/lexical"
)

// CheckOptions are the choices of a [Checker]. The zero value is useful.
type CheckOptions struct {
	// Analyzer says what a word is where the share of common words counts; nil
	// means lexical.Standard.
	Analyzer lexical.Analyzer

	// Embedder compares meanings: an answer in other words or in another
	// language than the passages is supported only if they are near. nil
	// compares words alone.
	Embedder embed.Embedder

	// Unrelated and Related override what the embedder's model says of itself:
	// the cosines that an unrelated and an answering text typically have with
	// a question. Both 0 take the model's; where that has none either, meanings
	// are not compared.
	Unrelated, Related float64
}

// A Checker checks the statements of one answer against the passages it was
// given. It is not safe for concurrent use.
type Checker struct {
	request Request
	opts    CheckOptions
	windows map[int][]window // of the passages that were cited
	vectors map[vectorKey][]float32
}

// A window is a sentence of a passage, or two in a row.
type window struct {
	span  groundwork.Span // within the passage's text
	text  string
	terms map[string]bool
	reading
}

// NewChecker returns a Checker for answers to r. opts may be nil.
func NewChecker(r Request, opts *CheckOptions) *Checker {
	k := &Checker{request: r, windows: map[int][]window{}, vectors: map[vectorKey][]float32{}}
	if opts != nil {
		k.opts = *opts
	}
	if k.opts.Analyzer == nil {
		k.opts.Analyzer = lexical.Standard()
	}
	if k.opts.Embedder != nil && k.opts.Related == 0 && k.opts.Unrelated == 0 {
		m := k.opts.Embedder.Model()
		k.opts.Unrelated, k.opts.Related = m.Unrelated, m.Related
	}
	return k
}

// Check compares a claim with the passages as the function of that name does,
// and its meaning with that of its quotes.
func (k *Checker) Check(ctx context.Context, c Claim) (Verdict, error) {
	v := k.words(c)
	text, _ := CutCitations(c.Text)
	var quotes []string
	for i, q := range c.Quotes {
		if v.Holds[i] {
			quotes = append(quotes, q.Text)
		}
	}
	all := strings.Join(quotes, "\n")
	if len(quotes) == 0 || strings.Contains(all, text) || strings.Contains(all, c.Text) || !k.comparesMeaning(text) {
		return v, nil
	}
	likeness, err := k.likeness(ctx, text, quotes)
	if err != nil || likeness == nil {
		return v, err
	}
	v.Known, v.Meaning = true, likeness[argMax(likeness)]
	return v, nil
}

// Quotes returns for each of the cited passages, counted from 0, the bytes
// that carry the statement best: a sentence or two in a row, and the code that
// it repeats. A passage that says nothing of it, or that there is not, gives
// none.
func (k *Checker) Quotes(ctx context.Context, text string, cited []int) ([]Quote, error) {
	var out []Quote
	_, code := splitCode(text)
	st := newStatement(text)
	for _, p := range cited {
		if p < 0 || p >= len(k.request.Passages) {
			continue
		}
		for _, c := range code {
			if i := strings.Index(k.request.Passages[p].Text, c); i >= 0 {
				out = append(out, k.quote(p, groundwork.Span{Start: i, End: i + len(c)}))
			}
		}
		w, err := k.bestWindow(ctx, text, st, p)
		if err != nil {
			return nil, err
		}
		if w != nil {
			out = append(out, k.quote(p, w.span))
		}
	}
	return out, nil
}

// quote returns the quote of a span within a passage's text.
func (k *Checker) quote(passage int, s groundwork.Span) Quote {
	h := &k.request.Passages[passage]
	at := groundwork.Span{Start: h.Span.Start + s.Start, End: h.Span.Start + s.End}
	return Quote{Passage: passage, Span: at, Text: s.In(h.Text)}
}

// bestWindow finds what to quote of a passage: what says the statement, then
// what says a part of it, then what shares the most words or the meaning. It
// returns nil if there is nothing.
func (k *Checker) bestWindow(ctx context.Context, text string, st statement, passage int) (*window, error) {
	if len(st.whole) == 0 {
		return nil, nil
	}
	windows := k.windowsOf(passage)
	if w := firstSaying(windows, st); w != nil {
		return w, nil
	}
	want := k.terms(text)
	var best *window
	most := 0
	for i := range windows {
		w := &windows[i]
		n := common(want, w.terms)
		if n > most || n == most && n > 0 && w.span.Len() < best.span.Len() {
			best, most = w, n
		}
	}
	if best != nil && 2*most >= len(want) || !k.comparesMeaning(text) {
		return best, nil
	}
	near, err := k.nearest(ctx, text, windows)
	if near == nil {
		near = best
	}
	return near, err
}

// firstSaying returns the shortest window that says the statement, or else one
// that says a part of it.
func firstSaying(windows []window, st statement) *window {
	var best, partly *window
	for i := range windows {
		w := &windows[i]
		switch {
		case w.says(st.whole):
			if best == nil || w.span.Len() < best.span.Len() {
				best = w
			}
		case partly == nil && slices.ContainsFunc(st.parts, w.says):
			partly = w
		}
	}
	if best != nil {
		return best
	}
	return partly
}

func common(want, has map[string]bool) int {
	n := 0
	for t := range want {
		if has[t] {
			n++
		}
	}
	return n
}

// windowsOf returns the windows of a passage, single sentences first.
func (k *Checker) windowsOf(passage int) []window {
	if w, ok := k.windows[passage]; ok {
		return w
	}
	text := k.request.Passages[passage].Text
	spans := chunkers.Sentences(text)
	var out []window
	for n := range 2 {
		for i := 0; i+n < len(spans); i++ {
			s := groundwork.Span{Start: spans[i].Start, End: spans[i+n].End}
			if in := s.In(text); strings.TrimSpace(in) != "" {
				out = append(out, window{s, in, k.terms(in), read(in)})
			}
		}
	}
	k.windows[passage] = out
	return out
}

// maxNearest bounds how many sentences of a passage are embedded.
const maxNearest = 64

// nearest returns the window whose meaning is nearest to the statement's, if
// it is near at all.
func (k *Checker) nearest(ctx context.Context, statement string, windows []window) (*window, error) {
	single := windows[:min(maxNearest, (len(windows)+1)/2)] // the pairs would say the same less clearly
	if len(single) == 0 {
		return nil, nil
	}
	texts := make([]string, len(single))
	for i := range single {
		texts[i] = single[i].text
	}
	likeness, err := k.likeness(ctx, statement, texts)
	if err != nil || likeness == nil {
		return nil, err
	}
	if i := argMax(likeness); likeness[i] >= minMeaning(isForeign(statement, texts[i])) {
		return &single[i], nil
	}
	return nil, nil
}

func argMax(values []float64) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// comparesMeaning reports whether the checker can tell what text means.
func (k *Checker) comparesMeaning(text string) bool {
	if k.opts.Embedder == nil || k.opts.Related <= k.opts.Unrelated {
		return false
	}
	known := k.opts.Embedder.Model().Scripts
	script := mainScript(lexical.Scripts(text))
	if len(known) == 0 || script == "" {
		return script != ""
	}
	for _, s := range known {
		if s == script {
			return true
		}
	}
	return false
}

// likeness returns how near the meaning of each text is to the statement's,
// which stands in for a question that the texts may answer; nil if one of them
// is too long for the model.
func (k *Checker) likeness(ctx context.Context, statement string, texts []string) ([]float64, error) {
	own, err := k.embed(ctx, embed.Query, []string{statement})
	var vectors [][]float32
	if err == nil {
		vectors, err = k.embed(ctx, embed.Passage, texts)
	}
	if errors.Is(err, embed.ErrTooLong) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(texts))
	for i, v := range vectors {
		var cosine float64
		for j, x := range v {
			cosine += float64(x) * float64(own[0][j])
		}
		out[i] = (cosine - k.opts.Unrelated) / (k.opts.Related - k.opts.Unrelated)
	}
	return out, nil
}

type vectorKey struct {
	role embed.Role
	text string
}

// embed returns the vectors of texts, computing those that it has not yet.
func (k *Checker) embed(ctx context.Context, role embed.Role, texts []string) ([][]float32, error) {
	var fresh []string
	for _, t := range texts {
		if k.vectors[vectorKey{role, t}] == nil && !slices.Contains(fresh, t) {
			fresh = append(fresh, t)
		}
	}
	if len(fresh) > 0 {
		b, err := k.opts.Embedder.Embed(ctx, role, fresh)
		if err != nil {
			return nil, fmt.Errorf("generator: check: %w", err)
		}
		for i, t := range fresh {
			k.vectors[vectorKey{role, t}] = b.Vector(i)
		}
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = k.vectors[vectorKey{role, t}]
	}
	return out, nil
}
