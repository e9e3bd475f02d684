package hnsw

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTreeEqualsMapInEveryState runs random histories, keeps some of the states
// on the way, and compares all of them with maps at the end.
func TestTreeEqualsMapInEveryState(t *testing.T) {
	type state struct {
		tree tree[int, int]
		want map[int]int
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		tr := tree[int, int]{cmp: cmp.Compare[int]}
		want := map[int]int{}
		var kept []state
		keys := 1 + rng.IntN(3000)
		for range 200 {
			e := new(edit)
			for range rng.IntN(60) {
				k := rng.IntN(keys)
				if rng.IntN(3) == 0 || rng.IntN(200) > len(want) && rng.IntN(2) == 0 {
					tr.delete(e, k)
					delete(want, k)
				} else {
					v := rng.Int()
					tr.set(e, k, v)
					want[k] = v
				}
			}
			if rng.IntN(10) == 0 {
				kept = append(kept, state{tr, maps.Clone(want)})
			}
		}
		for i, s := range append(kept, state{tr, want}) {
			if got := maps.Collect(s.tree.from(nil)); !maps.Equal(got, s.want) || s.tree.size != len(s.want) {
				t.Fatalf("seed %d, state %d: %d keys (size %d), want %d", seed, i, len(got), s.tree.size, len(s.want))
			}
			from := rng.IntN(keys)
			var got []int
			for k := range s.tree.from(&from) {
				got = append(got, k)
			}
			sorted := slices.DeleteFunc(slices.Sorted(maps.Keys(s.want)), func(k int) bool { return k < from })
			if !slices.Equal(got, sorted) {
				t.Fatalf("seed %d, state %d: keys from %d differ", seed, i, from)
			}
			for k := range keys {
				v, ok := s.tree.get(k)
				if w, there := s.want[k]; ok != there || v != w {
					t.Fatalf("seed %d: get(%d) = %d, %v, want %d, %v", seed, k, v, ok, w, there)
				}
			}
		}
	}
}
