package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/seed4837efcb/groundwork/vectorstore"
)

// reportAt is where a fault of the program is told.
const reportAt = "https://github.com/seed4837efcb/groundwork/issues"

// errorOutput is the line on stderr that --json makes of an error.
type errorOutput struct {
	Schema string      `json:"schema"`
	Error  faultOutput `json:"error"`
}

type faultOutput struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Hint    *string `json:"hint"`
}

// finish says what went wrong, if anything did, and returns the exit code.
func (a *app) finish(err error) int {
	code := codeOf(err)
	if err == nil || err.Error() == "" || isReaderGone(err) {
		for _, n := range a.notes {
			if !a.quiet {
				fmt.Fprintln(a.stderr, n)
			}
		}
		return code
	}
	message, hint := explainError(err)
	var p *panicError
	if errors.As(err, &p) {
		hint = p.save(a)
	}
	if a.json {
		out, err := json.Marshal(errorOutput{"kbqa.error/1", faultOutput{nameOf(err), message, known(hint)}})
		if err == nil {
			fmt.Fprintf(a.stderr, "%s\n", escapeSteering(out))
		}
		return code
	}
	var own *codeError
	if errors.As(err, &own) && own.hint != "" { // it is a part of the sentence
		message, hint = err.Error(), ""
	}
	fmt.Fprintf(a.stderr, "kbqa: %s\n", printable(message))
	if hint != "" {
		fmt.Fprintln(a.stderr, printable(hint))
	}
	return code
}

// explainError parts an error from what to do about it.
func explainError(err error) (message, hint string) {
	if own, ok := err.(*codeError); ok && own.hint != "" {
		return own.err.Error(), own.hint
	}
	switch code := codeOf(err); {
	case errors.Is(err, vectorstore.ErrDamaged):
		hint = "'kbqa verify --repair' mends what it can; if it cannot, remove the index with 'kbqa rm' and index again."
	case code == exitUsage:
		hint = "Run 'kbqa help' for how to use it."
	case code == exitInterrupted:
		hint = "What was finished is kept; the next run goes on from there."
	}
	return err.Error(), hint
}

// A panicError is a fault of the program that was caught.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("internal error: %v", e.value) }

// save keeps the stack in a file, and shows it under --debug; it returns what
// to do. The file holds no argument: they may be private.
func (e *panicError) save(a *app) string {
	report := fmt.Sprintf("%s\n%s %s/%s\n\n%s", e.Error(), runtime.Version(), runtime.GOOS, runtime.GOARCH, e.stack)
	if a.debug && !a.json {
		fmt.Fprintf(a.stderr, "%s\n", report)
	}
	f, err := os.CreateTemp("", "kbqa-crash-*.txt")
	if err != nil {
		return "This is a fault of kbqa. Run it again with --debug and please report what it prints: " + reportAt
	}
	defer f.Close()
	if _, err := f.WriteString(report); err != nil {
		return "This is a fault of kbqa. Run it again with --debug and please report what it prints: " + reportAt
	}
	return fmt.Sprintf("This is a fault of kbqa, not of yours. Please report it with the file %s: %s", f.Name(), reportAt)
}

// wantsJSON reports whether the command line asks for JSON, for errors that are
// found before the flags are read.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}
