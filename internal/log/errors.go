package log

import (
	"errors"
	"fmt"
)

var (
	// ErrLocked reports that another process, or another Log of this one, holds
	// the directory for writing. The error is a *[LockedError].
	ErrLocked = errors.New("another writer holds the store")
	// ErrVersion reports files of a newer format. The error is a *[VersionError].
	ErrVersion = errors.New("written by a newer version")
	// ErrReadOnly reports a write to a log that was opened read-only, or that
	// refuses writes since one of them failed (then the error also wraps the cause).
	ErrReadOnly = errors.New("the log is read-only")
	// ErrClosed reports the use of a closed log.
	ErrClosed = errors.New("the log is closed")
	// ErrTooLarge reports a record over the limits of the format.
	ErrTooLarge = errors.New("record too large")
	// ErrNotFound reports a read-only open of a directory without a log.
	ErrNotFound = errors.New("no log in this directory")
	// ErrGone reports a position in a segment that compaction has replaced.
	ErrGone = errors.New("the segment was compacted away")
)

// LockedError is the ErrLocked with what is known of the holder.
type LockedError struct {
	Name string // the lock file
	PID  int    // the holder's process id, 0 when unknown
}

// Error names the folder and, where known, the process that holds it.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%v (%s); close it first or open read-only", ErrLocked, e.Name)
	}
	return fmt.Sprintf("%v (%s, process %d); close it first or open read-only", ErrLocked, e.Name, e.PID)
}

// Is makes errors.Is(err, ErrLocked) true.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// VersionError is the ErrVersion with both versions.
type VersionError struct {
	Name      string // the file
	Have, Max int    // the file's format, and the newest one this code reads
}

// Error names the version found and the newest one known.
func (e *VersionError) Error() string {
	return fmt.Sprintf("%s: format %d, this program reads up to %d: %v; update the program", e.Name, e.Have, e.Max, ErrVersion)
}

// Is makes errors.Is(err, ErrVersion) true.
func (e *VersionError) Is(target error) bool { return target == ErrVersion }

// DamageError tells of bytes that were durable and no longer check out.
type DamageError struct {
	Name   string // the file
	Offset int64  // where the damage begins
	// First and Last bound the sequences that may be lost; both are 0 where the
	// damage holds no records (MANIFEST, snapshots).
	First, Last uint64
	Reason      string
}

// Error names file, place and the records that are lost.
func (e *DamageError) Error() string {
	if e.Last == 0 {
		return fmt.Sprintf("%s: damaged at byte %d: %s", e.Name, e.Offset, e.Reason)
	}
	return fmt.Sprintf("%s: damaged at byte %d: %s; sequences %d to %d may be lost", e.Name, e.Offset, e.Reason, e.First, e.Last)
}
