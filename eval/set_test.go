package eval

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func folder(corpus, queries, qrels string) fstest.MapFS {
	return fstest.MapFS{
		"corpus.jsonl":  {Data: []byte(corpus)},
		"queries.jsonl": {Data: []byte(queries)},
		"qrels.tsv":     {Data: []byte(qrels)},
	}
}

func TestReadSet(t *testing.T) {
	want := &Set{
		Docs:       []Doc{{"d1", "T", "one"}, {"d2", "", "둘"}},
		Queries:    []Query{{"q1", "first?", []string{"1"}}, {"q2", "unjudged", nil}},
		Judgements: Judgements{"q1": {"d1": 1, "d2": 0.5}, "q3": {"d1": 0}},
	}
	want.Queries = append(want.Queries, Query{"q3", "worthless", nil})
	const (
		corpus  = "\ufeff{\"id\":\"d1\",\"title\":\"T\",\"text\":\"one\"}\r\n\n{\"_id\":\"d2\",\"text\":\"둘\",\"metadata\":{}}"
		queries = "{\"id\":\"q1\",\"text\":\"first?\",\"answers\":[\"1\"],\"type\":\"x\"}\n{\"id\":\"q2\",\"text\":\"unjudged\"}\n{\"id\":\"q3\",\"text\":\"worthless\"}\n"
		qrels   = "q1\td1\t1\nq1\td2\t0.5\nq3\td1\t0\nq1\td1\t1\n"
	)
	got, err := ReadSet(folder(corpus, queries, qrels))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want.Queries[:1], got.Judged()); diff != "" {
		t.Errorf("judged (-want +got)\n%s", diff)
	}
	beir := folder(corpus, queries, "")
	delete(beir, "qrels.tsv")
	beir["qrels/test.tsv"] = &fstest.MapFile{Data: []byte("query-id\tcorpus-id\tscore\n" + qrels)}
	if got, err = ReadSet(beir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the layout of BEIR (-want +got)\n%s", diff)
	}
}

func TestReadSetRefuses(t *testing.T) {
	const doc, query, judged = `{"id":"d","text":"x"}`, `{"id":"q","text":"x"}`, "q\td\t1"
	for _, c := range []struct{ claim, corpus, queries, qrels, says string }{
		{"an id that comes up twice", doc + "\n" + doc, query, judged, `"d" comes up twice`},
		{"a document without an id", doc + "\n\n{}", query, judged, `corpus.jsonl: eval: line 3: no "id"`},
		{"two ids that differ", `{"id":"a","_id":"b"}`, query, judged, "line 1"},
		{"what is not JSON", doc, "\n{", judged, "queries.jsonl: eval: line 2: "},
		{"a value of another kind", `{"id":7}`, query, judged, "line 1: json"},
		{"a query without text", doc, `{"id":"q"}`, judged, `no "text"`},
		{"bytes that are not UTF-8", doc + "\n{\"id\":\"\xff\"}", query, judged, "line 2: not valid UTF-8"},
		{"judgements of unknown queries", doc, query, "p\td\t1", `query "p"`},
		{"too few columns", doc, query, judged + "\nq d 1", "qrels.tsv: eval: line 2: 1 columns"},
		{"a gain that is no number", doc, query, "q\td\tmuch", `"much" is not`},
		{"a gain that is not finite", doc, query, "q\td\tNaN", `"NaN" is not`},
		{"two judgements of a pair", doc, query, "q\td\t1\nq\td\t2", "line 2: document \"d\" is judged 1 and 2"},
		{"a line without end", strings.Repeat(" ", maxLine+1), query, judged, "line 1: over"},
	} {
		_, err := ReadSet(folder(c.corpus, c.queries, c.qrels))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %s", c.claim, err, c.says)
		}
	}
	if _, err := ReadSet(fstest.MapFS{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: error %v", err)
	}
}

func TestReadersStopWhenTheCallerDoes(t *testing.T) {
	for d, err := range Docs(strings.NewReader("{\"id\":\"a\"}\n{")) {
		if err != nil || d.ID != "a" {
			t.Fatalf("%v, %v", d, err)
		}
		break
	}
}

func TestLineErrorsCanBeUnwrapped(t *testing.T) {
	for _, err := range Docs(strings.NewReader("\n\n{\"id\":3}")) {
		var line *LineError
		if !errors.As(err, &line) || line.Line != 3 || errors.Unwrap(line) == nil {
			t.Errorf("error %v", err)
		}
	}
}

