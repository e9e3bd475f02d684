package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A console is a terminal with a program on it.
type console struct {
	t    *testing.T
	cmd  *exec.Cmd
	keys *os.File // typed at
	end  chan struct{}

	mu     sync.Mutex
	screen bytes.Buffer
}

// onTerminal starts cmd as a person would.
func onTerminal(t *testing.T, cmd *exec.Cmd) *console {
	t.Helper()
	person, program := terminal(t, 80, 24)
	t.Cleanup(func() { person.Close() })
	defer program.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.Env = plainEnv("TERM=xterm", "NO_COLOR=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x := &console{t: t, cmd: cmd, keys: person, end: make(chan struct{})}
	t.Cleanup(func() { cmd.Process.Kill() }) // it may have ended already
	go x.read()
	return x
}

// read takes what is shown, until the last program on the terminal ends.
func (x *console) read() {
	defer close(x.end)
	buf := make([]byte, 4096)
	for {
		n, err := x.keys.Read(buf)
		x.mu.Lock()
		x.screen.Write(buf[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// text returns what was shown so far.
func (x *console) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.ReplaceAll(x.screen.String(), "\r\n", "\n")
}

// waitFor waits until text is shown.
func (x *console) waitFor(text string) {
	x.t.Helper()
	for start := time.Now(); !strings.Contains(x.text(), text); time.Sleep(5 * time.Millisecond) {
		select {
		case <-x.end:
			if strings.Contains(x.text(), text) {
				return
			}
			x.t.Fatalf("it ended without %q:\n%s", text, x.text())
		default:
		}
		if time.Since(start) > 2*time.Minute {
			x.t.Fatalf("%q does not come:\n%s", text, x.text())
		}
	}
}

// exitCode waits for the program to end.
func (x *console) exitCode() int {
	x.t.Helper()
	done := make(chan struct{})
	go func() {
		_ = x.cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		x.t.Fatalf("it does not end:\n%s", x.text())
	}
	<-x.end
	return x.cmd.ProcessState.ExitCode()
}

const interruptKey = "\x03" // Ctrl-C

func TestTerminalAnswersBeforeTheIndexIsComplete(t *testing.T) {
	slow(t, "it builds an index")
	p := newProgram(t, t.TempDir())
	p.writeLarge(130)
	const nowhere = "Wie viel kostet ein Zugticket nach Hamburg?"
	ask := func(question string) *console {
		return onTerminal(t, p.command("ask", "--model", p.model, p.docs, question))
	}

	x := ask(nowhere)
	x.waitFor("Not found yet")
	fmt.Fprint(x.keys, interruptKey)
	if code := x.exitCode(); code != exitInterrupted || strings.Contains(x.text(), "index: ") {
		t.Errorf("interrupted without an answer: exit code %d\n%s", code, x.text())
	}

	x = ask(aboutVillage)
	x.waitFor("Going on with the index")
	p.waitForVectors(1, make(chan error))
	fmt.Fprint(x.keys, interruptKey)
	if code := x.exitCode(); code != exitOK || strings.Contains(x.text(), "interrupted") {
		t.Errorf("interrupted after the answer: exit code %d\n%s", code, x.text())
	}
	if texts, have := p.vectors(); len(have) == 0 || len(have) >= len(texts) {
		t.Errorf("%d of %d texts have vectors: want the interrupt between the first and the last", len(have), len(texts))
	}

	x = ask(aboutVillage)
	x.waitFor("index: partial; ")
	if code := x.exitCode(); code != exitOK || !strings.Contains(x.text(), "The complete index gives ") {
		t.Errorf("to the end: exit code %d\n%s", code, x.text())
	}
	if texts, have := p.vectors(); len(have) != len(texts) {
		t.Errorf("%d of %d texts have vectors at the end", len(have), len(texts))
	}

	x = ask(aboutVillage)
	if code := x.exitCode(); code != exitOK || strings.Contains(x.text(), "index: ") {
		t.Errorf("once more: exit code %d\n%s", code, x.text())
	}
}

func TestTerminalAsksAgainWhatItDidNotFind(t *testing.T) {
	slow(t, "it builds an index")
	p := newProgram(t, t.TempDir())
	p.writeLarge(3)
	x := onTerminal(t, p.command("ask", "--model", p.model, p.docs, "Wie viel kostet ein Zugticket nach Hamburg?"))
	x.waitFor("Not found yet")
	if code := x.exitCode(); code != exitNothing || !strings.Contains(x.text(), "not in these documents") || !strings.Contains(x.text(), "index: complete") {
		t.Errorf("exit code %d\n%s", code, x.text())
	}
	if strings.Index(x.text(), "not in these documents") < strings.Index(x.text(), "Not found yet") {
		t.Errorf("the abstention came before the index was complete:\n%s", x.text())
	}
}
