package retriever

import (
	"cmp"
	"math"
	"slices"

	"github.com/seed4837efcb/groundwork"
)

// A Fusion makes one list of several. The zero Fusion is the z-score sum.
type Fusion struct {
	Method  Method
	RRFk    float64            // of [RRF]; 0 means 60
	Weights map[string]float64 // by leg name; a missing leg weighs 1

	// Spread is how much less each further passage of a document counts than
	// the one before, in standard deviations of the fused scores: of two
	// passages that are about as good, the one from another document says
	// more. 0 means 0.15, a negative value 0.
	Spread float64
}

// A Method is a way of fusing lists.
type Method uint8

// The methods.
const (
	// ZScore sums each list's scores after subtracting its mean and dividing
	// by its standard deviation. A document missing from a list that was cut
	// at its depth takes that list's lowest score; missing from a complete
	// list of words it takes 0, which is what BM25 gives it. Equal weights
	// over the top 100 of each leg beat reciprocal ranks on most public sets.
	ZScore Method = iota
	// RRF sums 1/(k + rank) (Cormack, Clarke, Büttcher, SIGIR 2009).
	RRF
)

// A list is the ranked result of one leg.
type list struct {
	name     string
	hits     []groundwork.Hit
	complete bool // every match is in it; what is missing scores 0
}

// fuse returns the union of the lists by descending fused score, ties by id.
// Each hit carries one Leg per list it was in.
func (f Fusion) fuse(lists []list) []groundwork.Hit {
	at := make(map[string]int)
	var out []groundwork.Hit
	for _, l := range lists {
		for _, h := range l.hits {
			i, ok := at[h.ID]
			if !ok {
				i = len(out)
				at[h.ID] = i
				h.Score, h.Legs = 0, slices.Clone(h.Legs)
				out = append(out, h)
				continue
			}
			out[i].Legs = append(out[i].Legs, h.Legs...)
		}
	}
	for _, l := range lists {
		weight, ok := f.Weights[l.name]
		if !ok {
			weight = 1
		}
		for i, s := range f.scores(l, out) {
			out[i].Score += weight * s
		}
	}
	sortHits(out)
	f.spread(out)
	return out
}

// spread lowers the score of each further hit of a document and orders anew.
func (f Fusion) spread(hits []groundwork.Hit) {
	step := f.Spread
	if step == 0 {
		step = 0.15
	}
	if step < 0 || len(hits) == 0 {
		return
	}
	all := make([]float64, len(hits))
	for i := range hits {
		all[i] = hits[i].Score
	}
	_, dev := moments(all)
	before := make(map[string]int)
	for i := range hits {
		hits[i].Score -= step * dev * float64(before[hits[i].DocumentID])
		before[hits[i].DocumentID]++
	}
	sortHits(hits)
}

// scores returns what l adds to each of all.
func (f Fusion) scores(l list, all []groundwork.Hit) []float64 {
	if f.Method == RRF {
		return f.reciprocal(l, all)
	}
	return standardize(l, all)
}

func (f Fusion) reciprocal(l list, all []groundwork.Hit) []float64 {
	k := f.RRFk
	if k == 0 {
		k = 60
	}
	out := make([]float64, len(all))
	for i := range all {
		if leg, ok := all[i].Leg(l.name); ok {
			out[i] = 1 / (k + float64(leg.Rank))
		}
	}
	return out
}

func standardize(l list, all []groundwork.Hit) []float64 {
	out := make([]float64, len(all))
	missing := 0.0
	if !l.complete && len(l.hits) > 0 {
		missing = l.hits[len(l.hits)-1].Legs[0].Score
	}
	var in []float64
	for i := range all {
		leg, ok := all[i].Leg(l.name)
		if !ok {
			out[i] = missing
		} else {
			out[i] = leg.Score
		}
		if ok || l.complete {
			in = append(in, out[i])
		}
	}
	mean, dev := moments(in)
	for i := range out {
		if dev == 0 {
			out[i] = 0
			continue
		}
		out[i] = (out[i] - mean) / dev
	}
	return out
}

// moments returns the mean and the standard deviation of xs.
func moments(xs []float64) (mean, dev float64) {
	if len(xs) == 0 {
		return 0, 0
	}
	for _, x := range xs {
		mean += x
	}
	mean /= float64(len(xs))
	for _, x := range xs {
		dev += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(dev / float64(len(xs)))
}

func sortHits(hits []groundwork.Hit) {
	slices.SortFunc(hits, func(a, b groundwork.Hit) int {
		if c := cmp.Compare(b.Score, a.Score); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
}
