package log

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

func (l *Log) openReader() error {
	if _, err := readManifest(l.fsys); errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return l.refresh()
}

// Refresh lets a read-only log see what was committed since. replaced says that
// segments were compacted away: cursors and positions from before may be gone.
// On a log open for writing it does nothing.
func (l *Log) Refresh() (end Cursor, replaced bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return Cursor{}, false, fmt.Errorf("log: refresh: %w", ErrClosed)
	}
	if !l.readOnly {
		return l.end, false, nil
	}
	before := slices.Clone(l.man.Segments)
	if err := l.refresh(); err != nil {
		return l.end, false, fmt.Errorf("log: refresh: %w", err)
	}
	l.show()
	for _, s := range before {
		replaced = replaced || !l.named(segmentName(s.ID))
	}
	return l.end, replaced, nil
}

// refresh reads the MANIFEST and finds the end. Between the two a writer may
// replace what the MANIFEST named; then its next version is there already.
func (l *Log) refresh() error {
	const tries = 8
	for try := 1; ; try++ {
		m, err := readManifest(l.fsys)
		if err != nil {
			return err
		}
		end, err := l.readerEnd(m)
		// A segment that stays missing is damage, which Replay reports.
		if err == nil || try == tries && errors.Is(err, fs.ErrNotExist) {
			l.man, l.end = *m, end
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
}

// readerEnd finds the last commit that a manifest's last segment holds now. It
// looks from where this reader was, so refreshing costs what is new.
func (l *Log) readerEnd(m *manifest) (Cursor, error) {
	if len(m.Segments) == 0 {
		return Cursor{}, nil
	}
	s := m.Segments[len(m.Segments)-1]
	from := Cursor{Segment: s.ID, Offset: s.Length, Seq: s.Last}
	if s.Sealed {
		return from, nil
	}
	if l.end.Segment == s.ID && l.end.Offset > from.Offset {
		from = l.end
	}
	f, size, err := l.fsys.Open(segmentName(s.ID), Read)
	if err != nil || size <= from.Offset {
		return from, err
	}
	defer f.Close()
	data, err := readRange(f, from.Offset, size)
	if err != nil {
		return from, err
	}
	t := findTail(data, 0, saltSeed(s.Salt), from.Seq)
	return Cursor{Segment: s.ID, Offset: from.Offset + int64(t.end), Seq: t.seq}, nil
}

// Replay calls fn for every committed record behind from, in order, commit
// records included, and returns the place behind the last. The record's Body is
// valid during the call only. Damaged parts are skipped, added to [Log.Damage],
// and cost only the records they hold. ErrGone means that compaction has
// replaced from's segment: begin at the zero Cursor.
//
// It sees the log as it is when called, and may run beside Append.
func (l *Log) Replay(ctx context.Context, from Cursor, fn func(Pos, Record) error) (Cursor, error) {
	l.mu.Lock()
	segments, end, closed := l.segments(), l.end, l.closed
	l.mu.Unlock()
	if closed {
		return from, fmt.Errorf("log: replay: %w", ErrClosed)
	}
	if from.Segment != 0 {
		i := slices.IndexFunc(segments, func(s segmentInfo) bool { return s.ID == from.Segment })
		if i < 0 {
			return from, fmt.Errorf("log: replay: %w", ErrGone)
		}
		segments = segments[i:]
	}
	seq := from.Seq
	for _, s := range segments {
		if err := ctx.Err(); err != nil {
			return from, fmt.Errorf("log: replay: %w", err)
		}
		start := int64(segmentHeader)
		if s.ID == from.Segment {
			start = from.Offset
		}
		w := walk{name: segmentName(s.ID), info: s, seq: seq, fn: fn}
		if err := l.replaySegment(&w, start); err != nil {
			return from, fmt.Errorf("log: replay: %w", err)
		}
		seq = max(seq, s.Last)
	}
	return end, nil
}

func (l *Log) replaySegment(w *walk, start int64) error {
	if start >= w.info.Length {
		return nil
	}
	data, err := l.readSegment(w.info)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if l.replaced(w.info.ID) {
			return ErrGone
		}
		w.report(0, w.seq+1, w.info.Last, missing)
		err = nil
	} else {
		err = w.run(data, int(start))
	}
	l.reads.mu.Lock()
	defer l.reads.mu.Unlock()
	for _, d := range w.damage {
		if !slices.ContainsFunc(l.reads.damage, func(e *DamageError) bool { return *e == *d }) {
			l.reads.damage = append(l.reads.damage, d)
		}
	}
	return err
}

// replaced says whether a missing segment is missing because it was compacted
// away, by this Log or by the writer of another process.
func (l *Log) replaced(id uint32) bool {
	if l.readOnly {
		m, err := readManifest(l.fsys)
		return err == nil && !slices.ContainsFunc(m.Segments, func(s segmentInfo) bool { return s.ID == id })
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.named(segmentName(id))
}

// readSegment returns the durable part of a segment, or the whole file where it
// is shorter.
func (l *Log) readSegment(s segmentInfo) ([]byte, error) {
	f, size, err := l.fsys.Open(segmentName(s.ID), Read)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readRange(f, 0, min(size, s.Length))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", segmentName(s.ID), err)
	}
	return data, nil
}

// walk goes through the durable bytes of one segment.
type walk struct {
	name   string
	info   segmentInfo
	seq    uint64 // the last one seen
	fn     func(Pos, Record) error
	damage []*DamageError
}

func (w *walk) run(data []byte, off int) error {
	seed := saltSeed(w.info.Salt)
	if off == segmentHeader && !checkSegmentHeader(data, w.info.ID, w.info.Salt) {
		w.report(0, 0, 0, "the segment's header does not match")
	}
	if len(data) < off {
		off = len(data)
	}
	for {
		at, h, gap := nextRecord(data, off, seed, 0)
		if at == len(data) {
			if gap || int64(len(data)) < w.info.Length {
				w.report(off, w.seq+1, w.info.Last, "no valid record up to the segment's end")
			}
			return nil
		}
		if gap {
			w.report(off, w.seq+1, h.seq-1, "no valid record here")
		}
		off = at + h.size
		if h.seq <= w.seq {
			continue // seen in the segment before: see reseal
		}
		w.seq = h.seq
		pos := Pos{Segment: w.info.ID, Size: uint32(h.size), Offset: int64(at)}
		if err := w.fn(pos, h.record(data[at:])); err != nil {
			return err
		}
	}
}

func (w *walk) report(off int, first, last uint64, reason string) {
	if last < first {
		first, last = 0, 0 // the sequences are known from elsewhere
	}
	w.damage = append(w.damage, &DamageError{Name: w.name, Offset: int64(off), First: first, Last: last, Reason: reason})
}

// Damage returns what replays have found so far. [Log.Check] looks at
// everything. It waits for no writer.
func (l *Log) Damage() []*DamageError {
	l.reads.mu.RLock()
	defer l.reads.mu.RUnlock()
	return slices.Clone(l.reads.damage)
}

// Check reads the whole log and every snapshot, and returns all damage found.
func (l *Log) Check(ctx context.Context) ([]*DamageError, error) {
	if _, err := l.Replay(ctx, Cursor{}, func(Pos, Record) error { return nil }); err != nil {
		return nil, err
	}
	found := l.Damage()
	for _, s := range l.Snapshots() {
		snap, err := l.OpenSnapshot(s.Name)
		var d *DamageError
		switch {
		case errors.As(err, &d) && d.Reason == missing && l.dropped(s.Name):
		case errors.As(err, &d):
			found = append(found, d)
		case err != nil:
			return found, err
		default:
			if err := snap.Close(); err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// dropped says, for a reader, that the writer has replaced or dropped a snapshot
// since the last Refresh.
func (l *Log) dropped(name string) bool {
	if !l.readOnly {
		return false
	}
	m, err := readManifest(l.fsys)
	l.mu.Lock()
	defer l.mu.Unlock()
	is := func(s snapshotInfo) bool { return s.Name == name }
	was := slices.IndexFunc(l.man.Snapshots, is)
	return err == nil && was >= 0 && !slices.Contains(m.Snapshots, l.man.Snapshots[was])
}

// Read returns the record at a position that Append or Replay gave. The record
// owns its memory. A record that no longer checks out is a *DamageError. It
// waits for no writer.
func (l *Log) Read(p Pos) (Record, error) {
	r, err := l.read(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = &DamageError{Name: segmentName(p.Segment), Reason: missing}
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = &DamageError{Name: segmentName(p.Segment), Offset: p.Offset, Reason: "the file ends before"}
	}
	if err != nil {
		return Record{}, fmt.Errorf("log: read %s: %w", segmentName(p.Segment), err)
	}
	return r, nil
}

func (l *Log) read(p Pos) (Record, error) {
	f, seed, err := l.reader(p.Segment)
	if err != nil {
		return Record{}, err
	}
	data, err := readRecord(f, p, seed)
	if err != nil {
		return Record{}, err
	}
	h, ok := parseHeader(data, seed)
	if !ok || !h.validPayload || h.size != len(data) {
		return Record{}, &DamageError{Name: segmentName(p.Segment), Offset: p.Offset, Reason: "no valid record here"}
	}
	return h.record(data), nil
}

// readRecord reads the bytes of a record. Room for a large one is made only
// when its header says so as well: positions come out of snapshots.
func readRecord(f File, p Pos, seed uint32) ([]byte, error) {
	const large = 1 << 20
	if p.Size > large {
		head, err := readRange(f, p.Offset, p.Offset+headerSize)
		if h, ok := parseHeader(head, seed); err != nil || !ok || h.size != int(p.Size) {
			return nil, err
		}
	}
	return readRange(f, p.Offset, p.Offset+int64(p.Size))
}

func (l *Log) reader(id uint32) (f File, seed uint32, err error) {
	l.reads.mu.RLock()
	r, closed := l.reads.segments[id], l.reads.segments == nil
	if r != nil {
		f, seed = r.file, r.seed
	}
	l.reads.mu.RUnlock()
	switch {
	case closed:
		return nil, 0, ErrClosed
	case r == nil:
		return nil, 0, ErrGone
	case f != nil:
		return f, seed, nil
	}
	return l.openReadable(id)
}

// openReadable opens a segment that is read for the first time.
func (l *Log) openReadable(id uint32) (File, uint32, error) {
	l.reads.mu.Lock()
	defer l.reads.mu.Unlock()
	r := l.reads.segments[id]
	if r == nil {
		return nil, 0, ErrGone
	}
	if r.file == nil {
		f, _, err := l.fsys.Open(segmentName(id), Read)
		if err != nil {
			return nil, 0, err
		}
		r.file = f
	}
	return r.file, r.seed, nil
}
