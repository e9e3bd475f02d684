package postings

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// corpus makes documents of words that are distributed as in a language: the
// n-th most frequent word of 200,000 has a share of about 1/n, but for the
// first 50, which would be stop words.
func corpus(docs, words int) []Doc {
	r := rand.New(rand.NewPCG(1, 6))
	z := rand.NewZipf(r, 1.07, 50, 200_000)
	out := make([]Doc, docs)
	for i := range out {
		var b strings.Builder
		for range words {
			fmt.Fprintf(&b, "w%d ", z.Uint64())
		}
		out[i] = Doc{uint32(i), b.String()}
	}
	return out
}

// benchIndex holds 100,000 chunks of 120 words.
func benchIndex(b *testing.B) *Index {
	x, err := New(words{}).Apply(Batch{Add: corpus(100_000, 120)})
	if err != nil {
		b.Fatal(err)
	}
	return x
}

func BenchmarkSearch(b *testing.B) {
	if testing.Short() {
		b.Skip("makes an index of 100,000 chunks")
	}
	x := benchIndex(b)
	queries := corpus(64, 8)
	b.Run("8 terms in 100k chunks", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			x.Search(queries[i%len(queries)].Text, 10, nil)
		}
	})
	b.Run("a fifth removed", func(b *testing.B) {
		var remove []uint32
		for slot := uint32(0); slot < 100_000; slot += 5 {
			remove = append(remove, slot)
		}
		x := mustApply(b, x, Batch{Remove: remove})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			x.Search(queries[i%len(queries)].Text, 10, nil)
		}
	})
	data := x.AppendBinary(nil)
	b.Run("parse", func(b *testing.B) {
		b.ReportMetric(float64(len(data))/100_000, "bytes/chunk")
		for b.Loop() {
			if _, err := Parse(data, words{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkApply(b *testing.B) {
	docs := corpus(20_000, 120)
	b.Run("20k chunks in batches of 64", func(b *testing.B) {
		for b.Loop() {
			x := New(words{})
			for i := 0; i < len(docs); i += 64 {
				x = mustApply(b, x, Batch{Add: docs[i:min(i+64, len(docs))]})
			}
		}
	})
}
