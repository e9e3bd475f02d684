package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/retriever"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// TestTheHandlerFitsOnAScreen holds serve.go to its promise: at most 60 lines of
// code beside the imports.
func TestTheHandlerFitsOnAScreen(t *testing.T) {
	src, err := os.ReadFile("serve.go")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(src), "import (\n")
	_, body, ok2 := strings.Cut(rest, "\n)\n")
	if !ok || !ok2 {
		t.Fatal("serve.go has no imports")
	}
	lines := 0
	for line := range strings.Lines(head + body) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines++
		}
	}
	if lines > 60 {
		t.Errorf("%d lines of code", lines)
	}
}

// A script is a retriever and a generator that a test holds in its hand.
type script struct {
	fail    error         // of the retrieval
	asked   chan struct{} // gets a value when a question arrives
	proceed chan struct{} // closed or filled: the second sentence is said
	breaks  error         // after the first sentence
}

func newScript() *script {
	return &script{asked: make(chan struct{}, 9), proceed: make(chan struct{}, 9)}
}

const passage = "Wax melts at 62 degrees. Queens are marked in May."

func (s *script) Retrieve(context.Context, retriever.Query) (*retriever.Result, error) {
	chunk := groundwork.Chunk{ID: groundwork.NewID("c"), DocumentID: groundwork.NewID("d"), URI: "bees.md", Text: passage, Span: groundwork.Span{End: len(passage)}}
	return &retriever.Result{Hits: []groundwork.Hit{{Chunk: chunk, Score: 1}}}, s.fail
}

func (s *script) Info() generator.Info { return generator.Info{Name: "script"} }

func (s *script) Generate(ctx context.Context, r generator.Request) iter.Seq2[generator.Event, error] {
	say := func(from, to int) generator.Event {
		return generator.Claim{Text: passage[from:to], Quotes: []generator.Quote{{Span: groundwork.Span{Start: from, End: to}, Text: passage[from:to]}}, Support: 1}
	}
	return func(yield func(generator.Event, error) bool) {
		if !yield(say(0, 24), nil) {
			return
		}
		s.asked <- struct{}{}
		select {
		case <-s.proceed:
		case <-ctx.Done():
			yield(nil, ctx.Err())
			return
		}
		if s.breaks != nil {
			yield(nil, s.breaks)
			return
		}
		_ = yield(say(25, len(passage)), nil) && yield(generator.Stop{Support: 1}, nil)
	}
}

// A service is serve at a loopback address.
type service struct {
	*testing.T
	url   string
	stop  func()
	ended chan error
}

func start(t *testing.T, s *script, grace time.Duration) *service {
	t.Helper()
	a, err := pipeline.NewAnswerer(s, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	svc := &service{T: t, url: "http://" + l.Addr().String() + "/ask", stop: cancel, ended: make(chan error, 1)}
	go func() { svc.ended <- serve(ctx, l, a, grace) }()
	return svc
}

// post sends a question and returns the answer's status and body; streaming
// asks for sentences.
func (s *service) post(question io.Reader, streaming bool) (int, string, error) {
	req, err := http.NewRequest("POST", s.url, question)
	if err != nil {
		return 0, "", err
	}
	if streaming {
		req.Header.Set("Accept", "application/x-ndjson")
	}
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return r.StatusCode, string(body), err
}

// end waits for serve to return.
func (s *service) end() error {
	s.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(20 * time.Second):
		s.Fatal("it does not end")
		return nil
	}
}

