package pipeline_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// spoken generates free text in pieces of random length.
type spoken struct {
	text string
	seed uint64
}

func (spoken) Info() generator.Info { return generator.Info{Name: "spoken", Model: "test"} }

func (s spoken) Generate(context.Context, generator.Request) iter.Seq2[generator.Event, error] {
	return func(yield func(generator.Event, error) bool) {
		rnd := rand.New(rand.NewPCG(s.seed, 2))
		for rest := s.text; rest != ""; {
			n := min(len(rest), 1+rnd.IntN(9))
			if !yield(generator.Delta{Text: rest[:n]}, nil) {
				return
			}
			rest = rest[n:]
		}
		yield(generator.Stop{Reason: generator.StopDone}, nil)
	}
}

func TestFreeTextIsShownAsCheckedSentences(t *testing.T) {
	type want struct {
		text   string
		quote  string // of its only citation; "" for none
		status pipeline.CitationStatus
	}
	cases := []struct {
		name, text string
		want       []want
	}{
		{"right citation behind the full stop", "The limit is 40 files. [1] Line one is here. [1]", []want{
			{"The limit is 40 files.", "The limit is 40 files.", pipeline.Verified}, {"Line one is here.", "Line one is here.", pipeline.Verified}}},
		{"citation before the full stop", "The limit is 40 files [1].", []want{{"The limit is 40 files.", "The limit is 40 files.", pipeline.Verified}}},
		{"altered number", "The limit is 41 files. [1]", []want{{"The limit is 41 files.", "The limit is 40 files.", pipeline.Weak}}},
		{"invented citation", "The limit is 40 files. [7]", []want{{"The limit is 40 files.", "", pipeline.None}}},
		{"no citation", "The limit is 40 files.", []want{{"The limit is 40 files.", "", pipeline.None}}},
		{"cites what says nothing of it", "Penguins swim fast. [1]", []want{{"Penguins swim fast.", "", pipeline.None}}},
		{"several in one bracket", "The limit is 40 files. [1, 7]", []want{{"The limit is 40 files.", "The limit is 40 files.", pipeline.Verified}}},
		{"ends without a full stop", "Line one is here [1]", []want{{"Line one is here", "Line one is here.", pipeline.Verified}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(20) {
				ans := ask(t, spoken{c.text, seed}, nil)
				if len(ans.Sentences) != len(c.want) {
					t.Fatalf("seed %d: sentences %+v, want %d", seed, ans.Sentences, len(c.want))
				}
				for i, w := range c.want {
					s := ans.Sentences[i]
					quote := ""
					if len(s.Citations) > 0 {
						quote = ans.Citations[s.Citations[0]-1].Quote
					}
					if s.Text != w.text || s.Status != w.status || quote != w.quote {
						t.Errorf("seed %d: %+v quoting %q, want %+v", seed, s, quote, w)
					}
				}
			}
		})
	}
}

func TestDraftsAreSentOnlyWhereAskedFor(t *testing.T) {
	const text = "The limit is 40 files. [1]"
	for _, drafts := range []bool{false, true} {
		a, err := pipeline.NewAnswerer(fixed{hits: []groundwork.Hit{passage()}}, spoken{text, 1}, &pipeline.AnswererOptions{Drafts: drafts})
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for e, err := range a.Stream(t.Context(), pipeline.Question{Text: "q"}) {
			if err != nil {
				t.Fatal(err)
			}
			if d, ok := e.(pipeline.Draft); ok {
				got.WriteString(d.Text)
			}
		}
		if want := map[bool]string{true: text}[drafts]; got.String() != want {
			t.Errorf("Drafts %v: %q, want %q", drafts, got.String(), want)
		}
	}
}
