package eval

import "slices"

// The metrics below take a ranking, best first, and look at its first k ids. A
// query without relevant documents can neither be won nor lost; they return 0
// for it, and averages should leave it out ([Set.Judged] does).

// NDCG returns the normalized discounted cumulative gain, as trec_eval defines
// ndcg_cut: a document at rank r adds gain / log2(r+1), and the sum is divided
// by that of the best possible ranking. From 0 to 1.
func NDCG(ranked []string, gains Gains, k int) float64 {
	ideal := make([]float64, 0, len(gains))
	for _, gain := range gains {
		if gain > 0 {
			ideal = append(ideal, gain)
		}
	}
	slices.SortFunc(ideal, func(a, b float64) int {
		if a > b {
			return -1
		} else if a < b {
			return 1
		}
		return 0
	})
	best := 0.0
	for i, gain := range ideal[:min(max(k, 0), len(ideal))] {
		best += gain * discount(i+1)
	}
	if best == 0 {
		return 0
	}
	sum := 0.0
	found(ranked, gains, k, func(rank int, gain float64) bool {
		sum += gain * discount(rank)
		return true
	})
	return sum / best
}

// Recall returns the share of the relevant documents that are found.
func Recall(ranked []string, gains Gains, k int) float64 {
	n := gains.Relevant()
	if n == 0 {
		return 0
	}
	hits := 0
	found(ranked, gains, k, func(int, float64) bool { hits++; return true })
	return float64(hits) / float64(n)
}

// Success returns 1 if a relevant document is found, else 0.
func Success(ranked []string, gains Gains, k int) float64 {
	if firstRank(ranked, gains, k) == 0 {
		return 0
	}
	return 1
}

// ReciprocalRank returns 1 / the rank of the first relevant document, 0 if
// none is found. Its mean over queries is MRR.
func ReciprocalRank(ranked []string, gains Gains, k int) float64 {
	rank := firstRank(ranked, gains, k)
	if rank == 0 {
		return 0
	}
	return 1 / float64(rank)
}

func firstRank(ranked []string, gains Gains, k int) (first int) {
	found(ranked, gains, k, func(rank int, _ float64) bool {
		first = rank
		return false
	})
	return first
}
