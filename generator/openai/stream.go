package openai

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/seed4837efcb/groundwork/generator"
)

// maxAnswer bounds the text of an answer; what comes after is cut off.
const maxAnswer = 256 << 10

// errStopped says that the consumer broke out of the loop.
var errStopped = errors.New("stopped")

// A call is one answer on its way.
type call struct {
	*Generator
	yield  func(generator.Event, error) bool
	parent context.Context // of Generate, for whose length this value lives
	watch  watch
	key    string // of the last request, to be kept out of errors

	quota   bool // the last error says that waiting does not help
	learned bool // the last error taught something: try again at once

	lead   lead
	size   int    // of the text so far
	finish string // the finish_reason, once it came
	usage  *usage
}

func (c *call) run(ctx context.Context, r generator.Request) error {
	c.parent = ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, expire := context.WithTimeoutCause(ctx, c.opts.Timeout, &tooSlow{c.opts.Timeout})
	defer expire()
	c.watch.cancel = cancel
	defer c.watch.stop()

	p, err := generator.NewPrompt(r, &generator.PromptOptions{MaxTokens: c.opts.MaxPromptTokens, Count: c.opts.CountTokens, Instructions: c.opts.Instructions})
	if err != nil {
		return err
	}
	for _, w := range p.Warnings(r) {
		if err := c.tell(generator.Warned{Warning: w}); err != nil {
			return err
		}
	}
	resp, err := c.send(ctx, p)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := c.read(ctx, resp); err != nil {
		return err
	}
	return c.end()
}

func (c *call) tell(e generator.Event) error {
	if !c.yield(e, nil) {
		return errStopped
	}
	return nil
}

// read takes the answer, streamed or, from servers that do not stream, whole.
func (c *call) read(ctx context.Context, resp *http.Response) error {
	defer c.watch.stop()
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if strings.HasSuffix(media, "html") {
		return c.fail(ErrMalformed, "a web page")
	}
	// Not every server names what it sends.
	body := bufio.NewReader(resp.Body)
	if media != "text/event-stream" && beginsObject(body) {
		return c.readWhole(ctx, body)
	}
	return c.readStream(ctx, body)
}

// beginsObject skips white space and reports whether a JSON object follows.
func beginsObject(r *bufio.Reader) bool {
	for range maxEvent {
		c, err := r.ReadByte()
		if err != nil {
			return false
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return r.UnreadByte() == nil && c == '{'
		}
	}
	return false
}

// readWhole takes an answer that is one JSON object.
func (c *call) readWhole(ctx context.Context, body io.Reader) error {
	data, err := io.ReadAll(&boundedReader{body, maxStream})
	if err != nil {
		return c.cut(ctx, err)
	}
	if done, err := c.take(event{data: string(data)}); done || err != nil {
		return err
	}
	if c.finish == "" {
		c.finish = "stop"
	}
	return nil
}

// readStream takes server-sent events up to [DONE]. A stream that ends without
// one is complete if the model said that it had finished.
func (c *call) readStream(ctx context.Context, body io.Reader) error {
	events := newEventReader(body)
	for {
		ev, err := events.next()
		c.watch.stop()
		if err == io.EOF && c.finish != "" {
			return nil
		}
		if err != nil {
			return c.cut(ctx, err)
		}
		if done, err := c.take(ev); done || err != nil {
			return err
		}
		c.watch.arm(c.opts.IdleTimeout)
	}
}

// take handles one event. It reports whether that was the last.
func (c *call) take(ev event) (done bool, err error) {
	data := strings.TrimSpace(ev.data)
	if data == "[DONE]" {
		if c.finish == "" {
			c.finish = "stop"
		}
		return true, nil
	}
	var ch chunk
	if err := json.Unmarshal([]byte(data), &ch); err != nil {
		if ev.open {
			return false, c.fail(ErrCut, "")
		}
		return false, c.fail(ErrMalformed, "an event that is no JSON object: "+data)
	}
	if said, failed := ch.failure(ev.name); failed {
		return false, c.fail(kindOf(said.status(), said), said.message)
	}
	if ch.Usage != nil {
		c.usage = ch.Usage
	}
	for i := range ch.Choices {
		if ch.Choices[i].Index == 0 {
			return c.choose(&ch.Choices[i])
		}
	}
	return false, nil
}

