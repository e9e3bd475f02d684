package hnsw

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A Finding is something that Check found wrong.
type Finding struct {
	Namespace string // empty where it concerns files
	Detail    string
	Derived   bool // [DB.Rebuild] mends it; otherwise stored data are lost
}

// String returns the finding on one line.
func (f Finding) String() string {
	if f.Namespace == "" {
		return f.Detail
	}
	return fmt.Sprintf("namespace %q: %s", f.Namespace, f.Detail)
}

// Check reads everything and returns all that is not as it should be: checksums
// of log and snapshots, the records behind ids and rows, vectors and codes, the
// graph's links and that every live vector is reached, and the text index. It
// takes about as long as reading the directory.
func (db *DB) Check(ctx context.Context) ([]Finding, error) {
	found, err := db.check(ctx)
	if err != nil {
		return found, fmt.Errorf("hnsw: check: %w", public(err))
	}
	return found, nil
}

func (db *DB) check(ctx context.Context) ([]Finding, error) {
	if err := db.enter(ctx); err != nil {
		return nil, err
	}
	defer db.gate.RUnlock()
	damage, err := db.log.Check(ctx)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, d := range damage {
		found = append(found, Finding{Detail: d.Error(), Derived: d.Last == 0 && d.Name != "MANIFEST"})
	}
	for _, b := range db.allBuilds() {
		c := checker{build: b, view: b.view.Load()}
		if err := c.run(ctx); err != nil {
			return found, err
		}
		found = append(found, c.found...)
	}
	return found, nil
}

// Rebuild derives everything from the log anew and replaces all snapshots.
// Searches and writes go on meanwhile.
func (db *DB) Rebuild(ctx context.Context) error {
	db.maintenance.Lock()
	defer db.maintenance.Unlock()
	err := db.dropSnapshots(ctx)
	if err == nil {
		var fresh *DB
		if fresh, err = db.derive(ctx, false); err == nil {
			err = db.swap(nil, fresh)
		}
	}
	if err != nil {
		return fmt.Errorf("hnsw: rebuild: %w", public(err))
	}
	return nil
}

func (db *DB) dropSnapshots(ctx context.Context) error {
	if err := db.enter(ctx); err != nil {
		return err
	}
	defer db.gate.RUnlock()
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.readOnly {
		return vectorstore.ErrReadOnly
	}
	for _, s := range db.log.Snapshots() {
		if err := db.log.DropSnapshot(s.Name); err != nil {
			return err
		}
	}
	return nil
}

// A checker checks one view.
type checker struct {
	*build
	view  *view
	found []Finding
}

func (c *checker) report(derived bool, format string, args ...any) {
	const enough = 100 // of one build; the rest would be more of the same
	if len(c.found) < enough {
		c.found = append(c.found, Finding{Namespace: c.ns.name, Detail: fmt.Sprintf(format, args...), Derived: derived})
	}
}

func (c *checker) run(ctx context.Context) error {
	v := c.view
	c.ids()
	for id, slot := range v.ids.from(nil) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.record(id, slot); err != nil {
			return err
		}
	}
	for key, pos := range v.rows.from(nil) {
		r, err := c.db.log.Read(pos)
		if err != nil && !damaged(err) {
			return err
		}
		if err != nil || r.Kind != kindState || r.ID != key {
			c.report(false, "state row %q: record %q of kind %d, %v", key, r.ID, r.Kind, err)
		}
	}
	c.edges()
	c.reachable()
	c.text()
	return nil
}

// ids checks that live slots and ids are one to one.
func (c *checker) ids() {
	v, slots, vectors := c.view, 0, 0
	for slot := range v.n {
		if !v.alive(slot) {
			continue
		}
		slots++
		if v.slab.hasVector(slot) {
			vectors++
		}
		if s, ok := v.ids.get(v.slab.ids[slot]); !ok || s != slot {
			c.report(true, "slot %d is alive, but its id %v leads to slot %d", slot, v.slab.ids[slot], s)
		}
	}
	if slots != v.ids.size || vectors != v.live {
		c.report(true, "%d slots and %d vectors are alive, %d ids and %d vectors were counted", slots, vectors, v.ids.size, v.live)
	}
}

