package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var stateCases = []testCase{
	{"state-round-trip", onState(stateRoundTrip)},
	{"state-prefix-and-after", onState(stateRanges)},
	{"state-keys", onState(stateKeys)},
	{"state-commits-with-its-batch", onState(stateCommits)},
	{"state-stops-when-told", onState(stateStops)},
	{"state-rows-hold-vectors", onState(stateVectors)},
	{"state-without-the-feature", stateUnsupported},
}

// onState runs f on a new namespace of a store that keeps State rows.
func onState(f func(*session)) func(context.Context, *env) error {
	return func(ctx context.Context, e *env) error {
		s := e.session(ctx)
		if s.needs(vectorstore.FeatureState); s.err == nil {
			f(s)
		}
		return s.err
	}
}

func entry(key, value string) vectorstore.Entry {
	return vectorstore.Entry{Key: key, Value: []byte(value)}
}

// put writes rows in one batch.
func (s *session) put(rows ...vectorstore.Entry) { s.apply(vectorstore.Batch{State: rows}) }

func stateRoundTrip(s *session) {
	rows := []vectorstore.Entry{
		entry("text", "value"), entry("empty", ""), {Key: "binary", Value: []byte{0, 255, 254, 0, 10}},
		entry("quote'\"\\", "'; DROP TABLE state; --"), entry("nul\x00key", "a"), entry("키", "값"), entry("e\u0301", "decomposed"), entry("\u00e9", "composed"),
		entry("A", "upper"), entry("a", "lower"), entry(" ", "space"), entry("%", "percent"), entry("_", "underscore"), entry("../../x", "path"),
		entry(strings.Repeat("k", 1024), "longest key"), {Key: "large", Value: bytes.Repeat([]byte("0123456789abcdef"), 1<<16)},
	}
	s.put(rows...)
	slices.SortFunc(rows, func(a, b vectorstore.Entry) int { return strings.Compare(a.Key, b.Key) })
	s.wantState("all", vectorstore.StateScan{}, rows...)
	for _, r := range rows {
		s.wantState("by key", vectorstore.StateScan{Keys: []string{r.Key}}, r)
	}
	s.put(entry("text", "other"), vectorstore.Entry{Key: "empty"}, vectorstore.Entry{Key: "never was"})
	s.wantState("replaced", vectorstore.StateScan{Keys: []string{"text"}}, entry("text", "other"))
	s.wantState("deleted", vectorstore.StateScan{Keys: []string{"empty", "never was"}})
	s.check(s.err != nil || s.info().Records == 0, "state rows count as %d records", s.info().Records)
}

func stateRanges(s *session) {
	keys := []string{"a", "a/1", "a/10", "a/2", "a/\U0010ffff", "a0", "b", "b/1", "가"}
	for _, k := range slices.Backward(keys) {
		s.put(entry(k, "value of "+k))
	}
	for _, prefix := range []string{"", "a", "a/", "a/1", "b/", "c", "가", "%", "_"} {
		for _, after := range []string{"", "a", "a/1", "a/10", "a/zzz", "b", "zzz", "\U0010ffff"} {
			var want []vectorstore.Entry
			for _, k := range keys {
				if strings.HasPrefix(k, prefix) && k > after {
					want = append(want, entry(k, "value of "+k))
				}
			}
			s.wantState(fmt.Sprintf("prefix %q after %q", prefix, after), vectorstore.StateScan{Prefix: prefix, After: after}, want...)
		}
	}
}

func stateKeys(s *session) {
	s.put(entry("a", "1"), entry("b", "2"), entry("c", "3"))
	s.wantState("unordered and repeated", vectorstore.StateScan{Keys: []string{"c", "a", "missing", "c"}}, entry("a", "1"), entry("c", "3"))
	s.wantState("none of the keys", vectorstore.StateScan{Keys: []string{}})
	s.wantState("keys win over prefix and after", vectorstore.StateScan{Keys: []string{"a"}, Prefix: "b", After: "b"}, entry("a", "1"))
}

