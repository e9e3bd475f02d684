package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/embed/local"
)

// embedBatch is how many texts are embedded together.
const embedBatch = 64

type embedding struct {
	role, precision, format string
	tokens                  bool
}

type embedOutput struct {
	ID     any       `json:"id"`
	Vector []float32 `json:"vector"`
	Tokens []int32   `json:"tokens,omitempty"`
}

func newEmbed(a *app) *cobra.Command {
	var o embedding
	cmd := &cobra.Command{
		Use:   "embed",
		Short: "Turn texts from stdin into vectors",
		Long: `Embed reads texts from stdin, one a line, or JSON lines with id and text, and
writes their vectors in the same order. Texts longer than the model takes are
cut, with a warning.

  echo "hello" | kbqa embed --role query
  kbqa embed --format npy < lines.txt > vectors.npy`,
		Args: exactArgs(0, "embed reads its texts from stdin"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runEmbed(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.role, "role", "passage", "what the texts are: query or passage")
	f.StringVar(&o.precision, "precision", "int8", "int8 or float32")
	f.StringVar(&o.format, "format", "jsonl", "jsonl, or npy of float32")
	f.BoolVar(&o.tokens, "tokens", false, "also write the token ids (jsonl only)")
	a.modelFlags(cmd)
	a.quietFlag(cmd)
	return cmd
}

func (o *embedding) parse() (role embed.Role, precision local.Precision, err error) {
	switch o.role {
	case "query":
		role = embed.Query
	case "passage":
	default:
		return 0, 0, usagef("--role %s: give query or passage", o.role)
	}
	switch o.precision {
	case "float32":
		precision = local.Float32
	case "int8":
		precision = local.Int8
	default:
		return 0, 0, usagef("--precision %s: give int8 or float32", o.precision)
	}
	if o.format != "jsonl" && o.format != "npy" {
		return 0, 0, usagef("--format %s: give jsonl or npy", o.format)
	}
	if o.format == "npy" && o.tokens {
		return 0, 0, usagef("--tokens needs --format jsonl")
	}
	return role, precision, nil
}

func (a *app) runEmbed(ctx context.Context, o embedding) error {
	role, precision, err := o.parse()
	if err != nil {
		return err
	}
	name := a.model
	if name == "" {
		name = defaultModel
	}
	e, err := a.openEmbedder(name, &local.Options{Precision: precision, Workers: a.workers, Truncate: true})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout)
	var w vectorWriter = &jsonVectors{app: a, out: json.NewEncoder(out), role: role, embedder: e, tokens: o.tokens}
	if o.format == "npy" {
		w = &npyVectors{out: out, dim: e.Model().Dim}
	}
	if err := a.embedLines(ctx, e, role, w); err != nil {
		return errors.Join(err, out.Flush())
	}
	return errors.Join(w.end(), out.Flush())
}

// A vectorWriter writes vectors in the order of their texts.
type vectorWriter interface {
	write(id any, text string, vector []float32) error
	end() error
}

func (a *app) embedLines(ctx context.Context, e *local.Embedder, role embed.Role, w vectorWriter) error {
	var ids []any
	var texts []string
	flush := func() error {
		if len(texts) == 0 {
			return nil
		}
		b, err := e.Embed(ctx, role, texts)
		if err != nil {
			return err
		}
		for _, c := range b.Cut {
			a.talk("kbqa: text %v has %d tokens; the first %d were embedded", ids[c.Index], c.Tokens, c.Kept)
		}
		for i := range texts {
			if err := w.write(ids[i], texts[i], b.Vector(i)); err != nil {
				return err
			}
		}
		ids, texts = ids[:0], texts[:0]
		return nil
	}
	n := 0
	for line, err := range inputLines(ctx, a.stdin, maxLine) {
		if err != nil {
			return err
		}
		if line.long {
			return usagef("line %d is longer than %d MiB", n+1, maxLine>>20)
		}
		id, text := readText(line.text, n)
		ids, texts = append(ids, id), append(texts, text)
		n++
		if len(texts) == embedBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// readText reads a line: an object with id and text, or a text whose id is its
// place.
func readText(line []byte, n int) (id any, text string) {
	var obj struct {
		ID   any     `json:"id"`
		Text *string `json:"text"`
	}
	if len(line) > 0 && line[0] == '{' {
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if d.Decode(&obj) == nil && obj.Text != nil {
			if obj.ID == nil {
				obj.ID = n
			}
			return obj.ID, *obj.Text
		}
	}
	return n, string(line)
}

type jsonVectors struct {
	*app
	out      *json.Encoder
	role     embed.Role
	embedder *local.Embedder
	tokens   bool
}

func (w *jsonVectors) write(id any, text string, vector []float32) error {
	o := embedOutput{ID: id, Vector: vector}
	if w.tokens {
		o.Tokens = w.embedder.TokenIDs(w.role, text)
	}
	return w.out.Encode(o)
}

func (w *jsonVectors) end() error { return nil }
