package rows_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
)

// An article is a row of the table in memory.
type article struct {
	title, body, author any
	changed             any // time.Time or nil
}

// A table is a database driver with one table, which knows two queries.
type table struct {
	mu      sync.Mutex
	rows    map[string]article
	reads   []string // keys of the rows selected one by one
	breakAt int      // the listing fails at its n-th row, counted from 1
	denied  error    // every query fails
}

const (
	listQuery = "SELECT id, updated_at FROM articles"
	rowQuery  = "SELECT title, body, author, updated_at FROM articles WHERE id = ?"
)

var errConnection = errors.New("connection lost")

func (t *table) open(tb testing.TB) *sql.DB {
	db := sql.OpenDB(t)
	tb.Cleanup(func() { db.Close() })
	return db
}

// read returns the keys read since the last call, each once: an indexer opens
// what may have changed to compare it, and again to read it.
func (t *table) read() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys := t.reads
	t.reads = nil
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (t *table) set(key string, a article) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows == nil {
		t.rows = map[string]article{}
	}
	t.rows[key] = a
}

func (t *table) remove(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rows, key)
}

func (t *table) Connect(context.Context) (driver.Conn, error) { return conn{t}, nil }
func (t *table) Driver() driver.Driver                        { return nil }

type conn struct{ t *table }

func (c conn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (c conn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (c conn) Close() error                        { return nil }

func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	t := c.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(ctx.Err(), t.denied); err != nil {
		return nil, err
	}
	switch {
	case query == listQuery && len(args) == 0:
		r := &result{names: []string{"id", "updated_at"}, breakAt: t.breakAt}
		for _, key := range slices.Sorted(maps.Keys(t.rows)) {
			r.rows = append(r.rows, []driver.Value{key, t.rows[key].changed})
		}
		return r, nil
	case query == rowQuery && len(args) == 1:
		key := args[0].Value.(string)
		t.reads = append(t.reads, key)
		r := &result{names: []string{"title", "body", "author", "updated_at"}}
		if a, ok := t.rows[key]; ok {
			r.rows = append(r.rows, []driver.Value{a.title, a.body, a.author, a.changed})
		}
		return r, nil
	}
	return nil, fmt.Errorf("no such query: %s with %d arguments", query, len(args))
}

type result struct {
	names   []string
	rows    [][]driver.Value
	at      int
	breakAt int
}

func (r *result) Columns() []string { return r.names }
func (r *result) Close() error      { return nil }

func (r *result) Next(into []driver.Value) error {
	if r.at++; r.at == r.breakAt {
		return errConnection
	}
	if r.at > len(r.rows) {
		return io.EOF
	}
	copy(into, r.rows[r.at-1])
	return nil
}

// day is a time of change that has long settled.
func day(n int) time.Time { return time.Date(2024, 5, n, 12, 0, 0, 0, time.UTC) }
