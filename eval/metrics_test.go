package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}

func TestMetrics(t *testing.T) {
	gains := Gains{"a": 3, "b": 2, "c": 1, "zero": 0, "bad": -1}
	l2 := func(r float64) float64 { return math.Log2(r + 1) }
	best := 3/l2(1) + 2/l2(2) + 1/l2(3)
	for _, c := range []struct {
		name                  string
		ranked                []string
		k                     int
		ndcg, recall, rr, suc float64
	}{
		{"the best ranking", []string{"a", "b", "c"}, 10, 1, 1, 1, 1},
		{"gain is the score itself", []string{"c", "x", "a"}, 10, (1/l2(1) + 3/l2(3)) / best, 2. / 3, 1, 1},
		{"judged as worthless is not relevant", []string{"zero", "bad", "b"}, 10, 2 / l2(3) / best, 1. / 3, 1. / 3, 1},
		{"beyond k nothing counts", []string{"x", "y", "a"}, 2, 0, 0, 0, 0},
		{"the ideal is cut at k too", []string{"a"}, 1, 1, 1. / 3, 1, 1},
		{"a repetition takes its rank", []string{"a", "a", "b"}, 10, (3/l2(1) + 2/l2(3)) / best, 2. / 3, 1, 1},
		{"nothing", nil, 10, 0, 0, 0, 0},
		{"a k of 0", []string{"a"}, 0, 0, 0, 0, 0},
		{"a negative k", []string{"a"}, -1, 0, 0, 0, 0},
	} {
		near(t, c.name+": NDCG", NDCG(c.ranked, gains, c.k), c.ndcg)
		near(t, c.name+": Recall", Recall(c.ranked, gains, c.k), c.recall)
		near(t, c.name+": ReciprocalRank", ReciprocalRank(c.ranked, gains, c.k), c.rr)
		near(t, c.name+": Success", Success(c.ranked, gains, c.k), c.suc)
	}
}

func TestMetricsOfAQueryWithoutRelevantDocumentsAreZero(t *testing.T) {
	for _, gains := range []Gains{nil, {}, {"a": 0}, {"a": math.NaN()}} {
		near(t, "NDCG", NDCG([]string{"a"}, gains, 10), 0)
		near(t, "Recall", Recall([]string{"a"}, gains, 10), 0)
		near(t, "Success", Success([]string{"a"}, gains, 10), 0)
	}
}

// A swap of two neighbours that puts the better document first never lowers
// NDCG, and no metric leaves the unit interval.
func TestNDCGPrefersBetterDocumentsAbove(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		gains := Gains{}
		var ranked []string
		for i := range 12 {
			id := fmt.Sprint(i)
			ranked = append(ranked, id)
			gains[id] = float64(r.IntN(4))
		}
		r.Shuffle(len(ranked), func(i, j int) { ranked[i], ranked[j] = ranked[j], ranked[i] })
		before := NDCG(ranked, gains, 10)
		i := r.IntN(len(ranked) - 1)
		if gains[ranked[i]] < gains[ranked[i+1]] {
			ranked[i], ranked[i+1] = ranked[i+1], ranked[i]
			if after := NDCG(ranked, gains, 10); after < before {
				t.Fatalf("seed %d: %v became %v", seed, before, after)
			}
		}
		for name, v := range map[string]float64{"NDCG": before, "Recall": Recall(ranked, gains, 5)} {
			if v < 0 || v > 1+1e-12 {
				t.Fatalf("seed %d: %s is %v", seed, name, v)
			}
		}
	}
}

func TestDistinctKeepsFirstAppearances(t *testing.T) {
	in := []string{"b", "a", "b", "c", "a"}
	if diff := cmp.Diff([]string{"b", "a", "c"}, Distinct(in)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b", "a", "b", "c", "a"}, in); diff != "" {
		t.Errorf("the argument changed: %s", diff)
	}
}

func TestMeanOfNothingIsNotANumber(t *testing.T) {
	if got := Mean(nil); !math.IsNaN(got) {
		t.Errorf("mean %v", got)
	}
}
