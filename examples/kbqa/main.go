// Kbqa answers questions from a folder of documents, with citations that can
// be checked. Everything happens in this process: no server, no key, no
// network.
//
//	kbqa ask DIR "question"
//
// See kbqa help, and doc/kbqa.md in the repository.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

func main() {
	// First of all: in a child process that reads a PDF, Main serves its jobs
	// and does not return.
	worker := isolate.Main(pdf.Handler())
	if os.Getenv("GOGC") == "" {
		// Most of the memory is numbers, which cost the collector nothing to look
		// through: it can keep garbage to a quarter.
		debug.SetGCPercent(25)
	}
	os.Exit(run(worker, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code.
func run(worker *isolate.Worker, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	a := &app{worker: worker, stdin: stdin, stdout: stdout, stderr: stderr}
	return a.run(newRoot(a), args)
}

func (a *app) run(root *cobra.Command, args []string) (code int) {
	ctx, stop := interruptible()
	defer stop()
	root.SetArgs(args)
	err := execute(ctx, root)
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	if a.worker != nil {
		a.worker.Close()
	}
	a.json = a.json || err != nil && wantsJSON(args)
	return a.finish(err)
}

// execute runs a command; a panic is its error.
func execute(ctx context.Context, root *cobra.Command) (err error) {
	defer catch(&err)
	return root.ExecuteContext(ctx)
}

// catch, deferred, makes an error of a panic. Every goroutine of this program
// defers it.
func catch(err *error) {
	if v := recover(); v != nil {
		*err = &panicError{v, debug.Stack()}
	}
}

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// interruptible returns a context that the first interrupt ends, so that what
// is finished gets committed. A second one ends the process as usual. A pipe
// that is closed becomes an error of writing instead of the end.
func interruptible() (context.Context, func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; ok {
			signal.Stop(signals)
			cancel(errInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
