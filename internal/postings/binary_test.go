package postings

import (
	"errors"
	"testing"
)

func small(t testing.TB) *Index {
	x := mustApply(t, New(words{}), Batch{Add: []Doc{{3, "a b a"}, {5, "b c"}, {8, ""}}})
	x = mustApply(t, x, Batch{Add: []Doc{{1, "d a"}}})
	return mustApply(t, x, Batch{Remove: []uint32{5}})
}

func TestParseRefusesAnotherAnalyzer(t *testing.T) {
	if _, err := Parse(small(t).AppendBinary(nil), words{" v2"}); !errors.Is(err, ErrAnalyzer) {
		t.Fatalf("error %v, want ErrAnalyzer", err)
	}
}

func TestParseRefusesEveryCutAndEveryAddedByte(t *testing.T) {
	data := small(t).AppendBinary(nil)
	for n := range data {
		if _, err := Parse(data[:n:n], words{}); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d of %d: error %v, want ErrFormat", n, len(data), err)
		}
	}
	if _, err := Parse(append(data, 0), words{}); !errors.Is(err, ErrFormat) {
		t.Fatalf("a byte too many: error %v, want ErrFormat", err)
	}
}

func TestCheckFindsDamagedLists(t *testing.T) {
	x := small(t)
	p := &x.parts[0]
	lists := p.listBlock
	for i := range lists {
		for bit := range 8 {
			lists[i] ^= 1 << bit
			if err := x.Check(); !errors.Is(err, ErrFormat) {
				t.Errorf("byte %d bit %d: error %v, want ErrFormat", i, bit, err)
			}
			x.Search("a b c d", 10, nil)
			lists[i] ^= 1 << bit
		}
	}
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckFindsASlotAliveTwice(t *testing.T) {
	x := mustApply(t, New(words{}), Batch{Add: []Doc{{3, "a"}}})
	x.parts = append(x.parts, x.parts[0])
	if err := x.Check(); !errors.Is(err, ErrFormat) {
		t.Fatalf("error %v, want ErrFormat", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small(f).AppendBinary(nil))
	f.Add(New(words{}).AppendBinary(nil))
	f.Add([]byte("GWpl\x01\x00\x05\x00words\x01\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := Parse(data, words{})
		if err != nil {
			return
		}
		hits := x.Search("a b c d", 3, nil)
		if x.Check() == nil && len(hits) > x.Stats().Docs {
			t.Fatalf("%d hits of %d documents", len(hits), x.Stats().Docs)
		}
		next, err := x.Apply(Batch{Add: []Doc{{4, "a b"}}, Remove: []uint32{3}})
		if err != nil {
			t.Fatal(err)
		}
		if !next.Contains(4) || x.Check() == nil && next.Check() != nil {
			t.Fatal("a batch on a sound index made an unsound one")
		}
		next.Compact().Search("a b", 3, nil)
	})
}
