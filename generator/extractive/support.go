package extractive

import "github.com/seed4837efcb/groundwork/lexical"

// DefaultMinSupport is the support below which a Generator abstains unless
// told otherwise: the highest hundredth at which at most one in twelve of the
// questions that the calibration was fitted on is refused although the
// passages answer it, in the mean over the sets. doc/answers.md has the rates
// of error.
const DefaultMinSupport = 0.31

// DefaultCalibration returns the calibration for evidence of words and of
// cosines whose scale is known, where question and passages share a script.
func DefaultCalibration() Calibration { return ofAll }

var (
	// ofAll is fitted on questions of KorQuAD, HotpotQA, SciFact and Cranfield,
	// each set counting the same, asked with and without the passages that
	// answer them, so that near-topic passages stand in their place.
	ofAll = Calibration{Base: -3.85, Meaning: 3.10, Words: 2.63, Missing: -2.39}

	// ofWords is fitted likewise for the case without vectors, or with vectors
	// of a model whose cosines have no known scale.
	ofWords = Calibration{Base: -1.69, Words: 3.89, Missing: -3.47}

	// ofMeaning is for a question in another script than the passages': that
	// they share no words says nothing, and cosines are lower across
	// languages. No test set of that kind was at hand to fit it: it is set so
	// that a cosine a quarter of the way from unrelated to related gives
	// three chances in ten. Names keep their script, so they count as they do
	// in ofAll.
	ofMeaning = Calibration{Base: -2.5, Meaning: 6.9, Missing: -2.39}
)

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
	all := s.evidence(picked)
	c := s.calibration(all)
	for _, u := range picked {
		u.support = c.Support(s.alone(u, all.Foreign))
	}
	return c.Support(all)
}

// calibration returns the one that the evidence at hand calls for.
func (s *scoring) calibration(e Evidence) Calibration {
	switch {
	case s.opts.Calibration != nil:
		return *s.opts.Calibration
	case !s.scale.known:
		return ofWords
	case e.Foreign:
		return ofMeaning
	}
	return ofAll
}

// foreign reports whether most letters of the question are of a script that
// the passage in first place, whose words are counted, hardly has. A number is
// at home in every script.
func (s *scoring) foreign() bool {
	script, most := "", 0
	for name, n := range scripts(s.question.text) {
		if n > most || n == most && name < script {
			script, most = name, n
		}
	}
	same, all := 0, 0
	for name, n := range scripts(s.passages[0].Text) {
		all += n
		if name == script {
			same += n
		}
	}
	return most > 0 && 10*same < all
}

// scripts counts letters by script. Japanese writes its own words in Hiragana
// and others in Katakana, so the two are one.
func scripts(text string) map[string]int {
	counts := lexical.Scripts(text)
	if n := counts["Katakana"]; n > 0 {
		counts["Hiragana"] += n
		delete(counts, "Katakana")
	}
	return counts
}
