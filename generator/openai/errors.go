package openai

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/seed4837efcb/groundwork/generator"
)

// The kinds of [Error]; errors.Is tells them. The first five also match
// generator.ErrUnreachable.
var (
	ErrUnreachable = errors.New("cannot be reached")           // no connection, or a redirect elsewhere
	ErrTimeout     = errors.New("does not answer in time")     // it accepts the question and hangs
	ErrRateLimit   = errors.New("takes no more questions now") // 429, after retries
	ErrServer      = errors.New("fails")                       // 5xx, after retries, or an error in the stream
	ErrCut         = errors.New("broke off in the middle of the answer")

	ErrAuth       = errors.New("refuses the key")           // 401, 403
	ErrBadRequest = errors.New("refuses the request")       // other 4xx: a wrong model, say
	ErrTooLong    = errors.New("finds the prompt too long") // for the model's context
	ErrRefused    = errors.New("refuses to answer")         // a content filter, or the model itself
	ErrMalformed  = errors.New("answers in another form than the chat API")
)

// An Error is a call to the server that failed.
type Error struct {
	Kind       error         // one of the Err values
	Endpoint   string        // what was called, without query
	Status     int           // of HTTP; 0 without an answer
	Message    string        // what the server said, shortened, without the key
	RetryAfter time.Duration // what the server asks to wait; 0 if it does not say
	Cause      error         // of the network, without the key; may be nil
}

// Error tells what happened and what to do next.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "openai: the server at %s %v", e.Endpoint, e.Kind)
	if e.Status != 0 && e.Status != http.StatusOK {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	if r := e.remedy(); r != "" {
		b.WriteString("; " + r)
	}
	return b.String()
}

func (e *Error) remedy() string {
	switch e.Kind {
	case ErrUnreachable:
		return "see that it runs and that the base URL is right"
	case ErrTimeout:
		return "see whether it is busy loading a model, or allow more time"
	case ErrRateLimit:
		if e.RetryAfter > 0 {
			return fmt.Sprintf("ask again in %v", e.RetryAfter.Round(time.Second))
		}
		return "ask again later, or see what the account may use"
	case ErrServer, ErrCut:
		return "ask again, or look into its log"
	case ErrAuth:
		return "check the key, and that it is for this server and model"
	case ErrTooLong:
		return "lower the prompt's budget or the number of passages, or give the model more context"
	case ErrBadRequest:
		return "check the name of the model and the base URL, which as a rule ends in /v1"
	case ErrMalformed:
		return "check the base URL, which as a rule ends in /v1"
	}
	return ""
}

// Unwrap returns the kind, what it belongs to, and the cause.
func (e *Error) Unwrap() []error {
	errs := []error{e.Kind}
	switch e.Kind {
	case ErrUnreachable, ErrTimeout, ErrRateLimit, ErrServer, ErrCut:
		errs = append(errs, generator.ErrUnreachable)
	}
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	return errs
}

// kindOf returns the kind for an HTTP status and what the server said.
func kindOf(status int, said serverError) error {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ErrAuth
	case status == http.StatusTooManyRequests:
		return ErrRateLimit
	case status >= 500, status == http.StatusRequestTimeout, status == 0:
		return ErrServer
	case status == http.StatusRequestEntityTooLarge, said.isTooLong():
		return ErrTooLong
	}
	return ErrBadRequest
}

// isTooLong recognizes how servers say that the prompt exceeds the context.
func (e serverError) isTooLong() bool {
	if strings.Contains(e.code, "context_length") || strings.Contains(e.kind, "exceed_context_size") {
		return true
	}
	m := strings.ToLower(e.message)
	for _, part := range []string{"context length", "context size", "context window", "maximum context", "too many tokens", "prompt is too long"} {
		if strings.Contains(m, part) {
			return true
		}
	}
	return false
}

// maxMessage bounds how much of what a server says is shown.
const maxMessage = 300

// scrub returns what a server or the network said as it may be shown: on one
// line, bounded, without the key.
func scrub(message, key string) string {
	if key != "" {
		message = strings.ReplaceAll(message, key, "[key]")
	}
	message = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, message)
	message = strings.Join(strings.Fields(message), " ")
	if runes := []rune(message); len(runes) > maxMessage {
		message = string(runes[:maxMessage]) + "…"
	}
	return message
}
