//go:build linux || darwin

package isolate

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func ownExecutable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil // still there when the file was replaced
	}
	return os.Executable()
}

// attach gives the child w as descriptor 3, next to stdin, a stdout that goes
// nowhere and stderr, and a process group of its own.
func attach(cmd *exec.Cmd, w *os.File) {
	cmd.ExtraFiles = []*os.File{w}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func killGroup(p *os.Process) {
	// A process that was waited for gives up its number, maybe to another one:
	// os.Process knows that, so it decides.
	if p.Signal(syscall.Signal(0)) == nil {
		_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	}
	_ = p.Kill()
}

// childPipes returns where jobs come from and results go to.
func childPipes() (in, out *os.File, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(3, &st); err != nil {
		return nil, nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return nil, nil, errors.New("descriptor 3 is no pipe")
	}
	unix.CloseOnExec(3)
	limitAlways()
	endOnSignal()
	return os.Stdin, os.NewFile(3, "results"), silence()
}

// limitAlways forbids core dumps and any writing to files. The limits hold
// for this process alone; one that the system refuses leaves the others.
func limitAlways() {
	setLimit(unix.RLIMIT_CORE, 0)
	setLimit(unix.RLIMIT_FSIZE, 0)
}

func setLimit(resource int, n uint64) {
	_ = unix.Setrlimit(resource, &unix.Rlimit{Cur: n, Max: n})
}

// endOnSignal ends the process when the kernel says that its CPU time is used
// up. The Go runtime ignores the signal otherwise.
func endOnSignal() {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, unix.SIGXCPU)
	go func() {
		<-ch
		os.Exit(exitCPU)
	}()
}

// limitMemory bounds private memory. RLIMIT_AS would count address space, of
// which a Go program reserves more than 1 GiB without using it. The kernel's
// limit lies above the one that watch holds, so that it acts only where memory
// grows faster than that can look.
func limitMemory(bytes int64) {
	if !raceEnabled { // the race detector maps several times what is used
		setLimit(unix.RLIMIT_DATA, uint64(bytes)+uint64(bytes)/4)
	}
}

// limitCPU lets the process use so many seconds of CPU time from now on.
func limitCPU(seconds int64) {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return
	}
	soft := uint64(used.Utime.Sec) + uint64(used.Stime.Sec) + 1 + uint64(seconds)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CPU, &limit); err == nil && soft < limit.Max {
		limit.Cur = soft
		_ = unix.Setrlimit(unix.RLIMIT_CPU, &limit)
	}
}
