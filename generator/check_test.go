package generator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
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

// A grade is what a verdict comes to.
type grade string

const (
	verified grade = "verified"
	partly   grade = "supported in part"
	none     grade = "unsupported"
)

func gradeOf(v generator.Verdict) grade {
	switch {
	case v.Verified():
		return verified
	case v.Supported():
		return partly
	}
	return none
}

func TestCheck(t *testing.T) {
	p := []groundwork.Hit{
		passage("The upload limit is 1,000 files. FastAPI 0.115.2 raised it in May 2024. Uploads are not resumed, and drafts are kept for 30 days."),
		passage("업로드 한도는 파일 30개입니다. FastAPI에서 정합니다. 초안은 삭제되지 않습니다. 관리자만 복원할 수 있습니다. 서버가 클라이언트를 호출합니다. 회원은 3만 명입니다."),
		passage("If the disk fails, the index is lost. You must restart before the upgrade. Alice called Bob. The timeout is thirty seconds or 5ms. See [the manual](https://example.org/m)."),
		passage("x < 5 means y² here. The C# compiler is slow. The C# compiler is not slow."),
	}
	p[0].Title = "Groundwork"
	limit, raised := quote(p, 0, "The upload limit is 1,000 files."), quote(p, 0, "FastAPI 0.115.2 raised it in May 2024.")
	resumed := quote(p, 0, "Uploads are not resumed, and drafts are kept for 30 days.")
	korean, set, drafts := quote(p, 1, "업로드 한도는 파일 30개입니다."), quote(p, 1, "FastAPI에서 정합니다."), quote(p, 1, "초안은 삭제되지 않습니다.")
	admin, calls, members := quote(p, 1, "관리자만 복원할 수 있습니다."), quote(p, 1, "서버가 클라이언트를 호출합니다."), quote(p, 1, "회원은 3만 명입니다.")
	lost, restart, bob := quote(p, 2, "If the disk fails, the index is lost."), quote(p, 2, "You must restart before the upgrade."), quote(p, 2, "Alice called Bob.")
	timeout, manual := quote(p, 2, "The timeout is thirty seconds or 5ms."), quote(p, 2, "See [the manual](https://example.org/m).")
	q := func(list ...generator.Quote) []generator.Quote { return list }
	for _, tt := range []struct {
		claim   string
		text    string
		quotes  []generator.Quote
		missing []string
		want    grade
	}{
		{"a quotation supports itself", limit.Text, q(limit), nil, verified},
		{"so do two on two lines", limit.Text + "\n" + raised.Text, q(limit, raised), nil, verified},
		{"a citation is no part of it", "The upload limit is 1000 files [1].", q(limit), nil, verified},
		{"a reference to the source neither", "According to the documentation, the upload limit is 1,000 files.", q(limit), nil, verified},
		{"nor are the marks of Markdown", "- The **upload limit** is `1,000` files.", q(limit), nil, verified},
		{"nor is the number of a step", "**Step 2:** The upload limit is 1,000 files.", q(limit), nil, verified},
		{"an article may be left out", "Upload limit is 1,000 files.", q(limit), nil, verified},
		{"other words support in part", "No more than 1000 files are within the limit for uploads.", q(limit), nil, partly},
		{"the title's names are no inventions", "In Groundwork, the upload limit is 1,000 files.", q(limit), []string{"Groundwork"}, partly},
		{"a number from elsewhere in the passage does not support", "The upload limit is 2024 files.", q(limit), []string{"2024"}, none},
		{"but may be right in other words", "Up to 1000 files fit the limit of uploads since 2024.", q(limit), []string{"2024"}, partly},
		{"a changed number does not support", "The upload limit is 1,001 files.", q(limit), []string{"1,001"}, none},
		{"nor does a dropped digit", "The upload limit is 100 files.", q(limit), []string{"100"}, none},
		{"nor another number in words", "The upload limit is two thousand files.", q(limit), []string{"two thousand"}, none},
		{"the same number in words does", "The upload limit is one thousand files.", q(limit), nil, verified},
		{"a minus changes a number", "The upload limit is -1000 files.", q(limit), []string{"1000"}, none},
		{"a percent sign too", "The upload limit is 1,000% files.", q(limit), nil, partly},
		{"a scale too", "The upload limit is 1,000 million files.", q(limit), []string{"1,000 million"}, none},
		{"a changed version does not support", "FastAPI 0.115.3 raised it in May 2024.", q(raised), []string{"0.115.3"}, none},
		{"a date in digits is the same", "In 2024, in the 5th month, FastAPI 0.115.2 raised it.", q(raised), nil, partly},
		{"a foreign name does not support", "Since May 2024, Django 0.115.2 raised it.", q(raised), []string{"Django"}, none},
		{"two quotes put together are not verified", "FastAPI 0.115.2 raised the upload limit of 1,000 files.", q(limit, raised), nil, partly},
		{"two statements of two quotes are", "The upload limit is 1,000 files, and FastAPI 0.115.2 raised it in May 2024.", q(limit, raised), nil, verified},
		{"half a sentence and half of the next are not", "The upload limit raised it in May 2024.", q(quote(p, 0, p[0].Text[:71])), nil, partly},
		{"a negation put in does not support", "The upload limit is not 1,000 files.", q(limit), nil, none},
		{"a negation left out does not", "Uploads are resumed, and drafts are kept for 30 days.", q(resumed), nil, none},
		{"a contraction is none left out", "Uploads aren't resumed, and drafts are kept for 30 days.", q(resumed), nil, verified},
		{"one clause of two, the other limiting, in part", "Drafts are kept for 30 days.", q(resumed), nil, partly},
		{"a condition left out is not verified", "The index is lost.", q(lost), nil, partly},
		{"another preposition contradicts", "You must restart after the upgrade.", q(restart), nil, none},
		{"another mood does", "You may restart before the upgrade.", q(restart), nil, none},
		{"subject and object exchanged are not", "Bob called Alice.", q(bob), nil, partly},
		{"nor is the passive", "Alice was called by Bob.", q(bob), nil, partly},
		{"having is not being", "The C# compiler has slow.", q(quote(p, 3, "The C# compiler is slow.")), nil, partly},
		{"a contraction is the same", "The C# compiler isn't slow.", q(quote(p, 3, "The C# compiler is not slow.")), nil, verified},
		{"a number in words is one in digits", "The timeout is 30 seconds or 5 ms.", q(timeout), nil, verified},
		{"another unit is not verified", "The timeout is thirty minutes or 5ms.", q(timeout), nil, partly},
		{"a word less may change all", "The restart must come before the upgrade.", q(restart), nil, partly},
		{"signs are compared", "x > 5 means y² here.", q(quote(p, 3, "x < 5 means y² here.")), nil, partly},
		{"exponents too", "x < 5 means y³ here.", q(quote(p, 3, "x < 5 means y² here.")), []string{"³"}, none},
		{"and C# is not C", "The C compiler is slow.", q(quote(p, 3, "The C# compiler is slow.")), nil, partly},
		{"a link may lose its target", "See the manual.", q(manual), nil, verified},
		{"but get no other", "See [the manual](https://evil.example).", q(manual), []string{"https://evil.example"}, none},
		{"a capital at a sentence's start is no name", "Limit for uploads: 1,000 files.", q(limit), nil, partly},
		{"unrelated words do not support", "Whales sing under water at night.", q(limit), nil, none},
		{"nothing supports without quotes", "The upload limit is high.", nil, nil, none},
		{"no words are not supported", "[1]", q(limit), nil, none},
		{"Korean in another manner is the same", "업로드 한도는 파일 30개이다.", q(korean), nil, verified},
		{"Korean in another order supports in part", "파일 업로드 한도는 30개이다.", q(korean), nil, partly},
		{"Korean numbers are compared", "업로드 한도는 파일 40개이다.", q(korean), []string{"40"}, none},
		{"in words too", "업로드 한도는 파일 서른 개입니다.", q(korean), nil, verified},
		{"other ones in words too", "업로드 한도는 파일 마흔 개입니다.", q(korean), []string{"마흔"}, none},
		{"Latin names in Korean too", "업로드 한도는 Django에서 파일 30개입니다.", q(korean), []string{"Django"}, none},
		{"another particle is not verified", "FastAPI가 정합니다.", q(set), nil, partly},
		{"a negation left out of Korean does not support", "초안은 완전히 삭제됩니다.", q(drafts), nil, partly},
		{"nor one put in", "서버가 클라이언트를 호출하지 않습니다.", q(calls), nil, none},
		{"only left out is not verified", "관리자가 복원할 수 있습니다.", q(admin), nil, partly},
		{"can and cannot are opposites", "관리자만 복원할 수 없습니다.", q(admin), nil, none},
		{"who does it to whom counts", "서버를 클라이언트가 호출합니다.", q(calls), nil, partly},
		{"a scale is part of a number", "회원은 30,000 명입니다.", q(members), nil, verified},
		{"without it the number is another", "회원은 3 명입니다.", q(members), []string{"3"}, none},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			v := generator.Check(lexical.Standard(), generator.Claim{Text: tt.text, Quotes: tt.quotes}, p)
			if d := cmp.Diff(tt.missing, v.Missing); d != "" {
				t.Errorf("missing facts (-want +got):\n%s", d)
			}
			if got := gradeOf(v); got != tt.want {
				t.Errorf("%s, want %s: %+v", got, tt.want, v)
			}
			for i, holds := range v.Holds {
				if !holds {
					t.Errorf("quote %d does not hold", i)
				}
			}
		})
	}
}

