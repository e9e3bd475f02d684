package openai

import (
	"context"
	"io"
	"time"
)

// SetSleep has g wait with f before a retry.
func SetSleep(g *Generator, f func(context.Context, time.Duration) error) { g.sleep = f }

// An Event is an event of a stream.
type Event struct{ Name, Data string }

// ReadEvents returns the events of a stream and the error that ended it.
func ReadEvents(r io.Reader) ([]Event, error) {
	var out []Event
	for e := newEventReader(r); ; {
		ev, err := e.next()
		if err != nil {
			return out, err
		}
		out = append(out, Event{ev.name, ev.data})
	}
}

var RetryAfter = retryAfter
