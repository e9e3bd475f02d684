package vectorstore_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var space = vectorstore.Space{Model: "m/1", Dim: 3, Metric: vectorstore.Cosine, Analyzer: "a/1", Format: 1}

func TestSpaceErrorNamesWhatDiffersAndTheRemedy(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*vectorstore.Space)
		says   string
	}{
		"model":     {func(s *vectorstore.Space) { s.Model = "m/2" }, `model "m/1", not model "m/2"`},
		"dimension": {func(s *vectorstore.Space) { s.Dim = 4 }, "dimension 3, not dimension 4"},
		"metric":    {func(s *vectorstore.Space) { s.Metric = vectorstore.L2 }, "metric 1, not metric 3"},
		"analyzer":  {func(s *vectorstore.Space) { s.Analyzer = "a/2" }, `analyzer "a/1", not analyzer "a/2"`},
		"format":    {func(s *vectorstore.Space) { s.Format = 2 }, "format 1, not format 2"},
	} {
		want := space
		c.change(&want)
		err := space.Check("ns", want)
		var mismatch *vectorstore.SpaceError
		if !errors.As(err, &mismatch) || mismatch.Have != space || mismatch.Want != want || mismatch.Namespace != "ns" {
			t.Errorf("%s: error is %#v", what, err)
		} else if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "promote") {
			t.Errorf("%s: message is %q, want %q and the remedy", what, err, c.says)
		}
	}
	if err := errors.Join(space.Check("ns", space), space.Check("ns", vectorstore.Space{})); err != nil {
		t.Errorf("the same space and the zero space: %v", err)
	}
}

func TestSpaceValidate(t *testing.T) {
	for _, c := range []struct {
		dim    int
		metric vectorstore.Metric
		want   error
	}{
		{1, vectorstore.Cosine, nil},
		{4096, vectorstore.L2, nil},
		{0, vectorstore.Dot, vectorstore.ErrDimension},
		{-3, vectorstore.Dot, vectorstore.ErrDimension},
		{4097, vectorstore.Dot, vectorstore.ErrDimension},
		{3, 0, vectorstore.ErrUnsupported},
		{3, 4, vectorstore.ErrUnsupported},
	} {
		if err := (vectorstore.Space{Dim: c.dim, Metric: c.metric}).Validate(); !errors.Is(err, c.want) {
			t.Errorf("dimension %d, metric %d: error is %v, want %v", c.dim, c.metric, err, c.want)
		}
	}
}

func TestCheckVector(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name   string
		vector []float32
		metric vectorstore.Metric
		want   error
	}{
		{"good", []float32{1, 2, 3}, vectorstore.Cosine, nil},
		{"largest", []float32{math.MaxFloat32, math.MaxFloat32, math.MaxFloat32}, vectorstore.Cosine, nil},
		{"smallest", []float32{math.SmallestNonzeroFloat32, 0, 0}, vectorstore.Cosine, nil},
		{"zero for cosine", []float32{0, 0, 0}, vectorstore.Cosine, vectorstore.ErrVector},
		{"zero for dot", []float32{0, 0, 0}, vectorstore.Dot, nil},
		{"zero for L2", []float32{0, 0, 0}, vectorstore.L2, nil},
		{"NaN", []float32{1, nan, 3}, vectorstore.L2, vectorstore.ErrVector},
		{"infinity", []float32{1, inf, 3}, vectorstore.Dot, vectorstore.ErrVector},
		{"infinities of both signs", []float32{inf, -inf, 0}, vectorstore.Dot, vectorstore.ErrVector},
		{"short", []float32{1, 2}, vectorstore.Cosine, vectorstore.ErrDimension},
		{"nil", nil, vectorstore.Cosine, vectorstore.ErrDimension},
	} {
		s := space
		s.Metric = c.metric
		if err := vectorstore.CheckVector(c.vector, s); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: error is %v, want %v", c.name, err, c.want)
		}
	}
}

func record(id string, version int64) vectorstore.Record {
	return vectorstore.Record{
		Chunk:   groundwork.Chunk{ID: groundwork.NewID(id), DocumentID: groundwork.NewID("d"), Text: "x", Span: groundwork.Span{Start: 4, End: 5}},
		Vector:  []float32{1, 0, 0},
		Version: version,
	}
}

