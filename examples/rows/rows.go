// Package rows reads the rows of an SQL table as documents: a source of one's
// own, from which to start another.
//
// A [Table] is two things. As a loaders.Source it lists rows by their key and
// opens one at a time, so that a row whose updated_at has not moved costs no
// more than its line in the listing. As a loaders.Loader it makes a document of
// what it opened: title, text, and the other columns as metadata.
//
//	table, err := rows.New(db, rows.Queries{
//		Source: "articles",
//		List:   "SELECT id, updated_at FROM articles",
//		Row:    "SELECT title, body, author FROM articles WHERE id = ?",
//	})
//	indexer, err := pipeline.NewIndexer(store, embedder, chunker, &pipeline.IndexerOptions{Loader: table})
//	report, err := indexer.Index(ctx, table, nil)
//
// Programs that are told of changes, instead of looking for them, need no
// source: see pipeline.Indexer.Put.
package rows

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// Queries tell which rows to read. All fields but Settle are required.
type Queries struct {
	// Source is the name that goes into the documents' ids: keep it, and a row
	// has the same id on every machine and after every restore.
	Source string

	// List selects the key and the time of the last change of every row. The
	// time must grow with every change of what Row selects. A NULL means that
	// the row is read each time, and embedded only if it has changed.
	List string

	// Row selects by a key: title, text, and any columns that become metadata
	// under their own names. NULLs are left out.
	Row string

	// Settle is how old a change must be before its time is trusted: two
	// changes within one tick of the database's clock have the same time. 0
	// means 2 seconds.
	Settle time.Duration
}

// A Table is a source and its loader. It is safe for concurrent use.
type Table struct {
	db *sql.DB
	q  Queries
}

var (
	_ loaders.Source = (*Table)(nil)
	_ loaders.Loader = (*Table)(nil)
)

// New returns the rows that q selects in db, which stays the caller's.
func New(db *sql.DB, q Queries) (*Table, error) {
	if db == nil || q.Source == "" || q.List == "" || q.Row == "" || q.Settle < 0 {
		return nil, errors.New("rows: new: a database, a source name, and the queries List and Row are required; Settle must not be negative")
	}
	if q.Settle == 0 {
		q.Settle = 2 * time.Second
	}
	return &Table{db, q}, nil
}

// mime marks what Open returns; no other loader claims it.
const mime = "application/vnd.groundwork.row"

// List yields an item per row. If the query breaks off, so does the listing,
// and nothing counts as removed: an error must never look like an empty table.
func (t *Table) List(ctx context.Context) iter.Seq2[loaders.Item, error] {
	return func(yield func(loaders.Item, error) bool) {
		found, err := t.db.QueryContext(ctx, t.q.List)
		if err != nil {
			yield(loaders.Item{}, fmt.Errorf("rows: list %s: %w", t.q.Source, err))
			return
		}
		defer found.Close()
		for found.Next() {
			it, err := t.item(found)
			if !yield(it, err) || err != nil {
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(loaders.Item{}, fmt.Errorf("rows: list %s: %w", t.q.Source, err))
		}
	}
}

func (t *Table) item(row *sql.Rows) (loaders.Item, error) {
	var key string
	var changed sql.NullTime
	if err := row.Scan(&key, &changed); err != nil {
		return loaders.Item{}, fmt.Errorf("rows: list %s: %w", t.q.Source, err)
	}
	// The version is taken before the row is read: what changes in between is
	// read again, never missed.
	it := loaders.Item{Source: t.q.Source, URI: url.PathEscape(key), Size: -1, MIME: mime}
	if changed.Valid && time.Since(changed.Time) > t.q.Settle {
		it.Version = changed.Time.UTC().Format(time.RFC3339Nano)
	}
	return it, nil
}

// A row is what Open hands to Load.
type row struct {
	Title, Text string
	Columns     groundwork.Metadata
}

// Open reads one row. One that has been deleted since the listing is
// fs.ErrNotExist.
func (t *Table) Open(ctx context.Context, it loaders.Item) (io.ReadCloser, error) {
	r, err := t.read(ctx, it)
	if errors.Is(err, sql.ErrNoRows) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("rows: open %s %s: %w", t.q.Source, it.URI, err)
	}
	// Equal rows must give equal bytes: by their hash the indexer knows that
	// nothing has changed. JSON writes the columns in the order of their names.
	data, err := json.Marshal(r)
	return io.NopCloser(bytes.NewReader(data)), err
}

func (t *Table) read(ctx context.Context, it loaders.Item) (*row, error) {
	key, err := url.PathUnescape(it.URI)
	if err != nil {
		return nil, err
	}
	found, err := t.db.QueryContext(ctx, t.q.Row, key)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	if !found.Next() {
		return nil, errors.Join(found.Err(), noRow(found.Err()))
	}
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	if len(names) < 2 {
		return nil, fmt.Errorf("the query Row selects %d columns; title and text are required", len(names))
	}
	var title, text sql.NullString
	values := make([]any, len(names))
	into := []any{&title, &text}
	for i := 2; i < len(names); i++ {
		into = append(into, &values[i])
	}
	if err := found.Scan(into...); err != nil {
		return nil, err
	}
	if !utf8.ValidString(title.String) || !utf8.ValidString(text.String) {
		return nil, loaders.ErrEncoding // JSON would make up letters
	}
	columns, err := metadata(names[2:], values[2:])
	return &row{Title: title.String, Text: text.String, Columns: columns}, err
}

// noRow tells a row that is not there from one that could not be read.
func noRow(err error) error {
	if err == nil {
		return sql.ErrNoRows
	}
	return nil
}

// metadata returns columns as the kinds that Metadata has.
func metadata(names []string, values []any) (groundwork.Metadata, error) {
	m := map[string]any{}
	for i, v := range values {
		switch v := v.(type) {
		case nil:
		case []byte:
			m[names[i]] = string(v)
		default:
			m[names[i]] = v
		}
	}
	return groundwork.NewMetadata(m)
}

// Fingerprint names the version of Load. What is in a document also depends on
// the query, so a changed one reads all rows again.
func (t *Table) Fingerprint() string { return "rows/1 " + t.q.Row }

// Load makes the document of one row.
func (t *Table) Load(_ context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		if it.MIME != mime {
			yield(nil, &loaders.FileError{URI: it.URI, Stage: "parse", Err: loaders.ErrUnsupported, Remedy: "give this loader the items of its own table"})
			return
		}
		data, err := io.ReadAll(r)
		var in row
		if err == nil {
			err = json.Unmarshal(data, &in)
		}
		switch {
		case err != nil:
			yield(nil, &loaders.FileError{URI: it.URI, Stage: "parse", Err: err})
		case strings.TrimSpace(in.Text) == "":
			yield(nil, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipNoText, Detail: "the text column is empty"})
		default:
			yield(&groundwork.Document{
				ID:       groundwork.DocumentID(it.Source, it.URI),
				URI:      it.URI,
				Title:    in.Title,
				MIME:     "text/plain",
				Text:     in.Text,
				Metadata: in.Columns,
				Revision: groundwork.Revision(data),
			}, nil)
		}
	}
}
