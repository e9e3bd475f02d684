package log

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
)

// Options are the choices of Open. The zero value, and nil, open for writing.
type Options struct {
	// ReadOnly opens without the lock, beside a writer of any process: it sees
	// what was committed at the moment of Open or of the last Refresh.
	ReadOnly bool
	// SegmentBytes is the size from which a segment is sealed and the next one
	// begun; 0 means 64 MiB.
	SegmentBytes int64
	// Rebuild makes a MANIFEST that is damaged, or missing beside segments, anew
	// from these; otherwise that is a *DamageError. Not with ReadOnly.
	Rebuild bool
}

// Cursor is a place between two batches. The zero Cursor is the beginning.
type Cursor struct {
	Segment uint32 `json:"segment"`
	Offset  int64  `json:"offset"`
	Seq     uint64 `json:"seq"` // all sequences up to it lie before
}

// Log is an open log. It is safe for concurrent use; writes wait for each other.
type Log struct {
	fsys     FS
	readOnly bool
	roll     int64
	lock     io.Closer

	mayRebuild bool

	mu      sync.Mutex // guards everything below
	man     manifest
	end     Cursor // behind the last commit
	active  File   // the unsealed segment, open for appending; nil before the first Append
	dirty   bool   // MANIFEST lags behind end
	failed  error  // the first failed write; no more are tried
	closed  bool
	buf     []byte
	retired []segmentInfo // compacted away, still readable
	epoch   int           // the number of compactions

	reads reads
}

// reads is what Read needs. It has a lock of its own, because mu is held while
// a batch is written and synced, and reading must not wait for that.
type reads struct {
	mu       sync.RWMutex
	segments map[uint32]*readable // nil when the log is closed
	damage   []*DamageError
}

// readable is a segment that can be read.
type readable struct {
	seed uint32
	file File // nil until it is read first
}

// show makes the segments of the MANIFEST and the retired ones readable, and
// closes those that are neither. mu is held.
func (l *Log) show() {
	l.reads.mu.Lock()
	defer l.reads.mu.Unlock()
	old := l.reads.segments
	l.reads.segments = make(map[uint32]*readable, len(l.man.Segments))
	for _, s := range slices.Concat(l.man.Segments, l.retired) {
		r := old[s.ID]
		if r == nil {
			r = &readable{seed: saltSeed(s.Salt)}
		}
		l.reads.segments[s.ID] = r
	}
	for id, r := range old {
		if l.reads.segments[id] == nil && r.file != nil {
			_ = r.file.Close()
		}
	}
}

// Open opens the log in a directory, or begins one there unless
// Options.ReadOnly is set ([ErrNotFound]).
//
// For writing it takes the lock ([ErrLocked]), leaves a torn tail behind,
// writes the last batch again where the writer before may not have made it
// durable, and removes what a crash left over. Damaged records do not make it
// fail: see [Log.Damage] and [Log.Replay].
func Open(fsys FS, o *Options) (*Log, error) {
	if o == nil {
		o = &Options{}
	}
	l := &Log{fsys: fsys, readOnly: o.ReadOnly, roll: o.SegmentBytes, mayRebuild: o.Rebuild}
	if l.roll <= 0 {
		l.roll = 64 << 20
	}
	open := l.openWriter
	if o.ReadOnly {
		if o.Rebuild {
			return nil, errors.New("log: open: a reader cannot rebuild; open for writing")
		}
		open = l.openReader
	}
	if err := open(); err != nil {
		return nil, errors.Join(fmt.Errorf("log: open: %w", err), l.release())
	}
	l.show()
	return l, nil
}

func (l *Log) openWriter() error {
	lock, err := l.fsys.Dir().Lock(lockName)
	if err != nil {
		return err
	}
	l.lock = lock
	m, err := readManifest(l.fsys)
	switch {
	case err == nil:
		l.man = *m
	case errors.Is(err, fs.ErrNotExist):
		err = l.begin()
	}
	if l.mayRebuild && lost(err) {
		err = l.rebuild(err)
	}
	if err != nil {
		return err
	}
	if err := l.recover(); err != nil {
		return err
	}
	return l.removeUnnamed()
}

// begin writes the first MANIFEST. It is durable before any segment exists, so
// segments without a MANIFEST mean that it was lost, not that we crashed early.
func (l *Log) begin() error {
	names, err := l.fsys.Dir().List()
	if err != nil {
		return err
	}
	for _, n := range names {
		if n != manifestTemp && ours(n) {
			return &DamageError{Name: manifestName, Reason: "the file is missing although " + n + " exists"}
		}
	}
	l.man = manifest{Next: 1}
	return writeManifest(l.fsys, &l.man)
}

// recover finds the end of the log and makes it durable.
func (l *Log) recover() error {
	if len(l.man.Segments) == 0 {
		return nil
	}
	s := &l.man.Segments[len(l.man.Segments)-1]
	l.end = Cursor{Segment: s.ID, Offset: s.Length, Seq: s.Last}
	if s.Sealed {
		return nil
	}
	data, err := l.readTail(*s)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return l.resume(*s)
	}
	return l.reseal(s, data, findTail(data, 0, saltSeed(s.Salt), s.Last))
}

// readTail returns the bytes of an unsealed segment behind its durable length;
// none where the file is missing or too short, which is damage that Replay
// reports.
func (l *Log) readTail(s segmentInfo) ([]byte, error) {
	f, size, err := l.fsys.Open(segmentName(s.ID), Read)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size <= s.Length {
		return nil, nil
	}
	data, err := readRange(f, s.Length, size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", segmentName(s.ID), err)
	}
	return data, nil
}

