package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

var raceCases = []testCase{
	{"readers-see-whole-batches", wholeBatches},
	{"concurrent-writers-converge", concurrentWriters},
	{"concurrent-namespaces", concurrentNamespaces},
	{"promote-under-readers", promoteUnderReaders},
	{"close-under-readers", closeUnderReaders},
}

// together runs every task in a goroutine of its own until all return, and
// returns their errors.
func together(tasks ...func() error) error {
	errs := make([]error, len(tasks))
	var wg sync.WaitGroup
	for i, task := range tasks {
		wg.Go(func() { errs[i] = task() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

const flock = 20 // records that change together

// wholeBatches has one writer move all records from revision to revision while
// readers check that they never see two revisions at once.
func wholeBatches(ctx context.Context, e *env) error {
	s := e.session(ctx)
	transactional := s.info().Transactional
	records := e.records(flock)
	batch := func(v int64) vectorstore.Batch {
		b := vectorstore.Batch{Upserts: slices.Clone(records)}
		for i := range b.Upserts {
			b.Upserts[i].Version, b.Upserts[i].Revision = v, fmt.Sprint(v)
		}
		return b
	}
	s.apply(batch(1))
	if s.err != nil {
		return s.err
	}
	lexical := s.has(vectorstore.FeatureLexical)
	var done atomic.Bool // the writer has finished, or a reader has failed
	writer := func() error {
		defer done.Store(true)
		for v := int64(2); v < 80 && !done.Load(); v++ {
			if err := s.store.Apply(ctx, batch(v)); err != nil {
				return err
			}
		}
		return nil
	}
	reader := func(read func() ([]string, error)) func() error {
		return func() error {
			defer done.Store(true)
			for n := 0; n < 3 || !done.Load(); n++ {
				revisions, err := read()
				if err != nil {
					return err
				}
				if err := whole(revisions, transactional); err != nil {
					return err
				}
			}
			return nil
		}
	}
	readers := []func() error{writer,
		reader(func() ([]string, error) { return scanRevisions(ctx, s.store) }),
		reader(func() ([]string, error) {
			return searchRevisions(ctx, s.store, vectorstore.Query{Vector: records[0].Vector, K: flock}, vectorstore.Query{Vector: records[1].Vector, K: flock, Exact: true})
		}),
	}
	if lexical {
		readers = append(readers, reader(func() ([]string, error) {
			return searchRevisions(ctx, s.store, vectorstore.Query{Text: "passage", K: flock}, vectorstore.Query{Vector: records[2].Vector, K: flock, Filter: filter.Ge("number", 0)})
		}))
	}
	return together(readers...)
}

// whole wants complete flocks; of one revision where batches are one commit.
func whole(revisions []string, transactional bool) error {
	if len(revisions)%flock != 0 || len(revisions) == 0 {
		return fmt.Errorf("%d records, want %d or a multiple", len(revisions), flock)
	}
	for _, r := range revisions {
		if transactional && r != revisions[0] {
			return fmt.Errorf("revisions %s and %s in one read", revisions[0], r)
		}
	}
	return nil
}

func scanRevisions(ctx context.Context, store vectorstore.Store) (list []string, err error) {
	records, err := collect(store.Scan(ctx, vectorstore.Scan{}))
	for _, r := range records {
		list = append(list, r.Revision)
	}
	return list, err
}

func searchRevisions(ctx context.Context, store vectorstore.Store, qs ...vectorstore.Query) (list []string, err error) {
	results, err := store.Search(ctx, qs...)
	for _, res := range results {
		for _, h := range res.Hits {
			list = append(list, h.Revision)
		}
	}
	return list, err
}

// concurrentWriters lets several writers race with versions: the highest wins.
func concurrentWriters(ctx context.Context, e *env) error {
	const writers, ids, rounds = 4, 10, 40
	s := e.session(ctx)
	if s.err != nil {
		return s.err
	}
	var tasks []func() error
	for w := range writers {
		rng := rand.New(rand.NewPCG(e.opt.Seed, uint64(w)))
		vector := e.vector()
		tasks = append(tasks, func() error {
			for _, n := range rng.Perm(rounds * ids) {
				r := vectorstore.Record{Chunk: chunk(n%ids, "text"), Vector: vector, Version: int64(n/ids*writers + w + 1)}
				r.Revision = fmt.Sprint(r.Version)
				if err := s.store.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{r}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	s.do("write", func() error { return together(tasks...) })
	got := s.scan(vectorstore.Scan{})
	s.check(len(got) == ids, "%d records, want %d", len(got), ids)
	for _, r := range got {
		s.check(r.Version == rounds*writers && r.Revision == fmt.Sprint(rounds*writers), "record %s is at version %d, revision %s, want %d", r.ID, r.Version, r.Revision, rounds*writers)
	}
	return s.err
}

func concurrentNamespaces(ctx context.Context, e *env) error {
	var tasks []func() error
	for w := range 6 {
		ns := fmt.Sprintf("tenant-%d", w/2) // two tasks open each
		record := e.record(w)
		tasks = append(tasks, func() error {
			store, err := e.db.Open(ctx, ns, e.space)
			if err != nil {
				return err
			}
			for v := range 20 {
				if err := store.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{at(int64(v+1), record)}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := together(tasks...); err != nil {
		return err
	}
	for w := 0; w < 6; w += 2 {
		s := e.open(ctx, fmt.Sprintf("tenant-%d", w/2), e.space)
		s.wantScan("scan", vectorstore.Scan{}, min(id(w), id(w+1)), max(id(w), id(w+1)))
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// promoteUnderReaders wants every reader to see the old build or the new one,
// whole, or to be told that the old one is closed.
func promoteUnderReaders(ctx context.Context, e *env) error {
	old := e.session(ctx)
	old.upsert(e.records(flock)...)
	next := otherSpaces(e.space)["model"]
	side := old.build(next)
	side.upsert(e.records(2 * flock)...)
	if err := errors.Join(old.err, side.err); err != nil {
		return err
	}
	var done atomic.Bool
	reader := func() error {
		for n := 0; n < 20 || !done.Load(); n++ {
			store, err := e.db.Open(ctx, old.ns, vectorstore.Space{})
			if err != nil {
				return err
			}
			records, err := collect(store.Scan(ctx, vectorstore.Scan{}))
			switch {
			case errors.Is(err, vectorstore.ErrClosed): // promoted in between
			case err != nil:
				return err
			case len(records) != flock && len(records) != 2*flock:
				return fmt.Errorf("%d records, want %d or %d", len(records), flock, 2*flock)
			}
		}
		return nil
	}
	return together(reader, reader, func() error {
		defer done.Store(true)
		return e.db.Promote(ctx, old.ns, next)
	})
}

// closeUnderReaders wants calls during Close to succeed or to be ErrClosed.
func closeUnderReaders(ctx context.Context, e *env) error {
	s := e.session(ctx)
	s.upsert(e.records(200)...)
	if s.err != nil {
		return s.err
	}
	query, record := vectorstore.Query{Vector: e.vector(), K: 10}, e.record(300)
	until := func(call func() error) func() error {
		return func() error {
			for {
				if err := call(); errors.Is(err, vectorstore.ErrClosed) {
					return nil
				} else if err != nil {
					return err
				}
			}
		}
	}
	var begun sync.WaitGroup
	begun.Add(2)
	searched, written := sync.OnceFunc(begun.Done), sync.OnceFunc(begun.Done)
	search := until(func() error {
		defer searched()
		res, err := s.store.Search(ctx, query)
		if err == nil && (len(res) != 1 || len(res[0].Hits) != 10) {
			return errors.New("a search during Close fell short")
		}
		return err
	})
	scan := until(func() error {
		_, err := collect(s.store.Scan(ctx, vectorstore.Scan{}))
		return err
	})
	version := int64(0)
	write := until(func() error {
		if version++; version == 5 {
			written()
		}
		return s.store.Apply(ctx, vectorstore.Batch{Upserts: []vectorstore.Record{at(version, record)}})
	})
	return together(search, scan,
		func() error {
			defer written()
			return write()
		},
		func() error {
			begun.Wait()
			return e.db.Close()
		},
	)
}
