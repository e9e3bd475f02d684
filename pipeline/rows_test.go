package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// counting notes how upserts brought their vectors, and hides a feature.
type counting struct {
	vectorstore.Store
	hide     vectorstore.Feature
	vectors  int
	rows     int
	together int // the most vectors in one batch
}

func (c *counting) Apply(ctx context.Context, b vectorstore.Batch) error {
	n := 0
	for i := range b.Upserts {
		if b.Upserts[i].VectorRow != "" {
			c.rows++
		} else if b.Upserts[i].Vector != nil {
			n++
		}
	}
	c.vectors += n
	c.together = max(c.together, n)
	return c.Store.Apply(ctx, b)
}

func (c *counting) Info() vectorstore.Info {
	info := c.Store.Info()
	info.Features = slices.DeleteFunc(info.Features, func(f vectorstore.Feature) bool { return f == c.hide })
	return info
}

func (c *counting) ReadState(ctx context.Context, s vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return vectorstore.State(ctx, c.Store, s)
}

func paragraphsOf(n int, seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "word%d word%d word%d\n\n", rng.IntN(1e6), rng.IntN(1e6), rng.IntN(1e6))
	}
	return b.String()
}

func TestVectorsOfALargeFileAreTakenFromTheirRows(t *testing.T) {
	store := &counting{Store: newStore(t)}
	b := newBench(t, newTree("big.txt", paragraphsOf(41, 3)), store)
	b.reopen(&pipeline.IndexerOptions{BatchTexts: 4})
	if r := b.index(); r.Chunks != 41 || r.Embedded != 41 {
		t.Fatalf("report %+v", r)
	}
	if store.rows != 40 || store.together > 4 {
		t.Errorf("%d vectors from rows, up to %d in one batch", store.rows, store.together)
	}
	b.texts()
	b.wantClean()
}

// TestVectorsFromRowsMakeTheSameIndex runs histories over stores with and
// without the feature: files that share paragraphs, change, fail and break off.
func TestVectorsFromRowsMakeTheSameIndex(t *testing.T) {
	for seed := range uint64(30) {
		var dumps [2]string
		for i, hide := range []vectorstore.Feature{"", vectorstore.FeatureVectorRows} {
			rng := rand.New(rand.NewPCG(seed, 7))
			tr := newTree()
			broken := &flaky{Store: newStore(t)}
			store := &counting{Store: broken, hide: hide}
			b := newBench(t, tr, store)
			for range 5 {
				for range 4 {
					parts := make([]string, 1+rng.IntN(14))
					for j := range parts {
						parts[j] = fmt.Sprintf("paragraph %d of all", rng.IntN(25))
					}
					tr.set(fmt.Sprintf("%c.txt", 'a'+rng.IntN(6)), strings.Join(parts, "\n\n"))
				}
				bad := fmt.Sprintf("paragraph %d of", rng.IntN(60))
				b.words.fail = func(text string) error {
					if strings.HasPrefix(text, bad) {
						return errors.New("no such word")
					}
					return nil
				}
				broken.calls, broken.failAt = 0, 1+rng.IntN(12)
				b.reopen(&pipeline.IndexerOptions{BatchTexts: 1 + rng.IntN(4)})
				if _, err := b.x.Index(t.Context(), tr, nil); err != nil && !errors.Is(err, errInjected) {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			b.words.fail, broken.failAt = nil, 0
			b.reopen(&pipeline.IndexerOptions{BatchTexts: 3})
			b.index()
			b.wantClean()
			dumps[i] = dump(t, store)
			if hide == "" && store.rows == 0 || hide != "" && store.rows != 0 {
				t.Errorf("seed %d, hidden %q: %d vectors from rows", seed, hide, store.rows)
			}
		}
		if dumps[0] != dumps[1] {
			t.Fatalf("seed %d: the two indexes differ", seed)
		}
	}
}
