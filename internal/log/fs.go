package log

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// Mode says what a file is opened for.
type Mode int

// The modes. There is no mode that changes bytes already written.
const (
	Read   Mode = iota // existing file, no writing
	Create             // new file for appending; fs.ErrExist where it exists
	Append             // existing file for appending
)

// FS is the one directory a log lives in. Names are plain file names. Missing
// files are fs.ErrNotExist. Implementations are safe for concurrent use.
//
// A created, renamed or removed name is durable only after Dir().Sync.
type FS interface {
	// Open returns the file and its size at this moment.
	Open(name string, mode Mode) (File, int64, error)
	// Rename replaces to by from, atomically.
	Rename(from, to string) error
	// Remove deletes a name. Systems that refuse this for a file that somebody
	// has open or mapped return an error; the log then tries again when it is
	// next opened.
	Remove(name string) error
	// Dir returns the operations on the directory itself.
	Dir() Directory
}

// Directory is the part of an FS that concerns the directory itself.
type Directory interface {
	// List returns the names of all plain files, in no promised order.
	List() ([]string, error)
	// Sync makes all names durable.
	Sync() error
	// Lock takes the exclusive lock of a name, or returns a *LockedError at
	// once. Closing the result releases it; the end of the process does too.
	Lock(name string) (io.Closer, error)
}

// File is an open file. ReadAt may run beside everything else; Write and Sync
// belong to one goroutine at a time.
type File interface {
	io.ReaderAt
	// Write appends. A failed write may have appended any part.
	io.Writer
	// Sync returns nil only when all written bytes are durable. After an error
	// it must not be tried again: systems forget what they failed to write.
	Sync() error
	io.Closer
}

// Mapper is the optional ability of a File opened for reading to lay its first
// size bytes into memory. release may be called once, when nobody reads them
// any more; the file itself may be closed before.
type Mapper interface {
	Map(size int64) (data []byte, release func() error, err error)
}

// Map lays a file's first size bytes into memory: mapped where the file system
// can, otherwise read. The bytes must not be written to.
func Map(f File, size int64) (data []byte, release func() error, err error) {
	if m, ok := f.(Mapper); ok && size > 0 {
		return m.Map(size)
	}
	data, err = readRange(f, 0, size)
	return data, func() error { return nil }, err
}

// readRange reads exactly the bytes [from, to).
func readRange(r io.ReaderAt, from, to int64) ([]byte, error) {
	if from < 0 || to < from || to-from > math.MaxInt32*16 {
		return nil, fmt.Errorf("range %d to %d", from, to)
	}
	buf := make([]byte, to-from)
	n, err := r.ReadAt(buf, from)
	if n == len(buf) {
		return buf, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return buf[:n], err
}
