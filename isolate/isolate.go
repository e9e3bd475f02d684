// Package isolate runs code that reads foreign bytes in a child process that
// can be killed: where a parser may loop for ever, exhaust the stack or eat
// all memory, nothing inside the process can stop it.
//
// The children are copies of the program itself, so the program has to let
// them in. Its main function begins with
//
//	func main() {
//		worker := isolate.Main(pdf.Handler())
//		defer worker.Close()
//		…
//	}
//
// In a child process Main serves jobs and never returns; everywhere else it
// returns the [Worker] that loaders ask for in their options. There is no
// other way to start a copy of a program, so a program that knows nothing of
// this package is never started twice. One whose main cannot be changed names
// a small program that calls Main with [Helper].
//
// Package initialization runs in the children as well, before Main: it should
// be quick and without side effects.
//
// # What is held back
//
// On every system: the wall clock time, the output and the memory of the Go
// heap and stacks are limited, the child is killed when its job is cancelled,
// and it ends by itself when its parent is gone. It has no environment but
// GOTRACEBACK=none (and SYSTEMROOT on Windows), no open file but its pipes, and
// what it prints goes nowhere. On Linux and macOS its working directory is the
// root.
//
// On Linux the kernel enforces memory (RLIMIT_DATA) and CPU time too, forbids
// core dumps and writing to files, and the whole process group is killed. On
// macOS the same limits are set, but the kernel does not enforce RLIMIT_DATA;
// on Windows and other systems there are only the first ones.
//
// The network and reading of files are not closed off: this is protection from
// exhaustion and crashes, not from code that is itself hostile.
package isolate

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// A Handler is a kind of job. It must be given to [Main] in the program that
// the worker runs.
type Handler struct {
	Name string // what [Worker.Run] asks for, such as "pdf"

	// Do does a job in the child process, one at a time. Every call of emit
	// sends a result frame to the parent at once; frames that were sent
	// before a limit is hit are not lost. An error of emit means that the
	// parent is gone: return it. The text of Do's error reaches the parent in
	// a *JobError; a panic is ErrCrash there. Do owns input and may modify it.
	// It must leave no goroutine behind.
	Do func(input []byte, emit func(frame []byte) error) error
}

// MaxFrame is the largest result frame, in bytes.
const MaxFrame = 16 << 20

// Limits bound one job. A zero field means the default; nil means all of them.
type Limits struct {
	Wall   time.Duration // from start to last frame, the reader's time included; default 60 s
	CPU    time.Duration // in whole seconds, rounded up; default twice Wall
	Memory int64         // bytes of the child, input included; default 1 GiB, at least 64 MiB
	Output int64         // bytes of all frames; default 64 MiB
}

// Errors of [Worker.Run]. The frames yielded before them are good.
var (
	ErrDeadline = errors.New("time limit exceeded")
	ErrMemory   = errors.New("memory limit exceeded")
	ErrOutput   = errors.New("output limit exceeded")
	ErrCrash    = errors.New("worker crashed")
	ErrClosed   = errors.New("worker is closed")
	ErrHandler  = errors.New("worker has no such handler") // pass it to Main
)

// A JobError is the error that a handler returned for its input. The worker
// is in order.
type JobError struct {
	Handler string
	Text    string
}

// Error names the handler and its error.
func (e *JobError) Error() string { return fmt.Sprintf("isolate: %s: %s", e.Handler, e.Text) }

// withDefaults returns l with every unset field set, or what is wrong with it.
func (l *Limits) withDefaults() (Limits, error) {
	var c Limits
	if l != nil {
		c = *l
	}
	if c.Wall < 0 || c.CPU < 0 || c.Memory < 0 || c.Output < 0 || c.Memory > 0 && c.Memory < minMemory {
		return c, fmt.Errorf("isolate: limits %+v: none may be negative, and Memory is at least %d bytes or 0", c, minMemory)
	}
	if c.Wall == 0 {
		c.Wall = 60 * time.Second
	}
	if c.CPU == 0 {
		c.CPU = 2 * c.Wall
	}
	if c.Memory == 0 {
		c.Memory = 1 << 30
	}
	if c.Output == 0 {
		c.Output = 64 << 20
	}
	return c, nil
}

const (
	minMemory = 64 << 20 // what a Go program needs before it does anything

	// childArg is the only argument of a child process.
	childArg = "groundwork-isolate-worker"
)

// Main returns the program's worker; call it first in main. In a child process
// it serves jobs with the given handlers and does not return.
func Main(handlers ...Handler) *Worker {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		os.Exit(serve(handlers))
	}
	return newWorker(ownExecutable)
}

// Helper returns a worker whose children run the program at path, whose main
// function calls [Main]. The path is looked up when the first job is run.
func Helper(path string) *Worker {
	return newWorker(func() (string, error) { return path, nil })
}
