package extractive

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/lexical"
)

// The weights of the evidence in a unit's score. Words that stand only around
// a unit, not in it, count for part.
const (
	nearPart    = 0.4
	wordsPart   = 1.0
	meaningPart = 1.0
	rankPart    = 0.3
)

// maxEmbedded bounds how many units are embedded for one question.
const maxEmbedded = 24

// A scoring is the state of one answer.
type scoring struct {
	*Generator
	question question
	passages []groundwork.Hit
	units    []unit
	holds    []map[int]bool // of each passage, the question's terms in its text, title and headings
	weights  []float64      // of the question's terms; they add up to 1
	nearest  *unit          // by cosine; nil without vectors
	tokens   []lexical.Token
}

func (g *Generator) newScoring(r generator.Request) *scoring {
	s := &scoring{Generator: g, question: newQuestion(g.analyzer, r.Question), passages: r.Passages}
	for i := range r.Passages {
		s.units = append(s.units, unitsOf(&r.Passages[i], i)...)
	}
	return s
}

// byWords scores the units by the words they share with the question. A word
// weighs the more the fewer units have it.
func (s *scoring) byWords() {
	around := s.byPassage()
	df := make([]int, len(s.question.terms))
	for i := range s.units {
		u := &s.units[i]
		own := map[int]bool{}
		for _, q := range u.quotes {
			s.addTerms(own, q.In(s.passages[u.passage].Text))
		}
		near := s.termsIn(u.context.In(s.passages[u.passage].Text))
		for t := range df {
			switch {
			case own[t]:
				u.terms = append(u.terms, t)
				df[t]++
			case near[t] || around[u.passage][t]:
				u.near = append(u.near, t)
			}
		}
	}
	s.weights = s.question.weigh(df, len(s.units))
	for i := range s.units {
		u := &s.units[i]
		u.words = s.share(u.terms) + nearPart*s.share(u.near)
		u.score = wordsPart*u.words + rankPart*prior(u.passage)
	}
}

// byPassage finds the question's terms in every passage, and returns those
// that its title and headings have.
func (s *scoring) byPassage() (around []map[int]bool) {
	around = make([]map[int]bool, len(s.passages))
	s.holds = make([]map[int]bool, len(s.passages))
	for i := range s.passages {
		p := &s.passages[i]
		around[i] = s.termsIn(p.Title + "\n" + strings.Join(p.Headings, "\n"))
		s.holds[i] = maps.Clone(around[i])
		s.addTerms(s.holds[i], p.Text)
	}
	return around
}

// share returns the weight of terms, 1 for all terms of the question.
func (s *scoring) share(terms []int) float64 {
	sum := 0.0
	for _, t := range terms {
		sum += s.weights[t]
	}
	return sum
}

// prior is what the rank of a unit's passage, counted from 0, says for it.
func prior(rank int) float64 { return 1 / (1 + 0.5*float64(rank)) }

func (s *scoring) termsIn(text string) map[int]bool {
	set := map[int]bool{}
	s.addTerms(set, text)
	return set
}

func (s *scoring) addTerms(set map[int]bool, text string) {
	s.tokens = s.analyzer.Analyze(s.tokens[:0], text)
	for _, t := range s.tokens {
		if i, ok := s.question.terms[t.Term]; ok {
			set[i] = true
		}
	}
}

// byVectors adds what the vectors say to the scores of the best units so far.
// The others are left with their words.
func (s *scoring) byVectors(ctx context.Context) error {
	if s.embedder == nil {
		return ctx.Err()
	}
	best := s.byScore()
	best = best[:min(len(best), maxEmbedded)]
	texts := make([]string, len(best))
	for i, u := range best {
		texts[i] = s.embedText(u)
	}
	q, err := s.embedder.Embed(ctx, embed.Query, []string{s.question.text})
	if err != nil {
		return fmt.Errorf("embed the question: %w", err)
	}
	units, err := s.embedder.Embed(ctx, embed.Passage, texts)
	if err != nil {
		return fmt.Errorf("embed the passages' sentences: %w", err)
	}
	for i, u := range best {
		u.vector = units.Vector(i)
		u.cosine = dot(q.Vector(0), u.vector)
		if math.IsNaN(u.cosine) || math.IsInf(u.cosine, 0) {
			return fmt.Errorf("the cosine of the question and a sentence is %v; the vectors of %s must be finite", u.cosine, s.embedder.Model().ID)
		}
		if s.nearest == nil || u.cosine > s.nearest.cosine {
			s.nearest = u
		}
	}
	for i, m := range s.scale.meanings(best) {
		best[i].score += meaningPart * m
	}
	return nil
}

// embedText returns what a unit is embedded as: its text under the title and
// the innermost heading, which often name what it is about.
func (s *scoring) embedText(u *unit) string {
	p := &s.passages[u.passage]
	var b strings.Builder
	b.WriteString(p.Title + "\n")
	if n := len(p.Headings); n > 0 && p.Headings[n-1] != p.Title {
		b.WriteString(p.Headings[n-1] + "\n")
	}
	for _, q := range u.quotes {
		b.WriteString(q.In(p.Text) + "\n")
	}
	return strings.TrimSpace(b.String())
}

// byScore returns the units from best to worst; ties in order of the passages.
func (s *scoring) byScore() []*unit {
	out := make([]*unit, len(s.units))
	for i := range s.units {
		out[i] = &s.units[i]
	}
	slices.SortStableFunc(out, func(a, b *unit) int { return cmp.Compare(b.score, a.score) })
	return out
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range min(len(a), len(b)) {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
