package extractive

import (
	"context"
	"fmt"
	"math"

	"github.com/seed4837efcb/groundwork/generator"
)

// Evidence is what speaks for the passages holding the answer to a question.
// None of it depends on how many documents there are beside those passages.
type Evidence struct {
	// Meaning says how near the nearest unit is to the question: 0 is as near
	// as unrelated texts are by the model's own account, 1 as answering ones
	// are; within [-1, 2]. NaN says that it is not known, as without an
	// embedder.
	Meaning float64

	// Words is the share of the question's words that the passage in first
	// place has, in [0, 1]. A word weighs the more the fewer units have it.
	Words float64

	// Missing is the share of the question's words that are names or numbers
	// and stand in none of the passages that are quoted, in [0, 1], weighed
	// likewise.
	Missing float64

	// Foreign says that the passage in first place is of another script than
	// the question, so that words it does not have say nothing.
	Foreign bool
}

// A Calibration makes of evidence the probability that the passages hold the
// answer, by logistic regression. eval/abstain fits one.
type Calibration struct{ Base, Meaning, Words, Missing float64 }

func (c Calibration) finite() bool {
	sum := c.Base + c.Meaning + c.Words + c.Missing
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// Support returns the estimated probability, in (0, 1), that passages with the
// evidence e answer the question.
func (c Calibration) Support(e Evidence) float64 {
	z := c.Base + c.Words*e.Words + c.Missing*e.Missing
	if !math.IsNaN(e.Meaning) {
		z += c.Meaning * e.Meaning
	}
	return 1 / (1 + math.Exp(-z))
}

// Evidence returns what speaks for the passages of r holding the answer,
// whatever the options say of how much is needed. A passage without anything
// to quote is no evidence.
func (g *Generator) Evidence(ctx context.Context, r generator.Request) (Evidence, error) {
	s, picked, err := g.score(ctx, r)
	if err != nil {
		return Evidence{}, fmt.Errorf("extractive: %w", err)
	}
	if len(picked) == 0 {
		return Evidence{Meaning: math.NaN()}, nil
	}
	return s.evidence(picked), nil
}

// evidence returns what speaks for picked, the units to be quoted, together.
func (s *scoring) evidence(picked []*unit) Evidence {
	quoted := map[int]bool{}
	for _, u := range picked {
		for t := range s.holds[u.passage] {
			quoted[t] = true
		}
	}
	return Evidence{Meaning: s.meaning(s.nearest), Words: s.weight(s.holds[0]), Missing: s.missing(quoted), Foreign: s.foreign()}
}

// alone returns what speaks for the unit u by itself.
func (s *scoring) alone(u *unit, foreign bool) Evidence {
	holds := s.holds[u.passage]
	return Evidence{Meaning: s.meaning(u), Words: s.weight(holds), Missing: s.missing(holds), Foreign: foreign}
}

// meaning returns what the cosine of u means, NaN if that is not known.
func (s *scoring) meaning(u *unit) float64 {
	if !s.scale.known || u == nil || u.vector == nil {
		return math.NaN()
	}
	return s.scale.meaning(u.cosine)
}

// weight returns the weight of the question's terms that are in set.
func (s *scoring) weight(set map[int]bool) float64 {
	sum := 0.0
	for t, w := range s.weights {
		if set[t] {
			sum += w
		}
	}
	return sum
}

// missing returns the weight of the question's names that are not in set.
func (s *scoring) missing(set map[int]bool) float64 {
	sum := 0.0
	for t, w := range s.weights {
		if s.question.name[t] && !set[t] {
			sum += w
		}
	}
	return sum
}
