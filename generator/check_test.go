package generator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/lexical"
)

// passage returns a hit whose text begins at byte 100 of its document.
func passage(text string) groundwork.Hit {
	return groundwork.Hit{Chunk: groundwork.Chunk{Text: text, Span: groundwork.Span{Start: 100, End: 100 + len(text)}}}
}

func quote(p []groundwork.Hit, i int, text string) generator.Quote {
	at := p[i].Span.Start + strings.Index(p[i].Text, text)
	return generator.Quote{Passage: i, Span: groundwork.Span{Start: at, End: at + len(text)}, Text: text}
}

func TestCheck(t *testing.T) {
	p := []groundwork.Hit{
		passage("The upload limit is 1,000 files. FastAPI 0.115.2 raised it in May 2024."),
		passage("업로드 한도는 파일 30개입니다. FastAPI에서 정합니다."),
	}
	limit, raised := quote(p, 0, "The upload limit is 1,000 files."), quote(p, 0, "FastAPI 0.115.2 raised it in May 2024.")
	korean := quote(p, 1, "업로드 한도는 파일 30개입니다.")
	for _, tt := range []struct {
		claim    string
		text     string
		quotes   []generator.Quote
		missing  []string
		verified bool
	}{
		{"a quotation supports itself", limit.Text, []generator.Quote{limit}, nil, true},
		{"other words for it do", "The limit for an upload is 1000 files [1].", []generator.Quote{limit}, nil, true},
		{"a changed number does not", "The upload limit is 1,001 files.", []generator.Quote{limit}, []string{"1,001"}, false},
		{"a dropped digit does not", "The upload limit is 100 files.", []generator.Quote{limit}, []string{"100"}, false},
		{"a changed version does not", "FastAPI 0.115.3 raised it in May 2024.", []generator.Quote{raised}, []string{"0.115.3"}, false},
		{"a foreign name does not", "Since May 2024, Django 0.115.2 raised it.", []generator.Quote{raised}, []string{"Django"}, false},
		{"a capital at a sentence's start is no name", "Files: the upload limit is 1,000.", []generator.Quote{limit}, nil, true},
		{"a name from another quote does", "FastAPI raised the upload limit of 1,000 files.", []generator.Quote{limit, raised}, nil, true},
		{"unrelated words do not", "Whales sing under water, limit or not.", []generator.Quote{limit}, nil, false},
		{"nothing supports without quotes", "The upload limit is high.", nil, nil, false},
		{"no words are not supported", "[1]", []generator.Quote{limit}, nil, false},
		{"Korean words are compared", "파일 업로드 한도는 30개이다.", []generator.Quote{korean}, nil, true},
		{"Korean numbers too", "파일 업로드 한도는 40개이다.", []generator.Quote{korean}, []string{"40"}, false},
		{"Latin names in Korean too", "업로드 한도는 Django에서 파일 30개입니다.", []generator.Quote{korean}, []string{"Django"}, false},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			v := generator.Check(lexical.Standard(), generator.Claim{Text: tt.text, Quotes: tt.quotes}, p)
			if d := cmp.Diff(tt.missing, v.Missing); d != "" {
				t.Errorf("missing facts (-want +got):\n%s", d)
			}
			if v.Verified() != tt.verified {
				t.Errorf("verified is %v, want %v: %+v", v.Verified(), tt.verified, v)
			}
			for i, holds := range v.Holds {
				if !holds {
					t.Errorf("quote %d does not hold", i)
				}
			}
		})
	}
}

func TestQuotesThatWereChangedDoNotHold(t *testing.T) {
	p := []groundwork.Hit{passage("One two three."), passage("One two three.")}
	good := quote(p, 0, "two")
	if !good.Holds(p) {
		t.Fatal("the quote itself does not hold")
	}
	for name, change := range map[string]func(*generator.Quote){
		"another text":       func(q *generator.Quote) { q.Text = "twO" },
		"a shifted span":     func(q *generator.Quote) { q.Span.Start++; q.Span.End++ },
		"an empty quote":     func(q *generator.Quote) { q.Text, q.Span.End = "", q.Span.Start },
		"a negative span":    func(q *generator.Quote) { q.Span.Start, q.Span.End = -5, -2 },
		"a reversed span":    func(q *generator.Quote) { q.Span.Start, q.Span.End = q.Span.End, q.Span.Start },
		"before the passage": func(q *generator.Quote) { q.Span.Start, q.Span.End = 4, 7 },
		"past the passage":   func(q *generator.Quote) { q.Span.End += 100 },
		"no such passage":    func(q *generator.Quote) { q.Passage = 2 },
		"a negative passage": func(q *generator.Quote) { q.Passage = -1 },
	} {
		q := good
		change(&q)
		if q.Holds(p) {
			t.Errorf("%s: %+v holds", name, q)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("The limit is 1,000.", "limit", 104, 109)
	f.Add("한도 [1] \xff _", "\u0301", 0, -1)
	f.Fuzz(func(t *testing.T, text, quoted string, start, end int) {
		p := []groundwork.Hit{passage(text)}
		q := generator.Quote{Span: groundwork.Span{Start: start, End: end}, Text: quoted}
		v := generator.Check(lexical.Standard(), generator.Claim{Text: text, Quotes: []generator.Quote{q}}, p)
		if v.Support < 0 || v.Support > 1 || v.Support > 0 && !v.Holds[0] {
			t.Errorf("%+v", v)
		}
		if v.Holds[0] && p[0].Text[start-100:end-100] != quoted {
			t.Errorf("%q holds", quoted)
		}
	})
}

func ExampleCheck() {
	passages := []groundwork.Hit{passage("Copies are kept for 30 days.")}
	q := quote(passages, 0, "Copies are kept for 30 days.")
	for _, text := range []string{"Copies are kept 30 days.", "Copies are kept 90 days."} {
		v := generator.Check(lexical.Standard(), generator.Claim{Text: text, Quotes: []generator.Quote{q}}, passages)
		fmt.Println(v.Verified(), v.Missing)
	}
	// Output:
	// true []
	// false [90]
}