func TestPairs(t *testing.T) {
	got, err := collect(Pairs(strings.NewReader("4.5\ta b\tc\n0\t\td\n")))
	if diff := cmp.Diff([]Pair{{4.5, "a b", "c"}, {0, "", "d"}}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, bad := range []string{"1\ta", "x\ta\tb", "1\ta\tb\tc"} {
		if _, err := collect(Pairs(strings.NewReader(bad))); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func collect[T any](seq iter.Seq2[T, error]) (out []T, err error) {
	for v, err := range seq {
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

func TestQuestions(t *testing.T) {
	const line = `{"id":"x-1","lang":"ko","kind":"cross","question":"무엇?","files":["en/a.md","en/b.md"],"quotes":["q"],"answer":"a"}`
	want := Question{"x-1", "ko", Cross, "무엇?", []string{"en/a.md", "en/b.md"}, []string{"q"}, "a"}
	got, err := collect(Questions(strings.NewReader(line)))
	if diff := cmp.Diff([]Question{want}, got); diff != "" || err != nil {
		t.Fatalf("%v %s", err, diff)
	}
	if diff := cmp.Diff(Gains{"en/a.md": 1, "en/b.md": 1}, got[0].Gains()); diff != "" {
		t.Error(diff)
	}
	for claim, bad := range map[string]string{
		"no id":                             `{"kind":"unanswerable","question":"?"}`,
		"no question":                       `{"id":"a","kind":"unanswerable"}`,
		"another kind":                      `{"id":"a","kind":"odd","question":"?"}`,
		"an answerable one without files":   `{"id":"a","kind":"answerable","question":"?"}`,
		"an unanswerable one with a file":   `{"id":"a","kind":"unanswerable","question":"?","files":["f"]}`,
		"an unanswerable one with a quote":  `{"id":"a","kind":"unanswerable","question":"?","quotes":["f"]}`,
		"files that are not a list of them": `{"id":"a","kind":"answerable","question":"?","files":"f"}`,
	} {
		if _, err := collect(Questions(strings.NewReader(bad))); err == nil {
			t.Errorf("%s: no error", claim)
		}
	}
}

// TestSharedSets reads the public sets that the project is measured with and
// compares what their descriptions count.
func TestSharedSets(t *testing.T) {
	root := os.Getenv("GROUNDWORK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(root, "data")); err != nil {
		t.Skip("no sets: name the folder that has them under data/ in GROUNDWORK_SHARED")
	}
	for name, want := range map[string][3]int{ // documents, judged queries, pairs
		"scifact": {5183, 300, 339}, "cranfield": {1398, 225, 1611}, "hotpotqa-100": {994, 100, 200}, "korquad": {960, 5774, 5774},
	} {
		s, err := ReadSet(os.DirFS(filepath.Join(root, "data", name)))
		if err != nil {
			t.Fatal(err)
		}
		got := [3]int{len(s.Docs), len(s.Judged()), 0}
		for _, gains := range s.Judgements {
			got[2] += len(gains)
		}
		if got != want {
			t.Errorf("%s: documents, judged queries, pairs %v, want %v", name, got, want)
		}
	}
	f, err := os.Open(filepath.Join(root, "data", "docs-fastapi-questions", "questions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if qs, err := collect(Questions(f)); err != nil || len(qs) != 145 {
		t.Errorf("%d questions, %v", len(qs), err)
	}
}

func FuzzReaders(f *testing.F) {
	f.Add([]byte("{\"id\":\"a\",\"text\":\"b\"}\n"))
	f.Add([]byte("query-id\tcorpus-id\tscore\nq\td\t1\n"))
	f.Add([]byte("\ufeff{\"id\":\"a\",\"kind\":\"answerable\",\"question\":\"?\",\"files\":[\"f\"]}\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func() *strings.Reader { return strings.NewReader(string(data)) }
		most := strings.Count(string(data), "\n") + 1
		docs, err := collect(Docs(read()))
		lineOf(t, err, most)
		for _, d := range docs {
			if d.ID == "" {
				t.Fatal("a document without an id")
			}
		}
		queries, err := collect(Queries(read()))
		lineOf(t, err, most)
		questions, err := collect(Questions(read()))
		lineOf(t, err, most)
		pairs, err := collect(Pairs(read()))
		lineOf(t, err, most)
		if max(len(docs), len(queries), len(questions), len(pairs)) > most {
			t.Fatal("more records than lines")
		}
		_, err = ReadJudgements(read())
		lineOf(t, err, most)
	})
}

// lineOf fails if err does not name a line of the file.
func lineOf(t *testing.T, err error, most int) {
	t.Helper()
	var line *LineError
	if err != nil && (!errors.As(err, &line) || line.Line < 1 || line.Line > most) {
		t.Fatalf("error %v in a file of %d lines", err, most)
	}
}
