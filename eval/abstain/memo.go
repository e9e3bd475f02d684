package main

import (
	"context"

	"github.com/seed4837efcb/groundwork/embed"
)

// A memo remembers the vectors of the question at hand: asked with and without
// the documents that answer it, most units come up twice.
type memo struct {
	embed.Embedder
	vectors map[string][]float32
}

func (m *memo) Embed(ctx context.Context, role embed.Role, texts []string) (*embed.Batch, error) {
	key := func(text string) string { return string(rune('0'+int(role))) + text }
	var missing []string
	for _, t := range texts {
		if m.vectors[key(t)] == nil {
			missing = append(missing, t)
		}
	}
	if len(missing) > 0 {
		b, err := m.Embedder.Embed(ctx, role, missing)
		if err != nil {
			return nil, err
		}
		for i, t := range missing {
			m.vectors[key(t)] = b.Vector(i)
		}
	}
	out := &embed.Batch{Dim: m.Model().Dim}
	for _, t := range texts {
		out.Data = append(out.Data, m.vectors[key(t)]...)
	}
	return out, nil
}
