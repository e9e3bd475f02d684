package memory

import (
	"math"

	"github.com/seed4837efcb/groundwork/lexical"
)

// textScore returns the BM25 score of the build's records for a query: the sum
// over the query's distinct terms, in order of their first appearance, of
//
//	idf · tf·(k1+1) / (tf + k1·(1 - b + b·length/mean length))
//	idf = ln(1 + (N - df + 0.5) / (df + 0.5))
//
// N, df and the mean length are taken from all live records of the build. The
// conversions to float64 forbid fused operations, which would round otherwise
// on some machines. A record without any of the terms is not found. See
// Robertson and Zaragoza 2009, section 3.5.
func (s *Store) textScore(query string) scorer {
	const k1, b = 1.2, 0.75
	type term struct {
		text string
		idf  float64
	}
	n, tokens := float64(len(s.build.records)), 0
	for _, r := range s.build.records {
		tokens += r.tokens
	}
	var terms []term
	for _, t := range distinct(s.analyzer().Analyze(nil, query)) {
		df := 0.0
		for _, r := range s.build.records {
			if r.terms[t] > 0 {
				df++
			}
		}
		terms = append(terms, term{t, math.Log(1 + (n-df+0.5)/(df+0.5))})
	}
	mean := float64(tokens) / n
	return func(r *record) (sum float64, found bool) {
		norm := k1 * float64((1-b)+float64(b*(float64(r.tokens)/mean)))
		for _, t := range terms {
			if tf := float64(r.terms[t.text]); tf > 0 {
				sum += float64(t.idf*float64(tf*(k1+1))) / (tf + norm)
				found = true
			}
		}
		return sum, found
	}
}

// distinct returns the terms of tokens in order of their first appearance.
func distinct(tokens []lexical.Token) (terms []string) {
	seen := map[string]bool{}
	for _, t := range tokens {
		if !seen[t.Term] {
			seen[t.Term] = true
			terms = append(terms, t.Term)
		}
	}
	return terms
}
