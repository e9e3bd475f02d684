package tokenizer

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTrieFindsWhatItWasBuiltFrom(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		keys := map[string]int32{}
		for range r.IntN(3000) {
			keys[randomKey(r)] = r.Int32N(maxVocab)
		}
		var list []trieKey
		for text, value := range keys {
			list = append(list, trieKey{text, value})
		}
		units, err := buildTrie(list)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(list)
		if again, _ := buildTrie(list); !bytes.Equal(units, again) {
			t.Fatalf("seed %d: the order of the keys changed the units", seed)
		}
		checkTrie(t, seed, trie(units), keys, r)
	}
}

func checkTrie(t *testing.T, seed uint64, tr trie, keys map[string]int32, r *rand.Rand) {
	t.Helper()
	want := func(text string) int32 {
		if v, ok := keys[text]; ok {
			return v
		}
		return -1
	}
	probe := func(text string) {
		if got := tr.find([]byte(text)); got != want(text) {
			t.Fatalf("seed %d: %q has %d, want %d", seed, text, got, want(text))
		}
		shortest, longest, length := int32(-1), int32(-1), 0
		for n := 1; n <= len(text); n++ {
			if v := want(text[:n]); v >= 0 {
				longest, length = v, n
				if shortest < 0 {
					shortest = v
				}
			}
		}
		if v, n := tr.longest(text, len(text)); v != longest || n != length {
			t.Fatalf("seed %d: longest of %q is %d of %d bytes, want %d of %d", seed, text, v, n, longest, length)
		}
		if v := tr.shortest(text); v != shortest {
			t.Fatalf("seed %d: shortest of %q is %d, want %d", seed, text, v, shortest)
		}
	}
	for text := range keys {
		probe(text)
		probe(text + "x")
		probe(text[:len(text)-1])
		probe(text + "\x00")
	}
	for range 1000 {
		probe(randomKey(r))
	}
}

func randomKey(r *rand.Rand) string {
	key := make([]byte, 1+r.IntN(6))
	for i := range key {
		if r.IntN(3) == 0 {
			key[i] = byte(1 + r.IntN(255))
		} else {
			key[i] = "abc\xe4\xff"[r.IntN(5)]
		}
	}
	return string(key)
}

func TestTrieThatDoesNotFitIsAnError(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a trie of two million units")
	}
	var list []trieKey
	for i := range 400_000 {
		list = append(list, trieKey{fmt.Sprintf("%d%s", i, strings.Repeat("x", 8)), int32(i)})
	}
	if _, err := buildTrie(list); !errors.Is(err, errTrieFull) {
		t.Errorf("got %v, want errTrieFull", err)
	}
}

// No bytes may lead a walk outside or let it go on for ever.
func TestTrieOfGarbageIsSafe(t *testing.T) {
	const seed = 5
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		units := make([]byte, 4*r.IntN(600))
		for i := range units {
			units[i] = byte(r.Uint32() & r.Uint32())
		}
		tr := trie(units)
		text := string(units[:min(len(units), 64)]) + "abc"
		found := tr.find([]byte(text))
		if v, n := tr.longest(text, 1000); n > len(text) || found >= 0 && (v != found || n != len(text)) {
			t.Fatalf("seed %d: longest of %q is %d of %d bytes, found %d", seed, text, v, n, found)
		}
		_, whole := tr.walk(tr.root(), text)
		if first := tr.shortest(text); found >= 0 && (first < 0 || !whole) {
			t.Fatalf("seed %d: %q is found but not walked", seed, text)
		}
	}
}
