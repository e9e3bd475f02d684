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
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

func main() {
	// First of all: in a child process that reads a PDF, Main serves its jobs
	// and does not return.
	worker := isolate.Main(pdf.Handler())
	os.Exit(run(worker, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code.
func run(worker *isolate.Worker, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	a := &app{worker: worker, stdin: stdin, stdout: stdout, stderr: stderr}
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(stderr, "kbqa: internal error: %v\n%s", v, debug.Stack())
			code = exitInternal
		}
	}()
	ctx, stop := interruptible()
	defer stop()
	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	if worker != nil {
		worker.Close()
	}
	return a.finish(err)
}

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// interruptible returns a context that the first interrupt ends, so that what
// is finished gets committed. A second one ends the process as usual.
func interruptible() (context.Context, func()) {
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
