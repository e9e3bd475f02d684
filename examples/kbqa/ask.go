package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// asking are the flags that ask and search share.
type asking struct {
	k      int
	where  string
	batch  string
	filter filter.Filter
	exact  bool

	paths bool   // search -l
	end   string // behind each path, a line end if empty

	noRefresh bool
	waits     func() bool // --wait is given

	partial bool // --partial
	early   bool // a person waits for one answer: give it before the index is complete

	wording *wording // nil for search
}

func (o *asking) register(cmd *cobra.Command, a *app, k int) {
	f := cmd.Flags()
	a.waitFlag(cmd)
	f.IntVarP(&o.k, "results", "k", k, "how many passages to use")
	f.StringVar(&o.where, "where", "", "only documents that match, as in 'lang = \"ko\"'")
	f.StringVar(&o.batch, "batch", "", "`FILE` of JSON lines with id and question; - is stdin")
	f.BoolVar(&o.exact, "exact", false, "compare with every vector instead of using the graph")
	f.BoolVar(&a.strict, "strict", false, "exit with 3 if a file failed to index")
	f.BoolVar(&o.noRefresh, "no-refresh", false, "use the index as it is; tell what has changed")
	o.waits = func() bool { return f.Changed("wait") }
	a.linksFlag(cmd)
	o.partialFlag(cmd)
	a.placeFlag(cmd)
	a.modelFlags(cmd)
	a.encodingFlag(cmd)
	a.jsonFlag(cmd)
	a.quietFlag(cmd)
}

// parse checks the flags.
func (o *asking) parse(a *app) error {
	if o.k < 1 || o.k > 1000 {
		return usagef("-k %d: give a number from 1 to 1000", o.k)
	}
	if !slices.Contains([]string{linksAuto, linksAlways, linksNever}, a.hyperlinks) {
		return usagef("--hyperlinks %s: give auto, always or never", a.hyperlinks)
	}
	if o.wording != nil {
		if err := o.wording.parse(); err != nil {
			return err
		}
	}
	if o.noRefresh && o.waits() {
		return usagef("--wait is for the refresh that --no-refresh skips")
	}
	if o.noRefresh && o.partial {
		return usagef("--partial is for the refresh that --no-refresh skips")
	}
	if o.where == "" {
		return nil
	}
	var err error
	if o.filter, err = filter.Parse(o.where); err != nil {
		return &usageError{fmt.Errorf("--where: %w", err)}
	}
	return nil
}

