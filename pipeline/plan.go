package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
)

// A plan is what a listing asks for.
type plan struct {
	work    []loaders.Item // to be read, in the order listed
	unsure  []loaders.Item // unchanged, but the majority decides how they are read
	bytes   int64
	skips   []*Item // new or changed skipped rows
	gone    []*Item // rows whose item is gone or is now skipped
	unknown []string
	source  string
	seen    map[string]bool
	end     error // that ended the listing early
	known   int   // indexed items of the source before the run
}

// trustAfter is how much older than the moment it was read an item's
// modification time must be to prove that the item did not change: a file
// system's clock may be coarse, and a write within the same tick leaves no
// trace.
const trustAfter = 2 * time.Second

// list walks src and plans the run. What did not change is not opened.
func (r *run) list(ctx context.Context, src loaders.Source, o IndexOptions) (*plan, error) {
	p := &plan{seen: map[string]bool{}, source: o.Source}
	for it, err := range src.List(ctx) {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("pipeline: list: %w", ctx.Err())
		}
		if err != nil {
			if !r.listProblem(p, err) {
				break
			}
			continue
		}
		if p.source == "" {
			p.source = it.Source
		}
		id := groundwork.DocumentID(it.Source, it.URI)
		if p.seen[id] { // an id has one row
			continue
		}
		p.seen[id] = true
		if row := r.items[id]; row != nil && unchanged(row, it, r.current, o.RetryFailed) {
			r.report.Unchanged++
			if row.Doubt != nil {
				p.unsure = append(p.unsure, it)
			}
			continue
		}
		p.work = append(p.work, it)
		p.bytes += max(it.Size, 1)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("pipeline: list: %w", err)
	}
	r.findGone(p)
	return p, r.checkMassRemoval(p, o)
}

// listProblem takes note of an error that a listing yielded. It returns false
// if the error ends the listing.
func (r *run) listProblem(p *plan, err error) bool {
	var skip *loaders.SkipError
	var list *loaders.ListError
	switch {
	case errors.As(err, &skip):
		p.skips = append(p.skips, &Item{URI: skip.URI, Status: Skipped,
			Problem: &Problem{Stage: "list", Reason: string(skip.Reason), Remedy: skip.Detail}})
		return true
	case errors.Is(err, loaders.ErrEmptyRoot):
		return true // nothing is listed, so checkMassRemoval decides
	case errors.As(err, &list):
		p.unknown = append(p.unknown, list.Prefix)
		r.report.Lists = append(r.report.Lists, list)
		return true
	}
	p.unknown = append(p.unknown, "")
	p.end = err
	return false
}

// unchanged reports whether row proves that it need not be opened.
func unchanged(row *Item, it loaders.Item, fingerprint string, retryFailed bool) bool {
	if row.Fingerprint != fingerprint {
		return false
	}
	if row.Problem != nil && (retryFailed || row.Revision == "" || row.Problem.Stage == "embed") {
		return false // what could not be opened may be readable now; the same bytes fail the same way
	}
	if it.Version != "" || row.Version != "" {
		return it.Version == row.Version
	}
	return it.Size >= 0 && it.Size == row.Size && !it.ModTime.IsZero() &&
		it.ModTime.Equal(row.ModTime) && row.ReadAt.Sub(it.ModTime) > trustAfter
}

// findGone collects the rows of the source that were not listed, outside the
// subtrees that are unknown, and gives the skipped rows their source. A row is
// of one item: of what is skipped under a name that is taken there is none.
func (r *run) findGone(p *plan) {
	skipped := map[string]bool{}
	fresh := p.skips[:0]
	for _, s := range p.skips {
		s.Source = p.source
		id := groundwork.DocumentID(s.Source, s.URI)
		if p.seen[id] || skipped[id] { // the row is the item's; the skip is of another with that name
			continue
		}
		skipped[id] = true
		if old := r.items[id]; old == nil || old.Status != Skipped || *old.Problem != *s.Problem {
			fresh = append(fresh, s)
		}
	}
	p.skips = fresh
	r.report.SkippedItems += len(skipped)
	for id, row := range r.items {
		if row.Source != p.source {
			continue
		}
		if row.Status == Indexed {
			p.known++
		}
		if !p.seen[id] && (skipped[id] && row.Status != Skipped || !skipped[id] && !p.isUnknown(row.URI)) {
			p.gone = append(p.gone, row)
		}
	}
}

func (p *plan) isUnknown(uri string) bool {
	for _, prefix := range p.unknown {
		if prefix == "" || uri == prefix || strings.HasPrefix(uri, strings.TrimSuffix(prefix, "/")+"/") {
			return true
		}
	}
	return false
}

func (r *run) checkMassRemoval(p *plan, o IndexOptions) error {
	indexed := 0
	moved := r.newNames(p)
	for _, row := range p.gone {
		k := looksOf(row.Size, row.ModTime)
		switch {
		case row.Status != Indexed:
		case moved[k] > 0:
			moved[k]--
		default:
			indexed++
		}
	}
	empty := len(p.seen) == 0 && len(p.unknown) == 0 && len(r.items) > 0 && (p.source == "" || p.known > 0)
	if o.AllowMassRemoval || !empty && 2*indexed <= p.known {
		return nil
	}
	return fmt.Errorf("pipeline: index: %w: %d of %d indexed items are no longer listed; nothing was changed; if they really are gone, allow the removal",
		ErrMassRemoval, max(indexed, p.known-len(p.seen)), p.known)
}

// looks is what a renamed item keeps.
type looks struct {
	size int64
	mod  time.Time
}

func looksOf(size int64, mod time.Time) looks { return looks{size, mod.UTC().Round(0)} }

// newNames counts the new items of p by their looks. What is gone and turns up
// there was renamed: that is no loss.
func (r *run) newNames(p *plan) map[looks]int {
	names := map[looks]int{}
	for _, it := range p.work {
		if r.items[groundwork.DocumentID(it.Source, it.URI)] == nil && it.Size > 0 && !it.ModTime.IsZero() {
			names[looksOf(it.Size, it.ModTime)]++
		}
	}
	return names
}
