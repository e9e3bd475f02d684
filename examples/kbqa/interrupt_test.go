//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

// TestInterruptEndsAWaitForInput sends the signals of Ctrl-C and kill to a
// program that waits for its input.
func TestInterruptEndsAWaitForInput(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd := exec.Command("kbqa", "embed", "--model", "minilm")
			var errs bytes.Buffer
			cmd.Stderr = &errs
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			if _, err := io.WriteString(in, strings.Repeat("a line\n", embedBatch)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(out, make([]byte, 1)); err != nil { // it is at work
				t.Fatal(err)
			}
			go io.Copy(io.Discard, out)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			done := make(chan int)
			go func() {
				_ = cmd.Wait()
				done <- cmd.ProcessState.ExitCode()
			}()
			select {
			case code := <-done:
				if code != exitInterrupted || !strings.Contains(errs.String(), "kbqa: interrupted") {
					t.Errorf("exit code %d, stderr %q; want %d and a word", code, errs.String(), exitInterrupted)
				}
			case <-time.After(20 * time.Second):
				t.Error("the signal did not end it")
			}
		})
	}
}

func TestInputLines(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	for _, tt := range []struct {
		name, in string
		want     []string
		err      bool
	}{
		{"lines", "a\nb\r\n\nc", []string{"a", "b", "", "c"}, false},
		{"nothing", "", nil, false},
		{"a last end", "a\n", []string{"a"}, false},
		{"a line too long", "a\n" + long, []string{"a"}, true},
	} {
		var got []string
		var failed error
		for l, err := range inputLines(t.Context(), strings.NewReader(tt.in), maxLine) {
			if err != nil {
				failed = err
				continue
			}
			if l.long {
				failed = bufio.ErrTooLong
				if len(l.text) != maxLine {
					t.Errorf("%s: %d bytes are kept of a line too long", tt.name, len(l.text))
				}
				continue
			}
			got = append(got, string(l.text))
		}
		if strings.Join(got, "|") != strings.Join(tt.want, "|") || (failed != nil) != tt.err {
			t.Errorf("%s: got %.80q, %v", tt.name, got, failed)
		}
	}
	for _, err := range inputLines(t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), maxLine) {
		if codeOf(err) != exitInternal {
			t.Errorf("a reader's error: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, w := io.Pipe()
	defer w.Close()
	for _, err := range inputLines(ctx, r, maxLine) {
		if codeOf(err) != exitInterrupted {
			t.Errorf("a reader that waits, after the end: %v", err)
		}
	}
}
