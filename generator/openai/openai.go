// Package openai words answers with a language model behind a chat endpoint of
// the OpenAI kind: OpenAI itself, Ollama, vLLM, llama.cpp, LM Studio and others.
//
// [New] takes the base URL and the model's name. The model gets the passages
// as data within a token budget and is told to cite them; the pipeline then
// compares every sentence with what it cites. The package reads no environment
// and talks to no server but the one it was given. It does not stop the
// documents' text from reaching that server.
package openai

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork/generator"
)

// Options are the choices of a Generator. The zero value is useful.
type Options struct {
	// Key is sent as a bearer token; empty sends none. KeyFunc, if set, is
	// asked for it before every request instead.
	Key     Secret
	KeyFunc func(context.Context) (Secret, error)

	// MaxPromptTokens bounds the prompt; 0 means
	// generator.DefaultPromptTokens. CountTokens counts as the model does; nil
	// estimates cautiously. Passages that do not fit are left out, with a
	// warning.
	MaxPromptTokens int
	CountTokens     func(text string) int

	// MaxAnswerTokens bounds the answer; 0 means 1024.
	MaxAnswerTokens int

	// Temperature is how freely the model chooses words. nil asks for 0 where
	// the model takes that.
	Temperature *float64

	// Instructions are added to the rules that the model gets.
	Instructions string

	// FirstTimeout bounds the wait for the first event of an answer, in which
	// a server may have to load the model and read the prompt; 0 means 3
	// minutes. IdleTimeout bounds the wait for each further one; 0 means 1
	// minute. Timeout bounds the whole answer, retries included; 0 means 10
	// minutes.
	FirstTimeout, IdleTimeout, Timeout time.Duration

	// Retries is how often a request is repeated that the server refused as
	// too many (429), failed (5xx) or could not take; 0 means 2, a negative
	// number none. Once an answer has begun, nothing is repeated.
	Retries int

	// MaxRetryWait is the longest wait before a retry, also where the server
	// asks for a longer one: then its error is returned at once. 0 means 30
	// seconds.
	MaxRetryWait time.Duration

	// Transport carries the requests; nil means a plain one that uses no proxy.
	Transport http.RoundTripper
}

// A Generator is a generator.Generator that asks a chat endpoint. It is safe
// for concurrent use.
type Generator struct {
	opts     Options
	endpoint endpoint
	model    string
	client   *http.Client
	quirks   quirks
	sleep    func(context.Context, time.Duration) error
}

// New returns a Generator for the model of that name behind baseURL, such as
// http://localhost:11434/v1 (Ollama) or https://api.openai.com/v1. Slashes at
// its end are ignored; a URL without a path gets /v1. opts may be nil. Nothing
// is sent before the first question.
func New(baseURL, model string, opts *Options) (*Generator, error) {
	if opts == nil {
		opts = &Options{}
	}
	e, err := newEndpoint(baseURL)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(model) == "" {
		return nil, errors.New("openai: the model has no name; give one that the server knows")
	}
	g := &Generator{opts: opts.withDefaults(), endpoint: e, model: model, sleep: sleep}
	if err := g.opts.check(); err != nil {
		return nil, err
	}
	g.client = &http.Client{Transport: g.opts.Transport, CheckRedirect: sameServer}
	return g, nil
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.FirstTimeout, 3*time.Minute)
	set(&o.IdleTimeout, time.Minute)
	set(&o.Timeout, 10*time.Minute)
	set(&o.MaxRetryWait, 30*time.Second)
	if o.MaxAnswerTokens == 0 {
		o.MaxAnswerTokens = 1024
	}
	if o.Retries == 0 {
		o.Retries = 2
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10}
	}
	return o
}

func (o *Options) check() error {
	switch {
	case o.MaxPromptTokens < 0 || o.MaxAnswerTokens < 0:
		return fmt.Errorf("openai: MaxPromptTokens is %d and MaxAnswerTokens %d; want 0 for the default, or positive numbers", o.MaxPromptTokens, o.MaxAnswerTokens)
	case o.FirstTimeout < 0 || o.IdleTimeout < 0 || o.Timeout < 0 || o.MaxRetryWait < 0:
		return errors.New("openai: a timeout is negative; want 0 for the default, or a positive one")
	case o.Temperature != nil && !(*o.Temperature >= 0 && *o.Temperature <= 2):
		return fmt.Errorf("openai: Temperature is %v; want 0 to 2", *o.Temperature)
	case o.Key != "" && o.KeyFunc != nil:
		return errors.New("openai: both Key and KeyFunc are set; want one of them")
	}
	return nil
}

// Info implements generator.Generator.
func (g *Generator) Info() generator.Info {
	return generator.Info{Name: "openai", Model: g.model}
}

// Generate implements generator.Generator. It yields the answer as Deltas, the
// Usage where the server tells, and a Stop. Errors are *Error, those of the
// context, generator.ErrPromptTooLong, or those of KeyFunc.
func (g *Generator) Generate(ctx context.Context, r generator.Request) iter.Seq2[generator.Event, error] {
	return func(yield func(generator.Event, error) bool) {
		c := &call{Generator: g, yield: yield}
		if err := c.run(ctx, r); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// An endpoint is where questions are sent.
type endpoint struct {
	url  string
	name string // to show: without query
}

func newEndpoint(baseURL string) (endpoint, error) {
	u, err := url.Parse(strings.TrimSpace(baseURL))
	const want = "want one like http://localhost:11434/v1"
	switch {
	case err != nil: // the error would repeat the URL, which may hold a password
		return endpoint{}, errors.New("openai: the base URL cannot be read; " + want)
	case u.User != nil:
		return endpoint{}, errors.New("openai: the base URL holds a user or password, which would show up in logs; give the key by itself")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return endpoint{}, fmt.Errorf("openai: the base URL %q has no http:// or https:// and server; %s", u.Redacted(), want)
	case u.Fragment != "":
		return endpoint{}, errors.New("openai: the base URL holds a #; " + want)
	}
	const method = "/chat/completions"
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	if u.Path == "" {
		u.Path = "/v1"
	}
	if !strings.HasSuffix(u.Path, method) {
		u.Path += method
	}
	return endpoint{url: u.String(), name: u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, method)}, nil
}
