package main

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/eval"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/extractive"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A pair is a question asked with, and without, the documents that answer it.
type pair struct {
	Set           string
	ID            string
	With, Without side
	Gold          *bool // whether the answer, given whatever its support, holds a gold answer; nil where the set has none
}

// A side is one of the two.
type side struct {
	extractive.Evidence
	Support float64
}

func of(all []pair, set string) []pair {
	var out []pair
	for _, p := range all {
		if p.Set == set {
			out = append(out, p)
		}
	}
	return out
}

// ask asks questions of the set, drawn at random.
func ask(ctx context.Context, e embed.Embedder, store vectorstore.Store, name string, set *eval.Set, o options) ([]pair, error) {
	queries := set.Judged()
	rand.New(rand.NewPCG(o.seed, 0)).Shuffle(len(queries), func(i, j int) { queries[i], queries[j] = queries[j], queries[i] })
	if o.n > 0 {
		queries = queries[:min(o.n, len(queries))]
	}
	var out []pair
	for _, q := range queries {
		m := &memo{Embedder: e, vectors: map[string][]float32{}}
		g, err := extractive.New(&extractive.Options{Embedder: m, MinSupport: -1})
		if err != nil {
			return nil, err
		}
		a := asking{find: &retriever.Hybrid{Store: store, Embedder: m}, generator: g}
		p := pair{Set: name, ID: q.ID}
		var text string
		if p.With, text, err = a.ask(ctx, q.Text, nil); err != nil {
			return nil, err
		}
		if len(q.Answers) > 0 {
			holds := holdsAny(text, q.Answers)
			p.Gold = &holds
		}
		if p.Without, _, err = a.ask(ctx, q.Text, without(set.Judgements[q.ID])); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func without(gains eval.Gains) filter.Filter {
	var ids []string
	for id, gain := range gains {
		if gain > 0 {
			ids = append(ids, id)
		}
	}
	return filter.Negate(filter.In(filter.DocURI, ids...))
}

type asking struct {
	find      retriever.Retriever
	generator *extractive.Generator
}

// ask returns what speaks for an answer, and the answer.
func (a asking) ask(ctx context.Context, question string, f filter.Filter) (side, string, error) {
	found, err := a.find.Retrieve(ctx, retriever.Query{Text: question, Filter: f})
	if err != nil {
		return side{}, "", err
	}
	r := generator.Request{Question: question, Passages: found.Hits}
	e, err := a.generator.Evidence(ctx, r)
	if err != nil {
		return side{}, "", err
	}
	s := side{Evidence: e}
	if math.IsNaN(e.Meaning) {
		return side{}, "", errors.New("the model cannot read the question; choose sets that it can")
	}
	var text strings.Builder
	for event, err := range a.generator.Generate(ctx, r) {
		if err != nil {
			return side{}, "", err
		}
		switch event := event.(type) {
		case generator.Claim:
			text.WriteString(event.Text + "\n")
		case generator.Stop:
			s.Support = event.Support
		}
	}
	return s, text.String(), nil
}

// holdsAny reports whether text holds one of the answers, whatever the case.
func holdsAny(text string, answers []string) bool {
	text = strings.ToLower(text)
	for _, a := range answers {
		if strings.Contains(text, strings.ToLower(a)) {
			return true
		}
	}
	return false
}
