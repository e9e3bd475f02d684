package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// defaultWait is how long a command waits for another process that is writing.
const defaultWait = time.Minute

// A waitValue is the value of --wait: seconds, or a time with its unit.
type waitValue struct{ d *time.Duration }

func (v waitValue) String() string {
	if v.d == nil {
		return ""
	}
	return v.d.String()
}

func (v waitValue) Type() string { return "TIME" }

func (v waitValue) Set(text string) error {
	d, err := time.ParseDuration(text)
	if seconds, e := strconv.Atoi(text); e == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		return errors.New("give seconds, or a time such as 2m")
	}
	*v.d = d
	return nil
}

func (a *app) waitFlag(cmd *cobra.Command) {
	a.wait = defaultWait
	cmd.Flags().Var(waitValue{&a.wait}, "wait", "how long to wait for another process that is writing")
}

// whileBusy calls try until it reports something else than errBusy, for the
// time of --wait at most. It says for whom it waits.
func (a *app) whileBusy(ctx context.Context, try func() error) error {
	start, told := time.Now(), false
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		err := try()
		if !errors.Is(err, errBusy) {
			return err
		}
		left := a.wait - time.Since(start)
		if left <= 0 {
			return indexf("%w to this index%s", vectorstore.ErrLocked, writerOf(err)).
				remedy("run it again when that is done, or wait longer: --wait 10m")
		}
		if !told && time.Since(start) > time.Second && (!a.json || isTerminal(a.stderr)) && !a.quiet {
			fmt.Fprintf(a.stderr, "kbqa: %v to this index%s; waiting up to %v for it (--wait)\n", vectorstore.ErrLocked, writerOf(err), a.wait)
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(pause, left)):
		}
	}
}

// writerOf names the process that is writing, if err knows it.
func writerOf(err error) string {
	var locked *hnsw.LockedError
	if errors.As(err, &locked) && locked.PID != 0 {
		return fmt.Sprintf(" (process %d)", locked.PID)
	}
	return ""
}

// tellReadOnly says why what is committed so far has to do, and what that lacks.
func (s *stack) tellReadOnly(pending int) {
	why := s.readOnly.Error()
	if errors.Is(s.readOnly, vectorstore.ErrLocked) {
		why = vectorstore.ErrLocked.Error() + " to this index" + writerOf(s.readOnly)
	}
	lacks := ""
	if pending > 0 {
		lacks = fmt.Sprintf(": %d files are pending", pending)
	}
	s.talk("kbqa: %s; using what is committed so far%s", why, lacks)
}

// explainReadOnly is the error of a command that has to write and cannot.
func (s *stack) explainReadOnly(then string) error {
	return indexf("cannot write to the index: %w", s.readOnly).remedy("make that possible and %s", then)
}
