package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/seed4837efcb/groundwork/filter"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// The exit codes. Scripts rely on them: doc/kbqa.md lists what they mean.
const (
	exitOK          = 0   // answered, found, done
	exitNothing     = 1   // ran well and found nothing, or abstained
	exitUsage       = 2   // the command line is wrong
	exitIncomplete  = 3   // done, but lines of a batch failed, or files with --strict
	exitIndex       = 4   // the index cannot be used, or nothing in the folder can be read
	exitBackend     = 5   // a server that was named cannot be reached, or refuses
	exitInternal    = 6   // anything unexpected
	exitInterrupted = 130 // a signal ended it; what was finished is kept
)

// A usageError is an error in how the program was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

var (
	// errNotIndexed reports a folder that has no index.
	errNotIndexed = errors.New("is not indexed yet")
	// errOtherModel reports an index that was made with another model than the
	// one asked for.
	errOtherModel = errors.New("the index was made with the model")
)

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// A codeError ends the program with a code. Without a cause it says nothing.
type codeError struct {
	code int
	err  error
	hint string // what to do about it
}

func (e *codeError) Unwrap() error { return e.err }

func (e *codeError) Error() string {
	switch {
	case e.err == nil:
		return ""
	case e.hint == "":
		return e.err.Error()
	}
	return e.err.Error() + "; " + e.hint
}

// indexf is an error of the index.
func indexf(format string, args ...any) *codeError {
	return &codeError{code: exitIndex, err: fmt.Errorf(format, args...)}
}

// remedy returns e with what to do about it.
func (e *codeError) remedy(format string, args ...any) error {
	return &codeError{e.code, e.err, fmt.Sprintf(format, args...)}
}

// codeOf maps an error to an exit code. What it does not know is internal, so
// that no unexpected error passes for an empty result.
func codeOf(err error) int {
	var usage *usageError
	var code *codeError
	var space *vectorstore.SpaceError
	var syntax *filter.SyntaxError
	switch {
	case err == nil, isReaderGone(err):
		return exitOK
	case errors.As(err, &code):
		return code.code
	case errors.As(err, &usage), errors.As(err, &syntax), errors.Is(err, generator.ErrPromptTooLong):
		return exitUsage
	case isBackend(err):
		return exitBackend
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case isOutput(err): // the output is full, not the index
		return exitInternal
	case errors.As(err, &space), cannotWrite(err), isAny(err, vectorstore.ErrNotFound, vectorstore.ErrVersion,
		vectorstore.ErrDamaged, vectorstore.ErrReadOnly, pipeline.ErrMassRemoval, pipeline.ErrUnreadable,
		fs.ErrNotExist):
		return exitIndex
	}
	return exitInternal
}

// nameOf names an error for programs: the words of kbqa.error/1.
func nameOf(err error) string {
	var space *vectorstore.SpaceError
	switch {
	case isAny(err, vectorstore.ErrLocked):
		return "locked"
	case isAny(err, errNotIndexed):
		return "not_indexed"
	case isAny(err, pipeline.ErrMassRemoval):
		return "mass_removal"
	case isAny(err, pipeline.ErrUnreadable):
		return "unreadable_question"
	case isAny(err, vectorstore.ErrDamaged):
		return "damaged"
	case errors.As(err, &space), isAny(err, errOtherModel):
		return "other_model"
	case isBackend(err) && !errors.Is(err, generator.ErrUnreachable):
		return "backend_refused"
	}
	return map[int]string{exitNothing: "not_found", exitUsage: "usage", exitIncomplete: "incomplete", exitIndex: "index",
		exitBackend: "backend_unreachable", exitInternal: "internal", exitInterrupted: "interrupted"}[codeOf(err)]
}

// isOutput reports whether err comes from writing to stdout.
func isOutput(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && file.Path == os.Stdout.Name()
}

// isReaderGone reports whether whoever read stdout has closed it, as head does
// once it has its lines. That is no fault.
func isReaderGone(err error) bool { return isOutput(err) && isAny(err, closedPipe...) }

// cannotWrite reports whether err says that another process is writing, or
// that the disk or the rights let nobody write.
func cannotWrite(err error) bool {
	return isAny(err, vectorstore.ErrLocked, fs.ErrPermission, syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT)
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
