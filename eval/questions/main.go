// Questions measures kbqa over a folder with questions: how often the files
// that hold the answer are among the ranked hits, whether quotes are what get
// prints, and how often ask abstains.
//
//	go build -o /tmp/kbqa ./examples/kbqa
//	go run ./eval/questions -kbqa /tmp/kbqa -data ../shared/data
//
// It calls the program as a script would, on --batch files.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seed4837efcb/groundwork/eval"
)

type hits struct {
	ID   string `json:"id"`
	Hits []struct {
		URI string `json:"uri"`
	} `json:"hits"`
}

type answer struct {
	ID        string `json:"id"`
	Abstained bool   `json:"abstained"`
	Answer    string `json:"answer"`
	Sentences []struct {
		Text string `json:"text"`
	} `json:"sentences"`
	Citations []struct {
		URI   string `json:"uri"`
		Start int    `json:"start"`
		End   int    `json:"end"`
		Line  int    `json:"line"`
		Quote string `json:"quote"`
	} `json:"citations"`
}

// A bench runs the questions of one group over one folder.
type bench struct {
	kbqa, index, folder string
	model               []string
	show                bool
}

// A group is a set of questions over one language's folder.
type group struct {
	name, folder, lang string
	kind               eval.QuestionKind
}

var groups = []group{
	{"English over en", "en", "en", eval.Answerable},
	{"Korean over ko", "ko", "ko", eval.Answerable},
	{"Korean over en (cross-language)", "en", "ko", eval.Cross},
	{"unanswerable, English over en", "en", "en", eval.Unanswerable},
	{"unanswerable, Korean over ko", "ko", "ko", eval.Unanswerable},
}

func main() {
	kbqa := flag.String("kbqa", "kbqa", "the program to measure")
	data := flag.String("data", "../shared/data", "folder that holds docs-fastapi and docs-fastapi-questions")
	index := flag.String("index", "", "where to keep the indexes (default: a temporary folder)")
	model := flag.String("model", "", "model to index with (default: the program's)")
	show := flag.Bool("v", false, "list the questions that missed")
	flag.Parse()
	if err := run(*kbqa, *data, *index, *model, *show); err != nil {
		fmt.Fprintln(os.Stderr, "questions:", err)
		os.Exit(1)
	}
}

func run(kbqa, data, index, model string, show bool) error {
	if index == "" {
		dir, err := os.MkdirTemp("", "questions")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		index = dir
	}
	f, err := os.Open(filepath.Join(data, "docs-fastapi-questions", "questions.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	var all []eval.Question
	for q, err := range eval.Questions(f) {
		if err != nil {
			return err
		}
		all = append(all, q)
	}
	fmt.Println("| questions | n | success@1 | @3 | @10 | abstained | cites a quote | cites a file | quotes equal get |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, g := range groups {
		b := &bench{kbqa: kbqa, index: filepath.Join(index, g.folder), folder: filepath.Join(data, "docs-fastapi", g.folder), show: show}
		if model != "" {
			b.model = []string{"--model", model}
		}
		if err := b.measure(g, all); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	return nil
}

func (b *bench) measure(g group, all []eval.Question) error {
	var qs []eval.Question
	for _, q := range all {
		if q.Kind == g.kind && q.Lang == g.lang {
			qs = append(qs, q)
		}
	}
	searched, err := batch[hits](b, "search", qs)
	if err != nil {
		return err
	}
	answered, err := batch[answer](b, "ask", qs)
	if err != nil {
		return err
	}
	var s1, s3, s10 []float64
	for i, q := range qs {
		if g.kind == eval.Unanswerable {
			break
		}
		ranked := rankedFiles(searched[i], g.folder)
		s1 = append(s1, eval.Success(ranked, q.Gains(), 1))
		s3 = append(s3, eval.Success(ranked, q.Gains(), 3))
		s10 = append(s10, eval.Success(ranked, q.Gains(), 10))
		if b.show && s1[i] == 0 {
			fmt.Fprintf(os.Stderr, "%s %v: %q\n  wants %v\n  got   %v\n", q.ID, s3[i], q.Question, q.Files, ranked[:min(4, len(ranked))])
		}
	}
	return b.row(g, qs, answered, s1, s3, s10)
}

func (b *bench) row(g group, qs []eval.Question, answered []answer, s1, s3, s10 []float64) error {
	abstained, quoted, inFile, cited, equal := 0, 0, 0, 0, 0
	for i, a := range answered {
		if a.Abstained {
			abstained++
			if b.show && g.kind != eval.Unanswerable {
				fmt.Fprintf(os.Stderr, "%s abstained: %q\n  %s\n", qs[i].ID, qs[i].Question, a.Answer)
			}
			continue
		}
		q, f := matches(&qs[i], &a, filepath.Dir(b.folder), g.folder)
		quoted += q
		inFile += f
		for _, c := range a.Citations {
			cited++
			got, err := b.get(c.URI, c.Start, c.End)
			if err != nil {
				return err
			}
			if got == c.Quote {
				equal++
			}
		}
	}
	fmt.Printf("| %s | %d | %s | %s | %s | %d | %s | %s | %d/%d |\n", g.name, len(qs), rate(s1), rate(s3), rate(s10),
		abstained, share(quoted, len(qs)-abstained), share(inFile, len(qs)-abstained), equal, cited)
	return nil
}

func rate(values []float64) string {
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f", eval.Mean(values))
}

func share(n, of int) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", float64(n)/float64(of))
}

// matches tells whether a citation overlaps one of the question's quotes, and
// whether one lies in one of its files.
func matches(q *eval.Question, a *answer, root, folder string) (quote, file int) {
	for _, c := range a.Citations {
		name := folder + "/" + c.URI
		for _, f := range q.Files {
			if f == name {
				file = 1
			}
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		for _, want := range q.Quotes {
			for at := strings.Index(string(text), want); at >= 0; {
				if max(at, c.Start) < min(at+len(want), c.End) {
					quote = 1
				}
				next := strings.Index(string(text[at+1:]), want)
				if next < 0 {
					break
				}
				at += 1 + next
			}
		}
	}
	return quote, file
}

func rankedFiles(h hits, folder string) []string {
	var uris []string
	for _, x := range h.Hits {
		uris = append(uris, folder+"/"+x.URI)
	}
	return eval.Distinct(uris)
}

// batch runs a verb over the questions and returns its objects in order.
func batch[T any](b *bench, verb string, qs []eval.Question) ([]T, error) {
	f, err := os.CreateTemp("", "questions*.jsonl")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	w := json.NewEncoder(f)
	for _, q := range qs {
		if err := w.Encode(map[string]string{"id": q.ID, "question": q.Question}); err != nil {
			return nil, err
		}
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	out, err := b.run(append([]string{verb, b.folder, "--batch", f.Name(), "--json", "--quiet"}, b.model...)...)
	if err != nil {
		return nil, err
	}
	var results []T
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r T
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	if len(results) != len(qs) {
		return nil, fmt.Errorf("%s answered %d of %d questions", verb, len(results), len(qs))
	}
	return results, lines.Err()
}

func (b *bench) get(uri string, start, end int) (string, error) {
	out, err := b.run("get", b.folder, uri, "--start", fmt.Sprint(start), "--end", fmt.Sprint(end))
	return string(out), err
}

func (b *bench) run(args ...string) ([]byte, error) {
	cmd := exec.Command(b.kbqa, append(args, "--index", b.index)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("kbqa %s: exit code %d: %s", strings.Join(args, " "), exit.ExitCode(), exit.Stderr)
	}
	return out, err
}
