package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/openai"
)

func TestAnswersAreReadInEveryFormServersSend(t *testing.T) {
	const answer = "The limit is 40 files. [1]"
	usage := `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7}}` + "\n\n"
	whole := `{"choices":[{"index":0,"message":{"role":"assistant","content":"The limit is 40 files. [1]"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":7}}`
	stop := func(r generator.StopReason) *generator.Stop { return &generator.Stop{Reason: r} }
	counted := &generator.Usage{PromptTokens: 12, AnswerTokens: 7}
	for name, c := range map[string]struct {
		reply reply
		text  string
		usage *generator.Usage
		stop  *generator.Stop
	}{
		"a plain stream":              {says(answer), answer, nil, stop(generator.StopDone)},
		"with usage":                  {raw(delta(answer) + finish + usage + done), answer, counted, stop(generator.StopDone)},
		"usage without choices":       {raw(delta(answer) + finish + `data: {"choices":null,"usage":{"prompt_tokens":12,"completion_tokens":7}}` + "\n\n" + done), answer, counted, stop(generator.StopDone)},
		"CRLF and comments":           {raw(": hello\r\n\r\n" + strings.ReplaceAll(delta(answer)+finish+done, "\n", "\r\n") + ": bye\r\n"), answer, nil, stop(generator.StopDone)},
		"data over several lines":     {raw("data: {\"choices\":[{\"delta\":\ndata:{\"content\":\"The limit is 40 files. [1]\"}}]}\n\n" + done), answer, nil, stop(generator.StopDone)},
		"an unknown field and id":     {raw("id: 7\nretry: 10\nfoo\n" + delta(answer) + finish + done), answer, nil, stop(generator.StopDone)},
		"no finish_reason":            {raw(delta(answer) + done), answer, nil, stop(generator.StopDone)},
		"finished without [DONE]":     {raw(delta(answer) + finish), answer, nil, stop(generator.StopDone)},
		"no blank line at the end":    {raw(delta(answer) + finish + "data: [DONE]"), answer, nil, stop(generator.StopDone)},
		"one object, not streamed":    {plain("application/json; charset=utf-8", whole), answer, counted, stop(generator.StopDone)},
		"a stream called JSON":        {plain("application/json", delta(answer)+finish+done), answer, nil, stop(generator.StopDone)},
		"an object called text":       {plain("text/plain", "\n"+whole), answer, counted, stop(generator.StopDone)},
		"content in parts":            {raw(`data: {"choices":[{"delta":{"content":[{"type":"thinking","text":"hm"},{"type":"text","text":"The limit is 40 files. [1]"}]}}]}` + "\n\n" + done), answer, nil, stop(generator.StopDone)},
		"null content":                {raw(`data: {"choices":[{"delta":{"role":"assistant","content":null}}]}` + "\n\n" + delta(answer) + done), answer, nil, stop(generator.StopDone)},
		"reasoning beside":            {raw(`data: {"choices":[{"delta":{"reasoning_content":"Let me see","content":""}}]}` + "\n\n" + delta(answer) + done), answer, nil, stop(generator.StopDone)},
		"thoughts in the text":        {says("<think>\n41? No, 40. [1]</think>\n\n" + answer), answer, nil, stop(generator.StopDone)},
		"a second choice":             {raw(`data: {"choices":[{"index":1,"delta":{"content":"Nonsense."}}]}` + "\n\n" + delta(answer) + done), answer, nil, stop(generator.StopDone)},
		"cut at the limit":            {raw(delta("The limit is") + `data: {"choices":[{"delta":{},"finish_reason":"length"}]}` + "\n\n" + done), "The limit is", nil, stop(generator.StopLength)},
		"no answer":                   {says("NOT_IN_PASSAGES"), "", nil, &generator.Stop{Reason: generator.StopAbstained, Detail: "the model finds no answer in the passages"}},
		"no answer, in bold and more": {says("**NOT_IN_PASSAGES** I am sorry."), "", nil, &generator.Stop{Reason: generator.StopAbstained, Detail: "the model finds no answer in the passages"}},
		"begins like no answer":       {says("NOTE: 40. [1]"), "NOTE: 40. [1]", nil, stop(generator.StopDone)},
		"all of it held back":         {says("NOT"), "NOT", nil, stop(generator.StopDone)},
		"a byte order mark":           {raw("\uFEFF" + delta(answer) + done), answer, nil, stop(generator.StopDone)},
	} {
		t.Run(name, func(t *testing.T) {
			o := generate(t.Context(), newGenerator(t, serve(t, c.reply), nil), ask("What is the limit?"))
			if o.err != nil {
				t.Fatal(o.err)
			}
			if o.text != c.text {
				t.Errorf("text %q, want %q", o.text, c.text)
			}
			if fmt.Sprint(o.usage) != fmt.Sprint(c.usage) || fmt.Sprint(o.stop) != fmt.Sprint(c.stop) {
				t.Errorf("usage %v, stop %v; want %v, %v", o.usage, o.stop, c.usage, c.stop)
			}
		})
	}
}

