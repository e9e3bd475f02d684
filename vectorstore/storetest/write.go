package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var writeCases = []testCase{
	{"upsert-replaces-everything", replaces},
	{"stale-writes-do-nothing", staleWrites},
	{"delete-leaves-a-tombstone", tombstones},
	{"delete-is-final-everywhere", deleteFinal},
	{"upserts-and-deletes-in-one-batch", mixedBatch},
	{"repeats-and-reorders-converge", converge},
	{"invalid-batch-writes-nothing", invalidBatch},
	{"large-batch", largeBatch},
	{"fence", fence},
	{"info-counts", infoCounts},
}

func replaces(ctx context.Context, e *env) error {
	s := e.session(ctx)
	first := withText(e.record(0), "zeppelin")
	first.Vector = e.axis(0)
	first.Metadata = groundwork.Metadata{"old": true, "lang": "en"}
	second := withText(at(2, e.record(1)), "submarine")
	second.ID, second.Vector = first.ID, e.axis(1)
	second.Metadata = groundwork.Metadata{"new": true, "lang": "ko"}
	s.upsert(first, e.record(2))
	other := s.only(id(2))
	s.upsert(second)
	s.wantRecords("after the second write", second, other)
	s.wantScan("the old field", vectorstore.Scan{Filter: filter.Has("old")})
	s.wantScan("the new field", vectorstore.Scan{Filter: filter.Eq("lang", "ko")}, second.ID)
	s.wantHits("the new vector", vectorstore.Query{Vector: e.axis(1), K: 1}, second.ID)
	for _, exact := range []bool{false, true} {
		res := s.search(vectorstore.Query{Vector: e.axis(0), K: 10, Exact: exact})
		s.do("the old vector", func() error {
			return dense(e.space.Metric, e.axis(0), []vectorstore.Record{second, other}).verify(res, "dense", 10, e.opt.Tolerance, false)
		})
	}
	if s.has(vectorstore.FeatureLexical) {
		s.wantHits("the old text", text("zeppelin"))
		s.wantHits("the new text", text("submarine"), second.ID)
	}
	return s.err
}

func staleWrites(ctx context.Context, e *env) error {
	s := e.session(ctx)
	r := at(5, e.record(0))
	s.upsert(r)
	for _, v := range []int64{5, 4, 1} {
		stale := at(v, e.record(9))
		stale.ID = r.ID
		s.upsert(stale)
		s.wantRecords(fmt.Sprintf("after an upsert at version %d", v), r)
		s.delete(v, r.ID)
		s.wantRecords(fmt.Sprintf("after a delete at version %d", v), r)
	}
	huge := at(math.MaxInt64, e.record(1))
	s.upsert(huge)
	s.delete(math.MaxInt64-1, huge.ID)
	s.wantRecords("with the highest version", r, huge)
	return s.err
}

func tombstones(ctx context.Context, e *env) error {
	s := e.session(ctx)
	a, b := e.record(0), e.record(1)
	s.upsert(at(3, a))
	s.delete(5, a.ID)
	s.delete(7, b.ID) // never written
	s.wantRecords("after the deletes")
	s.upsert(at(4, a), at(6, b))
	s.wantRecords("after older upserts")
	s.upsert(at(5, a), at(7, b))
	s.wantRecords("after upserts at the versions of the deletes")
	s.delete(5, a.ID)
	s.delete(6, b.ID)
	s.upsert(at(7, b))
	s.wantRecords("after repeated and older deletes")
	s.upsert(at(6, a), at(8, b))
	s.wantRecords("after newer upserts", at(6, a), at(8, b))
	s.delete(7, a.ID)
	s.upsert(at(6, a))
	s.wantRecords("after a second delete", at(8, b))
	return s.err
}

