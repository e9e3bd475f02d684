package isolate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/isolate"
)

// worker runs this test program. TestMain is its main function.
var worker *isolate.Worker

func TestMain(m *testing.M) {
	worker = isolate.Main(handlers...)
	code := m.Run()
	worker.Close()
	os.Exit(code)
}

var sink [][]byte

var handlers = []isolate.Handler{
	{Name: "echo", Do: func(in []byte, emit func([]byte) error) error { return emit(in) }},
	{Name: "split", Do: func(in []byte, emit func([]byte) error) error {
		for _, b := range in {
			if err := emit([]byte{b}); err != nil {
				return err
			}
		}
		return nil
	}},
	{Name: "fail", Do: func([]byte, func([]byte) error) error { return errors.New("bad input") }},
	{Name: "panic", Do: func([]byte, func([]byte) error) error { panic("oh") }},
	{Name: "exit", Do: func([]byte, func([]byte) error) error { os.Exit(7); return nil }},
	{Name: "spin", Do: func(in []byte, emit func([]byte) error) error {
		if err := emit([]byte("before")); err != nil {
			return err
		}
		for i := 0; ; i++ {
			_ = i
		}
	}},
	{Name: "stack", Do: func([]byte, func([]byte) error) error { return errors.New(fmt.Sprint(deep(1))) }},
	{Name: "eat", Do: func(in []byte, emit func([]byte) error) error {
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			sink = append(sink, b)
		}
	}},
	{Name: "gulp", Do: func(in []byte, emit func([]byte) error) error {
		b := make([]byte, 64<<30)
		sink = append(sink, b)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		return nil
	}},
	{Name: "flood", Do: func(in []byte, emit func([]byte) error) error {
		for {
			if err := emit(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
	}},
	{Name: "giant", Do: func(in []byte, emit func([]byte) error) error { return emit(make([]byte, isolate.MaxFrame+1)) }},
	{Name: "noise", Do: func(in []byte, emit func([]byte) error) error {
		fmt.Println("DEBUG: noise on stdout")
		os.Stdout.WriteString("f\x00\x00\x00\x01x")
		fmt.Fprintln(os.Stderr, "noise on stderr")
		return emit([]byte("clean"))
	}},
	{Name: "pid", Do: func(in []byte, emit func([]byte) error) error { return emit(fmt.Append(nil, os.Getpid())) }},
	{Name: "state", Do: func(in []byte, emit func([]byte) error) error {
		dir, _ := os.Getwd()
		state := fmt.Sprintln(os.Environ(), dir)
		if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
			for _, fd := range fds {
				to, _ := os.Readlink("/proc/self/fd/" + fd.Name())
				state += fd.Name() + " " + to + "\n"
			}
		}
		_, err := os.Create("/tmp/groundwork-isolate-test-file")
		if err == nil {
			err = os.WriteFile("/tmp/groundwork-isolate-test-file", []byte("x"), 0o600)
			os.Remove("/tmp/groundwork-isolate-test-file")
		}
		return emit([]byte(state + fmt.Sprint("write: ", err)))
	}},
}

// deep recurses until the stack is exhausted.
func deep(n int) int {
	if n < 0 {
		return 0
	}
	return n + deep(n+1)
}

// collect returns the frames of a job, joined, and its error.
func collect(ctx context.Context, w *isolate.Worker, handler string, in []byte, l *isolate.Limits) (string, error) {
	var b bytes.Buffer
	var last error
	for frame, err := range w.Run(ctx, handler, in, l) {
		b.Write(frame)
		last = err
	}
	return b.String(), last
}

func TestEveryWayToFailIsTypedAndKeepsWhatCameBefore(t *testing.T) {
	second := &isolate.Limits{Wall: 3 * time.Second}
	small := &isolate.Limits{Memory: 128 << 20, Wall: 20 * time.Second}
	tests := []struct {
		handler string
		limits  *isolate.Limits
		frames  string
		want    error
	}{
		{"echo", nil, "input", nil},
		{"split", nil, "input", nil},
		{"noise", nil, "clean", nil},
		{"spin", &isolate.Limits{Wall: 300 * time.Millisecond}, "before", isolate.ErrDeadline},
		{"stack", nil, "", isolate.ErrCrash},
		{"panic", nil, "", isolate.ErrCrash},
		{"exit", nil, "", isolate.ErrCrash},
		{"eat", small, "", isolate.ErrMemory},
		{"gulp", small, "", isolate.ErrMemory},
		{"no such", second, "", isolate.ErrHandler},
	}
	if runtime.GOOS == "linux" {
		tests = append(tests, struct {
			handler string
			limits  *isolate.Limits
			frames  string
			want    error
		}{"spin", &isolate.Limits{Wall: 20 * time.Second, CPU: time.Second}, "before", isolate.ErrDeadline})
	}
	for _, tt := range tests {
		t.Run(tt.handler, func(t *testing.T) {
			frames, err := collect(t.Context(), worker, tt.handler, []byte("input"), tt.limits)
			if frames != tt.frames || !errors.Is(err, tt.want) {
				t.Errorf("frames %q, error %v; want %q, %v", frames, err, tt.frames, tt.want)
			}
			if got, err := collect(t.Context(), worker, "echo", []byte("next"), nil); got != "next" || err != nil {
				t.Errorf("the next job got %q, %v", got, err)
			}
		})
	}
}

func TestDeadlineIsKeptOnTime(t *testing.T) {
	start := time.Now()
	_, err := collect(t.Context(), worker, "spin", nil, &isolate.Limits{Wall: 500 * time.Millisecond})
	if took := time.Since(start); !errors.Is(err, isolate.ErrDeadline) || took > 3*time.Second {
		t.Errorf("%v after %v, want ErrDeadline after 500 ms", err, took)
	}
}

