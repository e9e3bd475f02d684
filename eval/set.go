package eval

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"strconv"
)

// A Doc is a document of a test set.
type Doc struct{ ID, Title, Text string }

// Searchable returns what is retrieved by: title, a space, and text. The title
// may be empty.
func (d Doc) Searchable() string { return d.Title + " " + d.Text }

// A Query is a query of a test set. Answers, if there are any, are strings of
// which each answers it.
type Query struct {
	ID, Text string
	Answers  []string
}

// Judgements hold the gains of each query, by its id.
type Judgements map[string]Gains

// A Set is a test set for retrieval.
type Set struct {
	Docs       []Doc
	Queries    []Query
	Judgements Judgements
}

// Judged returns the queries that have a relevant document, in their order.
func (s *Set) Judged() []Query {
	var out []Query
	for _, q := range s.Queries {
		if s.Judgements[q.ID].Relevant() > 0 {
			out = append(out, q)
		}
	}
	return out
}

// ReadSet reads a folder of the kind that BEIR made common: corpus.jsonl,
// queries.jsonl and qrels.tsv, or qrels/test.tsv where that is missing. It
// refuses ids that come up twice and judgements of unknown queries; judged
// documents may be missing.
func ReadSet(fsys fs.FS) (*Set, error) {
	s := new(Set)
	var err error
	if s.Docs, err = readAll(fsys, "corpus.jsonl", Docs, func(d Doc) string { return d.ID }); err != nil {
		return nil, err
	}
	if s.Queries, err = readAll(fsys, "queries.jsonl", Queries, func(q Query) string { return q.ID }); err != nil {
		return nil, err
	}
	name := "qrels.tsv"
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		name = "qrels/test.tsv"
		f, err = fsys.Open(name)
	}
	if err != nil {
		return nil, fmt.Errorf("eval: read set: %w", err)
	}
	defer f.Close()
	if s.Judgements, err = ReadJudgements(f); err != nil {
		return nil, fmt.Errorf("eval: read %s: %w", name, err)
	}
	return s, s.check()
}

// readAll reads a file of objects with distinct ids.
func readAll[T any](fsys fs.FS, name string, read func(io.Reader) iter.Seq2[T, error], id func(T) string) ([]T, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("eval: read set: %w", err)
	}
	defer f.Close()
	var out []T
	seen := make(map[string]bool)
	for v, err := range read(f) {
		if err == nil && seen[id(v)] {
			err = fmt.Errorf("id %q comes up twice", id(v))
		}
		if err != nil {
			return nil, fmt.Errorf("eval: read %s: %w", name, err)
		}
		seen[id(v)] = true
		out = append(out, v)
	}
	return out, nil
}

func (s *Set) check() error {
	known := make(map[string]bool, len(s.Queries))
	for _, q := range s.Queries {
		known[q.ID] = true
	}
	for id := range s.Judgements {
		if !known[id] {
			return fmt.Errorf("eval: read set: judgements of query %q, which is not in queries.jsonl", id)
		}
	}
	return nil
}

// Docs yields the documents of a corpus.jsonl: objects with "id" or "_id",
// "title" and "text". After an error, a [*LineError], it stops.
func Docs(r io.Reader) iter.Seq2[Doc, error] {
	type object struct {
		ID    string `json:"id"`
		BEIR  string `json:"_id"`
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	return objects(r, func(o object) (Doc, error) {
		id, err := oneID(o.ID, o.BEIR)
		return Doc{id, o.Title, o.Text}, err
	})
}

// Queries yields the queries of a queries.jsonl: objects with "id" or "_id",
// "text", and possibly "answers". After an error, a [*LineError], it stops.
func Queries(r io.Reader) iter.Seq2[Query, error] {
	type object struct {
		ID      string   `json:"id"`
		BEIR    string   `json:"_id"`
		Text    string   `json:"text"`
		Answers []string `json:"answers"`
	}
	return objects(r, func(o object) (Query, error) {
		id, err := oneID(o.ID, o.BEIR)
		if err == nil && o.Text == "" {
			err = errors.New(`no "text"`)
		}
		return Query{id, o.Text, o.Answers}, err
	})
}

func oneID(id, beir string) (string, error) {
	switch {
	case id == "" && beir == "":
		return "", errors.New(`no "id" (or "_id")`)
	case id != "" && beir != "" && id != beir:
		return "", fmt.Errorf(`"id" is %q but "_id" is %q`, id, beir)
	case id == "":
		return beir, nil
	}
	return id, nil
}

// ReadJudgements reads lines of query id, document id and gain, with tabs
// between. A first line that names the columns, as BEIR has it, is passed
// over. A pair that comes up twice with two gains is an error, as are all
// things a [*LineError] says.
func ReadJudgements(r io.Reader) (Judgements, error) {
	out := make(Judgements)
	for line, err := range lines(r) {
		if err != nil {
			return nil, err
		}
		fields := bytes.Split(line.text, []byte{'\t'})
		if line.n == 1 && len(fields) == 3 && string(fields[2]) == "score" {
			continue
		}
		if err := out.add(fields); err != nil {
			return nil, &LineError{line.n, err}
		}
	}
	return out, nil
}

func (j Judgements) add(fields [][]byte) error {
	if len(fields) != 3 || len(fields[0]) == 0 || len(fields[1]) == 0 {
		return fmt.Errorf("%d columns, want query id, document id and gain, with tabs between", len(fields))
	}
	gain, err := number(fields[2])
	if err != nil {
		return err
	}
	query, doc := string(fields[0]), string(fields[1])
	if j[query] == nil {
		j[query] = make(Gains)
	}
	if have, ok := j[query][doc]; ok && have != gain {
		return fmt.Errorf("document %q is judged %v and %v", doc, have, gain)
	}
	j[query][doc] = gain
	return nil
}

func number(b []byte) (float64, error) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a finite number", b)
	}
	return v, nil
}

// A Pair is two sentences and how alike people found them.
type Pair struct {
	Score float64
	A, B  string
}

// Pairs yields the pairs of a pairs.tsv: score, sentence and sentence, with
// tabs between. After an error, a [*LineError], it stops.
func Pairs(r io.Reader) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		for line, err := range lines(r) {
			if err != nil {
				yield(Pair{}, err)
				return
			}
			p, err := pair(bytes.Split(line.text, []byte{'\t'}))
			if err != nil {
				yield(Pair{}, &LineError{line.n, err})
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func pair(fields [][]byte) (Pair, error) {
	if len(fields) != 3 {
		return Pair{}, fmt.Errorf("%d columns, want score and two sentences, with tabs between", len(fields))
	}
	score, err := number(fields[0])
	return Pair{score, string(fields[1]), string(fields[2])}, err
}
