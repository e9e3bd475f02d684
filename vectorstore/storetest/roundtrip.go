package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var dataCases = []testCase{
	{"metadata-round-trip", metadataRoundTrip},
	{"chunk-round-trip", chunkRoundTrip},
	{"vector-round-trip", vectorRoundTrip},
	{"input-is-not-kept", inputNotKept},
	{"output-is-not-shared", outputNotShared},
}

func metadataRoundTrip(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.oneOfEach()
	all := groundwork.Metadata{}
	for i, v := range metaValues {
		all[fmt.Sprintf("key %d", i)] = v
	}
	for _, key := range metaKeys {
		all[key] = "value of " + key
	}
	r := e.record(len(records))
	r.Metadata = all
	records = append(records, r)
	s.upsert(records...)
	s.wantRecords("metadata", records...)
	return s.err
}

// hostileTexts are strings that storage and query languages stumble over.
var hostileTexts = []string{
	"", " ", "\n", "\x00", "a\x00b", "\t\r\n", "'", `"`, "`", `\`, "%s %d $1 ?", "'; DROP TABLE chunk; --", "{}", "null", "NaN",
	"e\u0301 é", "한국어 텍스트", "\u1112\u1161\u11ab", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u202eright to left", "\ufeff", "\ufffd", "\uffff",
	"<script>alert(1)</script>", "--", "/* */", "../../etc/passwd",
}

func chunkRoundTrip(ctx context.Context, e *env) error {
	s := e.session(ctx)
	var records []vectorstore.Record
	add := func(text string) *vectorstore.Record {
		r := e.record(len(records))
		r.Text, r.Span.End = text, r.Span.Start+len(text)
		records = append(records, r)
		return &records[len(records)-1]
	}
	for _, text := range hostileTexts {
		r := add(text)
		r.Title, r.URI, r.MIME, r.Revision = text, text, text, text
		r.Headings = []string{text, "inner " + text}
		r.Marks = []groundwork.Mark{{Offset: r.Span.Start, Kind: groundwork.MarkPointer, Label: text}}
	}
	add(strings.Repeat("a long passage of text, ", 1<<15)) // 768 KiB
	bare := add("bare")
	bare.Chunk = groundwork.Chunk{ID: bare.ID, DocumentID: bare.DocumentID, Text: "bare", Span: groundwork.Span{End: 4}}
	far := add("far")
	far.Span = groundwork.Span{Start: 1 << 40, End: 1<<40 + 3}
	s.upsert(records...)
	s.wantRecords("chunks", records...)
	return s.err
}

func vectorRoundTrip(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(50)
	for i := range records {
		for j := range records[i].Vector {
			records[i].Vector[j] *= []float32{1, 1e-3, 1e3, 1e-12, 1e12}[i%5]
		}
	}
	s.upsert(records...)
	s.wantRecords("vectors", records...)
	return s.err
}

// deepCopy returns a copy of r that shares nothing but strings with it.
func deepCopy(r vectorstore.Record) vectorstore.Record {
	r.Lead, r.Headings, r.Marks = slices.Clone(r.Lead), slices.Clone(r.Headings), slices.Clone(r.Marks)
	r.Metadata, r.Vector = r.Metadata.Clone(), slices.Clone(r.Vector)
	return r
}

// scribble changes everything that c holds by reference.
func scribble(c *groundwork.Chunk) {
	for i := range c.Lead {
		c.Lead[i] = groundwork.Span{}
	}
	for i := range c.Headings {
		c.Headings[i] = "scribbled"
	}
	for i := range c.Marks {
		c.Marks[i].Label = "scribbled"
	}
	for k, v := range c.Metadata {
		if list, ok := v.([]string); ok {
			for i := range list {
				list[i] = "scribbled"
			}
		} else {
			c.Metadata[k] = "scribbled"
		}
	}
}

func scribbleRecords(records []vectorstore.Record) {
	for i := range records {
		scribble(&records[i].Chunk)
		for j := range records[i].Vector {
			records[i].Vector[j] = -7
		}
	}
}

func (e *env) rich(i int) vectorstore.Record {
	r := e.record(i)
	r.Metadata = groundwork.Metadata{"list": []string{"a", "b"}, "text": "x", "number": float64(i)}
	return r
}

func inputNotKept(ctx context.Context, e *env) error {
	s := e.session(ctx)
	given := []vectorstore.Record{e.rich(0), e.rich(1)}
	want := []vectorstore.Record{deepCopy(given[0]), deepCopy(given[1])}
	deletes, value := []vectorstore.Tombstone{{ID: id(5), Version: 1}}, []byte("value")
	b := vectorstore.Batch{Upserts: given, Deletes: deletes}
	hasState := s.has(vectorstore.FeatureState)
	if hasState {
		b.State = []vectorstore.Entry{{Key: "k", Value: value}}
	}
	s.apply(b)
	for i := range want {
		d := diff(want[i], given[i])
		s.check(d == "", "Apply changed its argument: %s", d)
	}
	q := vectorstore.Query{Vector: slices.Clone(want[0].Vector), K: 1}
	s.wantHits("search", q, id(0))
	s.check(slices.Equal(q.Vector, want[0].Vector), "Search changed the query's vector")
	ids := []string{id(1), id(0)}
	s.scan(vectorstore.Scan{IDs: ids})
	s.check(ids[0] == id(1), "Scan changed the order of its ids")

	scribbleRecords(given)
	copy(value, "XXXXX")
	s.wantRecords("after the arguments were changed", want...)
	s.wantHits("after the arguments were changed", vectorstore.Query{Vector: want[0].Vector, K: 1, Exact: true}, id(0))
	if hasState {
		s.wantState("after the arguments were changed", vectorstore.StateScan{}, entry("k", "value"))
	}
	return s.err
}

func outputNotShared(ctx context.Context, e *env) error {
	s := e.session(ctx)
	want := []vectorstore.Record{e.rich(0), e.rich(1)}
	s.upsert(deepCopy(want[0]), deepCopy(want[1]))
	hasState := s.has(vectorstore.FeatureState)
	if hasState {
		s.apply(vectorstore.Batch{State: []vectorstore.Entry{entry("k", "value")}})
	}
	for range 2 { // the second time, from what a cache may hold
		scribbleRecords(s.scan(vectorstore.Scan{Load: vectorstore.LoadAll}))
		scribbleRecords(s.scan(vectorstore.Scan{IDs: []string{id(0)}, Load: vectorstore.LoadAll}))
		for _, exact := range []bool{false, true} {
			hits := s.search(vectorstore.Query{Vector: want[0].Vector, K: 2, Exact: exact, Load: vectorstore.LoadAll}).Hits
			for i := range hits {
				scribble(&hits[i].Chunk)
				hits[i].Legs[0].Name = "scribbled"
			}
		}
		if features := s.info().Features; len(features) > 0 {
			features[0] = "scribbled"
		}
		if hasState {
			for _, row := range s.state(vectorstore.StateScan{}) {
				clear(row.Value)
			}
			s.wantState("after the results were changed", vectorstore.StateScan{}, entry("k", "value"))
		}
		s.wantRecords("after the results were changed", want...)
	}
	res := s.search(vectorstore.Query{Vector: want[0].Vector, K: 2, Exact: true})
	s.do("search after the results were changed", func() error {
		return dense(e.space.Metric, want[0].Vector, want).verify(res, "dense", 2, e.opt.Tolerance, false)
	})
	s.check(s.err != nil || !slices.Contains(s.info().Features, "scribbled"), "Info shares its features")
	return s.err
}
