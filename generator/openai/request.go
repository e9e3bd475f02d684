package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seed4837efcb/groundwork/generator"
)

// chatRequest is the body of a request.
type chatRequest struct {
	Model               string         `json:"model"`
	Messages            []chatMessage  `json:"messages"`
	Stream              bool           `json:"stream"`
	StreamOptions       *streamOptions `json:"stream_options,omitempty"`
	Temperature         *float64       `json:"temperature,omitempty"`
	MaxTokens           int            `json:"max_tokens,omitempty"`
	MaxCompletionTokens int            `json:"max_completion_tokens,omitempty"`
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// quirks are what the server was found not to take. Servers of this kind differ
// in a few fields, and say so only when asked.
type quirks struct{ noStreamOptions, noTemperature, newMaxTokens atomic.Bool }

func (g *Generator) body(p *generator.Prompt) ([]byte, error) {
	r := chatRequest{Model: g.model, Stream: true, Messages: []chatMessage{{"system", p.System}, {"user", p.User}}}
	if !g.quirks.noStreamOptions.Load() {
		r.StreamOptions = &streamOptions{IncludeUsage: true}
	}
	if r.Temperature = g.opts.Temperature; r.Temperature == nil && !g.quirks.noTemperature.Load() {
		r.Temperature = new(float64)
	}
	if g.quirks.newMaxTokens.Load() {
		r.MaxCompletionTokens = g.opts.MaxAnswerTokens
	} else {
		r.MaxTokens = g.opts.MaxAnswerTokens
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return b.Bytes(), err
}

// learn reports whether the server refused a field that can be done without or
// has another name, and remembers it. What the program asked for itself is
// never dropped.
func (g *Generator) learn(e *Error, said serverError) bool {
	if e.Kind != ErrBadRequest || e.Status != http.StatusBadRequest && e.Status != http.StatusUnprocessableEntity {
		return false
	}
	// A limit may also be refused for its size.
	renamed := strings.Contains(said.message, "max_completion_tokens") || said.code == "unsupported_parameter"
	for _, f := range []struct {
		name    string
		mayDrop bool
		quirk   *atomic.Bool
	}{
		{"stream_options", true, &g.quirks.noStreamOptions},
		{"temperature", g.opts.Temperature == nil, &g.quirks.noTemperature},
		{"max_tokens", renamed, &g.quirks.newMaxTokens},
	} {
		if f.mayDrop && (said.param == f.name || strings.Contains(said.message, f.name)) && f.quirk.CompareAndSwap(false, true) {
			return true
		}
	}
	return false
}

// send sends the prompt until the server takes it, and returns its answer.
func (c *call) send(ctx context.Context, p *generator.Prompt) (*http.Response, error) {
	for tries := 0; ; {
		resp, err := c.try(ctx, p)
		var failed *Error
		if err == nil || !errors.As(err, &failed) {
			return resp, err
		}
		if c.learned {
			c.learned = false
			continue
		}
		wait, ok := c.retryIn(tries, failed)
		if !ok {
			return nil, err
		}
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < wait {
			return nil, err
		}
		if c.sleep(ctx, wait) != nil {
			return nil, c.ended(ctx)
		}
		tries++
	}
}

// try sends one request. An answer other than 200 is an error.
func (c *call) try(ctx context.Context, p *generator.Prompt) (*http.Response, error) {
	req, err := c.request(ctx, p)
	if err != nil {
		return nil, err
	}
	c.watch.arm(c.opts.FirstTimeout)
	resp, err := c.client.Do(req)
	if err == nil && resp.StatusCode == http.StatusOK {
		return resp, nil // the watch goes on to the first event
	}
	c.watch.stop()
	if err != nil {
		return nil, c.networkError(ctx, err)
	}
	defer resp.Body.Close()
	return nil, c.statusError(resp)
}

func (c *call) request(ctx context.Context, p *generator.Prompt) (*http.Request, error) {
	body, err := c.body(p)
	if err != nil {
		return nil, fmt.Errorf("openai: encode the prompt: %w", err)
	}
	key := c.opts.Key
	if c.opts.KeyFunc != nil {
		if key, err = c.opts.KeyFunc(ctx); err != nil {
			return nil, fmt.Errorf("openai: get the key: %w", err)
		}
	}
	c.key = string(key)
	if strings.ContainsFunc(c.key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("openai: the key holds a space, a line break or another character that no key has; check where it was copied from")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("openai: the base URL makes no request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream, application/json")
	req.Header.Set("User-Agent", "groundwork")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	return req, nil
}

// errElsewhere is the cause of an error for a redirect that is not followed.
var errElsewhere = errors.New("it redirects to another server, which gets neither the key nor the documents")

// sameServer follows redirects within the server that was named.
func sameServer(req *http.Request, via []*http.Request) error {
	if req.URL.Scheme != via[0].URL.Scheme || req.URL.Host != via[0].URL.Host {
		return errElsewhere
	}
	if len(via) > 3 {
		return errors.New("it redirects more than three times")
	}
	return nil
}

// networkError describes an error without an HTTP answer.
func (c *call) networkError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return c.ended(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // u repeats the URL
	}
	return &Error{Kind: ErrUnreachable, Endpoint: c.endpoint.name, Cause: c.clean(err)}
}

// clean returns err, or its text alone if that holds the key.
func (c *call) clean(err error) error {
	if c.key != "" && strings.Contains(err.Error(), c.key) {
		return errors.New(scrub(err.Error(), c.key))
	}
	return err
}

// maxErrorBody bounds how much of an error's body is read.
const maxErrorBody = 64 << 10

func (c *call) statusError(resp *http.Response) error {
	c.watch.arm(c.opts.IdleTimeout)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what was read will do
	c.watch.stop()
	said := readServerError(body)
	e := &Error{Kind: kindOf(resp.StatusCode, said), Endpoint: c.endpoint.name, Status: resp.StatusCode,
		Message: scrub(said.message, c.key), RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	c.quota = said.code == "insufficient_quota"
	c.learned = c.learn(e, said)
	return e
}

// refusedConnection reports whether a request that failed with err never
// reached the server, or reached one that was just going away.
func refusedConnection(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return dns.IsTemporary
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF):
		return true
	}
	return errors.As(err, &op) && op.Op == "dial"
}
