package postings

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed4837efcb/groundwork/lexical"
)

// words is the plainest analyzer: terms are what stands between blanks.
type words struct{ name string }

func (w words) Fingerprint() string { return "words" + w.name }

func (words) Analyze(dst []lexical.Token, text string) []lexical.Token {
	pos := 0
	for start := 0; start < len(text); {
		end := strings.IndexAny(text[start:], " \n")
		if end < 0 {
			end = len(text) - start
		}
		if end > 0 {
			dst = append(dst, lexical.Token{Term: text[start : start+end], Start: start, End: start + end, Pos: pos})
			pos++
		}
		start += end + 1
	}
	return dst
}

// slow computes BM25 from its definition, over all documents.
func slow(docs map[uint32]string, query string, accept func(uint32) bool) []Hit {
	fields := func(s string) []string {
		var out []string
		for _, t := range (words{}).Analyze(nil, s) {
			out = append(out, t.Term)
		}
		return out
	}
	tf := make(map[uint32]map[string]uint32)
	df := make(map[string]int)
	var s Stats
	for slot, text := range docs {
		tf[slot] = make(map[string]uint32)
		for _, w := range fields(text) {
			if tf[slot][w] == 0 {
				df[w]++
			}
			tf[slot][w]++
			s.Tokens++
		}
		s.Docs++
	}
	var terms []string
	for _, w := range fields(query) {
		if !slices.Contains(terms, w) {
			terms = append(terms, w)
		}
	}
	var hits []Hit
	for slot, text := range docs {
		score := 0.0
		for _, w := range terms {
			if n := tf[slot][w]; n > 0 {
				score += s.Weight(s.IDF(df[w]), n, uint32(len(fields(text))))
			}
		}
		if score > 0 && (accept == nil || accept(slot)) {
			hits = append(hits, Hit{slot, score})
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		if a.Score != b.Score {
			if a.Score > b.Score {
				return -1
			}
			return 1
		}
		return int(a.Slot) - int(b.Slot)
	})
	return hits
}

func firstN(hits []Hit, k int) []Hit { return hits[:min(k, len(hits))] }

// text makes a document of a small vocabulary, so that scores tie and terms
// become common.
func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(30) {
		fmt.Fprintf(&b, "w%d ", int(r.ExpFloat64()*12))
	}
	return b.String()
}

func TestSearchEqualsTheDefinitionUnderRandomHistories(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			x, docs := New(words{}), map[uint32]string{}
			for step := range 120 {
				old, oldDocs := x, clone(docs)
				x = randomStep(t, r, x, docs)
				if step%20 != 0 {
					continue
				}
				compareAll(t, r, x, docs)
				compareAll(t, r, old, oldDocs) // the state before is what it was
				compareAll(t, r, x.Compact(), docs)
				again, err := Parse(x.AppendBinary([]byte("prefix"))[6:], words{})
				if err != nil {
					t.Fatal(err)
				}
				compareAll(t, r, again, docs)
			}
		})
	}
}

