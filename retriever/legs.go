package retriever

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Dense finds chunks by the vector of the question. A question in a script
// that the model does not know is ErrScript.
type Dense struct {
	Store    vectorstore.Store
	Embedder embed.Embedder
}

// Retrieve implements Retriever.
func (d *Dense) Retrieve(ctx context.Context, q Query) (*Result, error) {
	q, err := q.withDefaults()
	if err != nil {
		return nil, err
	}
	leg, cut, err := denseQuery(ctx, d.Embedder, q, q.K)
	if err != nil {
		return nil, fmt.Errorf("retriever: dense: %w", err)
	}
	info := d.Store.Info() // before the search, so that what it lacks is told
	r, err := single(ctx, d.Store, q, leg, LegDense)
	if r != nil {
		r.Warnings = append(r.Warnings, cut...)
		markMissing(r, info, 0)
	}
	return r, err
}

// Lexical finds chunks by the words of the question (BM25).
type Lexical struct {
	Store vectorstore.Store
}

// Retrieve implements Retriever.
func (l *Lexical) Retrieve(ctx context.Context, q Query) (*Result, error) {
	q, err := q.withDefaults()
	if err != nil {
		return nil, err
	}
	return single(ctx, l.Store, q, lexicalQuery(q, q.K), LegLexical)
}

// single answers q by one leg, which keeps the store's scores.
func single(ctx context.Context, store vectorstore.Store, q Query, leg vectorstore.Query, name string) (*Result, error) {
	leg.K = min(leg.K+refill, vectorstore.MaxK)
	results, err := store.Search(ctx, leg)
	if err != nil {
		return nil, fmt.Errorf("retriever: %s: %w", name, err)
	}
	r := results[0]
	out := newResult(results)
	out.Legs = []LegReport{{Name: name, Found: len(r.Hits)}}
	if len(r.Hits) == 0 {
		out.Legs[0].Dropped = ErrNothing
	}
	out.Hits, err = load(ctx, store, r.Hits, q.K)
	return out, err
}

// refill is how many more hits than wanted are asked for, to stand in for
// those deleted between search and load.
const refill = 8

// denseQuery embeds the question. A question that was cut at the model's limit
// is a warning.
func denseQuery(ctx context.Context, e embed.Embedder, q Query, k int) (vectorstore.Query, []groundwork.Warning, error) {
	if err := checkScript(e.Model(), q.Text); err != nil {
		return vectorstore.Query{}, nil, err
	}
	batch, err := e.Embed(ctx, embed.Query, []string{q.Text})
	if err != nil {
		return vectorstore.Query{}, nil, err
	}
	var warnings []groundwork.Warning
	for _, c := range batch.Cut {
		warnings = append(warnings, groundwork.Warning{Code: groundwork.Truncated, Stage: "retrieve",
			Detail: fmt.Sprintf("the question has %d tokens; its vector stands for the first %d", c.Tokens, c.Kept)})
	}
	return vectorstore.Query{Vector: batch.Vector(0), K: k, Filter: q.Filter, Exact: q.Exact}, warnings, nil
}

func lexicalQuery(q Query, k int) vectorstore.Query {
	return vectorstore.Query{Text: q.Text, K: k, Filter: q.Filter}
}

// checkScript returns an error that is ErrScript if more than half of the
// letters of text belong to scripts that the model was not trained on: fewer
// are names and loan words, which do not spoil the vector.
func checkScript(m embed.Model, text string) error {
	if len(m.Scripts) == 0 {
		return nil
	}
	known := make(map[string]bool, len(m.Scripts))
	for _, s := range m.Scripts {
		known[s] = true
	}
	total, foreign := 0, map[string]int{}
	for script, n := range lexical.Scripts(text) {
		total += n
		if !known[script] {
			foreign[script] = n
		}
	}
	most, unknown := "", 0
	for script, n := range foreign {
		unknown += n
		if n > foreign[most] || n == foreign[most] && script < most {
			most = script
		}
	}
	if 2*unknown <= total {
		return nil
	}
	return fmt.Errorf("%w: %s cannot read %s; index with a model that can", ErrScript, m.ID, most)
}

// load returns the best k of hits with text and metadata. A hit that vanished
// since the search is left out and the next one moves up. Where a store shows
// two revisions of a document, only chunks of the newest stay.
func load(ctx context.Context, store vectorstore.Store, hits []groundwork.Hit, k int) ([]groundwork.Hit, error) {
	newest := newestRevisions{check: !store.Info().Transactional}
	var out []groundwork.Hit
	for len(out) < k && len(hits) > 0 {
		want := hits[:min(len(hits), k-len(out))]
		hits = hits[len(want):]
		records, err := fetch(ctx, store, want)
		if err != nil {
			return nil, err
		}
		for _, h := range want {
			r, ok := records[h.ID]
			if !ok {
				continue
			}
			h.Chunk = r.Chunk
			out = newest.add(out, h, r.Version)
		}
	}
	return out, nil
}

func fetch(ctx context.Context, store vectorstore.Store, hits []groundwork.Hit) (map[string]vectorstore.Record, error) {
	ids := make([]string, len(hits))
	for i := range hits {
		ids[i] = hits[i].ID
	}
	records := make(map[string]vectorstore.Record, len(ids))
	scan := vectorstore.Scan{IDs: ids, Load: vectorstore.LoadText | vectorstore.LoadMeta}
	for r, err := range store.Scan(ctx, scan) {
		if err != nil {
			return nil, fmt.Errorf("retriever: load: %w", err)
		}
		records[r.ID] = r
	}
	return records, nil
}

// newestRevisions keeps the chunks of each document's newest revision: a store
// that cannot commit a document at once shows old and new for a moment.
type newestRevisions struct {
	check bool
	seen  map[string]revision
}

type revision struct {
	name    string
	version int64
}

// add appends h to hits, or drops whichever revision is older.
func (n *newestRevisions) add(hits []groundwork.Hit, h groundwork.Hit, version int64) []groundwork.Hit {
	if !n.check {
		return append(hits, h)
	}
	if n.seen == nil {
		n.seen = map[string]revision{}
	}
	old, ok := n.seen[h.DocumentID]
	switch {
	case !ok || old.name == h.Revision:
		n.seen[h.DocumentID] = revision{h.Revision, max(old.version, version)}
	case version <= old.version:
		return hits
	default:
		n.seen[h.DocumentID] = revision{h.Revision, version}
		kept := hits[:0]
		for _, other := range hits {
			if other.DocumentID != h.DocumentID {
				kept = append(kept, other)
			}
		}
		hits = kept
	}
	return append(hits, h)
}

func newResult(results []vectorstore.Result) *Result {
	out := &Result{Complete: 1}
	for _, r := range results {
		if r.Served != vectorstore.Primary {
			out.Served = r.Served
		}
		out.Lag = max(out.Lag, r.Lag)
		out.Complete = min(out.Complete, r.Complete)
		out.Warnings = append(out.Warnings, r.Warnings...)
	}
	return out
}

// dropped is the warning for a leg that took no part.
func dropped(name string, err error) groundwork.Warning {
	code := groundwork.LegDropped
	if errors.Is(err, ErrScript) {
		code = groundwork.Script
	}
	return groundwork.Warning{Code: code, Stage: "retrieve", Detail: name + " search took no part: " + err.Error()}
}
