// Package eval measures rankings: the usual metrics, the interval within which
// a difference lies, and readers for the files that test sets come in.
//
// Start from [ReadSet], rank the documents for each of [Set.Judged], and
// average a metric such as [NDCG]. To learn whether one system is better than
// another, give the values of both, query by query, to [PairedBootstrap].
//
// The package runs no search of its own; any system that returns ids can be
// measured.
package eval

import "math"

// Gains are the judged documents of a query with what each is worth. Documents
// that are not in it, or are worth nothing, are not relevant.
type Gains map[string]float64

// Relevant returns the number of documents that are worth something.
func (g Gains) Relevant() int {
	n := 0
	for _, gain := range g {
		if gain > 0 {
			n++
		}
	}
	return n
}

// Distinct returns ids without repetitions, in the order of their first
// appearance: a ranking of passages becomes one of documents.
func Distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// Mean returns the mean of values, or NaN without any.
func Mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// found calls f with the rank, from 1, and gain of each relevant document
// among the first k of ranked, until f returns false. A document that comes up
// again counts as not relevant but takes its rank.
func found(ranked []string, gains Gains, k int, f func(rank int, gain float64) bool) {
	seen := make(map[string]bool, len(gains))
	for i, id := range ranked[:min(max(k, 0), len(ranked))] {
		gain := gains[id]
		if !(gain > 0) || seen[id] {
			continue
		}
		seen[id] = true
		if !f(i+1, gain) {
			return
		}
	}
}

func discount(rank int) float64 { return 1 / math.Log2(float64(rank+1)) }
