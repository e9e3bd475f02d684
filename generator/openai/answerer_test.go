package openai_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/openai"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// story is what the answers of this file are about.
func story() []groundwork.Hit {
	texts := []string{
		"Uploads are limited to 40 files of 5 MiB. Larger ones are refused with status 413. The limit was raised in May 2024.",
		"Copies are kept for 30 days. Only administrators may restore them. Copies are never encrypted.",
		"업로드 한도는 파일 40개입니다. 복원은 관리자만 할 수 있습니다.",
	}
	var hits []groundwork.Hit
	for i, text := range texts {
		h := hit(text)
		h.ID = groundwork.NewID(string(rune('a' + i)))
		hits = append(hits, h)
	}
	return hits
}

// TestAnswersOfAServerEndInTheRightState has a scripted server answer through
// the whole Answerer, under both policies.
func TestAnswersOfAServerEndInTheRightState(t *testing.T) {
	type says struct {
		text   string
		status pipeline.CitationStatus
		quote  string // of its first citation
	}
	const v, w, n = pipeline.Verified, pipeline.Weak, pipeline.None
	for name, c := range map[string]struct {
		answer string
		want   []says
	}{
		"right": {"Uploads are limited to 40 files of 5 MiB. [1] Copies are kept for 30 days [2].", []says{
			{"Uploads are limited to 40 files of 5 MiB.", v, "Uploads are limited to 40 files of 5 MiB."}, {"Copies are kept for 30 days.", v, "Copies are kept for 30 days."}}},
		"right, in Korean":    {"업로드 한도는 파일 40개입니다[3]. 복원은 관리자만 할 수 있습니다[3].", []says{{"업로드 한도는 파일 40개입니다.", v, "업로드 한도는 파일 40개입니다."}, {"복원은 관리자만 할 수 있습니다.", v, "복원은 관리자만 할 수 있습니다."}}},
		"in other words":      {"No more than 40 files of 5 MiB may be uploads. [1]", []says{{"No more than 40 files of 5 MiB may be uploads.", w, "Uploads are limited to 40 files of 5 MiB."}}},
		"with two citations":  {"Copies are kept for 30 days, and larger ones are refused with status 413. [2][1]", []says{{"Copies are kept for 30 days, and larger ones are refused with status 413.", v, "Copies are kept for 30 days."}}},
		"no such passage":     {"Copies are kept for 30 days. [4]", []says{{"Copies are kept for 30 days.", n, ""}}},
		"the wrong passage":   {"Uploads are limited to 40 files of 5 MiB. [2]", []says{{"Uploads are limited to 40 files of 5 MiB.", n, ""}}},
		"no citation":         {"Copies are kept for 30 days.", []says{{"Copies are kept for 30 days.", n, ""}}},
		"an altered number":   {"Copies are kept for 90 days. [2]", []says{{"Copies are kept for 90 days.", n, ""}}},
		"one in words":        {"Copies are kept for ninety days. [2]", []says{{"Copies are kept for ninety days.", n, ""}}},
		"an altered unit":     {"Copies are kept for 30 weeks. [2]", []says{{"Copies are kept for 30 weeks.", w, "Copies are kept for 30 days."}}},
		"an altered name":     {"The limit was raised in June 2024. [1]", []says{{"The limit was raised in June 2024.", n, ""}}},
		"a negation left out": {"Copies are encrypted. [2]", []says{{"Copies are encrypted.", n, ""}}},
		"a negation put in":   {"Copies are not kept for 30 days. [2]", []says{{"Copies are not kept for 30 days.", n, ""}}},
		"in Korean":           {"업로드 한도는 파일 40개가 아닙니다. [3]", []says{{"업로드 한도는 파일 40개가 아닙니다.", n, ""}}},
		"stitched of two":     {"Copies are limited to 40 files of 5 MiB. [1][2]", []says{{"Copies are limited to 40 files of 5 MiB.", w, "Uploads are limited to 40 files of 5 MiB."}}},
		"stitched within one": {"Uploads are limited to 40 files with status 413. [1]", []says{{"Uploads are limited to 40 files with status 413.", w, "Uploads are limited to 40 files of 5 MiB. Larger ones are refused with status 413."}}},
		"a right one, a fake": {"Copies are kept for 30 days. [2][9]", []says{{"Copies are kept for 30 days.", v, "Copies are kept for 30 days."}}},
		"a link made up":      {"Copies are kept for [30 days](https://evil.example/x). [2]", []says{{"Copies are kept for [30 days](https://evil.example/x).", n, ""}}},
		"a passage's own brackets are no citations": {"Copies are kept for 30 days. [2]\n\n[see below]", []says{{"Copies are kept for 30 days.", v, "Copies are kept for 30 days."}, {"[see below]", n, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			ans := newChat(t, nil, pipeline.MarkUnsupported).ask(t, c.answer, story())
			if len(ans.Sentences) != len(c.want) {
				t.Fatalf("sentences %+v", ans.Sentences)
			}
			for i, want := range c.want {
				s, quote := ans.Sentences[i], ""
				if len(s.Citations) > 0 {
					quote = ans.Citations[s.Citations[0]-1].Quote
				}
				if s.Text != want.text || s.Status != want.status || quote != want.quote {
					t.Errorf("%+v quoting %q, want %+v", s, quote, want)
				}
			}
			supported := slices.ContainsFunc(c.want, func(s says) bool { return s.status != n })
			removed := newChat(t, nil, pipeline.RemoveUnsupported).ask(t, c.answer, story())
			if removed.Abstained == supported || slices.ContainsFunc(removed.Sentences, func(s pipeline.Sentence) bool { return s.Status == n }) {
				t.Errorf("with unsupported ones removed: %+v", removed.Sentences)
			}
		})
	}
}

// TestFailuresReachTheCallerOfTheAnswerer has the answerer return the typed
// error, after the sentences that were checked before it.
func TestFailuresReachTheCallerOfTheAnswerer(t *testing.T) {
	s := serve(t, raw(delta("Copies are kept for 30 days. [2] Copies")))
	a, err := pipeline.NewAnswerer(&found{story()}, newGenerator(t, s, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for e, err := range a.Stream(t.Context(), pipeline.Question{Text: "q"}) {
		var typed *openai.Error
		switch {
		case err != nil && (!errors.Is(err, openai.ErrCut) || !errors.As(err, &typed)):
			t.Errorf("error %v", err)
		case err != nil:
			if shown != 1 {
				t.Errorf("%d sentences before the error", shown)
			}
			return
		}
		if s, ok := e.(pipeline.SentenceDone); ok && s.Sentence.Status == pipeline.Verified {
			shown++
		}
	}
	t.Error("no error")
}

func TestServersAbstentionIsAnAbstention(t *testing.T) {
	ans := newChat(t, nil, pipeline.MarkUnsupported).ask(t, generator.NoAnswer+".", story())
	if !ans.Abstained || len(ans.Sentences) != 0 || !strings.Contains(ans.Reason, "the model finds no answer") {
		t.Errorf("%+v", ans)
	}
}

func TestAnswerCutAtItsLimitIsWarnedOf(t *testing.T) {
	s := serve(t, raw(delta("Copies are kept for 30 days. [2] Only")+`data: {"choices":[{"delta":{},"finish_reason":"length"}]}`+"\n\n"+done))
	a, err := pipeline.NewAnswerer(&found{story()}, newGenerator(t, s, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	ans, err := a.Ask(t.Context(), pipeline.Question{Text: "q"})
	if err != nil || len(ans.Sentences) != 2 || ans.Sentences[1].Status != pipeline.None || len(ans.Warnings) != 1 || ans.Warnings[0].Code != groundwork.Truncated {
		t.Errorf("error %v, answer %+v", err, ans)
	}
}

// weak abstains from everything.
type weak struct{}

func (weak) Info() generator.Info { return generator.Info{} }

func (weak) Generate(context.Context, generator.Request) iter.Seq2[generator.Event, error] {
	return func(yield func(generator.Event, error) bool) {
		yield(generator.Stop{Reason: generator.StopAbstained, Detail: "weak"}, nil)
	}
}

func TestWeakEvidenceAsksNoServer(t *testing.T) {
	s := serve(t, says("Copies are kept for 30 days. [2]"))
	a, err := pipeline.NewAnswerer(&found{story()}, generator.Gate(weak{}, newGenerator(t, s, nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	ans, err := a.Ask(t.Context(), pipeline.Question{Text: "q"})
	if err != nil || !ans.Abstained || len(s.got()) != 0 || ans.Generator.Model != "test-model" {
		t.Errorf("error %v, answer %+v, %d requests", err, ans, len(s.got()))
	}
}

// translations are sentences and what they are in Korean.
var translations = [][2]string{
	{"Every sentence of an answer carries a citation.", "답변의 모든 문장에는 인용이 붙습니다."},
	{"The quote is compared with the passage by code, byte for byte, before it is shown.", "인용문은 표시되기 전에 코드로 원문과 바이트 단위로 비교됩니다."},
	{"The default generator has no language model.", "기본 생성기는 언어 모델을 사용하지 않습니다."},
	{"You can declare path parameters with the same syntax used by Python format strings.", "Python 포맷 문자열과 같은 문법으로 경로 매개변수를 선언할 수 있습니다."},
	{"If the validation fails, the server returns a 422 error.", "검증에 실패하면 서버는 422 오류를 반환합니다."},
	{"Query parameters are the ones that are not part of the path parameters.", "쿼리 매개변수는 경로 매개변수에 속하지 않는 매개변수입니다."},
	{"You can set default values for parameters.", "매개변수에 기본값을 지정할 수 있습니다."},
	{"To define a request body, you use Pydantic models.", "요청 본문을 정의하려면 Pydantic 모델을 사용합니다."},
	{"The new index is built beside the old one, which answers until the new one is complete.", "새 색인은 기존 색인 옆에 만들어지며 완성될 때까지 기존 색인이 답합니다."},
	{"One process writes an index, others read it.", "한 프로세스만 색인을 쓰고 나머지는 읽습니다."},
	{"Backups are kept for 30 days.", "백업은 30일 동안 보관됩니다."},
	{"The city has 30,000 inhabitants since June 1, 2024.", "이 도시의 인구는 2024년 6월 1일부터 3만 명입니다."},
}

// TestTranslationsAreSupportedByTheEngine has answers in the other language
// than the passages, right and with an altered number.
func TestTranslationsAreSupportedByTheEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the model")
	}
	c := newChat(t, engine(t), pipeline.MarkUnsupported)
	for _, pair := range translations {
		for i := range pair {
			passage, answer := pair[i], pair[1-i]
			hits := []groundwork.Hit{hit(translations[2][i] + " " + passage)}
			ans := c.ask(t, answer+" [1]", hits)
			if len(ans.Sentences) != 1 || ans.Sentences[0].Status != pipeline.Weak {
				t.Errorf("%q for %q: %s", answer, passage, ans.Text())
			}
			wrong := strings.NewReplacer("422", "423", "30", "31", "3만", "4만").Replace(answer)
			if wrong == answer {
				continue
			}
			if ans := c.ask(t, wrong+" [1]", hits); ans.Sentences[0].Status != pipeline.None {
				t.Errorf("%q for %q: %s", wrong, passage, ans.Text())
			}
		}
	}
}

// TestAnswererStopsWaitingForAServerThatHangs keeps what was checked.
func TestAnswererStopsWaitingForAServerThatHangs(t *testing.T) {
	s := serve(t, hang(delta("Copies are kept for 30 days. [2] Only")))
	a, err := pipeline.NewAnswerer(&found{story()}, newGenerator(t, s, &openai.Options{IdleTimeout: 80 * time.Millisecond}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ask(t.Context(), pipeline.Question{Text: "q"}); !errors.Is(err, openai.ErrTimeout) || !errors.Is(err, generator.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
}
