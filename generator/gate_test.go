package generator_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork/generator"
)

// played yields its events, then its error.
type played struct {
	events []generator.Event
	err    error
	asked  *int
}

func (played) Info() generator.Info { return generator.Info{Name: "played"} }

func (p played) Generate(context.Context, generator.Request) iter.Seq2[generator.Event, error] {
	return func(yield func(generator.Event, error) bool) {
		if p.asked != nil {
			*p.asked++
		}
		for _, e := range p.events {
			if !yield(e, nil) {
				return
			}
		}
		if p.err != nil {
			yield(nil, p.err)
		}
	}
}

func TestGate(t *testing.T) {
	broken := errors.New("broken")
	abstains := generator.Stop{Reason: generator.StopAbstained, Support: 0.05, Detail: "weak"}
	answers := []generator.Event{generator.Claim{Text: "quoted"}, generator.Stop{Reason: generator.StopDone, Support: 0.7}}
	model := []generator.Event{generator.Delta{Text: "said"}, generator.Stop{Reason: generator.StopDone}}
	for name, c := range map[string]struct {
		evidence, model played
		want            []generator.Event
		err             error
		asked           int
	}{
		"weak evidence asks no model": {played{events: []generator.Event{abstains}}, played{events: model}, []generator.Event{abstains}, nil, 0},
		"good evidence gives support": {played{events: answers}, played{events: model}, []generator.Event{model[0], generator.Stop{Reason: generator.StopDone, Support: 0.7}}, nil, 1},
		"the model may still abstain": {played{events: answers}, played{events: []generator.Event{abstains}}, []generator.Event{generator.Stop{Reason: generator.StopAbstained, Support: 0.7, Detail: "weak"}}, nil, 1},
		"an error of the evidence":    {played{err: broken}, played{events: model}, nil, broken, 0},
		"an error of the model":       {played{events: answers}, played{events: model[:1], err: broken}, model[:1], broken, 1},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			c.model.asked = &asked
			var got []generator.Event
			var failed error
			for e, err := range generator.Gate(c.evidence, c.model).Generate(t.Context(), generator.Request{}) {
				if err != nil {
					failed = err
					break
				}
				got = append(got, e)
			}
			if d := cmp.Diff(c.want, got); d != "" || failed != c.err || asked != c.asked {
				t.Errorf("error %v, asked %d times, events (-want +got):\n%s", failed, asked, d)
			}
		})
	}
}
