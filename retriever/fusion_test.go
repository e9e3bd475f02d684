package retriever

import (
	"math"
	"testing"

	"github.com/seed4837efcb/groundwork"
)

func ranked(name string, complete bool, pairs ...any) list {
	l := list{name: name, complete: complete}
	for i := 0; i < len(pairs); i += 2 {
		h := groundwork.Hit{Legs: []groundwork.Leg{{Name: name, Rank: i/2 + 1, Score: pairs[i+1].(float64)}}}
		h.ID = pairs[i].(string)
		h.DocumentID = h.ID
		l.hits = append(l.hits, h)
	}
	return l
}

func scores(hits []groundwork.Hit) map[string]float64 {
	out := map[string]float64{}
	for _, h := range hits {
		out[h.ID] = h.Score
	}
	return out
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestZScoreGivesMissingDocumentsTheLowestScore(t *testing.T) {
	got := scores(Fusion{}.fuse([]list{
		ranked("dense", false, "a", 3.0, "b", 1.0),
		ranked("lexical", false, "b", 9.0, "c", 5.0),
	}))
	// dense: mean 2, deviation 1; lexical: mean 7, deviation 2.
	want := map[string]float64{"a": 0, "b": 0, "c": -2} // a: 1 and -1, b: -1 and 1, c: -1 and -1
	for id, w := range want {
		if !near(got[id], w) {
			t.Errorf("%s: %v, want %v", id, got[id], w)
		}
	}
}

func TestZScoreGivesMissingDocumentsOfACompleteListZero(t *testing.T) {
	got := scores(Fusion{}.fuse([]list{
		ranked("dense", false, "a", 2.0, "b", 2.0),
		ranked("lexical", true, "b", 8.0),
	}))
	// lexical: a scores 0, b 8: mean 4, deviation 4. dense says nothing.
	if !near(got["a"], -1) || !near(got["b"], 1) {
		t.Errorf("scores %v, want a -1, b 1", got)
	}
}

func TestReciprocalRanksAndWeights(t *testing.T) {
	f := Fusion{Method: RRF, RRFk: 10, Weights: map[string]float64{"lexical": 2}}
	got := scores(f.fuse([]list{
		ranked("dense", false, "a", 0.9, "b", 0.8),
		ranked("lexical", true, "b", 7.0),
	}))
	if !near(got["a"], 1.0/11) || !near(got["b"], 1.0/12+2.0/11) {
		t.Errorf("scores %v", got)
	}
}

func TestFuseOfNothingIsNothing(t *testing.T) {
	if got := (Fusion{}).fuse(nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestFuseLeavesItsListsAlone(t *testing.T) {
	a, b := ranked("dense", false, "x", 1.0), ranked("lexical", true, "x", 2.0)
	Fusion{}.fuse([]list{a, b})
	if len(a.hits[0].Legs) != 1 || a.hits[0].Score != 0 {
		t.Errorf("the list was changed: %+v", a.hits[0])
	}
}

func TestSpreadPrefersAnotherDocumentAmongEquals(t *testing.T) {
	l := ranked("dense", false, "a1", 10.0, "a2", 9.0, "a3", 8.9, "b1", 8.8, "c1", 1.0)
	for i := range l.hits {
		l.hits[i].DocumentID = l.hits[i].ID[:1]
	}
	order := func(f Fusion) (ids string) {
		for _, h := range f.fuse([]list{l}) {
			ids += h.ID + " "
		}
		return ids
	}
	if got, want := order(Fusion{Spread: -1}), "a1 a2 a3 b1 c1 "; got != want {
		t.Errorf("without: %s, want %s", got, want)
	}
	if got, want := order(Fusion{}), "a1 b1 a2 a3 c1 "; got != want {
		t.Errorf("by default: %s, want %s", got, want)
	}
}