func deleteFinal(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(20)
	for i := range records {
		records[i].Text = fmt.Sprintf("qx%ck", 'a'+i) // words of which none is a stem of another
		records[i].Span.End = records[i].Span.Start + len(records[i].Text)
	}
	s.upsert(records...)
	gone := recordIDs(records[:10])
	s.delete(2, gone...)
	s.delete(2, gone...)
	lexical := s.has(vectorstore.FeatureLexical)
	for i := range 10 {
		for _, exact := range []bool{false, true} {
			res := s.search(vectorstore.Query{Vector: records[i].Vector, K: 20, Exact: exact})
			s.do("dense search", func() error {
				return dense(e.space.Metric, records[i].Vector, records[10:]).verify(res, "dense", 20, e.opt.Tolerance, !res.Exact)
			})
		}
		if lexical {
			s.wantHits("text search", text(records[i].Text))
		}
		s.wantScan("scan by id", vectorstore.Scan{IDs: []string{records[i].ID}})
		s.wantScan("scan by filter", vectorstore.Scan{Filter: filter.Eq("number", i)})
	}
	s.delete(2, recordIDs(records[10:])...)
	s.wantScan("scan once all are gone", vectorstore.Scan{})
	s.wantHits("search once all are gone", vectorstore.Query{Vector: e.vector(), K: 5})
	return s.err
}

func mixedBatch(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(6)
	s.upsert(records[:4]...)
	s.apply(vectorstore.Batch{
		Upserts: []vectorstore.Record{at(2, records[0]), records[4], records[5]},
		Deletes: []vectorstore.Tombstone{{ID: records[1].ID, Version: 2}, {ID: records[2].ID, Version: 1}, {ID: id(99), Version: 1}},
	})
	s.wantRecords("after the batch", at(2, records[0]), records[2], records[3], records[4], records[5])
	s.apply(vectorstore.Batch{})
	s.wantRecords("after an empty batch", at(2, records[0]), records[2], records[3], records[4], records[5])
	return s.err
}

// converge applies one history in order, and shuffled with repeats.
func converge(ctx context.Context, e *env) error {
	var history []vectorstore.Batch
	for v := int64(1); v <= 60; v++ {
		i := e.rng.IntN(8)
		if e.rng.IntN(3) == 0 {
			history = append(history, vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: id(i), Version: v}}})
		} else {
			history = append(history, vectorstore.Batch{Upserts: []vectorstore.Record{at(v, e.record(i))}})
		}
	}
	inOrder, shuffled := e.session(ctx), e.session(ctx)
	for _, b := range history {
		inOrder.apply(b)
	}
	twice := slices.Concat(history, history)
	e.rng.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
	for _, b := range twice {
		shuffled.apply(b)
	}
	want := inOrder.scan(vectorstore.Scan{Load: vectorstore.LoadAll})
	shuffled.wantRecords("shuffled with repeats", want...)
	a, b := inOrder.info(), shuffled.info()
	shuffled.check(a.Records == b.Records && a.Vectors == b.Vectors && a.Tombstones == b.Tombstones, "info is %+v, want the counts of %+v", b, a)
	return errors.Join(inOrder.err, shuffled.err)
}

