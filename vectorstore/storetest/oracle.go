package storetest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

func cmpID(a, b string) int { return strings.Compare(a, b) }

// score returns the true score of vector b for query a.
func score(m vectorstore.Metric, a, b []float32) float64 {
	var ab, aa, bb, dd float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab += x * y
		aa += x * x
		bb += y * y
		dd += (x - y) * (x - y)
	}
	switch m {
	case vectorstore.Dot:
		return ab
	case vectorstore.L2:
		return -math.Sqrt(dd)
	}
	return ab / math.Sqrt(aa*bb)
}

// sameVector reports whether got is want, or where the metric is blind to it,
// a multiple of want.
func sameVector(m vectorstore.Metric, want, got []float32, tolerance float64) bool {
	if m == vectorstore.Cosine {
		return score(m, want, got) > 1-tolerance
	}
	return slices.Equal(want, got)
}

// A ranking is the score of every record that a query should find.
type ranking map[string]float64

// dense returns the ranking of the records that have a vector.
func dense(m vectorstore.Metric, query []float32, records []vectorstore.Record) ranking {
	r := ranking{}
	for i := range records {
		if records[i].Vector != nil {
			r[records[i].ID] = score(m, query, records[i].Vector)
		}
	}
	return r
}

// least returns the score that the k best have at least.
func (r ranking) least(k int) float64 {
	if len(r) == 0 {
		return math.Inf(-1)
	}
	list := make([]float64, 0, len(r))
	for _, v := range r {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b float64) int { return cmp.Compare(b, a) })
	return list[min(k, len(list))-1]
}

// verify reports how res differs from the best k of r. Scores may be off by
// tolerance, relative above 1, so that neighbours closer than that may change
// places; missed tells whether better records may be missing, as in an
// approximate search.
func (r ranking) verify(res vectorstore.Result, leg string, k int, tolerance float64, missed bool) error {
	if want := min(k, len(r)); len(res.Hits) != want {
		return fmt.Errorf("%d hits, want %d: min(k = %d, matches = %d)", len(res.Hits), want, k, len(r))
	}
	least := r.least(k)
	seen := map[string]bool{}
	for i := range res.Hits {
		h := &res.Hits[i]
		want, ok := r[h.ID]
		slack := tolerance * max(1, math.Abs(want))
		switch {
		case !ok:
			return fmt.Errorf("hit %d: %s does not match", i, h.ID)
		case seen[h.ID]:
			return fmt.Errorf("hit %d: %s was found twice", i, h.ID)
		case !(math.Abs(h.Score-want) <= slack):
			return fmt.Errorf("hit %d: %s has score %v, want %v", i, h.ID, h.Score, want)
		case !missed && want < least-slack:
			return fmt.Errorf("hit %d: %s with score %v is not among the best %d, which have %v at least", i, h.ID, want, k, least)
		}
		seen[h.ID] = true
		if err := verifyPlace(res, i, leg); err != nil {
			return err
		}
	}
	return nil
}

// verifyPlace checks the order and the leg of hit i.
func verifyPlace(res vectorstore.Result, i int, leg string) error {
	h := &res.Hits[i]
	if i > 0 {
		before := &res.Hits[i-1]
		if h.Score > before.Score || h.Score == before.Score && h.ID < before.ID {
			return fmt.Errorf("hit %d: %s with score %v stands after %s with %v", i, h.ID, h.Score, before.ID, before.Score)
		}
	}
	if len(h.Legs) != 1 || h.Legs[0].Name != leg || h.Legs[0].Rank != i+1 || h.Legs[0].Score != h.Score {
		return fmt.Errorf("hit %d: legs are %+v, want one: %s, rank %d, score %v", i, h.Legs, leg, i+1, h.Score)
	}
	return nil
}

// recall returns the share of the true best k that res holds.
func (r ranking) recall(res vectorstore.Result, k int) float64 {
	if len(r) == 0 {
		return 1
	}
	least, found := r.least(k), 0
	for i := range res.Hits {
		if r[res.Hits[i].ID] >= least {
			found++
		}
	}
	return float64(found) / float64(min(k, len(r)))
}