func newAsk(a *app) *cobra.Command {
	o := asking{wording: &wording{}}
	cmd := &cobra.Command{
		Use:   "ask [DIR] QUESTION",
		Short: "Answer a question with quoted, cited sentences",
		Long: `Ask answers a question from the documents below DIR (default: the current
folder), after indexing what is new. Every sentence is a quotation, or a model
server's, and has its source; if the documents hold no answer, ask exits 1.

  kbqa ask ./doc "What happens to my index when the power fails?"
  kbqa ask ./doc - < question.txt
  kbqa ask --batch questions.jsonl ./doc > answers.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.early = isTerminal(a.stdout) && !a.json && o.batch == "" && !o.noRefresh && !o.partial
			return a.runQuestions(cmd.Context(), args, &o, (*session).ask)
		},
	}
	o.register(cmd, a, 10)
	o.wording.register(cmd.Flags())
	return cmd
}

// runQuestions prepares the index and answers one question or a batch.
func (a *app) runQuestions(ctx context.Context, args []string, o *asking, one questionFunc) error {
	if err := o.parse(a); err != nil {
		return err
	}
	dir, question, err := folderAndQuestion(args, o.batch != "")
	if err != nil {
		return err
	}
	var batch io.ReadCloser
	if o.batch == "" {
		question, err = a.oneQuestion(ctx, question)
	} else if batch, err = a.openBatch(o.batch); err == nil {
		defer batch.Close()
	}
	if err != nil {
		return err
	}
	s, err := a.openSession(ctx, dir, o)
	if err != nil {
		return err
	}
	defer s.close()
	if batch != nil {
		err = s.runBatch(ctx, batch, one)
	} else {
		err = one(s, ctx, nil, question)
	}
	return cmp.Or(err, s.checkStrict(s.coverage))
}

// oneQuestion returns the question of the command line, or that of stdin for
// "-", if it is one.
func (a *app) oneQuestion(ctx context.Context, question string) (string, error) {
	if question == "-" {
		var err error
		if question, err = a.readQuestion(ctx); err != nil {
			return "", err
		}
	}
	if _, err := checkQuestion(question); err != nil {
		return "", &usageError{err}
	}
	return question, nil
}

// ask answers one question.
func (s *session) ask(ctx context.Context, id any, question string) error {
	start := time.Now()
	ans, err := s.answer(ctx, question)
	switch {
	case err != nil:
		return err
	case s.toGoOn:
		return s.goOn(ctx, question, ans)
	}
	return s.showAnswer(id, ans, time.Since(start))
}

func (s *session) answer(ctx context.Context, question string) (*pipeline.Answer, error) {
	if s.answerer == nil {
		var err error
		if s.answerer, err = s.stack.answerer(s.opts.k, s.opts.wording); err != nil {
			return nil, err
		}
	}
	ans, err := s.answerer.Ask(ctx, pipeline.Question{Text: question, Filter: s.opts.filter, Exact: s.opts.exact})
	if err != nil {
		return nil, s.explain(err)
	}
	if ans.Abstained {
		ans.Reason += fmt.Sprintf("; not found in %s", s.coverage)
	}
	return ans, nil
}

// showAnswer prints the answer to one question, which took so long.
func (s *session) showAnswer(id any, ans *pipeline.Answer, took time.Duration) (err error) {
	if s.json || id != nil {
		t := timingOutput{Index: s.indexing, Retrieve: ms(ans.Timing.Retrieve), Generate: ms(ans.Timing.Generate), Total: *ms(took)}
		out := newAskOutput(s, ans, t)
		out.ID = id
		err = s.printJSON(out)
	} else {
		err = s.printAnswer(ans)
	}
	if err == nil && ans.Abstained {
		return &codeError{code: exitNothing}
	}
	return err
}

func (s *session) printAnswer(ans *pipeline.Answer) error {
	s.passOn(ans.Warnings)
	var b strings.Builder
	scr := s.screen()
	if ans.Abstained {
		fmt.Fprintln(&b, scr.lay(ans.Reason, ""))
		for i := range min(3, len(ans.Passages)) {
			p := &ans.Passages[i]
			fmt.Fprintf(&b, "\n%s\n%s\n", scr.dim(s.link(scr, p.URI, p.Position(p.Span.Start), scr.lay("nearest: "+place(p.URI, p.Position(p.Span.Start), p.Headings), ""))), scr.lay(excerpt(p.Text, 240), "    "))
		}
	}
	for i := range ans.Sentences {
		fmt.Fprintln(&b, scr.bold(scr.lay(ans.Sentences[i].String(), "")))
	}
	for _, c := range ans.Citations {
		status := ""
		if c.Status != pipeline.Verified {
			status = " (" + string(c.Status) + ")"
		}
		where := fmt.Sprintf("[%d] %s%s", c.N, place(c.URI, c.Position, c.Headings), status)
		fmt.Fprintf(&b, "\n%s\n%s\n", s.link(scr, c.URI, c.Position, scr.lay(where, "")), scr.dim(scr.lay(c.Quote, "    ")))
	}
	if s.isPartial() || s.followUp {
		fmt.Fprintf(&b, "\n%s\n", scr.dim(scr.lay(s.indexLine(), "")))
	}
	_, err := fmt.Fprint(s.stdout, b.String())
	return err
}

// explain adds to an error what the person can do about it.
func (s *session) explain(err error) error {
	if s.model != defaultModel && isAny(err, pipeline.ErrUnreadable) {
		return fmt.Errorf("%w; index again with a model that can: kbqa index --model %s %s", err, defaultModel, s.corpus.operands())
	}
	return err
}