// badBatches returns batches that must be refused, with the error.
func (e *env) badBatches() map[string]struct {
	batch vectorstore.Batch
	want  error
} {
	type bad = struct {
		batch vectorstore.Batch
		want  error
	}
	record := func(change func(*vectorstore.Record), want error) bad {
		r := e.record(50)
		change(&r)
		return bad{vectorstore.Batch{Upserts: []vectorstore.Record{r}}, want}
	}
	meta := func(m groundwork.Metadata) bad {
		return record(func(r *vectorstore.Record) { r.Metadata = m }, groundwork.ErrInvalid)
	}
	vector := func(x float64) bad {
		return record(func(r *vectorstore.Record) { r.Vector[e.space.Dim-1] = float32(x) }, vectorstore.ErrVector)
	}
	list := map[string]bad{
		"with a short vector":          record(func(r *vectorstore.Record) { r.Vector = r.Vector[1:] }, vectorstore.ErrDimension),
		"with a long vector":           record(func(r *vectorstore.Record) { r.Vector = append(r.Vector, 0) }, vectorstore.ErrDimension),
		"with an empty vector":         record(func(r *vectorstore.Record) { r.Vector = []float32{} }, vectorstore.ErrDimension),
		"with NaN":                     vector(math.NaN()),
		"with infinity":                vector(math.Inf(1)),
		"with a foreign id":            record(func(r *vectorstore.Record) { r.ID = "42" }, groundwork.ErrInvalid),
		"with an id in capitals":       record(func(r *vectorstore.Record) { r.ID = strings.ToUpper(id(1)) }, groundwork.ErrInvalid),
		"with no document id":          record(func(r *vectorstore.Record) { r.DocumentID = "" }, groundwork.ErrInvalid),
		"with version 0":               record(func(r *vectorstore.Record) { r.Version = 0 }, groundwork.ErrInvalid),
		"with a negative version":      record(func(r *vectorstore.Record) { r.Version = -1 }, groundwork.ErrInvalid),
		"with a span beside its text":  record(func(r *vectorstore.Record) { r.Span.End++ }, groundwork.ErrInvalid),
		"with an int in metadata":      meta(groundwork.Metadata{"a": 1}),
		"with NaN in metadata":         meta(groundwork.Metadata{"a": math.NaN()}),
		"with a local time":            meta(groundwork.Metadata{"a": time.Now().In(time.FixedZone("x", 60))}),
		"with a reserved key":          meta(groundwork.Metadata{"doc.id": "a"}),
		"with an empty key":            meta(groundwork.Metadata{"": "a"}),
		"with metadata not in UTF-8":   meta(groundwork.Metadata{"a": "\xff"}),
		"with huge metadata":           meta(groundwork.Metadata{"a": strings.Repeat("x", 1<<17)}),
		"deleting a foreign id":        {vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: "42", Version: 1}}}, groundwork.ErrInvalid},
		"deleting at version 0":        {vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: id(1)}}}, groundwork.ErrInvalid},
		"deleting an id twice":         {vectorstore.Batch{Deletes: []vectorstore.Tombstone{{ID: id(1), Version: 7}, {ID: id(1), Version: 8}}}, groundwork.ErrInvalid},
		"upserting an id twice":        {vectorstore.Batch{Upserts: []vectorstore.Record{at(7, e.record(1)), at(8, e.record(1))}}, groundwork.ErrInvalid},
		"upserting and deleting an id": {vectorstore.Batch{Upserts: []vectorstore.Record{at(7, e.record(1))}, Deletes: []vectorstore.Tombstone{{ID: id(1), Version: 8}}}, groundwork.ErrInvalid},
		"with an empty state key":      {vectorstore.Batch{State: []vectorstore.Entry{{Value: []byte("x")}}}, groundwork.ErrInvalid},
		"with a long state key":        {vectorstore.Batch{State: []vectorstore.Entry{{Key: strings.Repeat("k", 1025), Value: []byte("x")}}}, groundwork.ErrInvalid},
		"with a state key not UTF-8":   {vectorstore.Batch{State: []vectorstore.Entry{{Key: "k\xff", Value: []byte("x")}}}, groundwork.ErrInvalid},
	}
	if e.space.Metric == vectorstore.Cosine {
		list["with a zero vector"] = record(func(r *vectorstore.Record) { clear(r.Vector) }, vectorstore.ErrVector)
	}
	return list
}

func invalidBatch(ctx context.Context, e *env) error {
	s := e.session(ctx)
	before := e.records(4)
	row := vectorstore.Entry{Key: "row", Value: []byte("before")}
	s.upsert(before...)
	hasState := s.has(vectorstore.FeatureState)
	if hasState {
		s.put(row)
	}
	generation := s.info().Generation
	for what, bad := range e.badBatches() {
		if !hasState && bad.batch.State != nil {
			continue
		}
		b := bad.batch // the good parts stand around the bad one
		b.Upserts = slices.Concat([]vectorstore.Record{at(2, e.record(0))}, b.Upserts, []vectorstore.Record{e.record(60)})
		b.Deletes = slices.Concat([]vectorstore.Tombstone{{ID: id(2), Version: 9}}, b.Deletes, []vectorstore.Tombstone{{ID: id(3), Version: 9}})
		if hasState {
			b.State = slices.Concat([]vectorstore.Entry{entry("row", "after")}, b.State, []vectorstore.Entry{entry("new", "after")})
		}
		s.applyFails(what, b, bad.want)
		s.wantRecords("after a batch "+what, before...)
		if hasState {
			s.wantState("after a batch "+what, vectorstore.StateScan{}, row)
		}
	}
	s.check(s.err != nil || s.info().Generation == generation, "generation went from %d to %d by refused batches", generation, s.info().Generation)
	s.upsert(at(1, e.record(60)))
	s.delete(2, id(0))
	s.wantRecords("after good batches", before[1], before[2], before[3], s.only(id(60)))
	return s.err
}

