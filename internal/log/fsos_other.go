//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package log

import (
	"errors"
	"os"
)

// lockFile refuses: without a lock two writers could corrupt one log.
func lockFile(*os.File) error {
	return errors.New("file locks are not supported on this system; open read-only")
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func rename(from, to string) error { return os.Rename(from, to) }

func mapFile(f *os.File, size int) ([]byte, func() error, error) {
	data, err := readRange(f, 0, int64(size))
	return data, func() error { return nil }, err
}
