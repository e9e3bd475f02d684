package extractive

// DefaultMinSupport is the support below which a Generator abstains unless
// told otherwise.
const DefaultMinSupport = 0.5

// A scale maps cosines of a model to what they mean: 0 is unrelated, 1 is an
// answer.
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
	return max(0, min(1, (cosine-s.unrelated)/(s.related-s.unrelated)))
}

// meanings returns what the cosines of units mean. Where the scale is unknown
// the units are compared with each other alone.
func (s scale) meanings(units []*unit) []float64 {
	if !s.known {
		s = between(units)
	}
	out := make([]float64, len(units))
	for i, u := range units {
		if s.related > s.unrelated {
			out[i] = s.meaning(u.cosine)
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

// support returns how well the evidence as a whole supports an answer.
func (s *scoring) support() float64 {
	best := 0.0
	for i := range s.units {
		u := &s.units[i]
		u.support = u.words
		if s.scale.known && u.vector != nil {
			u.support = 1 - (1-min(1, u.words))*(1-s.scale.meaning(u.cosine))
		}
		best = max(best, u.support)
	}
	return min(1, best)
}