func largeBatch(ctx context.Context, e *env) error {
	s := e.session(ctx)
	records := e.records(e.opt.Large)
	s.upsert(records...)
	ids := slices.Sorted(slices.Values(recordIDs(records)))
	s.wantScan("scan", vectorstore.Scan{}, ids...)
	s.check(s.err != nil || s.info().Records == len(records), "info counts %d records, want %d", s.info().Records, len(records))
	q := vectorstore.Query{Vector: e.vector(), K: 100, Exact: true}
	res := s.search(q)
	s.do("search", func() error {
		return dense(e.space.Metric, q.Vector, records).verify(res, "dense", q.K, e.opt.Tolerance, false)
	})
	half := ids[:len(ids)/2]
	s.delete(2, half...)
	s.wantScan("scan after deleting half", vectorstore.Scan{}, ids[len(half):]...)
	q = vectorstore.Query{Vector: e.vector(), K: 100}
	res = s.search(q)
	s.check(len(res.Hits) == min(100, len(ids)-len(half)), "%d hits after deleting half", len(res.Hits))
	return s.err
}

func fence(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.needs(vectorstore.FeatureFence)
	state := s.has(vectorstore.FeatureState)
	write := func(i int, f int64) vectorstore.Batch {
		b := vectorstore.Batch{Upserts: []vectorstore.Record{e.record(i)}, Fence: f}
		if state {
			b.State = []vectorstore.Entry{entry("k", fmt.Sprint(i))}
		}
		return b
	}
	s.apply(write(0, 0))
	s.apply(write(1, 5))
	s.apply(write(2, 5))
	s.applyFails("with a lower fence", write(3, 4), vectorstore.ErrFenced)
	s.applyFails("with a negative fence", write(3, -1), vectorstore.ErrFenced)
	s.wantScan("after a fenced batch", vectorstore.Scan{Filter: filter.Eq("number", 3)})
	if state {
		s.wantState("after a fenced batch", vectorstore.StateScan{}, entry("k", "2"))
	}
	s.apply(vectorstore.Batch{Fence: 7})
	s.applyFails("below an empty batch's fence", write(3, 6), vectorstore.ErrFenced)
	bad := e.record(4)
	bad.Version = 0
	s.applyFails("that is invalid, with a high fence", vectorstore.Batch{Upserts: []vectorstore.Record{bad}, Fence: 100}, groundwork.ErrInvalid)
	s.apply(write(5, 7))
	s.apply(write(6, 0)) // no fence
	s.check(s.err != nil || s.info().Records == 5, "%d records, want 5", s.info().Records)

	other := e.session(ctx)
	other.apply(write(0, 1)) // another namespace has its own
	return errors.Join(s.err, other.err)
}

func infoCounts(ctx context.Context, e *env) error {
	s := e.session(ctx)
	generation := s.info().Generation
	step := func(what string, records, vectors, tombstones int) {
		i := s.info()
		s.check(i.Records == records && i.Vectors == vectors && i.Tombstones == tombstones,
			"after %s: %d records, %d vectors, %d tombstones, want %d, %d, %d", what, i.Records, i.Vectors, i.Tombstones, records, vectors, tombstones)
		s.check(i.Generation > generation, "after %s: generation is %d, was %d", what, i.Generation, generation)
		s.check(i.Space == e.space, "after %s: space is %+v", what, i.Space)
		generation = i.Generation
	}
	pending := e.record(9)
	pending.Vector = nil
	s.upsert(append(e.records(5), pending)...)
	step("six upserts", 6, 5, 0)
	s.upsert(at(2, e.record(0)))
	step("a replacement", 6, 5, 0)
	s.delete(2, id(1), id(9), id(77))
	step("three deletes", 4, 4, 3)
	s.upsert(at(3, e.record(1)))
	step("a revival", 5, 5, 2)
	s.check(s.err != nil || s.info().Bytes >= 0, "bytes are %d", s.info().Bytes)
	return s.err
}
