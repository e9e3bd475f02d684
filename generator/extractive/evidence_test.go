package extractive

import (
	"math"
	"testing"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/lexical"
)

func TestWhatCountsAsAName(t *testing.T) {
	for _, tt := range []struct {
		question string
		want     []string
	}{
		{"How do I consume a Kafka topic from AWS?", []string{"Kafka", "AWS"}},
		{"Deploy it. Explain how Redis helps.", []string{"Redis"}},
		{"GraphQL support in version 2.1?", []string{"GraphQL", "2.1"}},
		{"what does get_settings return", []string{"get_settings"}},
		{"HOW DO I DEPLOY THE APPLICATION TO LAMBDA", nil},
		{"How To Deploy The Application", nil},
		{"Sentry로 오류를 보내려면 어떤 미들웨어를 추가하나요?", []string{"Sentry"}},
		{"요청 본문을 protobuf로 받으려면 200 응답을 쓰나요?", []string{"protobuf", "200"}},
		{"업로드 한도는 얼마인가요?", nil},
	} {
		var got []string
		c := casingOf(tt.question)
		for _, tok := range lexical.Standard().Analyze(nil, tt.question) {
			word := tt.question[tok.Start:tok.End]
			if isName(tt.question, tok.Start, tok.End, c) && (len(got) == 0 || got[len(got)-1] != word) {
				got = append(got, word)
			}
		}
		for _, w := range tt.want {
			found := false
			for _, g := range got {
				found = found || g == w
			}
			if !found {
				t.Errorf("%q: names are %q, want %q among them", tt.question, got, w)
			}
		}
		if len(tt.want) == 0 && len(got) > 0 {
			t.Errorf("%q: names are %q, want none", tt.question, got)
		}
	}
}

func evidenceOf(t *testing.T, o *Options, question string, texts ...string) Evidence {
	t.Helper()
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := g.Evidence(t.Context(), generator.Request{Question: question, Passages: passagesOf(texts...)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestMissingNamesSpeakAgainstAnAnswer(t *testing.T) {
	with := evidenceOf(t, nil, "How do I read a topic of Kafka?", "You read a topic of Kafka with a loop.")
	without := evidenceOf(t, nil, "How do I read a topic of Kafka?", "You read a topic of the manual with a loop.")
	if with.Missing != 0 || without.Missing <= 0 || without.Words >= with.Words {
		t.Errorf("with the name %+v, without it %+v", with, without)
	}
	if a, b := ofWords.Support(with), ofWords.Support(without); a <= b {
		t.Errorf("support is %.3f with the name, %.3f without it", a, b)
	}
}

func TestEvidenceIsThatOfThePassagesAlone(t *testing.T) {
	e := evidenceOf(t, nil, "What is the upload limit?", "The upload limit is 40 files.", "Something else.")
	more := evidenceOf(t, nil, "What is the upload limit?", "The upload limit is 40 files.", "Something else.", "Entirely unrelated text.", "And more of it.")
	if !math.IsNaN(e.Meaning) || e.Words != 1 || more.Words != 1 || more.Missing != 0 {
		t.Errorf("evidence is %+v, %+v beside unrelated passages", e, more)
	}
}

func TestMeaningIsThatOfTheNearestUnit(t *testing.T) {
	model := embed.Model{ID: "bag", Unrelated: 0, Related: 0.5}
	near := evidenceOf(t, &Options{Embedder: bag{model: model}}, "upload limit files", "A sentence about birds. Upload limit files.")
	far := evidenceOf(t, &Options{Embedder: bag{model: model}}, "upload limit files", "A sentence about birds. Another about the sea.")
	if near.Meaning < 1.9 || far.Meaning > 0.5 || near.Foreign {
		t.Errorf("near %+v, far %+v", near, far)
	}
	if none := evidenceOf(t, &Options{Embedder: bag{}}, "upload limit", "Upload limit."); !math.IsNaN(none.Meaning) {
		t.Errorf("a model without a scale gives %+v", none)
	}
}

func TestSupportRisesWithEvidence(t *testing.T) {
	for name, c := range map[string]Calibration{"all": ofAll, "words": ofWords, "meaning": ofMeaning} {
		last := -1.0
		for i := range 21 {
			x := float64(i) / 20
			s := c.Support(Evidence{Meaning: 2*x - 0.5, Words: x, Missing: 1 - x})
			if s < last || s <= 0 || s >= 1 {
				t.Errorf("%s: support %v after %v", name, s, last)
			}
			last = s
		}
		if s := c.Support(Evidence{Meaning: math.NaN(), Words: 1}); math.IsNaN(s) {
			t.Errorf("%s: unknown meaning makes support unknown", name)
		}
	}
}

func TestACalibrationOfOnesOwnDecides(t *testing.T) {
	passages := passagesOf("The upload limit is 40 files.")
	for base, answers := range map[float64]bool{-50: false, 50: true} {
		got, stop := ask(t, &Options{Calibration: &Calibration{Base: base}}, "What is the upload limit?", passages)
		if (len(got) > 0) != answers {
			t.Errorf("base %v: %q, %+v", base, got, stop)
		}
	}
	for _, c := range []Calibration{{Base: math.NaN()}, {Words: math.Inf(1)}} {
		if _, err := New(&Options{Calibration: &c}); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func TestWhenAQuestionIsForeign(t *testing.T) {
	const japanese = "会社が管理する情報を保存しておくものを、データベースと呼びます。これは長い文章ですので、片仮名の割合が低くなります。その他の説明も続きます。"
	for _, tt := range []struct {
		question, passage string
		want              bool
	}{
		{"404", "An error of 404 says that there is no such page.", false},
		{"404?", japanese, false},
		{"データベースとは", japanese, false},
		{"データベース", "数据库是按照数据结构来组织、存储和管理数据的仓库。", true},
		{"What is a database?", japanese, true},
		{"업로드 한도는?", "The upload limit is 40 files.", true},
	} {
		if e := evidenceOf(t, &Options{Embedder: bag{model: embed.Model{ID: "bag", Related: 1}}}, tt.question, tt.passage); e.Foreign != tt.want {
			t.Errorf("%q to %q: foreign is %v", tt.question, tt.passage, e.Foreign)
		}
	}
}