func TestBatchValidateLeavesTheBatchAsItIs(t *testing.T) {
	pending := record("b", 1)
	pending.Vector = nil
	b := vectorstore.Batch{
		Upserts: []vectorstore.Record{record("a", 1), pending},
		Deletes: []vectorstore.Tombstone{{ID: groundwork.NewID("c"), Version: 1}},
		State:   []vectorstore.Entry{{Key: strings.Repeat("k", 1024)}},
	}
	if err := b.Validate(space); err != nil {
		t.Fatal(err)
	}
	if len(b.Upserts) != 2 || b.Upserts[1].Vector != nil || b.Upserts[0].Vector[0] != 1 {
		t.Error("Validate changed the batch")
	}
}

func TestQueryValidate(t *testing.T) {
	vector := []float32{1, 0, 0}
	for _, c := range []struct {
		name string
		q    vectorstore.Query
		want error
	}{
		{"by vector", vectorstore.Query{Vector: vector, K: 1}, nil},
		{"by text", vectorstore.Query{Text: "a", K: vectorstore.MaxK}, nil},
		{"with an infinite minimum score", vectorstore.Query{Text: "a", K: 1, MinScore: math.Inf(-1)}, nil},
		{"by nothing", vectorstore.Query{K: 1}, vectorstore.ErrQuery},
		{"by both", vectorstore.Query{Vector: vector, Text: "a", K: 1}, vectorstore.ErrQuery},
		{"of another dimension", vectorstore.Query{Vector: vector[:2], K: 1}, vectorstore.ErrDimension},
		{"of another dimension is also ErrQuery", vectorstore.Query{Vector: vector[:2], K: 1}, vectorstore.ErrQuery},
		{"by zero", vectorstore.Query{Vector: make([]float32, 3), K: 1}, vectorstore.ErrVector},
		{"for nothing", vectorstore.Query{Text: "a"}, vectorstore.ErrQuery},
		{"for too much", vectorstore.Query{Text: "a", K: vectorstore.MaxK + 1}, vectorstore.ErrQuery},
		{"with NaN", vectorstore.Query{Text: "a", K: 1, MinScore: math.NaN()}, vectorstore.ErrQuery},
		{"by bytes", vectorstore.Query{Text: "\xff", K: 1}, vectorstore.ErrQuery},
	} {
		if err := c.q.Validate(space); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("query %s: error is %v, want %v", c.name, err, c.want)
		}
	}
}

func TestStateOfAStoreThatKeepsNoneIsUnsupported(t *testing.T) {
	n := 0
	for _, err := range vectorstore.State(context.Background(), struct{ vectorstore.Store }{}, vectorstore.StateScan{}) {
		if n++; !errors.Is(err, vectorstore.ErrUnsupported) {
			t.Errorf("error is %v, want ErrUnsupported", err)
		}
	}
	if n != 1 {
		t.Errorf("%d steps, want the error alone", n)
	}
}

func TestChunkFieldsAreMetadataAndReservedNames(t *testing.T) {
	c := &groundwork.Chunk{
		ID: groundwork.NewID("c"), DocumentID: groundwork.NewID("d"), URI: "a/b.md", MIME: "text/html", Title: "T",
		Metadata: groundwork.Metadata{"lang": "ko", "uri": "mine", filter.DocMIME: "hidden by the reserved name"},
	}
	get := vectorstore.ChunkFields(c)
	for field, want := range map[string]any{
		filter.DocID: c.DocumentID, filter.DocURI: "a/b.md", filter.DocMIME: "text/html", "lang": "ko", "uri": "mine",
	} {
		if got, ok := get(field); !ok || got != want {
			t.Errorf("%s is %v, %v; want %v", field, got, ok, want)
		}
	}
	for _, field := range []string{"missing", "", "doc.title", "title", "id"} {
		if got, ok := get(field); ok {
			t.Errorf("%s is %v, want it missing", field, got)
		}
	}
	if v, ok := vectorstore.ChunkFields(&groundwork.Chunk{})(filter.DocMIME); !ok || v != "" {
		t.Error("a reserved field is missing where it is empty")
	}
}
