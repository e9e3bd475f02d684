package isolate

import (
	"context"
	"fmt"
)

// A job is one exchange with a child.
type job struct {
	process *process
	limits  Limits
	header  header
	clean   bool // the child is alive and ready for the next job
}

// do sends the job and yields what comes back. It reports done if yield ended
// the loop.
func (j *job) do(ctx context.Context, input []byte, yield func([]byte) bool) (done bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, j.limits.Wall, ErrDeadline)
	defer cancel()
	p := j.process
	stop := context.AfterFunc(ctx, func() { p.kill(context.Cause(ctx)) })
	defer func() {
		// Where the timer came first the child is being killed.
		if !stop() || done {
			j.clean = false
		}
	}()
	// A child that does not take its input is found out by the reading below.
	sent := writeJob(p.stdin, j.header, input)
	for total := int64(0); ; {
		kind, payload, err := readFrame(p.frames)
		if err == nil && kind == kindFrame {
			if total += int64(len(payload)); total > j.limits.Output {
				p.kill(ErrOutput)
				return false, p.failure(nil)
			}
			if !yield(payload) {
				p.kill(context.Canceled)
				return true, nil
			}
			continue
		}
		return false, j.end(kind, payload, err, sent)
	}
}

// end returns the error that the last frame stands for.
func (j *job) end(kind byte, payload []byte, err, sent error) error {
	name := j.header.Handler
	j.clean = err == nil && sent == nil
	switch {
	case err != nil:
		return fmt.Errorf("isolate: %s: %w", name, j.process.failure(err))
	case kind == kindDone:
		return nil
	case kind == kindError:
		return &JobError{Handler: name, Text: string(payload)}
	case kind == kindUnknown:
		return fmt.Errorf("isolate: %w: %q; pass it to isolate.Main", ErrHandler, name)
	case kind == kindPanic:
		j.clean = false
		return fmt.Errorf("isolate: %s: %w: %s", name, ErrCrash, payload)
	}
	j.clean = false
	return fmt.Errorf("isolate: %s: %w: frame of kind %q", name, ErrCrash, kind)
}