// choose takes what an event says of the first choice, the only one asked for.
func (c *call) choose(ch *choice) (done bool, err error) {
	m := ch.Delta
	if m == nil {
		m = ch.Message
	}
	if m != nil {
		if m.Refusal != "" {
			return false, c.fail(ErrRefused, string(m.Refusal))
		}
		if err := c.text(string(m.Content)); err != nil {
			return false, err
		}
		if c.size > maxAnswer {
			c.finish = "length"
			return true, nil
		}
	}
	switch ch.FinishReason {
	case "":
		return false, nil
	case "content_filter":
		return false, c.fail(ErrRefused, "its content filter stopped the answer")
	case "tool_calls", "function_call":
		return false, c.fail(ErrMalformed, "a call of a tool, though it was given none")
	case "error":
		return false, c.fail(ErrServer, "the model stopped with an error")
	}
	c.finish = ch.FinishReason
	return false, nil
}

// text passes on what the model says, but for its thoughts and for NoAnswer.
func (c *call) text(s string) error {
	if c.size += len(s); c.size > maxAnswer {
		return nil
	}
	if s = c.lead.add(s); s == "" {
		return nil
	}
	return c.tell(generator.Delta{Text: s})
}

// end yields what is left, the usage, and the stop.
func (c *call) end() error {
	if rest := c.lead.rest(); rest != "" {
		if err := c.tell(generator.Delta{Text: rest}); err != nil {
			return err
		}
	}
	if !c.lead.abstained && !c.lead.spoke {
		if c.finish == "length" {
			return c.fail(ErrMalformed, "no text within the limit of the answer; a model that thinks first needs a higher one")
		}
		return c.fail(ErrMalformed, "no text")
	}
	if c.usage != nil {
		if err := c.tell(generator.Usage{PromptTokens: c.usage.Prompt, AnswerTokens: c.usage.Answer}); err != nil {
			return err
		}
	}
	stop := generator.Stop{Reason: generator.StopDone}
	switch {
	case c.lead.abstained:
		stop = generator.Stop{Reason: generator.StopAbstained, Detail: "the model finds no answer in the passages"}
	case c.finish == "length":
		stop.Reason = generator.StopLength
	}
	return c.tell(stop)
}

func (c *call) fail(kind error, message string) error {
	return &Error{Kind: kind, Endpoint: c.endpoint.name, Message: scrub(message, c.key), Status: http.StatusOK}
}

// cut describes an error in the middle of an answer.
func (c *call) cut(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return c.ended(ctx)
	case errors.Is(err, errTooLarge):
		return c.fail(ErrMalformed, err.Error())
	case err == io.EOF: // that is all there is to say
		return c.fail(ErrCut, "")
	}
	return &Error{Kind: ErrCut, Endpoint: c.endpoint.name, Status: http.StatusOK, Cause: c.clean(err)}
}

// ended describes why ctx ended: the caller's own reason, or a server that is
// too slow.
func (c *call) ended(ctx context.Context) error {
	if err := c.parent.Err(); err != nil {
		return &contextError{err}
	}
	return &Error{Kind: ErrTimeout, Endpoint: c.endpoint.name, Cause: context.Cause(ctx)}
}

// contextError is the end of the caller's context.
type contextError struct{ err error }

func (e *contextError) Error() string { return "openai: " + e.err.Error() }
func (e *contextError) Unwrap() error { return e.err }

// A chunk is an event of a stream, or a whole answer. Servers leave fields out
// or send null for them.
type chunk struct {
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
	Error   json.RawMessage `json:"error"`
	Object  text            `json:"object"`
	Message json.RawMessage `json:"message"`
}

type choice struct {
	Index        int      `json:"index"`
	Delta        *message `json:"delta"`
	Message      *message `json:"message"`
	FinishReason string   `json:"finish_reason"`
}

// A message is what the model says. What some servers send beside, as
// reasoning_content, is no answer.
type message struct {
	Content text `json:"content"`
	Refusal text `json:"refusal"`
}

type usage struct {
	Prompt int `json:"prompt_tokens"`
	Answer int `json:"completion_tokens"`
}

// text is a string, or a list of parts with text each.
type text string

// UnmarshalJSON accepts null and other values as no text.
func (t *text) UnmarshalJSON(data []byte) error {
	*t = ""
	switch data[0] {
	case '"':
		var s string
		err := json.Unmarshal(data, &s)
		*t = text(s)
		return err
	case '[':
		var parts []struct{ Type, Text string }
		if json.Unmarshal(data, &parts) != nil {
			return nil
		}
		for _, p := range parts {
			if p.Type == "text" {
				*t += text(p.Text)
			}
		}
	}
	return nil
}

// failure returns the error that an event reports, if it does.
func (ch *chunk) failure(name string) (serverError, bool) {
	if len(ch.Error) > 0 && !bytes.Equal(ch.Error, []byte("null")) {
		return errorFields(ch.Error), true
	}
	if name == "error" || ch.Object == "error" {
		return errorFields(ch.Message), true
	}
	return serverError{}, false
}
