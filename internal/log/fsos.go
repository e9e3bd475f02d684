package log

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// OSDir returns the FS of an existing directory of the operating system. It
// does no I/O itself.
func OSDir(path string) FS { return osDir(path) }

// MakeOSDir creates the directory with its parents where they are missing, each
// durably, and returns its FS.
func MakeOSDir(path string) (FS, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("log: make directory: %w", err)
	}
	if err := makeDir(abs); err != nil {
		return nil, fmt.Errorf("log: make directory: %w", err)
	}
	return osDir(abs), nil
}

// makeDir is os.MkdirAll that syncs the parent of each directory it makes:
// without that a new store could vanish as a whole after a power failure.
func makeDir(path string) error {
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return nil
		}
		return &fs.PathError{Op: "mkdir", Path: path, Err: errors.New("exists and is not a directory")}
	}
	parent := filepath.Dir(path)
	if parent == path {
		return &fs.PathError{Op: "mkdir", Path: path, Err: fs.ErrNotExist}
	}
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

type osDir string

func (d osDir) path(name string) string { return filepath.Join(string(d), name) }

func (d osDir) Open(name string, mode Mode) (File, int64, error) {
	flag := os.O_RDONLY
	switch mode {
	case Create:
		flag = os.O_RDWR | os.O_CREATE | os.O_EXCL | os.O_APPEND
	case Append:
		flag = os.O_RDWR | os.O_APPEND
	}
	f, err := os.OpenFile(d.path(name), flag, 0o666)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return osFile{f}, info.Size(), nil
}

func (d osDir) Rename(from, to string) error { return rename(d.path(from), d.path(to)) }
func (d osDir) Remove(name string) error     { return os.Remove(d.path(name)) }
func (d osDir) Dir() Directory               { return d }
func (d osDir) Sync() error                  { return syncDir(string(d)) }

func (d osDir) List() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (d osDir) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(d.path(name), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		pid := readPID(f)
		f.Close()
		if errors.Is(err, ErrLocked) {
			return nil, &LockedError{Name: d.path(name), PID: pid}
		}
		return nil, fmt.Errorf("lock %s: %w", d.path(name), err)
	}
	// The id only helps people; a lock without it is as good.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return f, nil
}

func readPID(f *os.File) int {
	var buf [24]byte
	n, _ := f.ReadAt(buf[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

type osFile struct{ *os.File }

func (f osFile) Map(size int64) ([]byte, func() error, error) {
	if int64(int(size)) != size {
		return nil, nil, fmt.Errorf("map %s: %d bytes do not fit this machine's address space", f.Name(), size)
	}
	return mapFile(f.File, int(size))
}
