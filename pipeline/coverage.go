package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Coverage says how much of the sources an answer could draw on.
type Coverage struct {
	Items    int // every item the ledger knows
	Indexed  int // searchable, stale ones included
	Stale    int
	Pending  int            // listed and not indexed yet
	Awaiting int            // chunks found by their words only, until a run has embedded them
	Skipped  map[string]int // by reason
	Failed   map[string]int // by stage

	// Unreadable counts, by file name ending, the items skipped because
	// nothing here can read them.
	Unreadable map[string]int
}

// ReadCoverage counts what the ledger of store says.
func ReadCoverage(ctx context.Context, store vectorstore.Store) (Coverage, error) {
	items, err := Items(ctx, store)
	if err != nil {
		return Coverage{}, err
	}
	return coverageOf(items, store.Info()), nil
}

func coverageOf(items map[string]*Item, info vectorstore.Info) Coverage {
	c := Coverage{Items: len(items), Awaiting: max(0, info.Records-info.Vectors), Skipped: map[string]int{}, Failed: map[string]int{}, Unreadable: map[string]int{}}
	for _, it := range items {
		switch it.Status {
		case Indexed:
			c.Indexed++
			if it.Stale {
				c.Stale++
			}
		case Skipped:
			c.Skipped[it.Problem.Reason]++
			if it.Problem.Reason == string(loaders.SkipUnsupported) {
				c.Unreadable[ending(it.URI)]++
			}
		case Failed:
			c.Failed[it.Problem.Stage]++
		}
	}
	return c
}

func ending(uri string) string {
	if e := strings.ToLower(path.Ext(uri)); e != "" {
		return e
	}
	return path.Base(uri)
}

// String puts the coverage in words, such as "812 of 840 files; 21 not
// readable (.hwp 14, .docx 7), 4 failed, 3 ignored".
func (c Coverage) String() string {
	s := fmt.Sprintf("%d of %d files", c.Indexed, c.Items+c.Pending)
	var rest []string
	if n := sum(c.Unreadable); n > 0 {
		rest = append(rest, fmt.Sprintf("%d not readable (%s)", n, ranked(c.Unreadable)))
	}
	if n := sum(c.Failed); n > 0 {
		rest = append(rest, fmt.Sprintf("%d failed", n))
	}
	for _, reason := range slices.Sorted(maps.Keys(c.Skipped)) {
		if reason != string(loaders.SkipUnsupported) {
			rest = append(rest, fmt.Sprintf("%d %s", c.Skipped[reason], reason))
		}
	}
	if c.Pending > 0 {
		rest = append(rest, fmt.Sprintf("%d not indexed yet", c.Pending))
	}
	if c.Awaiting > 0 {
		rest = append(rest, fmt.Sprintf("%d passages found by words only so far", c.Awaiting))
	}
	if c.Stale > 0 {
		rest = append(rest, fmt.Sprintf("%d served from an older version", c.Stale))
	}
	if len(rest) == 0 {
		return s
	}
	return s + "; " + strings.Join(rest, ", ")
}

func sum(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// ranked lists counts, highest first.
func ranked(counts map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("%s %d", k, counts[k])
	}
	return strings.Join(parts, ", ")
}