// narrow is an embedder that takes short texts only and finds all others alike.
type narrow struct{ limit int }

func (narrow) Model() embed.Model {
	return embed.Model{ID: "narrow", Dim: 1, Unrelated: 0.1, Related: 0.5}
}

func (n narrow) Embed(_ context.Context, _ embed.Role, texts []string) (*embed.Batch, error) {
	b := &embed.Batch{Dim: 1}
	for i, text := range texts {
		if len(text) > n.limit {
			return nil, &embed.TextError{Index: i, Err: embed.ErrTooLong}
		}
		b.Data = append(b.Data, 1)
	}
	return b, nil
}

func TestTextsTooLongForTheModelAreJudgedByWords(t *testing.T) {
	p := []groundwork.Hit{passage("Copies are kept for 30 days.")}
	for limit, want := range map[int]grade{1000: partly, 10: none} {
		k := generator.NewChecker(generator.Request{Passages: p}, &generator.CheckOptions{Embedder: narrow{limit}})
		quotes, err := k.Quotes(t.Context(), "백업은 한 달 보관됩니다.", []int{0})
		if err != nil {
			t.Fatal(err)
		}
		v, err := k.Check(t.Context(), generator.Claim{Text: "백업은 한 달 보관됩니다.", Quotes: quotes})
		if err != nil || gradeOf(v) != want {
			t.Errorf("limit %d: error %v, %s, want %s", limit, err, gradeOf(v), want)
		}
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
	for _, text := range []string{"The copies are kept for thirty days.", "For 30 days there are copies.", "Copies are kept for 90 days."} {
		v := generator.Check(lexical.Standard(), generator.Claim{Text: text, Quotes: []generator.Quote{q}}, passages)
		fmt.Println(v.Verified(), v.Supported(), v.Invented)
	}
	// Output:
	// true true []
	// false true []
	// false false [90]
}
