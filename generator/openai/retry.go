package openai

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// firstWait is the mean wait before the first retry; it doubles with each.
const firstWait = 500 * time.Millisecond

// retryIn returns how long to wait before the request is sent again, after it
// was tried again tries times; false if it is not worth trying.
func (c *call) retryIn(tries int, e *Error) (time.Duration, bool) {
	if tries >= c.opts.Retries || c.quota {
		return 0, false
	}
	switch {
	case e.Kind == ErrRateLimit, e.Kind == ErrServer:
	case e.Kind == ErrUnreachable && refusedConnection(e.Cause):
	default:
		return 0, false
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter, e.RetryAfter <= c.opts.MaxRetryWait
	}
	mean := firstWait << min(tries, 10)
	wait := time.Duration((0.5 + rand.Float64()) * float64(mean)) // so that clients do not come back together
	return min(wait, c.opts.MaxRetryWait), true
}

// retryAfter reads a Retry-After header: seconds, or a date. 0 says nothing.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if s, err := strconv.ParseFloat(header, 64); err == nil {
		const year = 365 * 24 * time.Hour
		if !(s > 0) {
			return 0
		}
		return time.Duration(min(s, year.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A watch ends a context when something takes too long.
type watch struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// arm lets the watch end the context after d, unless stop comes first.
func (w *watch) arm(d time.Duration) {
	w.stop()
	w.timer = time.AfterFunc(d, func() { w.cancel(&tooSlow{d}) })
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// tooSlow is the cause of a context that a watch ended.
type tooSlow struct{ after time.Duration }

func (e *tooSlow) Error() string { return "nothing came for " + e.after.String() }
