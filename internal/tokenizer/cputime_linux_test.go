package tokenizer

import (
	"syscall"
	"time"
	"unsafe"
)

// cpuTime returns the time that the calling thread has had a processor: other
// work on the machine does not count. The caller locks itself to its thread.
func cpuTime() time.Duration {
	const threadClock = 3 // CLOCK_THREAD_CPUTIME_ID; Getrusage counts in whole ticks
	var ts syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadClock, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0
	}
	return time.Duration(ts.Nano())
}
