package vectorstore

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
)

// Errors of every store. They are wrapped with the store's name and the
// operation; test with errors.Is.
var (
	ErrNotFound    = errors.New("no such build")
	ErrClosed      = errors.New("store is closed")
	ErrDimension   = errors.New("vector has another dimension than the space")
	ErrVector      = errors.New("vector is zero or not finite")
	ErrQuery       = errors.New("invalid query")
	ErrUnsupported = errors.New("not supported by this store")
	ErrFenced      = errors.New("a newer writer has taken over")
	ErrReadOnly    = errors.New("store is read-only")
	ErrLocked      = errors.New("another process is writing")
	ErrVersion     = errors.New("written by a newer version of this program")
	ErrDamaged     = errors.New("stored data are damaged")
)

// A SpaceError says that the live build was made with another Space.
type SpaceError struct {
	Namespace  string
	Have, Want Space
}

// Error names the differences and the remedy.
func (e *SpaceError) Error() string {
	return fmt.Sprintf("vectorstore: namespace %q was built with %s, not %s; open it with what it was built with, or build it anew beside the live one and promote it",
		e.Namespace, e.Have.describe(e.Want), e.Want.describe(e.Have))
}

// describe names the fields in which s differs from other.
func (s Space) describe(other Space) string {
	switch {
	case s.Model != other.Model:
		return fmt.Sprintf("model %q", s.Model)
	case s.Dim != other.Dim:
		return fmt.Sprintf("dimension %d", s.Dim)
	case s.Metric != other.Metric:
		return fmt.Sprintf("metric %d", s.Metric)
	case s.Analyzer != other.Analyzer:
		return fmt.Sprintf("analyzer %q", s.Analyzer)
	}
	return fmt.Sprintf("format %d", s.Format)
}

// Check reports whether a build made with s may be opened as want.
func (s Space) Check(ns string, want Space) error {
	if want == (Space{}) || want == s {
		return nil
	}
	return &SpaceError{Namespace: ns, Have: s, Want: want}
}

// Validate reports why no build can be made with s.
func (s Space) Validate() error {
	switch {
	case s.Dim < 1 || s.Dim > 4096:
		return fmt.Errorf("vectorstore: space: %w: %d, from 1 to 4096 are possible", ErrDimension, s.Dim)
	case s.Metric < Cosine || s.Metric > L2:
		return fmt.Errorf("vectorstore: space: metric %d: %w", s.Metric, ErrUnsupported)
	}
	return nil
}

// Validate reports the first thing in b that a store of Space s must refuse. A
// record with a VectorRow is ErrUnsupported unless FeatureVectorRows is given.
func (b *Batch) Validate(s Space, features ...Feature) error {
	rows := slices.Contains(features, FeatureVectorRows)
	seen := make(map[string]bool, len(b.Upserts)+len(b.Deletes))
	once := func(id string) error {
		if seen[id] {
			return fmt.Errorf("vectorstore: batch: id %s stands in it twice: %w", id, groundwork.ErrInvalid)
		}
		seen[id] = true
		return nil
	}
	for i := range b.Upserts {
		r := &b.Upserts[i]
		if r.VectorRow != "" && !rows {
			return unsupported("vectors in State rows")
		}
		if err := errors.Join(r.validate(s), once(r.ID)); err != nil {
			return err
		}
	}
	for _, t := range b.Deletes {
		if !groundwork.IsID(t.ID) || t.Version < 1 {
			return fmt.Errorf("vectorstore: batch: delete of %q at version %d: %w", t.ID, t.Version, groundwork.ErrInvalid)
		}
		if err := once(t.ID); err != nil {
			return err
		}
	}
	for _, e := range b.State {
		if e.Key == "" || len(e.Key) > 1<<10 || !utf8.ValidString(e.Key) {
			return fmt.Errorf("vectorstore: batch: state key of %d bytes: %w", len(e.Key), groundwork.ErrInvalid)
		}
	}
	return nil
}

func (r *Record) validate(s Space) error {
	if err := r.Chunk.Validate(); err != nil {
		return err
	}
	if r.Version < 1 {
		return fmt.Errorf("vectorstore: record %s: version %d: %w", r.ID, r.Version, groundwork.ErrInvalid)
	}
	if r.Vector == nil {
		return nil
	}
	if r.VectorRow != "" {
		return fmt.Errorf("vectorstore: record %s: a vector and the row of one: %w", r.ID, groundwork.ErrInvalid)
	}
	if err := CheckVector(r.Vector, s); err != nil {
		return fmt.Errorf("vectorstore: record %s: %w", r.ID, err)
	}
	return nil
}

// CheckVector reports whether v can be stored in or searched with in Space s:
// its dimension, finite numbers, and for the cosine a length above zero.
func CheckVector(v []float32, s Space) error {
	if len(v) != s.Dim {
		return fmt.Errorf("%w: %d instead of %d", ErrDimension, len(v), s.Dim)
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) || sum == 0 && s.Metric == Cosine {
		return ErrVector
	}
	return nil
}

// Validate reports why no store of Space s can answer q.
func (q *Query) Validate(s Space) error {
	switch {
	case (q.Vector == nil) == (q.Text == ""):
		return fmt.Errorf("vectorstore: %w: give a vector or a text, one of them", ErrQuery)
	case q.K < 1 || q.K > MaxK:
		return fmt.Errorf("vectorstore: %w: k is %d, from 1 to %d are possible", ErrQuery, q.K, MaxK)
	case math.IsNaN(q.MinScore):
		return fmt.Errorf("vectorstore: %w: minimum score is not a number", ErrQuery)
	case !utf8.ValidString(q.Text):
		return fmt.Errorf("vectorstore: %w: text is not valid UTF-8", ErrQuery)
	}
	if q.Vector != nil {
		if err := CheckVector(q.Vector, s); err != nil {
			return fmt.Errorf("vectorstore: %w: %w", ErrQuery, err)
		}
	}
	if err := filter.Validate(q.Filter); err != nil {
		return fmt.Errorf("vectorstore: %w: %w", ErrQuery, err)
	}
	return nil
}

func unsupported(what string) error { return fmt.Errorf("vectorstore: %s: %w", what, ErrUnsupported) }