func TestFailuresAreTyped(t *testing.T) {
	some := delta("The limit")
	short := &openai.Options{FirstTimeout: 80 * time.Millisecond, IdleTimeout: 80 * time.Millisecond, Retries: -1}
	patient := &openai.Options{Retries: -1}
	for name, c := range map[string]struct {
		reply       reply
		want        error
		unreachable bool
		says        string
	}{
		"hangs before the answer":          {silent, openai.ErrTimeout, true, "80ms"},
		"hangs in the answer":              {hang(some), openai.ErrTimeout, true, "80ms"},
		"cut, chunked body closed":         {raw(some), openai.ErrCut, true, "middle"},
		"cut, connection closed":           {broken(some), openai.ErrCut, true, "unexpected EOF"},
		"cut in an event":                  {raw(some + `data: {"choi`), openai.ErrCut, true, "middle"},
		"empty body":                       {raw(""), openai.ErrCut, true, "middle"},
		"an event that is no JSON":         {raw(some + "data: {nonsense}\n\n" + done), openai.ErrMalformed, false, "nonsense"},
		"an event of another shape":        {raw("data: [1,2]\n\n" + done), openai.ErrMalformed, false, "/v1"},
		"a web page":                       {plain("text/html", "<html>hello"), openai.ErrMalformed, false, "web page"},
		"another JSON document":            {plain("application/json", `{"hello":"world"}`), openai.ErrMalformed, false, "no text"},
		"broken JSON":                      {plain("application/json", `{"choices":`), openai.ErrMalformed, false, "JSON"},
		"no text":                          {raw(finish + done), openai.ErrMalformed, false, "no text"},
		"only thoughts":                    {says("<think>forty"), openai.ErrMalformed, false, "no text"},
		"thoughts up to the limit":         {raw(delta("<think>forty") + `data: {"choices":[{"delta":{},"finish_reason":"length"}]}` + "\n\n" + done), openai.ErrMalformed, false, "higher"},
		"an error in the stream":           {raw(some + `data: {"error":{"message":"out of memory","code":500}}` + "\n\n"), openai.ErrServer, true, "out of memory"},
		"an error as text":                 {raw(`data: {"error":"out of memory"}` + "\n\n"), openai.ErrServer, true, "out of memory"},
		"an error event":                   {raw("event: error\ndata: {\"message\":\"out of memory\"}\n\n"), openai.ErrServer, true, "out of memory"},
		"an error object of old vLLM":      {raw(`data: {"object":"error","message":"out of memory","code":500}` + "\n\n"), openai.ErrServer, true, "out of memory"},
		"too long, told in the stream":     {raw(`data: {"error":{"message":"This model's maximum context length is 4096 tokens","code":400}}` + "\n\n"), openai.ErrTooLong, false, "budget"},
		"rate limit in the stream":         {raw(`data: {"error":{"message":"slow down","code":429}}` + "\n\n"), openai.ErrRateLimit, true, "slow down"},
		"the content filter":               {raw(some + `data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}` + "\n\n" + done), openai.ErrRefused, false, "filter"},
		"a refusal":                        {raw(`data: {"choices":[{"delta":{"refusal":"I cannot help with that"}}]}` + "\n\n" + done), openai.ErrRefused, false, "cannot help"},
		"a tool call":                      {raw(`data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n" + done), openai.ErrMalformed, false, "tool"},
		"an endless line":                  {raw("data: " + strings.Repeat("x", 2<<20)), openai.ErrMalformed, false, "more is sent"},
		"an endless event":                 {raw(strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 2000)), openai.ErrMalformed, false, "more is sent"},
		"401":                              {status(401, `{"error":{"message":"bad key"}}`), openai.ErrAuth, false, "check the key"},
		"403":                              {status(403, ""), openai.ErrAuth, false, "(403)"},
		"404 of a model":                   {status(404, `{"error":{"message":"model \"x\" not found"}}`), openai.ErrBadRequest, false, `model "x" not found`},
		"404 of a path":                    {status(404, "404 page not found"), openai.ErrBadRequest, false, "/v1"},
		"400":                              {status(400, `{"error":"unknown field"}`), openai.ErrBadRequest, false, "unknown field"},
		"400, context length":              {status(400, `{"error":{"message":"no","code":"context_length_exceeded"}}`), openai.ErrTooLong, false, "more context"},
		"400, context size of llama.cpp":   {status(400, `{"error":{"code":400,"type":"exceed_context_size_error","message":"the request exceeds the available size"}}`), openai.ErrTooLong, false, "more context"},
		"413":                              {status(413, ""), openai.ErrTooLong, false, "budget"},
		"429":                              {status(429, `{"error":{"message":"slow down"}}`), openai.ErrRateLimit, true, "slow down"},
		"500":                              {status(500, "boom"), openai.ErrServer, true, "boom"},
		"503 with a web page":              {status(503, "<html>"), openai.ErrServer, true, "(503)"},
		"a redirect to another server":     {status(307, "", "Location", "http://127.0.0.1:1/v1/chat/completions"), openai.ErrUnreachable, true, "another server"},
		"redirects in a circle":            {status(307, "", "Location", "/v1/chat/completions"), openai.ErrUnreachable, true, "more than three"},
		"a redirect to another web scheme": {status(307, "", "Location", "https://127.0.0.1/v1"), openai.ErrUnreachable, true, "another server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := patient
			if c.want == openai.ErrTimeout {
				opts = short
			}
			o := generate(t.Context(), newGenerator(t, serve(t, c.reply), opts), ask("What is the limit?"))
			if !errors.Is(o.err, c.want) || errors.Is(o.err, generator.ErrUnreachable) != c.unreachable {
				t.Fatalf("error %v, want %v, unreachable %v", o.err, c.want, c.unreachable)
			}
			var e *openai.Error
			if !errors.As(o.err, &e) || !strings.Contains(e.Error(), c.says) {
				t.Errorf("error %v, want a *Error that says %q", o.err, c.says)
			}
			if o.stop != nil {
				t.Errorf("stop %v before an error", o.stop)
			}
		})
	}
}

func TestServerThatDoesNotRun(t *testing.T) {
	g, err := openai.New(closedPort(t), "m", nil)
	if err != nil {
		t.Fatal(err)
	}
	waits := 0
	openai.SetSleep(g, func(context.Context, time.Duration) error { waits++; return nil })
	o := generate(t.Context(), g, ask("q"))
	if !errors.Is(o.err, openai.ErrUnreachable) || !errors.Is(o.err, generator.ErrUnreachable) || waits != 2 {
		t.Errorf("error %v after %d waits", o.err, waits)
	}
	if !strings.Contains(o.err.Error(), "see that it runs") {
		t.Errorf("error %q says not what to do", o.err)
	}
}

func TestRetriesWaitAsTheServerAsks(t *testing.T) {
	ok := says("Forty. [1]")
	later := time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)
	for name, c := range map[string]struct {
		script   []reply
		requests int
		min, max time.Duration // of each wait
		err      error
	}{
		"429 with seconds":     {[]reply{status(429, "", "Retry-After", "7"), ok}, 2, 7 * time.Second, 7 * time.Second, nil},
		"429 with a date":      {[]reply{status(429, "", "Retry-After", later), ok}, 2, 15 * time.Second, 20 * time.Second, nil},
		"429 with nonsense":    {[]reply{status(429, "", "Retry-After", "soon"), ok}, 2, 250 * time.Millisecond, 750 * time.Millisecond, nil},
		"503 once":             {[]reply{status(503, ""), ok}, 2, 250 * time.Millisecond, 750 * time.Millisecond, nil},
		"503 twice":            {[]reply{status(503, ""), status(500, ""), ok}, 3, 250 * time.Millisecond, 1500 * time.Millisecond, nil},
		"503 for good":         {[]reply{status(503, "")}, 3, 250 * time.Millisecond, 1500 * time.Millisecond, openai.ErrServer},
		"429 for an hour":      {[]reply{status(429, "", "Retry-After", "3600")}, 1, 0, 0, openai.ErrRateLimit},
		"429, no money":        {[]reply{status(429, `{"error":{"message":"quota","code":"insufficient_quota"}}`)}, 1, 0, 0, openai.ErrRateLimit},
		"400 is not repeated":  {[]reply{status(400, "")}, 1, 0, 0, openai.ErrBadRequest},
		"401 is not repeated":  {[]reply{status(401, "")}, 1, 0, 0, openai.ErrAuth},
		"a cut is not either":  {[]reply{raw(delta("Forty")), ok}, 1, 0, 0, openai.ErrCut},
		"nor an error in it":   {[]reply{raw(`data: {"error":"no"}` + "\n\n"), ok}, 1, 0, 0, openai.ErrServer},
		"a reset before it is": {[]reply{broken0, ok}, 2, 250 * time.Millisecond, 750 * time.Millisecond, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.script...)
			g := newGenerator(t, s, nil)
			openai.SetSleep(g, func(_ context.Context, d time.Duration) error {
				if d < c.min || d > c.max {
					t.Errorf("waits %v, want %v to %v", d, c.min, c.max)
				}
				return nil
			})
			o := generate(t.Context(), g, ask("q"))
			if !errors.Is(o.err, c.err) || len(s.got()) != c.requests {
				t.Errorf("error %v after %d requests, want %v after %d", o.err, len(s.got()), c.err, c.requests)
			}
			if c.err == nil && o.text != "Forty. [1]" {
				t.Errorf("text %q", o.text)
			}
		})
	}
}

// broken0 closes the connection without a word.
func broken0(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.Close()
}

func TestRateLimitSaysWhenToAskAgain(t *testing.T) {
	o := generate(t.Context(), newGenerator(t, serve(t, status(429, "", "Retry-After", "3600")), nil), ask("q"))
	var e *openai.Error
	if !errors.As(o.err, &e) || e.RetryAfter != time.Hour || !strings.Contains(e.Error(), "ask again in 1h0m0s") {
		t.Errorf("error %v", o.err)
	}
}

func TestRetryNeverOutlivesTheDeadline(t *testing.T) {
	s := serve(t, status(429, "", "Retry-After", "20"))
	g, err := openai.New(s.URL, "m", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	start := time.Now()
	o := generate(ctx, g, ask("q"))
	if !errors.Is(o.err, openai.ErrRateLimit) || time.Since(start) > 4*time.Second {
		t.Errorf("error %v after %v, want the rate limit at once", o.err, time.Since(start))
	}
}

func TestRetryAfterIsRead(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "-3": 0, "5": 5 * time.Second, " 1.5 ": 1500 * time.Millisecond, "soon": 0, "NaN": 0,
		"1e300":                         365 * 24 * time.Hour,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute,
		"Fri, 02 Jan 2026 03:03:05 GMT": 0,
	} {
		if got := openai.RetryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestEndOfTheCallersContextIsItsOwnError(t *testing.T) {
	for name, r := range map[string]reply{"before the answer": silent, "in the answer": hang(delta("Forty"))} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			o := generate(ctx, newGenerator(t, serve(t, r), nil), ask("q"))
			if !errors.Is(o.err, context.DeadlineExceeded) || errors.Is(o.err, generator.ErrUnreachable) {
				t.Errorf("error %v", o.err)
			}
		})
	}
	t.Run("between retries", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		g := newGenerator(t, serve(t, status(503, "")), nil)
		openai.SetSleep(g, func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() })
		if o := generate(ctx, g, ask("q")); !errors.Is(o.err, context.Canceled) {
			t.Errorf("error %v", o.err)
		}
	})
}

func TestWholeAnswerHasATimeToo(t *testing.T) {
	drip := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, ": still here\n\n", delta("x"))
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}
	o := generate(t.Context(), newGenerator(t, serve(t, drip), &openai.Options{Timeout: 100 * time.Millisecond}), ask("q"))
	if !errors.Is(o.err, openai.ErrTimeout) {
		t.Errorf("error %v", o.err)
	}
}

func TestSlowReaderIsNoHang(t *testing.T) {
	g := newGenerator(t, serve(t, says("Forty files. [1]")), &openai.Options{FirstTimeout: 10 * time.Second, IdleTimeout: time.Second})
	slept := false
	for _, err := range g.Generate(t.Context(), ask("q")) {
		if err != nil {
			t.Fatal(err)
		}
		if !slept {
			slept = true
			time.Sleep(1200 * time.Millisecond)
		}
	}
}

func TestBreakingOutClosesTheStream(t *testing.T) {
	closed := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, delta("Forty"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(closed)
	})
	for _, err := range newGenerator(t, s, nil).Generate(t.Context(), ask("q")) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("the request goes on")
	}
}

func TestVeryLongAnswerIsCut(t *testing.T) {
	g := newGenerator(t, serve(t, raw(strings.Repeat(delta(strings.Repeat("word ", 2000)), 100))), nil)
	o := generate(t.Context(), g, ask("q"))
	if o.err != nil || o.stop == nil || o.stop.Reason != generator.StopLength || len(o.text) > 256<<10 {
		t.Errorf("%d bytes, stop %v, error %v", len(o.text), o.stop, o.err)
	}
}

func TestRequestSaysWhatWasAskedFor(t *testing.T) {
	warm := 0.7
	s := serve(t, says("Forty. [1]"))
	g := newGenerator(t, s, &openai.Options{Key: "sk-1", MaxAnswerTokens: 77, Temperature: &warm, Instructions: "Be cheerful."})
	if o := generate(t.Context(), g, ask("What is the <limit>?")); o.err != nil {
		t.Fatal(o.err)
	}
	r := s.got()[0]
	if r.path != "/v1/chat/completions" || r.auth != "Bearer sk-1" || r.body["model"] != "test-model" || r.body["stream"] != true ||
		r.body["max_tokens"] != 77.0 || r.body["temperature"] != 0.7 {
		t.Errorf("request %+v", r)
	}
	for _, want := range []string{"The limit is 40 files.", "What is the <limit>?", "Be cheerful.", "<<passage 2 "} {
		if !strings.Contains(r.prompt(), want) {
			t.Errorf("the prompt lacks %q:\n%s", want, r.prompt())
		}
	}
}

func TestFieldsThatAServerRefusesAreLeftOut(t *testing.T) {
	refuse := func(field string) reply {
		return status(400, fmt.Sprintf(`{"error":{"message":"Unsupported parameter: '%s'","param":"%s","code":"unsupported_parameter"}}`, field, field))
	}
	s := serve(t, refuse("max_tokens"), refuse("temperature"), status(422, `{"detail":[{"loc":["body","stream_options"],"msg":"extra"}]}`), says("Forty. [1]"))
	g := newGenerator(t, s, &openai.Options{Retries: -1})
	for range 2 {
		if o := generate(t.Context(), g, ask("q")); o.err != nil || o.text != "Forty. [1]" {
			t.Fatalf("%+v", o)
		}
	}
	got := s.got()
	last := got[len(got)-1].body
	if len(got) != 5 || last["max_tokens"] != nil || last["max_completion_tokens"] != 1024.0 || last["temperature"] != nil || last["stream_options"] != nil {
		t.Errorf("%d requests, the last %v", len(got), last)
	}
	s = serve(t, status(400, `{"error":{"message":"max_tokens is too large: 1024"}}`))
	if o := generate(t.Context(), newGenerator(t, s, nil), ask("q")); !errors.Is(o.err, openai.ErrBadRequest) || len(s.got()) != 1 {
		t.Errorf("a limit that is too large: %v after %d requests", o.err, len(s.got()))
	}
	warm := 0.5
	s = serve(t, refuse("temperature"))
	if o := generate(t.Context(), newGenerator(t, s, &openai.Options{Temperature: &warm}), ask("q")); !errors.Is(o.err, openai.ErrBadRequest) || len(s.got()) != 1 {
		t.Errorf("a temperature that was asked for: %v", o.err)
	}
}

func TestPassagesBeyondTheBudgetAreLeftOutWithAWarning(t *testing.T) {
	s := serve(t, says("Forty. [1]"))
	r := ask("What is the limit?")
	for i := range 40 {
		r.Passages = append(r.Passages, hit(fmt.Sprintf("Passage number %d. %s", i, strings.Repeat("Filler words. ", 40))))
	}
	o := generate(t.Context(), newGenerator(t, s, nil), r)
	if o.err != nil || len(o.warnings) != 1 || o.warnings[0].Code != groundwork.Truncated {
		t.Fatalf("%+v", o)
	}
	prompt := s.got()[0].prompt()
	if !strings.Contains(prompt, "The limit is 40 files.") || strings.Contains(prompt, "Passage number 39") {
		t.Error("not the best passages were kept")
	}
}

func TestBaseURLs(t *testing.T) {
	s := serve(t, says("Forty. [1]"))
	for suffix, path := range map[string]string{
		"": "/v1/chat/completions", "/": "/v1/chat/completions", "/v1": "/v1/chat/completions", "/v1///": "/v1/chat/completions",
		"/api/openai": "/api/openai/chat/completions", "/v1/chat/completions": "/v1/chat/completions", "/v1?api-version=3": "/v1/chat/completions",
	} {
		g, err := openai.New(s.URL+suffix, "m", nil)
		if err != nil {
			t.Fatal(err)
		}
		if o := generate(t.Context(), g, ask("q")); o.err != nil {
			t.Fatal(o.err)
		}
		got := s.got()
		if r := got[len(got)-1]; r.path != path || strings.Contains(suffix, "?") && r.query != "api-version=3" {
			t.Errorf("%q asks %s?%s", suffix, r.path, r.query)
		}
	}
	for _, bad := range []string{"", "localhost:11434", "ftp://x/v1", "http://", "http://user:hunter2@x/v1", "http://x/v1#y", "http://user:hunter2@x:y/v1", "http://[::1/hunter2"} {
		if _, err := openai.New(bad, "m", nil); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

func TestOptionsThatCannotBeHonouredAreErrors(t *testing.T) {
	hot := 3.0
	for name, o := range map[string]openai.Options{
		"prompt":      {MaxPromptTokens: -1},
		"answer":      {MaxAnswerTokens: -1},
		"timeout":     {IdleTimeout: -1},
		"temperature": {Temperature: &hot},
		"two keys":    {Key: "k", KeyFunc: func(context.Context) (openai.Secret, error) { return "", nil }},
	} {
		if _, err := openai.New("http://localhost", "m", &o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := openai.New("http://localhost", " ", nil); err == nil {
		t.Error("a model without a name")
	}
}

// TestKeyShowsNowhere has a server that repeats the key in every way it can.
func TestKeyShowsNowhere(t *testing.T) {
	const key = "sk-canary-0123456789"
	echo := func(code int) reply {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"error":{"message":"your key %s is wrong","code":"%[1]s"}}`, key)
		}
	}
	replies := map[string]reply{
		"in the stream":  raw(`data: {"error":{"message":"your key ` + key + ` is wrong"}}` + "\n\n"),
		"malformed":      raw("data: " + key + "\n\n"),
		"refusal":        raw(`data: {"choices":[{"delta":{"refusal":"` + key + `"}}]}` + "\n\n"),
		"redirect":       status(307, "", "Location", "http://127.0.0.1:1/?key="+key),
		"bad redirect":   status(307, "", "Location", "http://127.0.0.1:1:2/"+key),
		"not HTTP":       rawConn(key + "\r\n\r\n"),
		"a broken body":  broken(key),
		"a broken chunk": rawConn("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + key + "\r\n"),
		"hang":           silent,
	}
	for _, code := range []int{400, 401, 403, 404, 418, 422, 429, 500, 503} {
		replies[fmt.Sprint(code)] = echo(code)
	}
	for name, r := range replies {
		for _, o := range []*openai.Options{{Key: key}, {KeyFunc: func(context.Context) (openai.Secret, error) { return key, nil }}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o.FirstTimeout = time.Second
				s := serve(t, r)
				g := newGenerator(t, s, o)
				err := generate(t.Context(), g, ask("q")).err
				if err == nil {
					t.Fatal("no error")
				}
				data, _ := json.Marshal(o.Key)
				shown := fmt.Sprintf("%v|%+v|%#v|%s|%v|%+v|%#v|%v|%x", err, err, err, data, *o, *o, *o, g.Info(), o.Key)
				for e := err; e != nil; e = errors.Unwrap(e) {
					shown += fmt.Sprintf("|%v|%#v", e, e)
				}
				var typed *openai.Error
				if errors.As(err, &typed) {
					shown += fmt.Sprintf("|%+v|%v", *typed, typed.Cause)
				}
				if strings.Contains(shown, key) {
					t.Errorf("the key shows:\n%s", shown)
				}
				if got := s.got(); len(got) > 0 && (got[0].auth != "Bearer "+key || strings.Contains(got[0].query, key)) {
					t.Errorf("the key was sent as %q, query %q", got[0].auth, got[0].query)
				}
			})
		}
	}
	if _, err := newBadKey(t); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a key with a line break: %v", err)
	}
}

