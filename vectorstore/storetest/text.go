package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

var textCases = []testCase{
	{"text-english", onText(textEnglish)},
	{"text-korean", onText(textKorean)},
	{"text-title-and-headings", onText(textHeadings)},
	{"text-scores-are-bm25", onText(textScores)},
	{"text-filter-k-and-min-score", onText(textLimits)},
	{"text-finds-nothing", onText(textNothing)},
	{"text-hostile-queries", onText(textHostile)},
	{"text-without-the-feature", textUnsupported},
}

// onText runs f on a new namespace of a store that has text search.
func onText(f func(*session)) func(context.Context, *env) error {
	return func(ctx context.Context, e *env) error {
		s := e.session(ctx)
		if s.needs(vectorstore.FeatureLexical); s.err == nil {
			f(s)
		}
		return s.err
	}
}

// texts stores one record for each text.
func (s *session) texts(list ...string) {
	for i, text := range list {
		s.upsert(withText(s.env.record(i), text))
	}
}

func text(q string) vectorstore.Query { return vectorstore.Query{Text: q, K: 100} }

func textEnglish(s *session) {
	s.texts(
		"The vacuum pump needs oil every month.", // 0
		"The red pump is broken.",                // 1
		"Pump, pump and pump again.",             // 2
		"Oil prices rose in the spring.",         // 3
		"Nothing of the kind.",                   // 4
	)
	s.wantFound("one word", text("pump"), id(0), id(1), id(2))
	s.wantFound("another case", text("PUMP"), id(0), id(1), id(2))
	s.wantFound("any of two words", text("vacuum oil"), id(0), id(3))
	s.wantFound("a word in punctuation", text("(pump),"), id(0), id(1), id(2))
	s.wantHits("two words beat one", vectorstore.Query{Text: "vacuum oil", K: 1}, id(0))
	s.wantHits("a rare word beats a frequent one", vectorstore.Query{Text: "broken pump", K: 1}, id(1))
	s.wantHits("more occurrences beat fewer", vectorstore.Query{Text: "pump", K: 1}, id(2))

	s.upsert(at(2, withText(s.env.record(1), "The red lamp is broken.")))
	s.wantFound("a word that was replaced", text("red pump"), id(0), id(1), id(2))
	s.wantFound("a word that replaced it", text("lamp"), id(1))
	s.delete(2, id(2))
	s.wantFound("a word that was deleted", text("again pump"), id(0))
}

func textKorean(s *session) {
	s.texts(
		"FastAPI에서 데이터베이스를 설정하는 방법", // 0
		"데이터베이스 연결이 끊어지면 다시 시도합니다",  // 1
		"JSON을 응답으로 돌려줍니다",          // 2
		"문서에 없는 이야기",                // 3
	)
	s.wantFound("a word before a particle", text("FastAPI"), id(0))
	s.wantFound("another word before a particle", text("JSON 응답"), id(2))
	s.wantFound("a word with another particle", text("데이터베이스가"), id(0), id(1))
	decomposed := "\u1103\u1166\u110b\u1175\u1110\u1165\u1107\u1166\u110b\u1175\u1109\u1173" // 데이터베이스
	s.wantFound("the decomposed form", text(decomposed), id(0), id(1))
}

func textHeadings(s *session) {
	titled, headed := withText(s.env.record(0), "plain"), withText(s.env.record(1), "plain")
	titled.Title = "Capybara handbook"
	headed.Headings = []string{"Feeding", "Wombat diet"}
	s.upsert(titled, headed)
	s.wantFound("a word of the title", text("capybara"), id(0))
	s.wantFound("a word of a heading", text("wombat"), id(1))
	s.wantFound("a word of an outer heading", text("feeding"), id(1))
	s.wantFound("a word of the text", text("plain"), id(0), id(1))
}

// reference returns a memory store with the same records as s should hold.
func (s *session) reference(records []vectorstore.Record) *session {
	ref := &session{ctx: s.ctx, env: s.env, err: s.err}
	if s.err == nil {
		ref.store, ref.err = memory.Open(nil).Open(s.ctx, s.ns, s.env.space)
		ref.upsert(records...)
	}
	return ref
}

func (e *env) randomTexts(n int) []vectorstore.Record {
	records := e.records(n)
	for i := range records {
		records[i].Text = randomText(e.rng)
		records[i].Span.End = records[i].Span.Start + len(records[i].Text)
		records[i].Metadata = randomMetadata(e.rng)
	}
	return records
}

