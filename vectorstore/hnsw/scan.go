package hnsw

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// scanPage is how many records a scan reads at a time. Between pages it holds
// nothing, so that the caller may do with the store what it likes.
const scanPage = 128

// Scan yields records in order of id, all from the view at the first step. A
// record whose stored data are damaged is yielded with what is left of it and
// an ErrDamaged; the scan goes on if the caller does. Every other error ends
// it.
func (s *Store) Scan(ctx context.Context, scan vectorstore.Scan) iter.Seq2[vectorstore.Record, error] {
	return func(yield func(vectorstore.Record, error) bool) {
		s.build.db.pin()
		defer s.build.db.unpin()
		c := cursor{store: s, scan: &scan}
		for !c.done {
			page, err := c.page(ctx)
			for _, r := range page {
				if r.err != nil {
					r.err = fmt.Errorf("hnsw: scan: %w", public(r.err))
				}
				if !yield(r.record, r.err) {
					return
				}
			}
			if err != nil {
				yield(vectorstore.Record{}, fmt.Errorf("hnsw: scan: %w", public(err)))
				return
			}
		}
	}
}

// A cursor is a scan under way.
type cursor struct {
	store  *Store
	scan   *vectorstore.Scan
	view   *view
	ids    []uuid // what is left of Scan.IDs
	after  *uuid  // the last id looked at
	passed []bool
	done   bool
}

type scanned struct {
	record vectorstore.Record
	err    error
}

// page reads the next records.
func (c *cursor) page(ctx context.Context) (page []scanned, err error) {
	if err := c.store.enter(ctx); err != nil {
		return nil, err
	}
	defer c.store.build.db.gate.RUnlock()
	if c.view == nil {
		if err := c.begin(); err != nil {
			return nil, err
		}
	}
	for _, slot := range c.next() {
		chunk, vector, err := c.store.build.load(c.view, slot, c.scan.Load)
		r := vectorstore.Record{Chunk: chunk, Vector: vector, Version: c.view.slab.version[slot]}
		if err != nil && !damaged(err) {
			return page, err
		}
		page = append(page, scanned{r, err})
	}
	return page, nil
}

func (c *cursor) begin() error {
	if err := filter.Validate(c.scan.Filter); err != nil {
		return fmt.Errorf("%w: %w", vectorstore.ErrQuery, err)
	}
	c.view = c.store.build.view.Load()
	c.passed = c.view.filter(c.scan.Filter)
	if id, ok := parseID(c.scan.After); ok {
		c.after = &id
	}
	if c.scan.IDs == nil {
		return nil
	}
	for _, s := range c.scan.IDs {
		if id, ok := parseID(s); ok {
			c.ids = append(c.ids, id)
		}
	}
	slices.SortFunc(c.ids, c.view.ids.cmp)
	c.ids = slices.Compact(c.ids)
	return nil
}

// next returns the slots of the next page.
func (c *cursor) next() (slots []uint32) {
	if c.scan.IDs != nil {
		for ; len(c.ids) > 0 && len(slots) < scanPage; c.ids = c.ids[1:] {
			if slot, ok := c.view.ids.get(c.ids[0]); ok {
				slots = append(slots, slot)
			}
		}
		c.done = len(c.ids) == 0
		return slots
	}
	looked := 0
	for id, slot := range c.view.ids.from(c.after) {
		if c.after != nil && id == *c.after {
			continue
		}
		if looked++; looked > 64*scanPage || len(slots) == scanPage {
			return slots
		}
		c.after = &id
		if c.passes(id, slot) {
			slots = append(slots, slot)
		}
	}
	c.done = true
	return slots
}

func (c *cursor) passes(id uuid, slot uint32) bool {
	s := c.view.slab
	return s.version[slot] > c.scan.Since && (c.passed == nil || c.passed[s.origin[slot]]) &&
		(c.scan.After == "" || id.String() > c.scan.After)
}

// ReadState yields State rows in order of key, all from the view at the first
// step. A row whose stored data are damaged is yielded with its key and an
// ErrDamaged; the reading goes on if the caller does.
func (s *Store) ReadState(ctx context.Context, scan vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return func(yield func(vectorstore.Entry, error) bool) {
		s.build.db.pin()
		defer s.build.db.unpin()
		c := rowCursor{store: s, scan: &scan}
		for !c.done {
			page, err := c.page(ctx)
			for _, e := range page {
				if e.err != nil {
					e.err = fmt.Errorf("hnsw: read state: %w", public(e.err))
				}
				if !yield(e.entry, e.err) {
					return
				}
			}
			if err != nil {
				yield(vectorstore.Entry{}, fmt.Errorf("hnsw: read state: %w", public(err)))
				return
			}
		}
	}
}

type scannedRow struct {
	entry vectorstore.Entry
	err   error
}

type rowCursor struct {
	store *Store
	scan  *vectorstore.StateScan
	view  *view
	keys  []string // what is left of StateScan.Keys
	after string   // the last key read
	done  bool
}

func (c *rowCursor) page(ctx context.Context) (page []scannedRow, err error) {
	if err := c.store.enter(ctx); err != nil {
		return nil, err
	}
	defer c.store.build.db.gate.RUnlock()
	if c.view == nil {
		c.view = c.store.build.view.Load()
		c.keys = slices.Compact(slices.Sorted(slices.Values(c.scan.Keys)))
		c.after = c.scan.After
	}
	for _, k := range c.next() {
		pos, ok := c.view.rows.get(k)
		if !ok {
			continue
		}
		value, err := c.store.build.rowValue(pos)
		row := scannedRow{entry: vectorstore.Entry{Key: k, Value: value}}
		switch {
		case err == nil:
		case damaged(err):
			row.err = fmt.Errorf("key %q: %w", k, err)
		default:
			return page, fmt.Errorf("key %q: %w", k, err)
		}
		page = append(page, row)
	}
	return page, nil
}

// rowValue reads the value of a State row; it is the caller's.
func (b *build) rowValue(pos log.Pos) ([]byte, error) {
	r, err := b.db.log.Read(pos)
	if err == nil && len(r.Body) < 5 {
		err = errFormat
	}
	if err != nil {
		return nil, err
	}
	return r.Body[5:], nil
}

// next returns the keys of the next page.
func (c *rowCursor) next() (keys []string) {
	if c.scan.Keys != nil {
		n := min(len(c.keys), scanPage)
		keys, c.keys = c.keys[:n], c.keys[n:]
		c.done = len(c.keys) == 0
		return keys
	}
	start := max(c.scan.Prefix, c.after)
	for k := range c.view.rows.from(&start) {
		if k <= c.after {
			continue
		}
		if !strings.HasPrefix(k, c.scan.Prefix) {
			break
		}
		if len(keys) == scanPage {
			return keys
		}
		keys = append(keys, k)
		c.after = k
	}
	c.done = true
	return keys
}