func clone(m map[uint32]string) map[uint32]string {
	out := make(map[uint32]string, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// randomStep applies a random batch to index and model alike.
func randomStep(t *testing.T, r *rand.Rand, x *Index, docs map[uint32]string) *Index {
	t.Helper()
	var b Batch
	for range r.IntN(6) {
		slot := uint32(r.IntN(200))
		b.Remove = append(b.Remove, slot)
		delete(docs, slot)
	}
	added := map[uint32]bool{}
	for range r.IntN(12) {
		slot := uint32(r.IntN(200))
		if added[slot] {
			continue
		}
		added[slot] = true
		docs[slot] = randomText(r)
		b.Add = append(b.Add, Doc{slot, docs[slot]})
	}
	next, err := x.Apply(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Check(); err != nil {
		t.Fatal(err)
	}
	return next
}

func compareAll(t *testing.T, r *rand.Rand, x *Index, docs map[uint32]string) {
	t.Helper()
	if x.Stats().Docs != len(docs) {
		t.Fatalf("%d documents, want %d", x.Stats().Docs, len(docs))
	}
	tokens, holdW1 := uint64(0), 0
	for _, text := range docs {
		fields := strings.Fields(text)
		tokens += uint64(len(fields))
		if slices.Contains(fields, "w1") {
			holdW1++
		}
	}
	if x.Stats().Tokens != tokens || x.Frequency("w1") != holdW1 {
		t.Fatalf("%d tokens, w1 in %d documents, want %d and %d", x.Stats().Tokens, x.Frequency("w1"), tokens, holdW1)
	}
	odd := func(slot uint32) bool { return slot%2 == 1 }
	for _, k := range []int{1, 5, 1000} {
		query := randomText(r)
		equalHits(t, x.Search(query, k, nil), firstN(slow(docs, query, nil), k))
		equalHits(t, x.Search(query, k, &SearchOptions{Accept: odd}), firstN(slow(docs, query, odd), k))
	}
	for slot := range uint32(200) {
		if _, want := docs[slot]; x.Contains(slot) != want {
			t.Fatalf("contains slot %d: %v", slot, !want)
		}
	}
}

func equalHits(t *testing.T, got, want []Hit) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("hits\n got %v\nwant %v", got, want)
	}
}

func TestTiesFollowTheCallersOrder(t *testing.T) {
	x := mustApply(t, New(words{}), Batch{Add: []Doc{{1, "a b"}, {2, "a b"}, {3, "a b"}, {4, "a a"}, {5, "c"}}})
	down := &SearchOptions{Before: func(a, b uint32) bool { return a > b }}
	for _, c := range []struct {
		k    int
		o    *SearchOptions
		want []uint32
	}{
		{0, nil, nil},
		{-1, nil, nil},
		{2, nil, []uint32{4, 1}},
		{9, nil, []uint32{4, 1, 2, 3}},
		{2, down, []uint32{4, 3}},
		{3, down, []uint32{4, 3, 2}},
	} {
		var got []uint32
		for _, h := range x.Search("a", c.k, c.o) {
			got = append(got, h.Slot)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("k %d: slots %v, want %v", c.k, got, c.want)
		}
	}
}

func TestARepeatedQueryTermCountsOnce(t *testing.T) {
	x := mustApply(t, New(words{}), Batch{Add: []Doc{{1, "a b c"}, {2, "b c d"}}})
	equalHits(t, x.Search("a b a a", 5, nil), x.Search("a b", 5, nil))
}

func TestApplyRefusesASlotAddedTwice(t *testing.T) {
	_, err := New(words{}).Apply(Batch{Add: []Doc{{7, "a"}, {7, "b"}}})
	if !errors.Is(err, ErrBatch) {
		t.Fatalf("error %v, want ErrBatch", err)
	}
}

func TestApplyLeavesTheBatchAsItWas(t *testing.T) {
	add := []Doc{{9, "a"}, {2, "b"}}
	mustApply(t, New(words{}), Batch{Add: add})
	if want := []Doc{{9, "a"}, {2, "b"}}; !slices.Equal(add, want) {
		t.Fatalf("batch became %v", add)
	}
}

func TestLongBatchesAreAnalyzedInRuns(t *testing.T) {
	third := strings.Repeat(" ", maxRun/3)
	for _, c := range []struct {
		docs []Doc
		want int
	}{
		{[]Doc{{Text: "a"}}, 1},
		{[]Doc{{Text: third + third + third + third}, {Text: "a"}}, 1},
		{[]Doc{{Text: third}, {Text: third}, {Text: third}, {Text: third}}, 3},
	} {
		if got := runLength(c.docs); got != c.want {
			t.Errorf("%d documents, want %d", got, c.want)
		}
	}
	x := mustApply(t, New(words{}), Batch{Add: []Doc{{1, third + "a"}, {2, third + "b"}, {3, third + "c"}, {4, third + "a"}}})
	if got := len(x.Search("a", 9, nil)); got != 2 || len(x.parts) != 2 {
		t.Errorf("%d hits in %d segments, want 2 in 2", got, len(x.parts))
	}
}

func TestSegmentsStayFewAndMostlyAlive(t *testing.T) {
	x := New(words{})
	for slot := range uint32(5000) {
		x = mustApply(t, x, Batch{Add: []Doc{{slot, "a b"}}})
		if len(x.parts) > 5*fanout {
			t.Fatalf("%d segments after %d documents", len(x.parts), slot+1)
		}
	}
	for slot := range uint32(4990) {
		x = mustApply(t, x, Batch{Remove: []uint32{slot}})
	}
	total := 0
	for _, p := range x.parts {
		total += p.docs
	}
	if x.Stats() != (Stats{10, 20}) || total > 20 {
		t.Fatalf("%+v in segments of %d documents", x.Stats(), total)
	}
}

func TestReadersSearchWhileAWriterApplies(t *testing.T) {
	var mu sync.Mutex
	current := New(words{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for n := 0; n < 500; {
				mu.Lock()
				x := current
				mu.Unlock()
				n = x.Stats().Docs
				if got := len(x.Search("a", 1000, nil)); got != n {
					t.Errorf("%d hits in a state of %d documents", got, n)
					return
				}
			}
		})
	}
	for slot := range uint32(500) {
		next, err := current.Apply(Batch{Add: []Doc{{slot, "a b"}}})
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		current = next
		mu.Unlock()
	}
	wg.Wait()
}

func mustApply(t testing.TB, x *Index, b Batch) *Index {
	t.Helper()
	next, err := x.Apply(b)
	if err != nil {
		t.Fatal(err)
	}
	return next
}
