package memory

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A Store is a view on one build. It is safe for concurrent use; a search
// holds up writers until it is done.
type Store struct {
	db    *DB
	build *build
}

var (
	_ vectorstore.Store       = (*Store)(nil)
	_ vectorstore.StateReader = (*Store)(nil)
)

// usable reports why a call cannot begin. s.db.mu is held.
func (s *Store) usable(ctx context.Context) error {
	if s.build.dropped {
		return vectorstore.ErrClosed
	}
	return s.db.usable(ctx)
}

// analyzer returns what texts of the build are analyzed with, nil if it has no
// text search.
func (s *Store) analyzer() lexical.Analyzer {
	if s.build.space.Analyzer == "" {
		return nil
	}
	return s.db.analyzer
}

// Apply writes a batch as one commit.
func (s *Store) Apply(ctx context.Context, b vectorstore.Batch) error {
	if err := b.Validate(s.build.space, vectorstore.FeatureVectorRows); err != nil {
		return fmt.Errorf("memory: apply: %w", err)
	}
	records := make([]*record, len(b.Upserts))
	for i := range b.Upserts {
		records[i] = newRecord(&b.Upserts[i], s.analyzer())
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return fmt.Errorf("memory: apply: %w", err)
	}
	n := s.build.ns
	if b.Fence != 0 && b.Fence < n.fence {
		return fmt.Errorf("memory: apply: fence %d, the namespace is at %d: %w", b.Fence, n.fence, vectorstore.ErrFenced)
	}
	if err := s.readVectors(records); err != nil {
		return fmt.Errorf("memory: apply: %w", err)
	}
	n.fence = max(n.fence, b.Fence)
	s.commit(records, &b)
	return nil
}

// readVectors gives records the vectors of the State rows that they name.
func (s *Store) readVectors(records []*record) (err error) {
	for _, r := range records {
		if r.VectorRow == "" || r.Version <= s.build.version(r.ID) {
			continue
		}
		if r.Vector, err = vectorstore.DecodeVector(nil, s.build.rows[r.VectorRow], s.build.space); err != nil {
			return fmt.Errorf("record %s: row %q: %w", r.ID, r.VectorRow, err)
		}
		r.norm, r.VectorRow = math.Sqrt(dot(r.Vector, r.Vector)), ""
	}
	return nil
}

// commit cannot fail, so that a batch is written whole.
func (s *Store) commit(records []*record, b *vectorstore.Batch) {
	for _, r := range records {
		s.build.upsert(r)
	}
	for _, t := range b.Deletes {
		s.build.delete(t)
	}
	for _, e := range b.State {
		s.build.set(e)
	}
	s.build.generation++
}

// Scan yields records in order of id, all from the state at the first step.
func (s *Store) Scan(ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	return func(yield func(vectorstore.Record, error) bool) {
		selected, err := s.selected(ctx, &scan)
		if err != nil {
			yield(vectorstore.Record{}, fmt.Errorf("memory: scan: %w", err))
			return
		}
		for _, r := range selected {
			if err := ctx.Err(); err != nil {
				yield(vectorstore.Record{}, fmt.Errorf("memory: scan: %w", err))
				return
			}
			out := vectorstore.Record{Chunk: load(&r.Chunk, scan.Load), Version: r.Version}
			if scan.Load&vectorstore.LoadVector != 0 {
				out.Vector = slices.Clone(r.Vector)
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// selected returns the records that scan names, in order of id.
func (s *Store) selected(ctx context.Context, scan *vectorstore.Scan) (list []*record, err error) {
	if err := filter.Validate(scan.Filter); err != nil {
		return nil, fmt.Errorf("%w: %w", vectorstore.ErrQuery, err)
	}
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	ids := scan.IDs
	if ids == nil {
		ids = slices.Collect(maps.Keys(s.build.records))
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range ids {
		r := s.build.records[id]
		if r != nil && (scan.IDs != nil || passes(r, scan)) {
			list = append(list, r)
		}
	}
	return list, nil
}

func passes(r *record, scan *vectorstore.Scan) bool {
	return r.ID > scan.After && r.Version > scan.Since && filter.Match(scan.Filter, vectorstore.ChunkFields(&r.Chunk))
}

// ReadState yields State rows in order of key, all from the state at the first
// step.
func (s *Store) ReadState(ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return func(yield func(vectorstore.Entry, error) bool) {
		rows, err := s.rows(ctx, &scan)
		if err != nil {
			yield(vectorstore.Entry{}, fmt.Errorf("memory: read state: %w", err))
			return
		}
		for _, e := range rows {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (s *Store) rows(ctx context.Context, scan *vectorstore.StateScan) (list []vectorstore.Entry, err error) {
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	keys := scan.Keys
	if keys == nil {
		keys = slices.Collect(maps.Keys(s.build.rows))
	}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		v, ok := s.build.rows[k]
		if ok && (scan.Keys != nil || strings.HasPrefix(k, scan.Prefix) && k > scan.After) {
			list = append(list, vectorstore.Entry{Key: k, Value: slices.Concat([]byte{}, v)})
		}
	}
	return list, nil
}

// Info describes the build.
func (s *Store) Info() vectorstore.Info {
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	b := s.build
	info := vectorstore.Info{
		Space:         b.space,
		Transactional: true,
		Records:       len(b.records),
		Vectors:       b.vectors,
		Tombstones:    len(b.tombs),
		Bytes:         b.bytes,
		Generation:    b.generation,
		Features:      []vectorstore.Feature{vectorstore.FeatureDense, vectorstore.FeatureState, vectorstore.FeatureFence, vectorstore.FeatureVectorRows},
	}
	if s.analyzer() != nil {
		info.Features = append(info.Features, vectorstore.FeatureLexical)
	}
	return info
}
