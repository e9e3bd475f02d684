package isolate

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Exit codes of a child that ends itself.
const (
	exitParent   = 0  // the parent is gone
	exitProtocol = 80 // what it read was no job
	exitMemory   = 81
	exitCPU      = 82
)

// serve does jobs until the parent is gone; it returns the exit code.
func serve(handlers []Handler) int {
	in, out, err := childPipes()
	if err != nil {
		fmt.Fprintln(os.Stderr, "isolate: not started by a worker:", err)
		return exitProtocol
	}
	debug.SetMaxStack(64 << 20)
	if err := writeFrame(out, kindHello, []byte(hello)); err != nil {
		return exitParent
	}
	limited := false
	for j := range jobs(in) {
		if !limited { // the parent gives every job of a child the same memory
			limitMemory(j.header.Memory)
			limited = true
		}
		limitCPU(j.header.CPU)
		stop := watch(j.header)
		err := doJob(handlers, j, out)
		stop()
		if err != nil {
			return exitParent
		}
	}
	return exitParent
}

type received struct {
	header header
	input  []byte
}

// jobs reads jobs ahead, so that the end of its input, which is the parent's
// end, is noticed at any time and ends the process.
func jobs(in io.Reader) <-chan received {
	ch := make(chan received)
	go func() {
		for {
			h, input, err := readJob(in)
			if err == io.EOF {
				os.Exit(exitParent)
			}
			if err != nil {
				os.Exit(exitProtocol)
			}
			ch <- received{h, input}
		}
	}()
	return ch
}

// doJob runs one handler and reports how it ended. An error means that the
// parent cannot be reached.
func doJob(handlers []Handler, j received, out io.Writer) error {
	for _, h := range handlers {
		if h.Name == j.header.Handler {
			kind, text := call(h, j.input, out)
			return writeFrame(out, kind, []byte(text[:min(len(text), 4096)]))
		}
	}
	return writeFrame(out, kindUnknown, nil)
}

func call(h Handler, input []byte, out io.Writer) (kind byte, text string) {
	defer func() {
		if r := recover(); r != nil {
			kind, text = kindPanic, fmt.Sprint("panic: ", r)
		}
	}()
	err := h.Do(input, func(frame []byte) error { return writeFrame(out, kindFrame, frame) })
	if err != nil {
		return kindError, err.Error()
	}
	return kindDone, ""
}

// watch ends the process when its memory passes the limit. It is what holds
// memory where the kernel does not, and it comes before the kernel elsewhere:
// a failed allocation is a crash, this is a known end.
func watch(h header) (stop func()) {
	debug.SetMemoryLimit(h.Memory - h.Memory/8)
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if memoryInUse() > uint64(h.Memory) {
					os.Exit(exitMemory)
				}
			}
		}
	}()
	return func() { close(done) }
}

func memoryInUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// silence points what a handler may print at nothing.
func silence() error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	os.Stdout = null
	return nil
}