func stateCommits(s *session) {
	r := s.env.record(0)
	s.apply(vectorstore.Batch{Upserts: []vectorstore.Record{r}, State: []vectorstore.Entry{entry("k", "1")}})
	s.wantRecords("after the batch", r)
	s.wantState("after the batch", vectorstore.StateScan{}, entry("k", "1"))
	// A row has no version: it is written even where the records were stale.
	s.apply(vectorstore.Batch{Upserts: []vectorstore.Record{r}, State: []vectorstore.Entry{entry("k", "2")}})
	s.wantState("after a stale batch", vectorstore.StateScan{}, entry("k", "2"))
	bad := s.env.record(1)
	bad.Vector = bad.Vector[1:]
	s.applyFails("with a bad record", vectorstore.Batch{Upserts: []vectorstore.Record{bad}, State: []vectorstore.Entry{entry("k", "3")}}, vectorstore.ErrDimension)
	s.wantState("after a refused batch", vectorstore.StateScan{}, entry("k", "2"))
}

// stateVectors writes records whose vectors stand in State rows.
func stateVectors(s *session) {
	r, twin := s.env.record(0), s.env.record(1)
	rows := func(r vectorstore.Record, row string) vectorstore.Record {
		r.Vector, r.VectorRow = nil, row
		return r
	}
	if !s.has(vectorstore.FeatureVectorRows) {
		s.applyFails("with the row of a vector", vectorstore.Batch{Upserts: []vectorstore.Record{rows(r, "v")}}, vectorstore.ErrUnsupported)
		return
	}
	s.put(vectorstore.Entry{Key: "v", Value: vectorstore.EncodeVector(r.Vector)}, entry("short", "abcd"),
		vectorstore.Entry{Key: "zero", Value: vectorstore.EncodeVector(make([]float32, s.env.space.Dim))})
	for row, want := range map[string]error{"none": nil, "short": vectorstore.ErrDimension, "zero": vectorstore.ErrVector} {
		if row == "zero" && s.env.space.Metric != vectorstore.Cosine {
			continue
		}
		b := vectorstore.Batch{Upserts: []vectorstore.Record{twin, rows(r, row)}, State: []vectorstore.Entry{entry("written", "x")}}
		if want == nil {
			s.check(s.store.Apply(s.ctx, b) != nil, "a row that is not there is taken for a vector")
			continue
		}
		s.applyFails("with row "+row, b, want)
	}
	both := rows(r, "v")
	both.Vector = r.Vector
	s.applyFails("with a vector and a row", vectorstore.Batch{Upserts: []vectorstore.Record{both}}, groundwork.ErrInvalid)
	s.wantRecords("after refused batches")
	s.wantState("after refused batches", vectorstore.StateScan{Keys: []string{"written"}})
	twin.Vector = r.Vector
	s.apply(vectorstore.Batch{Upserts: []vectorstore.Record{rows(r, "v"), rows(twin, "v")}, State: []vectorstore.Entry{{Key: "v"}, {Key: "short"}, {Key: "zero"}}})
	s.wantRecords("after the batch", r, twin)
	s.wantState("after the batch", vectorstore.StateScan{})
	s.wantFound("by the vector", vectorstore.Query{Vector: r.Vector, K: 2}, r.ID, twin.ID)
	// What is not above the stored version does not even look for its row.
	s.apply(vectorstore.Batch{Upserts: []vectorstore.Record{rows(r, "gone")}})
	s.wantRecords("after a stale batch", r, twin)
}

func stateStops(s *session) {
	var rows []vectorstore.Entry
	for i := range 50 {
		rows = append(rows, entry(fmt.Sprintf("%02d", i), "x"))
	}
	s.put(rows...)
	if s.err != nil {
		return
	}
	n := 0
	for _, err := range vectorstore.State(s.ctx, s.store, vectorstore.StateScan{}) {
		s.do("read state", func() error { return err })
		if n++; n == 3 {
			break
		}
	}
	s.check(n == 3, "%d rows before the break, want 3", n)
	s.put(vectorstore.Entry{Key: "00"})
	s.wantState("after the break", vectorstore.StateScan{}, rows[1:]...)
}

func stateUnsupported(ctx context.Context, e *env) error {
	s := e.session(ctx)
	if s.has(vectorstore.FeatureState) {
		return fmt.Errorf("%w: the store keeps state rows", errSkip)
	}
	s.applyFails("with state rows", vectorstore.Batch{State: []vectorstore.Entry{entry("k", "v")}}, vectorstore.ErrUnsupported)
	if s.err == nil {
		_, err := collect(vectorstore.State(ctx, s.store, vectorstore.StateScan{}))
		s.check(errors.Is(err, vectorstore.ErrUnsupported), "reading state: error is %v, want ErrUnsupported", err)
	}
	return s.err
}
