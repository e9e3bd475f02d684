package pipeline_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
)

// fixed retrieves what it was given.
type fixed struct {
	hits []groundwork.Hit
	legs []retriever.LegReport
	err  error
}

func (f fixed) Retrieve(context.Context, retriever.Query) (*retriever.Result, error) {
	if f.err != nil {
		return nil, f.err
	}
	return &retriever.Result{Hits: f.hits, Legs: f.legs, Complete: 1}, nil
}

// scripted generates what it was given.
type scripted struct {
	events  []generator.Event
	err     error
	stopped *bool
}

func (s scripted) Info() generator.Info { return generator.Info{Name: "scripted", Extractive: true} }

func (s scripted) Generate(context.Context, generator.Request) iter.Seq2[generator.Event, error] {
	return func(yield func(generator.Event, error) bool) {
		for _, e := range s.events {
			if !yield(e, nil) {
				if s.stopped != nil {
					*s.stopped = true
				}
				return
			}
		}
		if s.err != nil {
			yield(nil, s.err)
		}
	}
}

const passageText = "Line one is here.\nThe limit is 40 files. More follows."

// passage is a chunk that begins at byte 100 of its document, on line 7.
func passage() groundwork.Hit {
	doc := &groundwork.Document{ID: groundwork.DocumentID("t", "a.md"), URI: "a.md", Title: "A", Revision: "rev",
		Text: strings.Repeat("123456789\n", 6) + strings.Repeat("x", 40) + passageText, Verbatim: true}
	c := groundwork.NewChunk(doc, groundwork.Span{Start: 100, End: 100 + len(passageText)}, nil, []string{"Limits"})
	c.ID = groundwork.NewID("chunk")
	return groundwork.Hit{Chunk: c, Score: 1}
}

func quoteOf(text string) generator.Quote {
	i := strings.Index(passageText, text)
	return generator.Quote{Passage: 0, Span: groundwork.Span{Start: 100 + i, End: 100 + i + len(text)}, Text: text}
}

func claim(text string, quotes ...generator.Quote) generator.Claim {
	return generator.Claim{Text: text, Quotes: quotes, Support: 0.8}
}

func ask(t *testing.T, g generator.Generator, o *pipeline.AnswererOptions) *pipeline.Answer {
	t.Helper()
	a, err := pipeline.NewAnswerer(fixed{hits: []groundwork.Hit{passage()}}, g, o)
	if err != nil {
		t.Fatal(err)
	}
	ans, err := a.Ask(t.Context(), pipeline.Question{Text: "What is the limit?"})
	if err != nil {
		t.Fatal(err)
	}
	return ans
}

func TestCitationsThatHoldAreNumberedAndLocated(t *testing.T) {
	limit, first := quoteOf("The limit is 40 files."), quoteOf("Line one is here.")
	ans := ask(t, scripted{events: []generator.Event{
		claim("The limit is 40 files.", limit), claim("Line one is here.\nThe limit is 40 files.", first, limit), generator.Stop{Reason: generator.StopDone, Support: 0.9},
	}}, nil)
	if len(ans.Citations) != 2 || len(ans.Sentences) != 2 || ans.Abstained || ans.Support != 0.9 {
		t.Fatalf("answer %+v", ans)
	}
	c := ans.Citations[0]
	if c.N != 1 || c.Quote != "The limit is 40 files." || c.URI != "a.md" || c.Position.Line != 8 || c.Status != pipeline.Verified {
		t.Errorf("citation %+v, want line 8, verified", c)
	}
	if ans.Citations[1].Position.Line != 7 || !slices.Equal(ans.Sentences[1].Citations, []int{2, 1}) {
		t.Errorf("second: %+v, %+v", ans.Citations[1], ans.Sentences[1])
	}
	if want := "The limit is 40 files. [1]\nLine one is here.\nThe limit is 40 files. [2][1]"; ans.Text() != want {
		t.Errorf("text %q, want %q", ans.Text(), want)
	}
}

func TestQuotesThatDoNotHoldAreNeverShown(t *testing.T) {
	good := quoteOf("The limit is 40 files.")
	altered, shifted, foreign, outside, empty := good, good, good, good, good
	altered.Text = "The limit is 41 files."
	shifted.Span.Start, shifted.Span.End = good.Span.Start+1, good.Span.End+1
	foreign.Passage = 1
	outside.Span = groundwork.Span{Start: 0, End: len(good.Text)}
	empty.Span, empty.Text = groundwork.Span{Start: 110, End: 110}, ""
	for name, q := range map[string]generator.Quote{"altered": altered, "shifted": shifted, "another passage": foreign, "outside": outside, "empty": empty} {
		t.Run(name, func(t *testing.T) {
			g := scripted{events: []generator.Event{claim("The limit is 41 files.", q), claim("The limit is 40 files.", good), generator.Stop{Reason: generator.StopDone}}}
			ans := ask(t, g, nil)
			if len(ans.Citations) != 1 || ans.Sentences[0].Status != pipeline.None || len(ans.Sentences[0].Citations) != 0 {
				t.Errorf("marked: %+v", ans)
			}
			if !strings.Contains(ans.Text(), "[unsupported]") {
				t.Errorf("text %q does not mark the sentence", ans.Text())
			}
			ans = ask(t, g, &pipeline.AnswererOptions{Unsupported: pipeline.RemoveUnsupported})
			if len(ans.Sentences) != 1 || ans.Sentences[0].Text != "The limit is 40 files." || len(ans.Warnings) != 1 {
				t.Errorf("removed: %+v", ans)
			}
		})
	}
}

