package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// The exit codes. Scripts rely on them: doc/kbqa.md lists what they mean.
const (
	exitOK          = 0   // answered, found, done
	exitNothing     = 1   // ran well and found nothing, or abstained
	exitUsage       = 2   // the command line is wrong
	exitFailedFiles = 3   // done, but files failed and --strict is set
	exitIndex       = 4   // the index cannot be used, or nothing in the folder can be read
	exitInternal    = 6   // anything unexpected
	exitInterrupted = 130 // a signal ended it; what was finished is kept
)

// A usageError is an error in how the program was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// A codeError ends the program with a code. Without text it says nothing.
type codeError struct {
	code int
	text string
}

func (e *codeError) Error() string { return e.text }

// indexf is an error of the index, with what to do about it.
func indexf(format string, args ...any) error {
	return &codeError{exitIndex, fmt.Sprintf(format, args...)}
}

// finish says what went wrong, if anything did, and returns the exit code.
func (a *app) finish(err error) int {
	code := codeOf(err)
	if err == nil || err.Error() == "" {
		return code
	}
	fmt.Fprintf(a.stderr, "kbqa: %s\n", printable(err.Error()))
	if errors.Is(err, vectorstore.ErrDamaged) {
		fmt.Fprintln(a.stderr, "'kbqa verify --repair' mends what it can; if it cannot, remove the folder of the index and index again.")
	}
	if code == exitUsage {
		fmt.Fprintln(a.stderr, "Run 'kbqa help' for how to use it.")
	}
	if code == exitInterrupted {
		fmt.Fprintln(a.stderr, "What was finished is kept; the next run goes on from there.")
	}
	return code
}

// codeOf maps an error to an exit code. What it does not know is internal, so
// that no unexpected error passes for an empty result.
func codeOf(err error) int {
	var usage *usageError
	var code *codeError
	var space *vectorstore.SpaceError
	var syntax *filter.SyntaxError
	var file *fs.PathError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return code.code
	case errors.As(err, &usage), errors.As(err, &syntax):
		return exitUsage
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &file) && file.Path == os.Stdout.Name(): // the output is full, not the index
		return exitInternal
	case errors.As(err, &space), cannotWrite(err), isAny(err, vectorstore.ErrNotFound, vectorstore.ErrVersion,
		vectorstore.ErrDamaged, vectorstore.ErrReadOnly, pipeline.ErrMassRemoval, pipeline.ErrUnreadable,
		fs.ErrNotExist):
		return exitIndex
	}
	return exitInternal
}

// cannotWrite reports whether err says that another process is writing, or
// that the disk or the rights let nobody write.
func cannotWrite(err error) bool {
	return isAny(err, vectorstore.ErrLocked, fs.ErrPermission, syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT)
}

// explainReadOnly is the error of a command that has to write and cannot.
func (s *stack) explainReadOnly(then string) error {
	if errors.Is(s.readOnly, vectorstore.ErrLocked) {
		return indexf("another process is writing to this index; %s when that is done", then)
	}
	return indexf("cannot write to the index: %v; make that possible and %s", s.readOnly, then)
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
