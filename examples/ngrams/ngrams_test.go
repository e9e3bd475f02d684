package ngrams_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/chunkers"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/examples/ngrams"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A folder indexed and searched with an embedder of one's own: nothing in the
// pipeline knows the difference.
func Example() {
	ctx := context.Background()
	embedder, err := ngrams.New(&ngrams.Options{MaxTokens: 128})
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := memory.Open(nil).Open(ctx, "notes", pipeline.Space(embedder.Model(), nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := index(ctx, store, embedder, "The extractor turns slowly.", "Queens are marked with paint."); err != nil {
		fmt.Println(err)
		return
	}
	find := &retriever.Dense{Store: store, Embedder: embedder}
	found, err := find.Retrieve(ctx, retriever.Query{Text: "marking a queen", K: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Hits[0].Text)
	// Output: Queens are marked with paint.
}

// index puts each text into the store as a file of its own.
func index(ctx context.Context, store vectorstore.Store, e embed.Embedder, texts ...string) error {
	folder := fstest.MapFS{}
	for i, text := range texts {
		folder[fmt.Sprintf("%02d.txt", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	source, err := loaders.FS(folder, nil)
	if err != nil {
		return err
	}
	plain, err := loaders.Plain(nil)
	if err != nil {
		return err
	}
	chunker, err := chunkers.NewStructure(&chunkers.Options{Count: pipeline.CountTokens(e), MaxTokens: e.Model().MaxTokens})
	if err != nil {
		return err
	}
	x, err := pipeline.NewIndexer(store, e, chunker, &pipeline.IndexerOptions{Loader: plain})
	if err != nil {
		return err
	}
	report, err := x.Index(ctx, source, nil)
	if err == nil && report.FailedItems > 0 {
		err = fmt.Errorf("not indexed: %+v", report.Files)
	}
	return err
}

func embedder(t testing.TB, o *ngrams.Options) *ngrams.Embedder {
	t.Helper()
	e, err := ngrams.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func vectors(t testing.TB, e embed.Embedder, role embed.Role, texts ...string) *embed.Batch {
	t.Helper()
	b, err := e.Embed(t.Context(), role, texts)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != len(texts) || len(b.Tokens) != len(texts) {
		t.Fatalf("%d vectors and %d token counts of %d texts", b.Len(), len(b.Tokens), len(texts))
	}
	return b
}

func TestVectorsHaveUnitLengthWhateverTheText(t *testing.T) {
	e := embedder(t, &ngrams.Options{Truncate: true})
	b := vectors(t, e, embed.Passage, "", " \n", "!?", "a", "Honig", "꿀은 오래 간다", "\u0301", strings.Repeat("x", 5000), "🐝")
	for i := range b.Len() {
		sum := 0.0
		for _, x := range b.Vector(i) {
			sum += float64(x) * float64(x)
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Errorf("text %d: squared length %v", i, sum)
		}
	}
}

func TestAVectorDoesNotDependOnTheOthersOfTheCall(t *testing.T) {
	e := embedder(t, nil)
	texts := []string{"one hive", "two hives", "", "three"}
	all := vectors(t, e, embed.Passage, texts...)
	for i, text := range texts {
		if alone := vectors(t, e, embed.Passage, text); !slices.Equal(alone.Vector(0), all.Vector(i)) {
			t.Errorf("%q has another vector alone", text)
		}
	}
}

func TestRelatedWordsAreCloserThanUnrelatedOnes(t *testing.T) {
	e := embedder(t, nil)
	for _, c := range []struct{ query, near, far string }{
		{"marking queens", "The queen is marked in May.", "The extractor turns slowly."},
		{"꿀의 보관", "꿀을 보관하는 법", "여왕벌의 표시"},
	} {
		b := vectors(t, e, embed.Query, c.query, c.near, c.far)
		if near, far := dot(b.Vector(0), b.Vector(1)), dot(b.Vector(0), b.Vector(2)); near <= far+0.1 {
			t.Errorf("%q: %q has %.3f, %q %.3f", c.query, c.near, near, c.far, far)
		}
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestTheFingerprintCoversWhatChangesVectors(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range []*ngrams.Options{nil, {Dim: 64}, {MaxTokens: 9}, {QueryPrefix: "q: "}, {PassagePrefix: "q: "}} {
		f := embedder(t, o).Model().Fingerprint
		if seen[f] {
			t.Errorf("%+v has the fingerprint of others, %q", o, f)
		}
		seen[f] = true
	}
	if embedder(t, &ngrams.Options{Truncate: true}).Model().Fingerprint != embedder(t, nil).Model().Fingerprint {
		t.Error("what is done with texts that are too long changes no vector, but the fingerprint")
	}
}

func TestARolesPrefixIsEmbeddedAndCounted(t *testing.T) {
	e := embedder(t, &ngrams.Options{QueryPrefix: "query: "})
	q, p := vectors(t, e, embed.Query, "honey"), vectors(t, e, embed.Passage, "honey")
	if q.Tokens[0] != p.Tokens[0]+2 {
		t.Errorf("%d tokens as a query, %d as a passage", q.Tokens[0], p.Tokens[0])
	}
	if slices.Equal(q.Vector(0), p.Vector(0)) {
		t.Error("the prefix changes nothing")
	}
	for _, role := range []embed.Role{embed.Query, embed.Passage} {
		if got := vectors(t, e, role, "two words").Tokens[0]; got != e.CountTokens(role, "two words") {
			t.Errorf("%s: Embed counts %d tokens, CountTokens %d", role, got, e.CountTokens(role, "two words"))
		}
	}
}

func TestALongTextIsAnErrorThatNamesItOrIsCutAndReported(t *testing.T) {
	texts := []string{"short", strings.Repeat("long ", 40)}
	_, err := embedder(t, &ngrams.Options{MaxTokens: 10}).Embed(t.Context(), embed.Passage, texts)
	var at *embed.TextError
	if !errors.As(err, &at) || at.Index != 1 || !errors.Is(err, embed.ErrTooLong) {
		t.Errorf("error %v", err)
	}
	e := embedder(t, &ngrams.Options{MaxTokens: 10, Truncate: true})
	b := vectors(t, e, embed.Passage, texts...)
	if want := []embed.Cut{{Index: 1, Tokens: 40, Kept: 10}}; !slices.Equal(b.Cut, want) {
		t.Errorf("cuts %v, want %v", b.Cut, want)
	}
	if short := vectors(t, e, embed.Passage, strings.Repeat("long ", 10)); !slices.Equal(short.Vector(0), b.Vector(1)) {
		t.Error("the vector is not that of the first ten tokens")
	}
}

// TestCutTextsHaveTheTokensThatWereKept compares the cut with the count.
func TestCutTextsHaveTheTokensThatWereKept(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	for range 300 {
		var text strings.Builder
		for range 60 {
			text.WriteString([]string{"a", "bienen", " ", "\n", "꿀", ",", "여왕벌입니다"}[rng.IntN(7)])
		}
		limit := 1 + rng.IntN(12)
		e := embedder(t, &ngrams.Options{MaxTokens: limit, Truncate: true})
		for _, c := range vectors(t, e, embed.Passage, text.String()).Cut {
			if c.Tokens <= limit || c.Kept != limit {
				t.Fatalf("limit %d: %+v of %q", limit, c, text.String())
			}
		}
	}
}

func TestInvalidTextsAndOptionsAreErrors(t *testing.T) {
	e := embedder(t, nil)
	var at *embed.TextError
	if _, err := e.Embed(t.Context(), embed.Passage, []string{"fine", "\xff"}); !errors.As(err, &at) || at.Index != 1 {
		t.Errorf("invalid UTF-8: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ended, embed.Passage, []string{"late"}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	for _, o := range []*ngrams.Options{{Dim: 1}, {Dim: -5}, {MaxTokens: -1}, {MaxTokens: 2, QueryPrefix: "a b "}} {
		if _, err := ngrams.New(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// TestThePipelineTakesIt indexes texts that are longer than the model takes:
// the chunker must have cut them by the model's own count.
func TestThePipelineTakesIt(t *testing.T) {
	e := embedder(t, &ngrams.Options{MaxTokens: 40, PassagePrefix: "passage: "})
	db := memory.Open(nil)
	defer db.Close()
	store, err := db.Open(t.Context(), "test", pipeline.Space(e.Model(), nil))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("The keeper looks after every hive in turn. ", 60) + "Swarms leave in May.\n\n" + strings.Repeat("벌은꿀을모은다", 80)
	if err := index(t.Context(), store, e, long, "", "Wax melts at 62 degrees."); err != nil {
		t.Fatal(err)
	}
	chunks := 0
	for r, err := range store.Scan(t.Context(), vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			t.Fatal(err)
		}
		chunks++
		if r.Vector == nil || e.CountTokens(embed.Passage, r.Text) > 40 || !utf8.ValidString(r.Text) {
			t.Errorf("%d tokens, vector %v: %.40q", e.CountTokens(embed.Passage, r.Text), r.Vector != nil, r.Text)
		}
	}
	if chunks < 10 {
		t.Errorf("%d chunks of a text of %d tokens", chunks, e.CountTokens(embed.Passage, long))
	}
	found, err := (&retriever.Hybrid{Store: store, Embedder: e}).Retrieve(t.Context(), retriever.Query{Text: "when does a swarm leave", K: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Hits) == 0 || !strings.Contains(found.Hits[0].Text, "Swarms leave") {
		t.Errorf("found %+v", found.Hits)
	}
	other := embedder(t, &ngrams.Options{MaxTokens: 41})
	var space *vectorstore.SpaceError
	if err := index(t.Context(), store, other, "x"); !errors.As(err, &space) {
		t.Errorf("an index of another fingerprint is written to: %v", err)
	}
}
