package pipeline_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

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
		{"altered number", "The limit is 41 files. [1]", []want{{"The limit is 41 files.", "", pipeline.None}}},
		{"other words", "At most 40 files are within the limit. [1]", []want{{"At most 40 files are within the limit.", "The limit is 40 files.", pipeline.Weak}}},
		{"the opposite", "The limit is not 40 files. [1]", []want{{"The limit is not 40 files.", "", pipeline.None}}},
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

// TestDraftsAreCutIntoSentences feeds drafts in pieces of every size.
func TestDraftsAreCutIntoSentences(t *testing.T) {
	const fenced = "```go\nx := a[1]\n\nif x > 0 {}\n```"
	for name, c := range map[string]struct {
		draft string
		want  []string // sentence, then what it cites
	}{
		"citation glued to the stop":       {"One is one.[1] Two is two.[2][3]", []string{"One is one.", "[0]", "Two is two.", "[1 2]"}},
		"before the stop":                  {"One is one [1]. Two is two [2, 3].", []string{"One is one.", "[0]", "Two is two.", "[1 2]"}},
		"before and after small letters":   {"One is one. [1] two is two. [2]", []string{"One is one.", "[0]", "two is two.", "[1]"}},
		"a number after a citation":        {"One is one.[1] 40 is forty.[2]", []string{"One is one.", "[0]", "40 is forty.", "[1]"}},
		"other brackets":                   {"One is one.【1†source】 Two is two.［2］", []string{"One is one.", "[0]", "Two is two.", "[1]"}},
		"words in the brackets":            {"One is one [Passage 1]. Two is two [^2]. 셋은 셋입니다 [문서 3].", []string{"One is one.", "[0]", "Two is two.", "[1]", "셋은 셋입니다.", "[2]"}},
		"a range":                          {"One is one [1-3].", []string{"One is one.", "[0 1 2]"}},
		"a citation that is a link":        {"One is one [1](https://evil.example).", []string{"One is one.", "[0]"}},
		"one behind the stop":              {"One is one. [1](https://evil.example) Two is two. [2]", []string{"One is one.", "[0]", "Two is two.", "[1]"}},
		"in the middle":                    {"One is one [1] and two is two [2].", []string{"One is one and two is two.", "[0 1]"}},
		"a list":                           {"- One is one. [1]\n- Two is two [2]\n1. Three", []string{"- One is one.", "[0]", "- Two is two", "[1]", "1. Three", "[]"}},
		"Korean without stops":             {"하나는 하나입니다 [1] 둘은 둘입니다 [2]", []string{"하나는 하나입니다", "[0]", "둘은 둘입니다", "[1]"}},
		"a line that leads on":             {"Do this:\n- One is one. [1]\n- Two is two. [2]", []string{"Do this:\n- One is one.", "[0]", "- Two is two.", "[1]"}},
		"code behind a line":               {"Do this [1]:\n\n" + fenced + "\n\nTwo is two. [2]", []string{"Do this:\n\n" + fenced, "[0]", "Two is two.", "[1]"}},
		"code with a citation":             {fenced + " [1]\nTwo is two. [2]", []string{fenced, "[0]", "Two is two.", "[1]"}},
		"code with one below":              {"One. [1]\n" + fenced + "\n[2]", []string{"One.", "[0]", fenced, "[1]"}},
		"brackets in a code span":          {"Use `a[1]` for it. [2]", []string{"Use `a[1]` for it.", "[1]"}},
		"a table":                          {"| a | b |\n|---|:-:|\n| one | two [1] |\n| three | four [2] |", []string{"| a | b |\n|---|:-:|\n| one | two |", "[0]", "| three | four |", "[1]"}},
		"what only decorates":              {"One is one. [1]\n\n---\n\n***", []string{"One is one.", "[0]"}},
		"an opening bracket to the end":    {"One is one. [1", []string{"One is one.", "[]", "[1", "[]"}},
		"a bracket that is no citation":    {"One is one. [sic] Two is two. [1]", []string{"One is one. [sic] Two is two.", "[0]"}},
		"code that is not closed":          {"```\nx := 1", []string{"```\nx := 1", "[]"}},
		"numbers too large for an index":   {"One is one. [0] [99999]", []string{"One is one.", "[-1]", "[99999]", "[]"}},
		"the same citation more than once": {"One [1] is one [1][1].", []string{"One is one.", "[0]"}},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= len(c.draft); size++ {
				if got := pipeline.CutDraft(c.draft, size); !slices.Equal(got, c.want) {
					t.Fatalf("in pieces of %d:\n got %q\nwant %q", size, got, c.want)
				}
			}
		})
	}
}

// FuzzDraft checks that no piece of a draft is lost or said twice, in whatever
// pieces it comes.
func FuzzDraft(f *testing.F) {
	f.Add("One. [1] Two:\n```\ncode\n```\n| a |\n|---|\n| b [2] |", uint8(3))
	f.Add("`[1] 【2†x】. 입니다 [3", uint8(1))
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) {
					return r
				}
				return -1
			}, s)
		}
		whole, _ := generator.CutCitations(text)
		if strings.ContainsRune(text, '`') || strings.ContainsAny(text, "[]【】［］") {
			whole = "" // where code and brackets begin may depend on what they are seen with
		}
		var got strings.Builder
		parts := pipeline.CutDraft(text, 1+int(size))
		for i := 0; i < len(parts); i += 2 {
			got.WriteString(parts[i])
		}
		if whole != "" && letters(got.String()) != letters(whole) {
			t.Errorf("%q became %q", text, parts)
		}
	})
}

func TestUnsupportedSentencesOfADraft(t *testing.T) {
	const text = "The limit is 40 files. [1] The limit is 41 files. [1] It never ends. [9] Line one is here. [1] [7]"
	marked := ask(t, spoken{text, 1}, nil)
	if len(marked.Sentences) != 4 || strings.Count(marked.Text(), "[unsupported]") != 2 || len(marked.Warnings) != 1 || marked.Warnings[0].Code != groundwork.Unverified {
		t.Errorf("marked: %s\n%v", marked.Text(), marked.Warnings)
	}
	removed := ask(t, spoken{text, 1}, &pipeline.AnswererOptions{Unsupported: pipeline.RemoveUnsupported})
	if want := "The limit is 40 files. [1]\nLine one is here. [2]"; removed.Text() != want || len(removed.Warnings) != 2 {
		t.Errorf("removed: %s\n%v", removed.Text(), removed.Warnings)
	}
	for _, s := range removed.Sentences {
		if s.Status != pipeline.Verified {
			t.Errorf("%+v", s)
		}
	}
}

func TestQuotationHasANumberForEachStatus(t *testing.T) {
	ans := ask(t, spoken{"At most 40 files are the limit. [1] The limit is 40 files. [1] At most 40 files are within the limit. [1]", 1}, nil)
	want := []pipeline.CitationStatus{pipeline.Weak, pipeline.Verified, pipeline.Weak}
	for i, s := range ans.Sentences {
		if s.Status != want[i] {
			t.Errorf("sentence %d is %s, want %s", i, s.Status, want[i])
		}
	}
	if len(ans.Citations) != 2 || ans.Citations[0].Status != pipeline.Weak || ans.Citations[1].Status != pipeline.Verified || ans.Citations[0].Quote != ans.Citations[1].Quote {
		t.Errorf("citations %+v", ans.Citations)
	}
}