func TestOutputIsBounded(t *testing.T) {
	got, err := collect(t.Context(), worker, "flood", nil, &isolate.Limits{Output: 3 << 20})
	if len(got) != 3<<20 || !errors.Is(err, isolate.ErrOutput) {
		t.Errorf("%d bytes, %v; want exactly the limit and ErrOutput", len(got), err)
	}
	if _, err := collect(t.Context(), worker, "giant", nil, nil); err == nil {
		t.Error("a frame above MaxFrame was sent")
	}
}

func TestHandlerErrorsLeaveTheWorkerInOrder(t *testing.T) {
	before, _ := collect(t.Context(), worker, "pid", nil, nil)
	_, err := collect(t.Context(), worker, "fail", nil, nil)
	var je *isolate.JobError
	if !errors.As(err, &je) || je.Text != "bad input" || je.Handler != "fail" {
		t.Errorf("error %v, want a *JobError", err)
	}
	if after, _ := collect(t.Context(), worker, "pid", nil, nil); after != before || after == "" {
		t.Errorf("child %s after %s; want the same one", after, before)
	}
}

func TestCancelKillsTheChild(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for frame, err := range worker.Run(ctx, "spin", nil, nil) {
		if frame != nil {
			cancel()
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	}
}

func TestBreakingOutKillsTheChild(t *testing.T) {
	before, _ := collect(t.Context(), worker, "pid", nil, nil)
	for range worker.Run(t.Context(), "flood", nil, nil) {
		break
	}
	if after, err := collect(t.Context(), worker, "pid", nil, nil); after == before || err != nil {
		t.Errorf("child %s, before %s, %v; want another one", after, before, err)
	}
}

func TestLargeInputArrivesWhole(t *testing.T) {
	in := bytes.Repeat([]byte("0123456789abcdef"), 1<<19) // 8 MiB
	got, err := collect(t.Context(), worker, "echo", in, nil)
	if err != nil || got != string(in) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestJobsRunAtTheSameTime(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			in := fmt.Sprint("job ", i)
			if got, err := collect(t.Context(), worker, "split", []byte(in), nil); got != in || err != nil {
				t.Errorf("job %d: %q, %v", i, got, err)
			}
		})
	}
	wg.Wait()
}

func TestChildHasNothingOfItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	t.Setenv("SECRET", "x")
	f, err := os.Open("isolate.go")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fresh := isolate.Helper("/proc/self/exe")
	defer fresh.Close()
	got, err := collect(t.Context(), fresh, "state", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got, "SECRET") || strings.Contains(got, "isolate.go") || !strings.HasPrefix(got, "[GOTRACEBACK=none] /\n") {
		t.Errorf("child state:\n%s", got)
	}
	if strings.HasSuffix(got, "write: <nil>") {
		t.Error("the child can write files")
	}
}

func TestCloseEndsRunningJobs(t *testing.T) {
	w := isolate.Helper(executable(t))
	var last error
	for frame, err := range w.Run(t.Context(), "spin", nil, nil) {
		if frame != nil {
			w.Close()
		}
		last = err
	}
	if !errors.Is(last, isolate.ErrClosed) {
		t.Errorf("running job: %v, want ErrClosed", last)
	}
	if _, err := collect(t.Context(), w, "echo", nil, nil); !errors.Is(err, isolate.ErrClosed) {
		t.Errorf("next job: %v, want ErrClosed", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	var none *isolate.Worker
	if err := none.Close(); err != nil {
		t.Error(err)
	}
}

func TestPanickingReaderReleasesTheChild(t *testing.T) {
	w := isolate.Helper(executable(t))
	for range 2 * runtime.GOMAXPROCS(0) { // would use up the slots
		func() {
			defer func() { _ = recover() }()
			for range w.Run(t.Context(), "echo", []byte("x"), nil) {
				panic("reader")
			}
		}()
	}
	if got, err := collect(t.Context(), w, "echo", []byte("x"), nil); got != "x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	w.Close()
}

func TestProgramsThatAreNoWorkersAreRefused(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "missing"), "/bin/sh"} {
		w := isolate.Helper(path)
		if _, err := collect(t.Context(), w, "echo", nil, nil); err == nil {
			t.Errorf("%s was taken for a worker", path)
		}
		w.Close()
	}
}

func TestLimitsAreChecked(t *testing.T) {
	for _, l := range []isolate.Limits{{Wall: -1}, {Memory: 1 << 20}, {Output: -1}, {CPU: -1}} {
		if _, err := collect(t.Context(), worker, "echo", nil, &l); err == nil {
			t.Errorf("%+v was accepted", l)
		}
	}
}

// An orphan must not live on: a child whose parent dies ends by itself.
func TestChildEndsWithItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	cmd := exec.Command(executable(t), "groundwork-isolate-worker")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 1024)
	if n, err := r.Read(buf); err != nil || buf[0] != 'h' {
		t.Fatalf("first word %q, %v", buf[:n], err)
	}
	payload := `{"handler":"spin","memory":1073741824,"cpu":100,"size":0}`
	fmt.Fprintf(in, "j\x00\x00\x00%c%s", len(payload), payload)
	if _, err := r.Read(buf); err != nil { // it spins now
		t.Fatal(err)
	}
	in.Close()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		t.Error("the child lives on")
	}
}

func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func BenchmarkJob(b *testing.B) {
	for b.Loop() {
		if _, err := collect(b.Context(), worker, "echo", []byte("x"), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	path, _ := os.Executable()
	for b.Loop() {
		w := isolate.Helper(path)
		if _, err := collect(b.Context(), w, "echo", []byte("x"), nil); err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
}