func TestNothingSupportedIsAnAbstention(t *testing.T) {
	bad := quoteOf("The limit is 40 files.")
	bad.Text = "no"
	ans := ask(t, scripted{events: []generator.Event{claim("x", bad), generator.Stop{Reason: generator.StopDone}}},
		&pipeline.AnswererOptions{Unsupported: pipeline.RemoveUnsupported})
	if !ans.Abstained || ans.Reason == "" {
		t.Errorf("answer %+v, want an abstention", ans)
	}
}

func TestGeneratorAbstainsAndTheNearestPassagesRemain(t *testing.T) {
	ans := ask(t, scripted{events: []generator.Event{generator.Stop{Reason: generator.StopAbstained, Detail: "weak", Support: 0.1}}}, nil)
	if !ans.Abstained || len(ans.Passages) != 1 || !strings.Contains(ans.Reason, "not in these documents") {
		t.Errorf("answer %+v", ans)
	}
}

func TestChangedSourceMakesItsCitationsStale(t *testing.T) {
	asked := 0
	o := &pipeline.AnswererOptions{Fresh: func(_ context.Context, uri, revision string) bool {
		asked++
		return uri != "a.md" || revision != "rev"
	}}
	ans := ask(t, scripted{events: []generator.Event{
		claim("The limit is 40 files.", quoteOf("The limit is 40 files.")), claim("Line one is here.", quoteOf("Line one is here.")),
		generator.Stop{Reason: generator.StopDone}}}, o)
	if ans.Citations[0].Status != pipeline.Stale || ans.Sentences[1].Status != pipeline.Stale || len(ans.Warnings) != 1 || asked != 1 {
		t.Errorf("answer %+v, asked %d times", ans, asked)
	}
}

func TestUnknownScriptIsNeverAnAbstention(t *testing.T) {
	legs := []retriever.LegReport{{Name: retriever.LegDense, Dropped: retriever.ErrScript}}
	abstain := scripted{events: []generator.Event{generator.Stop{Reason: generator.StopAbstained}}}
	for name, hits := range map[string][]groundwork.Hit{"nothing found": nil, "found by words": {passage()}} {
		t.Run(name, func(t *testing.T) {
			a, err := pipeline.NewAnswerer(fixed{hits: hits, legs: legs}, abstain, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = a.Ask(t.Context(), pipeline.Question{Text: "무엇"}); !errors.Is(err, pipeline.ErrUnreadable) {
				t.Errorf("error %v, want ErrUnreadable", err)
			}
		})
	}
}

func TestErrorsReachTheCaller(t *testing.T) {
	for name, c := range map[string]struct {
		r fixed
		g scripted
	}{
		"retriever": {fixed{err: errInjected}, scripted{}},
		"generator": {fixed{hits: []groundwork.Hit{passage()}}, scripted{err: errInjected}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := pipeline.NewAnswerer(c.r, c.g, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Ask(t.Context(), pipeline.Question{Text: "q"}); !errors.Is(err, errInjected) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestStreamSendsSentencesAsTheyComeAndStopsWhenToldTo(t *testing.T) {
	stopped := false
	g := scripted{stopped: &stopped, events: []generator.Event{
		claim("The limit is 40 files.", quoteOf("The limit is 40 files.")), claim("Line one is here.", quoteOf("Line one is here.")),
		generator.Stop{Reason: generator.StopDone}}}
	a, err := pipeline.NewAnswerer(fixed{hits: []groundwork.Hit{passage()}}, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for e, err := range a.Stream(t.Context(), pipeline.Question{Text: "q"}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case pipeline.Found:
			kinds = append(kinds, "found")
		case pipeline.SentenceDone:
			kinds = append(kinds, e.Sentence.Text)
			if len(e.Citations) != 1 {
				t.Errorf("citations %+v", e.Citations)
			}
		case pipeline.Done:
			kinds = append(kinds, "done")
		}
	}
	if want := []string{"found", "The limit is 40 files.", "Line one is here.", "done"}; !slices.Equal(kinds, want) {
		t.Errorf("events %q, want %q", kinds, want)
	}
	for e := range a.Stream(t.Context(), pipeline.Question{Text: "q"}) {
		if _, ok := e.(pipeline.SentenceDone); ok {
			break
		}
	}
	if !stopped {
		t.Error("breaking out did not stop the generator")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ask(t.Context(), pipeline.Question{Text: "q"}); !errors.Is(err, pipeline.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestIndexAndAskAtOnce indexes and asks side by side; the race detector
// watches.
func TestIndexAndAskAtOnce(t *testing.T) {
	b := newBench(t, bigTree(), newStore(t))
	a, err := pipeline.NewAnswerer(&retriever.Hybrid{Store: b.store, Embedder: b.words}, scripted{events: []generator.Event{generator.Stop{Reason: generator.StopAbstained}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.reopen(&pipeline.IndexerOptions{BatchTexts: 4})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 30 {
				if _, err := a.Ask(t.Context(), pipeline.Question{Text: "paragraph number shared"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		if _, err := b.x.Put(t.Context(), put("row", "shared words")); err != nil {
			t.Error(err)
		}
	})
	if _, err := b.x.Index(t.Context(), b.tree, nil); err != nil {
		t.Error(err)
	}
	wg.Wait()
	b.wantClean()
}