func TestAQuestionInProgressIsAnsweredBeforeTheEnd(t *testing.T) {
	s := newScript()
	svc := start(t, s, time.Minute)
	type result struct {
		code int
		body string
		err  error
	}
	done := make(chan result)
	go func() {
		code, body, err := svc.post(strings.NewReader("When?"), false)
		done <- result{code, body, err}
	}()
	<-s.asked
	svc.stop() // in the middle of the answer
	for refused := false; !refused; {
		c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(svc.url, "http://"), "/ask"))
		if refused = err != nil; !refused {
			c.Close()
			time.Sleep(time.Millisecond)
		}
	}
	select {
	case err := <-svc.ended:
		t.Fatalf("it ended before the answer: %v", err)
	default:
	}
	s.proceed <- struct{}{}
	if r := <-done; r.err != nil || r.code != 200 || !strings.Contains(r.body, "Queens are marked in May.") {
		t.Errorf("status %d, %v: %s", r.code, r.err, r.body)
	}
	if err := svc.end(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestAnAnswerThatTakesTooLongIsBrokenOffAtTheEnd(t *testing.T) {
	s := newScript()
	svc := start(t, s, 20*time.Millisecond)
	done := make(chan error)
	go func() {
		_, _, err := svc.post(strings.NewReader("When?"), true)
		done <- err
	}()
	<-s.asked
	svc.stop()
	if err := svc.end(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	if err := <-done; err == nil {
		t.Error("the client took the broken answer for a whole one")
	}
}

func TestSentencesAreSentAsTheyAreChecked(t *testing.T) {
	s := newScript()
	svc := start(t, s, time.Minute)
	defer svc.stop()
	req, err := http.NewRequest("POST", svc.url, strings.NewReader("When?"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/x-ndjson")
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := r.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("content type %q", got)
	}
	lines := bufio.NewScanner(r.Body)
	if !lines.Scan() || !strings.Contains(lines.Text(), "62 degrees") {
		t.Fatalf("first line %q, %v", lines.Text(), lines.Err())
	}
	s.proceed <- struct{}{} // the second sentence is said only now
	var rest []string
	for lines.Scan() {
		rest = append(rest, lines.Text())
	}
	if len(rest) != 2 || !strings.Contains(rest[0], "in May") || !strings.Contains(rest[1], `"citations":[`) {
		t.Errorf("then %q, %v", rest, lines.Err())
	}
}

func TestAStreamThatBreaksDoesNotLookWhole(t *testing.T) {
	s := newScript()
	s.breaks = errors.New("the model is gone")
	s.proceed <- struct{}{}
	svc := start(t, s, time.Minute)
	defer svc.stop()
	if _, body, err := svc.post(strings.NewReader("When?"), true); err == nil {
		t.Errorf("the stream ends in order: %q", body)
	}
	s.proceed <- struct{}{}
	code, body, err := svc.post(strings.NewReader("When?"), false)
	if err != nil || code != http.StatusInternalServerError || strings.Contains(body, "the model is gone") {
		t.Errorf("without streaming: status %d, %q, %v", code, body, err)
	}
}

func TestAClientThatHangsUpEndsTheAnswer(t *testing.T) {
	s := newScript()
	svc := start(t, s, time.Minute)
	ctx, hangUp := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", svc.url, strings.NewReader("When?"))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-s.asked
		hangUp()
	}()
	if r, err := http.DefaultTransport.RoundTrip(req); err == nil {
		r.Body.Close()
		t.Fatal("an answer without a second sentence")
	}
	svc.stop()
	if err := svc.end(); err != nil { // nobody said proceed: it ended with its client
		t.Errorf("ended with %v", err)
	}
}

func TestErrorsHaveAStatusAndNoDetails(t *testing.T) {
	for _, c := range []struct {
		name string
		fail error
		want int
		body io.Reader
	}{
		{"a blank question", vectorstore.ErrQuery, 400, nil},
		{"a question in another script", pipeline.ErrUnreadable, 422, nil},
		{"an index that was closed", pipeline.ErrClosed, 503, nil},
		{"an answer that takes too long", context.DeadlineExceeded, 504, nil},
		{"anything else", errors.New("/secret/path"), 500, nil},
		{"a book instead of a question", nil, 413, strings.NewReader(strings.Repeat("long ", 1<<13))},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript()
			if c.fail != nil {
				s.fail = fmt.Errorf("scripted: %w", c.fail)
			}
			svc := start(t, s, time.Minute)
			defer svc.stop()
			if c.body == nil {
				c.body = strings.NewReader("When?")
			}
			code, body, err := svc.post(c.body, false)
			if err != nil || code != c.want || strings.TrimSpace(body) != http.StatusText(c.want) {
				t.Errorf("status %d, %q, %v; want %d", code, body, err, c.want)
			}
		})
	}
}

// TestServiceEndsWithItsContext runs all of the program.
func TestServiceEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	dir, index := folder(t), filepath.Join(t.TempDir(), "index")
	go func() { ended <- run(ctx, dir, index, addr) }()
	for up := false; !up; {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		c, err := net.Dial("tcp", addr)
		if up = err == nil; up {
			c.Close()
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("it does not end")
	}
}
