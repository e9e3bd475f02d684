package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A keyIndex finds a vector for a key: in a stored chunk with the same key, or
// among the vectors staged for documents that were not complete when a run
// ended.
type keyIndex struct {
	chunks map[groundwork.Key]string // a stored chunk with that key and its vector
	staged map[groundwork.Key]bool
}

func newKeyIndex(ctx context.Context, store vectorstore.Store, items map[string]*Item) (keyIndex, error) {
	x := keyIndex{chunks: map[groundwork.Key]string{}, staged: map[groundwork.Key]bool{}}
	if err := x.addItems(ctx, store, items); err != nil {
		return x, err
	}
	for e, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Prefix: vectorPrefix}) {
		if err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
			return x, fmt.Errorf("pipeline: read staged vectors: %w", err)
		}
		var k groundwork.Key
		if k.UnmarshalText([]byte(strings.TrimPrefix(e.Key, vectorPrefix))) == nil {
			x.staged[k] = true
		}
	}
	return x, nil
}

// addItems takes note of the chunks of items, but for those that await their
// vectors.
func (x keyIndex) addItems(ctx context.Context, store vectorstore.Store, items map[string]*Item) error {
	awaiting := map[string]groundwork.Key{}
	for _, it := range items {
		for i := range it.Documents {
			d := &it.Documents[i]
			for j, id := range d.ChunkIDs() {
				if it.Awaiting {
					awaiting[id] = d.Keys[j]
				} else {
					x.chunks[d.Keys[j]] = id
				}
			}
		}
	}
	if len(awaiting) == 0 {
		return nil
	}
	scan := vectorstore.Scan{IDs: slices.Collect(maps.Keys(awaiting)), Load: vectorstore.LoadVector}
	for rec, err := range store.Scan(ctx, scan) {
		if err != nil && !errors.Is(err, vectorstore.ErrDamaged) {
			return fmt.Errorf("pipeline: read vectors: %w", err)
		}
		if err == nil && rec.Vector != nil {
			x.chunks[awaiting[rec.ID]] = rec.ID
		}
	}
	return nil
}

// add takes note of the chunks of it that have vectors.
func (x keyIndex) add(it *openItem) {
	for _, d := range it.docs {
		for i := range d.chunks {
			if c := &d.chunks[i]; it.vectors[c.Key] != nil {
				x.chunks[c.Key] = c.ID
			}
		}
	}
}

// find returns the vectors that exist for the wanted keys. A key may be
// missing although it is in the index, or be damaged: then it is embedded
// again.
func (x keyIndex) find(ctx context.Context, store vectorstore.Store, want map[groundwork.Key]bool) (map[groundwork.Key][]float32, error) {
	found := make(map[groundwork.Key][]float32)
	var ids, rows []string
	for k := range want {
		switch id, ok := x.chunks[k]; {
		case ok:
			ids = append(ids, id)
		case x.staged[k]:
			rows = append(rows, vectorKey(k))
		}
	}
	if len(ids) > 0 {
		for rec, err := range store.Scan(ctx, vectorstore.Scan{IDs: ids, Load: vectorstore.LoadText | vectorstore.LoadVector}) {
			if errors.Is(err, vectorstore.ErrDamaged) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("pipeline: read vectors: %w", err)
			}
			if rec.Vector != nil && want[rec.Key] {
				found[rec.Key] = rec.Vector
			}
		}
	}
	if len(rows) > 0 {
		if err := readStaged(ctx, store, rows, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func readStaged(ctx context.Context, store vectorstore.Store, rows []string, found map[groundwork.Key][]float32) error {
	dim := store.Info().Space.Dim
	for e, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Keys: rows}) {
		if errors.Is(err, vectorstore.ErrDamaged) {
			continue
		}
		if err != nil {
			return fmt.Errorf("pipeline: read staged vectors: %w", err)
		}
		var k groundwork.Key
		v := decodeVector(e.Value)
		if k.UnmarshalText([]byte(strings.TrimPrefix(e.Key, vectorPrefix))) == nil && len(v) == dim {
			found[k] = v
		}
	}
	return nil
}

func vectorKey(k groundwork.Key) string { return vectorPrefix + k.String() }

func decodeVector(data []byte) []float32 {
	v := make([]float32, len(data)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return v
}
