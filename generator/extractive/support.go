package extractive

import (
	"math"

	"github.com/seed4837efcb/groundwork/lexical"
)

// DefaultMinSupport is the support below which a Generator abstains unless
// told otherwise: the highest tenth at which at most one in forty of the
// questions that the regressions were fitted on is refused although the
// passages answer it. It is low on purpose: a quotation can be checked by
// whoever reads it, an answer that is withheld cannot. With
// multilingual-e5-small it refuses none of 100 questions of HotpotQA and 1 of
// 40 of KorQuAD, and 36 and 23 of them once the passages that answer them are
// removed. On sets it was not fitted on: 3 of 75 and 9 of 75 of Cranfield, whose
// passages are alike, and 15 and 39 of 75 of SciFact, whose queries are claims.
const DefaultMinSupport = 0.1

// A regression estimates the probability that the passages hold the answer.
type regression struct{ base, words, meaning float64 }

var (
	// ofAll is fitted on questions of HotpotQA and KorQuAD, asked with and
	// without the passages that answer them, so that near-topic passages stand
	// in their place.
	ofAll = regression{base: -8.7, words: 5.65, meaning: 6.6}

	// ofWords is fitted likewise for the case without vectors, or with vectors
	// of a model whose cosines have no known scale.
	ofWords = regression{base: -3.1, words: 5.1}

	// ofMeaning is for a question in another script than the passages': that
	// they share no words says nothing, and cosines are lower across
	// languages. It is set so that a cosine a third of the way from unrelated
	// to related gives one chance in four.
	ofMeaning = regression{base: -3.4, meaning: 6.9}
)

// evidence is what speaks for an answer.
type evidence struct {
	words   float64 // share of the question's words that the units have
	meaning float64 // of the best unit; see scale
}

func (r regression) support(e evidence) float64 {
	return 1 / (1 + math.Exp(-(r.base + r.words*e.words + r.meaning*e.meaning)))
}

// A scale maps cosines of a model to what they mean: 0 is unrelated, 1 is an
// answer; more and less is possible.
type scale struct {
	unrelated, related float64
	known              bool
}

func newScale(o *Options) scale {
	s := scale{unrelated: o.Unrelated, related: o.Related}
	if o.Embedder != nil && s.unrelated == 0 && s.related == 0 {
		m := o.Embedder.Model()
		s.unrelated, s.related = m.Unrelated, m.Related
	}
	s.known = s.related > s.unrelated
	return s
}

func (s scale) meaning(cosine float64) float64 {
	return max(-1, min(2, (cosine-s.unrelated)/(s.related-s.unrelated)))
}

// meanings returns what the cosines of units mean, within [0, 1]. Where the
// scale is unknown the units are compared with each other alone.
func (s scale) meanings(units []*unit) []float64 {
	if !s.known {
		s = between(units)
	}
	out := make([]float64, len(units))
	for i, u := range units {
		if s.related > s.unrelated {
			out[i] = max(0, min(1, s.meaning(u.cosine)))
		}
	}
	return out
}

func between(units []*unit) scale {
	var s scale
	for i, u := range units {
		if i == 0 || u.cosine < s.unrelated {
			s.unrelated = u.cosine
		}
		if i == 0 || u.cosine > s.related {
			s.related = u.cosine
		}
	}
	return s
}

// support returns how well picked, the units to be quoted, support an answer
// together, and sets how well each does alone.
func (s *scoring) support(picked []*unit) float64 {
	if len(picked) == 0 {
		return 0
	}
	r := s.regression()
	all := evidence{meaning: math.Inf(-1)}
	var terms []int
	for _, u := range picked {
		one := evidence{words: s.share(u.terms)}
		if s.scale.known && u.vector != nil {
			one.meaning = s.scale.meaning(u.cosine)
		}
		u.support = r.support(one)
		all.meaning = max(all.meaning, one.meaning)
		terms = append(terms, u.terms...)
	}
	all.words = s.share(distinct(terms))
	return r.support(all)
}

func distinct(terms []int) []int {
	seen := map[int]bool{}
	var out []int
	for _, t := range terms {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// regression returns the one that the evidence at hand calls for.
func (s *scoring) regression() regression {
	switch {
	case !s.scale.known:
		return ofWords
	case s.foreign():
		return ofMeaning
	}
	return ofAll
}

// foreign reports whether most letters of the question are of a script that
// the passages hardly have.
func (s *scoring) foreign() bool {
	script, most := "", 0
	for name, n := range lexical.Scripts(s.question.text) {
		if n > most || n == most && name < script {
			script, most = name, n
		}
	}
	same, all := 0, 0
	for i := range s.passages {
		for name, n := range lexical.Scripts(s.passages[i].Text) {
			all += n
			if name == script {
				same += n
			}
		}
	}
	return 20*same < all
}
