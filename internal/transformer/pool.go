package transformer

import "math"

// A Pooling makes one vector of a text's hidden states.
type Pooling uint8

// The poolings.
const (
	Mean  Pooling = iota // of all tokens
	First                // the first token, [CLS]
	Max                  // per dimension
)

// Pool writes the unit-length vector of the tokens [start, end), at least one,
// of the last pass to dst, (Hidden). A vector of length zero stays zero.
func (m *Model) Pool(dst []float32, s *State, start, end int, p Pooling) {
	copy(dst, s.Hidden(m, start))
	if p == First {
		end = start + 1
	}
	for i := start + 1; i < end; i++ {
		row := s.Hidden(m, i)
		if p == Max {
			for d, v := range row {
				dst[d] = max(dst[d], v)
			}
			continue
		}
		for d, v := range row {
			dst[d] += v
		}
	}
	// The mean's divisor cancels in the normalisation.
	normalize(dst)
}

// normalize scales v to length one. The sum is taken in float64 in order, so
// that its bits are the same everywhere.
func normalize(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(float64(x) * float64(x))
	}
	if sum == 0 {
		return
	}
	scale := 1 / math.Sqrt(sum)
	for d, x := range v {
		v[d] = float32(float64(x) * scale)
	}
}
