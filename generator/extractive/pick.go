package extractive

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

const (
	// keepPart is the part of the best score that a further unit needs.
	keepPart = 0.45

	// answeredPart is the part of a word's weight that units lose which have
	// it after another one.
	answeredPart = 0.6

	// sameWords is the share of the shorter unit's words above which two units
	// say the same.
	sameWords = 0.7

	// maxWeighed bounds how many units are weighed against each other, the
	// best: of a passage that says the same a thousand times, each is refused
	// at the cost of a look at all.
	maxWeighed = 1000
)

// pick returns the units to quote, in the order in which they are told: by
// passage, that of the best unit first, and within one as they stand there.
// They are chosen one by one; words of the question that were answered count
// less for further units.
func (g *Generator) pick(s *scoring) []*unit {
	var out []*unit
	left := g.opts.MaxRunes
	answered := map[int]bool{} // terms
	rest := s.byScore()
	rest = rest[:min(len(rest), maxWeighed)]
	for len(out) < g.opts.MaxUnits {
		i, score := s.next(rest, answered)
		if i < 0 || len(out) > 0 && score < keepPart*out[0].score {
			break
		}
		u := rest[i]
		rest = slices.Delete(rest, i, i+1)
		n := s.runes(u)
		if n > left || len(u.terms) == 0 && u.vector == nil || s.repeats(u, out) {
			continue
		}
		left -= n
		out = append(out, u)
		for _, t := range u.terms {
			answered[t] = true
		}
	}
	return inOrder(out)
}

// next returns the index of the unit that adds most, and what it adds; -1
// without any.
func (s *scoring) next(rest []*unit, answered map[int]bool) (best int, score float64) {
	best = -1
	for i, u := range rest {
		adds := u.score
		for _, t := range u.terms {
			if answered[t] {
				adds -= answeredPart * s.weights[t]
			}
		}
		if best < 0 || adds > score {
			best, score = i, adds
		}
	}
	return best, score
}

// runes returns how many characters the claim of u will have.
func (s *scoring) runes(u *unit) int {
	n := len(u.quotes) - 1
	for _, q := range u.quotes {
		n += utf8.RuneCountInString(q.In(s.passages[u.passage].Text))
	}
	return n
}

// repeats reports whether one of picked says what u says, or shares text with
// it.
func (s *scoring) repeats(u *unit, picked []*unit) bool {
	for _, p := range picked {
		if s.overlap(u, p) || similarity(s.ownTerms(u), s.ownTerms(p)) > sameWords {
			return true
		}
	}
	return false
}

// overlap reports whether the units share bytes of the same document.
func (s *scoring) overlap(a, b *unit) bool {
	p, q := &s.passages[a.passage], &s.passages[b.passage]
	if p.DocumentID != q.DocumentID {
		return false
	}
	x, y := a.own(), b.own()
	return p.Span.Start+x.Start < q.Span.Start+y.End && q.Span.Start+y.Start < p.Span.Start+x.End
}

// ownTerms returns the set of terms of u's own text.
func (s *scoring) ownTerms(u *unit) map[string]bool {
	set := map[string]bool{}
	s.tokens = s.analyzer.Analyze(s.tokens[:0], u.own().In(s.passages[u.passage].Text))
	for _, t := range s.tokens {
		set[t.Term] = true
	}
	return set
}

// similarity returns the share of the smaller set that both have.
func similarity(a, b map[string]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return 1
	}
	n := 0
	for w := range a {
		if b[w] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

func inOrder(units []*unit) []*unit {
	first := map[int]int{} // passage -> order of its best unit
	for i, u := range units {
		if _, ok := first[u.passage]; !ok {
			first[u.passage] = i
		}
	}
	slices.SortStableFunc(units, func(a, b *unit) int {
		return cmp.Or(cmp.Compare(first[a.passage], first[b.passage]), cmp.Compare(a.own().Start, b.own().Start))
	})
	return units
}
