// Package extractive answers with quotations: it needs no language model, says
// nothing that the passages do not say, and is the default.
//
// A [Generator] cuts the passages into units (a sentence, a list item, a table
// row, code with the line that leads to it), scores each against the question
// by the rarity of the words they share and, with an embedder, by their
// vectors, and quotes the best. When even the best is weakly supported, it
// abstains.
package extractive

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/lexical"
)

// Options are the choices of a Generator. The zero value is useful.
type Options struct {
	// Embedder compares the meaning of units and question. nil compares words
	// alone, which cannot cross languages.
	Embedder embed.Embedder

	// Analyzer says what a word is; nil means lexical.Standard. It should be
	// the one that the index was made with.
	Analyzer lexical.Analyzer

	// MaxUnits bounds how many units an answer has; 0 means 4.
	MaxUnits int

	// MaxRunes bounds how many characters an answer has; 0 means 700. A unit
	// that is longer is never quoted.
	MaxRunes int

	// MinSupport is the support, in [0, 1], below which the generator abstains.
	// 0 means DefaultMinSupport; with a negative one it answers whenever there
	// is something to quote.
	MinSupport float64

	// Calibration makes of evidence the support; nil means the one that fits
	// the evidence at hand, see DefaultMinSupport. eval/abstain fits one to a
	// test set of yours.
	Calibration *Calibration

	// Unrelated and Related override what the embedder's model says of itself:
	// the cosines that an unrelated and an answering text typically have with
	// a question. Both 0 take the model's; where that has none either, cosines
	// order units but are no evidence.
	Unrelated, Related float64
}

// A Generator is a generator.Generator that quotes. It is safe for concurrent
// use.
type Generator struct {
	opts     Options
	embedder embed.Embedder
	analyzer lexical.Analyzer
	scale    scale
}

// New returns a Generator. opts may be nil.
func New(opts *Options) (*Generator, error) {
	if opts == nil {
		opts = &Options{}
	}
	g := &Generator{opts: *opts, embedder: opts.Embedder, analyzer: opts.Analyzer}
	if g.analyzer == nil {
		g.analyzer = lexical.Standard()
	}
	if g.opts.MaxUnits == 0 {
		g.opts.MaxUnits = 4
	}
	if g.opts.MaxRunes == 0 {
		g.opts.MaxRunes = 700
	}
	if g.opts.MinSupport == 0 {
		g.opts.MinSupport = DefaultMinSupport
	}
	g.scale = newScale(&g.opts)
	if err := g.opts.check(); err != nil {
		return nil, err
	}
	return g, nil
}

func (o *Options) check() error {
	switch {
	case o.MaxUnits < 0:
		return fmt.Errorf("extractive: MaxUnits is %d; want 0 for 4, or a positive number", o.MaxUnits)
	case o.MaxRunes < 0:
		return fmt.Errorf("extractive: MaxRunes is %d; want 0 for 700, or a positive number", o.MaxRunes)
	case o.MinSupport > 1 || o.MinSupport != o.MinSupport:
		return fmt.Errorf("extractive: MinSupport is %v; want at most 1, or a negative number never to abstain", o.MinSupport)
	case o.Calibration != nil && !o.Calibration.finite():
		return fmt.Errorf("extractive: Calibration is %+v; its numbers must be finite", *o.Calibration)
	case o.Related < o.Unrelated || o.Unrelated != 0 && o.Related == o.Unrelated:
		return fmt.Errorf("extractive: Unrelated is %v and Related %v; the latter must be greater", o.Unrelated, o.Related)
	case o.Embedder == nil && o.Related != 0:
		return fmt.Errorf("extractive: Related is %v without an Embedder; it is a cosine of the embedder's model", o.Related)
	}
	return nil
}

// Info implements generator.Generator.
func (g *Generator) Info() generator.Info {
	info := generator.Info{Name: "extractive", Extractive: true}
	if g.embedder != nil {
		info.Model = g.embedder.Model().ID
	}
	return info
}

// Generate implements generator.Generator. It yields one Claim per unit whose
// quotes are its whole text, then a Stop.
func (g *Generator) Generate(ctx context.Context, r generator.Request) iter.Seq2[generator.Event, error] {
	return func(yield func(generator.Event, error) bool) {
		a, err := g.answer(ctx, r)
		if err != nil {
			yield(nil, fmt.Errorf("extractive: %w", err))
			return
		}
		for _, c := range a.claims {
			if !yield(c, nil) {
				return
			}
		}
		yield(a.stop, nil)
	}
}

// An answer is what Generate will say.
type answer struct {
	claims []generator.Claim
	stop   generator.Stop
}

func (g *Generator) answer(ctx context.Context, r generator.Request) (answer, error) {
	s, picked, err := g.score(ctx, r)
	if err != nil {
		return answer{}, err
	}
	if len(picked) == 0 {
		return abstain(0, "the nearest passages hold no sentence that could answer"), nil
	}
	support := s.support(picked)
	if support < g.opts.MinSupport {
		return abstain(support, tooWeak(support, g.opts.MinSupport)), nil
	}
	a := answer{stop: generator.Stop{Reason: generator.StopDone, Support: support}}
	for _, u := range picked {
		a.claims = append(a.claims, claim(u, r.Passages))
	}
	return a, nil
}

// tooWeak says that support is below what is needed. It is rounded down, so
// that the two never look the same.
func tooWeak(support, needed float64) string {
	return fmt.Sprintf("the nearest passages support an answer with %.2f of 1; %v is needed", math.Floor(support*100)/100, needed)
}

// score scores the units of r's passages and returns those to be quoted, none
// if there is nothing that could be.
func (g *Generator) score(ctx context.Context, r generator.Request) (*scoring, []*unit, error) {
	s := g.newScoring(r)
	if len(s.units) == 0 {
		return s, nil, ctx.Err()
	}
	s.byWords()
	if err := s.byVectors(ctx); err != nil {
		return nil, nil, err
	}
	return s, g.pick(s), nil
}

func abstain(support float64, detail string) answer {
	return answer{stop: generator.Stop{Reason: generator.StopAbstained, Support: support, Detail: detail}}
}

// claim returns the claim that u makes, all of it quoted.
func claim(u *unit, passages []groundwork.Hit) generator.Claim {
	c := generator.Claim{Support: u.support}
	p := &passages[u.passage]
	for i, s := range u.quotes {
		text := s.In(p.Text)
		if i > 0 {
			c.Text += "\n"
		}
		c.Text += text
		at := groundwork.Span{Start: p.Span.Start + s.Start, End: p.Span.Start + s.End}
		c.Quotes = append(c.Quotes, generator.Quote{Passage: u.passage, Span: at, Text: text})
	}
	return c
}
