package isolate

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const startTime = 20 * time.Second // for a child's first word; a loaded machine is slow

// A process is one child. Only kill may be called by others than its user.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	frames *bufio.Reader
	out    *os.File // what frames reads
	stderr *tail
	memory int64 // the limit it was given with its first job
	jobs   int
	idle   *time.Timer

	once  sync.Once
	mu    sync.Mutex // guards cause
	cause error      // why it was killed
}

// start runs the program at path and waits until it is ready for a job.
func start(ctx context.Context, path string, memory int64) (*process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("isolate: start: %w", err)
	}
	defer w.Close()
	p := &process{
		cmd: exec.Command(path, childArg), out: r, frames: bufio.NewReaderSize(r, 64<<10),
		stderr: &tail{}, memory: memory,
	}
	p.cmd.Env = []string{"GOTRACEBACK=none"}
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = time.Second
	attach(p.cmd, w)
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("isolate: start %q: %w", path, err)
	}
	w.Close() // the child has the only writing end now, so its death ends the reading
	if err := p.greet(ctx); err != nil {
		return nil, fmt.Errorf("isolate: start %q: %w; its main function must begin with isolate.Main", path, err)
	}
	return p, nil
}

// greet waits for the child's hello. The child is dead if it fails.
func (p *process) greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, ErrDeadline)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { p.kill(context.Cause(ctx)) })
	kind, payload, err := readFrame(p.frames)
	if stop() && err == nil && kind == kindHello && string(payload) == hello {
		return nil
	}
	p.kill(nil)
	return p.failure(err)
}

// kill ends the child at once. The first cause that is not nil is kept.
func (p *process) kill(cause error) {
	p.mu.Lock()
	if p.cause == nil {
		p.cause = cause
	}
	p.mu.Unlock()
	killGroup(p.cmd.Process)
}

// wait releases what belongs to a child that has ended or was killed.
func (p *process) wait() {
	p.once.Do(func() {
		p.stdin.Close()
		_ = p.cmd.Wait() // ProcessState tells more
		p.out.Close()
	})
}

// failure waits for the end of a child that stopped talking and tells why it
// did.
func (p *process) failure(err error) error {
	killGroup(p.cmd.Process) // closing its end of the pipe is no proof that it died
	p.wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	text, state := p.stderr.String(), p.cmd.ProcessState
	switch {
	case p.cause != nil:
		return p.cause
	case state.ExitCode() == exitMemory, strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"):
		return ErrMemory
	case state.ExitCode() == exitCPU:
		return fmt.Errorf("%w: CPU time", ErrDeadline)
	case text != "":
		return fmt.Errorf("%w: %s", ErrCrash, text)
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return fmt.Errorf("%w: %w", ErrCrash, err)
	}
	return fmt.Errorf("%w: %s", ErrCrash, state)
}

// tail keeps the beginning of what a child writes to stderr, which for a Go
// program names the cause of its death.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(b[:min(len(b), max(0, 1000-t.buf.Len()))])
	return len(b), nil
}

// String returns what was kept, on one line: only the reason, if the Go
// runtime gave one.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := strings.ToValidUTF8(t.buf.String(), "?")
	if _, reason, ok := strings.Cut(s, "fatal error: "); ok {
		s, _, _ = strings.Cut(reason, "\n")
	}
	return strings.Join(strings.Fields(s), " ")
}