// resume goes on with a segment that ends exactly where MANIFEST says; any
// other is left as it is and the next Append begins a new one.
func (l *Log) resume(s segmentInfo) error {
	f, size, err := l.fsys.Open(segmentName(s.ID), Append)
	if err == nil && size == s.Length {
		l.active = f
		return nil
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.man.Segments[len(l.man.Segments)-1].Sealed = true
	l.dirty = true
	return nil
}

// reseal seals the segment of a writer that did not close it, and copies its
// last batch into a new segment. The copy is needed because nobody knows
// whether the fsync of that batch returned, and an fsync now proves nothing: a
// system that failed to write its pages may have marked them clean.
func (l *Log) reseal(s *segmentInfo, data []byte, t tail) error {
	base, oldSeed := s.Length, saltSeed(s.Salt)
	batch := data[t.lastStart:t.end]
	s.Length, s.Last, s.Sealed = base+int64(t.lastStart), t.seq, true
	if len(batch) == 0 {
		l.end = Cursor{Segment: s.ID, Offset: s.Length, Seq: t.seq}
		return l.writeManifest()
	}
	first, _ := parseHeader(batch, oldSeed)
	s.Last = first.firstSequence - 1
	info, f, err := l.createSegment(first.seq)
	if err != nil {
		return err
	}
	seed := saltSeed(info.Salt)
	var out []byte
	for off := 0; off < len(batch); {
		h, ok := parseHeader(batch[off:], oldSeed)
		if !ok {
			return errors.Join(fmt.Errorf("recover: %s changed while it was read", segmentName(s.ID)), f.Close())
		}
		r := h.record(batch[off:])
		out = appendRecord(out, seed, &r, int(h.index))
		off += h.size
	}
	if _, err = f.Write(out); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	info.Length, info.Last = segmentHeader+int64(len(out)), t.seq
	l.man.Segments = append(l.man.Segments, info)
	l.active = f
	l.end = Cursor{Segment: info.ID, Offset: info.Length, Seq: t.seq}
	return l.writeManifest()
}

// createSegment makes the next segment file, durable but not yet named by the
// MANIFEST.
func (l *Log) createSegment(first uint64) (segmentInfo, File, error) {
	var salt [8]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return segmentInfo{}, nil, err
	}
	info := segmentInfo{ID: l.man.Next, Salt: binary.LittleEndian.Uint64(salt[:]), Length: segmentHeader, First: first, Last: first - 1}
	f, err := l.createFile(segmentName(info.ID))
	if err != nil {
		return info, nil, err
	}
	if _, err = f.Write(appendSegmentHeader(nil, info.ID, info.Salt, first)); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return info, nil, errors.Join(err, f.Close())
	}
	l.man.Next++
	return info, f, nil
}

// createFile makes a new file in place of one that an unfinished attempt left.
func (l *Log) createFile(name string) (File, error) {
	f, _, err := l.fsys.Open(name, Create)
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if err := l.fsys.Remove(name); err != nil {
		return nil, err
	}
	f, _, err = l.fsys.Open(name, Create)
	return f, err
}

// removeUnnamed deletes what a crash or a refused removal left behind. It may
// fail: another process may have such a file mapped.
func (l *Log) removeUnnamed() error {
	names, err := l.fsys.Dir().List()
	if err != nil {
		return err
	}
	for _, n := range names {
		if ours(n) && !l.named(n) {
			_ = l.fsys.Remove(n)
		}
	}
	return nil
}

func (l *Log) named(name string) bool {
	return slices.ContainsFunc(l.man.Segments, func(s segmentInfo) bool { return segmentName(s.ID) == name }) ||
		slices.ContainsFunc(l.man.Snapshots, func(s snapshotInfo) bool { return snapshotFile(s.ID) == name })
}

func (l *Log) writeManifest() error {
	if err := writeManifest(l.fsys, &l.man); err != nil {
		return fmt.Errorf("write %s: %w", manifestName, err)
	}
	l.dirty = false
	return nil
}

// End returns the place behind the last commit.
func (l *Log) End() Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// Err returns the write error that made the log read-only, or nil.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// Size returns the bytes of all segments that count.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n int64
	for _, s := range l.segments() {
		n += s.Length
	}
	return n
}

// Close makes the next Open cheap by noting the end in the MANIFEST, and
// releases the lock. It is idempotent. An error concerns the note only: no
// commit depends on it.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var err error
	if l.dirty && l.failed == nil && !l.readOnly {
		l.man.Segments = l.segments()
		err = l.writeManifest()
	}
	if err = errors.Join(err, l.release()); err != nil {
		return fmt.Errorf("log: close: %w", err)
	}
	return nil
}

// release closes every file, the lock last.
func (l *Log) release() error {
	var errs []error
	if l.active != nil {
		errs = append(errs, l.active.Close())
		l.active = nil
	}
	l.reads.mu.Lock()
	for _, r := range l.reads.segments {
		if r.file != nil {
			errs = append(errs, r.file.Close())
		}
	}
	l.reads.segments = nil
	l.reads.mu.Unlock()
	if l.lock != nil {
		errs = append(errs, l.lock.Close())
		l.lock = nil
	}
	return errors.Join(errs...)
}

// segments returns a copy of the segments with the last one's length as it is
// now. l.mu is held.
func (l *Log) segments() []segmentInfo {
	all := slices.Clone(l.man.Segments)
	if n := len(all); n > 0 && !all[n-1].Sealed {
		all[n-1].Length, all[n-1].Last = l.end.Offset, l.end.Seq
	}
	return all
}