func newBadKey(t *testing.T) (outcome, error) {
	o := generate(t.Context(), newGenerator(t, serve(t, says("x")), &openai.Options{Key: "sk-canary\n"}), ask("q"))
	return o, o.err
}

// rawConn answers with bytes that may be no HTTP.
func rawConn(text string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(buf, text)
		buf.Flush()
		conn.Close()
	}
}

func TestOtherServerGetsNeitherKeyNorPrompt(t *testing.T) {
	other := serve(t, says("Forty. [1]"))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/v1/chat/completions", http.StatusTemporaryRedirect)
	})
	o := generate(t.Context(), newGenerator(t, s, &openai.Options{Key: "sk-1"}), ask("q"))
	if !errors.Is(o.err, openai.ErrUnreachable) || len(other.got()) != 0 {
		t.Errorf("error %v, the other server got %d requests", o.err, len(other.got()))
	}
	moved := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/new/chat/completions", http.StatusTemporaryRedirect)
	}, says("Forty. [1]"))
	if o := generate(t.Context(), newGenerator(t, moved, &openai.Options{Key: "sk-1"}), ask("q")); o.err != nil || moved.got()[1].auth != "Bearer sk-1" {
		t.Errorf("within the server: %v", o.err)
	}
}

func TestKeyFuncErrorsReachTheCaller(t *testing.T) {
	want := errors.New("vault is sealed")
	g := newGenerator(t, serve(t, says("x")), &openai.Options{KeyFunc: func(context.Context) (openai.Secret, error) { return "", want }})
	if o := generate(t.Context(), g, ask("q")); !errors.Is(o.err, want) {
		t.Errorf("error %v", o.err)
	}
}