// record checks a slot against its record in the log.
func (c *checker) record(id uuid, slot uint32) error {
	v := c.view
	r, err := c.db.log.Read(v.slab.pos[slot])
	if err != nil {
		if !damaged(err) && !errors.Is(err, log.ErrGone) {
			return err
		}
		c.report(false, "record %v: %v", id, err)
		return nil
	}
	u, err := parseUpsert(r.Body)
	switch {
	case err != nil || r.Kind != kindUpsert || r.ID != id.String() || u.build != c.id || r.Version != v.slab.version[slot]:
		c.report(true, "record %v: its position leads to %q of version %d", id, r.ID, r.Version)
	case string(u.origin) != v.origins[v.slab.origin[slot]].bytes:
		c.report(true, "record %v: its document is another one", id)
	case len(u.vector) > 0 != v.slab.hasVector(slot):
		c.report(true, "record %v: it has a vector in one of log and index", id)
	case len(u.vector) > 0:
		c.vector(id, slot, floats(nil, u.vector))
	}
	return nil
}

func (c *checker) vector(id uuid, slot uint32, x []float32) {
	s := c.view.slab
	for i, f := range c.view.vectors.row(slot) {
		if math.Float32bits(f) != math.Float32bits(x[i]) {
			c.report(true, "record %v: component %d of its vector differs from the log", id, i)
			return
		}
	}
	codes := make([]uint8, s.stride)
	step, sum := quantize(codes, x)
	n := norm(x)
	if !slices.Equal(codes, s.code(slot)) || sum != s.sum[slot] || n != s.norm[slot] || codeScale(step, n, c.space.Metric) != s.scale[slot] {
		c.report(true, "record %v: its codes are not those of its vector", id)
	}
}

// edges checks that links lead to slots of their level, once each and never to
// themselves.
func (c *checker) edges() {
	v := c.view
	var list []uint32
	for slot := range v.graphed {
		if !v.slab.reaches(slot, 0) {
			continue
		}
		for l := range int(v.slab.level[slot]) + 1 {
			list = neighbours(list, v.slab.list(slot, l), v.n)
			slices.Sort(list)
			for i, n := range list {
				if n == slot || i > 0 && n == list[i-1] || !v.leads(n, l) {
					c.report(true, "slot %d has a bad link to %d at level %d", slot, n, l)
				}
			}
		}
	}
}

// reachable checks that a walk along level 0 from the entry meets every live
// vector that is in the graph.
func (c *checker) reachable() {
	v := c.view
	if v.graphed == 0 || v.entry == noEntry {
		return
	}
	seen := make([]bool, v.n)
	queue := []uint32{uint32(v.entry)}
	seen[queue[0]] = true
	var list []uint32
	for len(queue) > 0 {
		slot := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for t := range v.slab.twins(slot) {
			seen[t] = true
		}
		for l := range int(v.slab.level[slot]) + 1 {
			list = neighbours(list, v.slab.list(slot, l), v.n)
			for _, n := range list {
				if !seen[n] {
					seen[n] = true
					queue = append(queue, n)
				}
			}
		}
	}
	for slot := range v.graphed {
		if v.alive(slot) && v.slab.hasVector(slot) && !seen[slot] {
			c.report(true, "slot %d of record %v is not reached by the graph", slot, v.slab.ids[slot])
		}
	}
}

func (c *checker) text() {
	v := c.view
	if v.text == nil {
		return
	}
	if err := v.text.Check(); err != nil {
		c.report(true, "text index: %v", err)
	}
	if n := v.text.Stats().Docs; n != v.ids.size {
		c.report(true, "text index: %d records, there are %d", n, v.ids.size)
	}
	for id, slot := range v.ids.from(nil) {
		if !v.text.Contains(slot) {
			c.report(true, "text index: record %v is missing", id)
		}
	}
}
