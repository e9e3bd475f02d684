package generator

import (
	"context"
	"iter"
)

// Gate returns a generator that words answers with g, but asks evidence first:
// where that abstains, so does the gate, and g is never called. The support
// that evidence finds is the answer's. Errors of either end the answer.
//
// With generator/extractive as evidence, a model is asked only what the
// passages may answer.
func Gate(evidence, g Generator) Generator { return gate{evidence, g} }

type gate struct{ evidence, generator Generator }

func (g gate) Info() Info { return g.generator.Info() }

func (g gate) Generate(ctx context.Context, r Request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		found, err := g.weigh(ctx, r)
		if err != nil {
			yield(nil, err)
			return
		}
		if found.Reason == StopAbstained {
			yield(found, nil)
			return
		}
		for e, err := range g.generator.Generate(ctx, r) {
			if stop, ok := e.(Stop); ok && err == nil {
				stop.Support = max(stop.Support, found.Support)
				e = stop
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// weigh returns how the evidence ends.
func (g gate) weigh(ctx context.Context, r Request) (Stop, error) {
	var stop Stop
	for e, err := range g.evidence.Generate(ctx, r) {
		if err != nil {
			return Stop{}, err
		}
		if s, ok := e.(Stop); ok {
			stop = s
		}
	}
	return stop, nil
}