func textScores(s *session) {
	records := s.env.randomTexts(200)
	s.upsert(records...)
	ref := s.reference(records)
	for range 50 {
		q := vectorstore.Query{Text: randomText(s.env.rng), K: 1 + s.env.rng.IntN(250)}
		s.sameAnswer(ref, q)
	}
}

// sameAnswer wants s and ref to answer q with the same scores.
func (s *session) sameAnswer(ref *session, q vectorstore.Query) {
	all := q
	all.K = vectorstore.MaxK
	truth := ranking{}
	for _, h := range ref.search(all).Hits {
		truth[h.ID] = h.Score
	}
	s.do("reference", func() error { return ref.err })
	leg := "dense"
	if q.Text != "" {
		leg = "lexical"
	}
	res := s.search(q)
	s.do(fmt.Sprintf("query %q k = %d exact=%v filter %v", short(q.Text), q.K, q.Exact, q.Filter), func() error {
		return truth.verify(res, leg, q.K, s.env.opt.Tolerance, leg == "dense" && !res.Exact)
	})
}

func textLimits(s *session) {
	var list []string
	for i := range 40 {
		list = append(list, strings.Repeat("filler ", i/2)+"needle")
	}
	s.texts(list...)
	res := s.search(text("needle"))
	s.check(len(res.Hits) == 40, "%d hits, want 40", len(res.Hits))
	for i := range res.Hits {
		s.do("order", func() error { return verifyPlace(res, i, "lexical") })
	}
	if s.err != nil {
		return
	}
	all := hitIDs(res)
	s.wantHits("the best five", vectorstore.Query{Text: "needle", K: 5}, all[:5]...)
	s.wantHits("a minimum score", vectorstore.Query{Text: "needle", K: 40, MinScore: (res.Hits[9].Score + res.Hits[11].Score) / 2}, all[:aboveMiddle(res)]...)

	q := vectorstore.Query{Text: "needle", K: 3, Filter: filter.Ge("number", 36)}
	s.wantHits("a filter", q, keep(all, id(36), id(37), id(38), id(39))[:3]...)
	q.Filter = filter.Ge("number", 40)
	s.wantHits("a filter that passes nothing", q)
}

// aboveMiddle returns how many hits of res score above the middle between hits
// 9 and 11.
func aboveMiddle(res vectorstore.Result) (n int) {
	middle := (res.Hits[9].Score + res.Hits[11].Score) / 2
	for _, h := range res.Hits {
		if h.Score >= middle {
			n++
		}
	}
	return n
}

// keep returns those of list that are also in wanted, in the order of list.
func keep(list []string, wanted ...string) (kept []string) {
	for _, v := range list {
		if slices.Contains(wanted, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func textNothing(s *session) {
	s.texts("The quick brown fox", "jumps over the lazy dog")
	for _, q := range []string{"zebra", "...", " ", "the", "\x00", "\u200b", "🦊"} {
		s.wantHits(fmt.Sprintf("query %q", q), text(q))
	}
	s.wantHits("dense search of the same store", vectorstore.Query{Vector: s.env.vector(), K: 1, Filter: filter.Eq("number", 1)}, id(1))
}

func textHostile(s *session) {
	s.texts("The quick brown fox", "jumps over the lazy dog")
	for _, q := range []string{
		`fox" OR 1=1 --`, `'fox'`, "fox & !", "fox:*", "fox | <->", "(fox", "fox)", `fox\`, "fox%", "fox\x00", "*fox*", "NOT AND fox",
		"{fox}", "fox ~1", "+fox -\"", "$1 fox", "fox\n\n\t", strings.Repeat("zebra ", 5000) + "fox", "fox " + strings.Repeat("é", 10_000),
	} {
		s.wantHits(fmt.Sprintf("query %q", short(q)), text(q), id(0))
	}
}

func textUnsupported(ctx context.Context, e *env) error {
	s := e.session(ctx)
	if s.has(vectorstore.FeatureLexical) {
		e.space.Analyzer = ""
		s = e.session(ctx)
		if s.has(vectorstore.FeatureLexical) {
			return fmt.Errorf("%w: the store has text search in every space", errSkip)
		}
	}
	s.upsert(e.record(0))
	s.searchFails("by text", vectorstore.ErrUnsupported, text("passage"))
	return s.err
}
