package openai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/openai"
)

// A server plays a script: one reply per request, the last one for all further.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	script   []reply
	requests []request
}

type reply func(w http.ResponseWriter, r *http.Request)

// A request is what the server got.
type request struct {
	path, query, auth string
	body              map[string]any
}

func (r request) prompt() string {
	var b strings.Builder
	for _, m := range r.body["messages"].([]any) {
		b.WriteString(m.(map[string]any)["content"].(string) + "\n")
	}
	return b.String()
}

func serve(t testing.TB, script ...reply) *server {
	t.Helper()
	s := &server{script: script}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		s.mu.Lock()
		i := min(len(s.requests), len(s.script)-1)
		s.requests = append(s.requests, request{r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), body})
		s.mu.Unlock()
		s.script[i](w, r)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections() // a test may leave a reply hanging
		s.Close()
	})
	return s
}

func (s *server) got() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

// raw streams the text as it is.
func raw(text string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, text)
	}
}

// status refuses with a code, a body, and headers in pairs.
func status(code int, body string, headers ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

// plain answers with JSON or another media type instead of a stream.
func plain(media, body string) reply { return status(200, body, "Content-Type", media) }

// hang sends the text and then nothing more.
func hang(text string) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, text)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// silent takes the request and says nothing at all.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// broken sends the text and closes the connection in the middle of the body.
func broken(text string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n%s", text)
		buf.Flush()
		conn.Close()
	}
}

// delta is the event for a piece of text.
func delta(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`+"\n\n", data)
}

const (
	finish = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	done   = "data: [DONE]\n\n"
)

// says streams a whole answer in small pieces.
func says(text string) reply { return sayIn(text, 3) }

// sayIn streams a whole answer in pieces of so many characters.
func sayIn(text string, size int) reply {
	var b strings.Builder
	for runes := []rune(text); len(runes) > 0; {
		n := min(size, len(runes))
		b.WriteString(delta(string(runes[:n])))
		runes = runes[n:]
	}
	return raw(b.String() + finish + done)
}

func newGenerator(t testing.TB, s *server, o *openai.Options) *openai.Generator {
	t.Helper()
	g, err := openai.New(s.URL, "test-model", o)
	if err != nil {
		t.Fatal(err)
	}
	openai.SetSleep(g, func(context.Context, time.Duration) error { return nil })
	return g
}

func hit(text string) groundwork.Hit {
	doc := &groundwork.Document{ID: groundwork.DocumentID("t", "a.md"), URI: "a.md", Title: "Limits", Text: text, Verbatim: true}
	return groundwork.Hit{Chunk: groundwork.NewChunk(doc, groundwork.Span{End: len(text)}, nil, nil)}
}

func ask(question string) generator.Request {
	return generator.Request{Question: question, Passages: []groundwork.Hit{hit("The limit is 40 files."), hit("Copies are kept for 30 days.")}}
}

// An outcome is all that a generator yielded.
type outcome struct {
	text     string
	usage    *generator.Usage
	stop     *generator.Stop
	warnings []groundwork.Warning
	err      error
}

func generate(ctx context.Context, g generator.Generator, r generator.Request) outcome {
	var o outcome
	for e, err := range g.Generate(ctx, r) {
		if err != nil {
			o.err = err
			break
		}
		switch e := e.(type) {
		case generator.Delta:
			o.text += e.Text
		case generator.Usage:
			o.usage = &e
		case generator.Stop:
			o.stop = &e
		case generator.Warned:
			o.warnings = append(o.warnings, e.Warning)
		}
	}
	return o
}

// closedPort returns the URL of a port that nobody listens on.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
