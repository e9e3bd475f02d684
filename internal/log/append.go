package log

import (
	"errors"
	"fmt"
)

// Commit is where a batch went.
type Commit struct {
	First, Last uint64 // the records' sequences; Last is the commit record's
	Pos         []Pos  // of each record
}

// Append writes the records as one batch and returns when it is durable. The
// records' Seq is ignored; they get consecutive ones from Commit.First on.
//
// After any write error the batch may or may not be found by the next Open, and
// this Log takes no more writes ([ErrReadOnly]): a retried fsync can succeed
// without having written anything. ErrTooLarge and an empty batch write nothing
// and harm nothing.
func (l *Log) Append(records []Record) (Commit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err := l.append(records)
	if err != nil {
		return Commit{}, fmt.Errorf("log: append: %w", err)
	}
	return c, nil
}

func (l *Log) append(records []Record) (Commit, error) {
	if err := l.writable(); err != nil {
		return Commit{}, err
	}
	if len(records) == 0 {
		return Commit{}, errors.New("empty batch")
	}
	for i := range records {
		if records[i].Kind == KindCommit {
			return Commit{}, fmt.Errorf("record %d: kind 0 is reserved", i)
		}
		if _, err := recordSize(&records[i]); err != nil {
			return Commit{}, fmt.Errorf("record %d: %w", i, err)
		}
	}
	if err := l.prepare(); err != nil {
		return Commit{}, l.fail(err)
	}
	c := l.encode(records)
	if err := l.write(); err != nil {
		return Commit{}, l.fail(err)
	}
	l.end.Offset += int64(len(l.buf))
	l.end.Seq = c.Last
	l.dirty = true
	l.trimBuffer()
	return c, nil
}

func (l *Log) writable() error {
	switch {
	case l.closed:
		return ErrClosed
	case l.readOnly:
		return ErrReadOnly
	case l.failed != nil:
		return fmt.Errorf("%w since a write failed: %w; close and open it again when the disk is well", ErrReadOnly, l.failed)
	}
	return nil
}

// fail notes the first failed write.
func (l *Log) fail(err error) error {
	l.failed = err
	return fmt.Errorf("%w; the log is read-only until it is opened again", err)
}

// prepare makes l.active a segment with room.
func (l *Log) prepare() error {
	if l.active != nil && l.end.Offset < l.roll {
		return nil
	}
	info, f, err := l.createSegment(l.end.Seq + 1)
	if err != nil {
		return err
	}
	segments := l.segments()
	if n := len(segments); n > 0 {
		segments[n-1].Sealed = true
	}
	l.man.Segments = append(segments, info)
	if err := l.writeManifest(); err != nil {
		return errors.Join(err, f.Close())
	}
	old := l.active
	l.active = f
	l.end.Segment, l.end.Offset = info.ID, info.Length
	l.show()
	if old != nil {
		return old.Close()
	}
	return nil
}

// encode fills l.buf with the batch.
func (l *Log) encode(records []Record) Commit {
	seed := saltSeed(l.man.Segments[len(l.man.Segments)-1].Salt)
	c := Commit{First: l.end.Seq + 1, Last: l.end.Seq + 1 + uint64(len(records)), Pos: make([]Pos, len(records))}
	l.buf = l.buf[:0]
	for i := range records {
		r := records[i]
		r.Seq = c.First + uint64(i)
		start := len(l.buf)
		l.buf = appendRecord(l.buf, seed, &r, i)
		c.Pos[i] = Pos{Segment: l.end.Segment, Size: uint32(len(l.buf) - start), Offset: l.end.Offset + int64(start)}
	}
	l.buf = appendRecord(l.buf, seed, &Record{Seq: c.Last, Kind: KindCommit}, len(records))
	return c
}

func (l *Log) write() error {
	n, err := l.active.Write(l.buf)
	if err == nil && n != len(l.buf) {
		err = fmt.Errorf("%d of %d bytes written", n, len(l.buf))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", segmentName(l.end.Segment), err)
	}
	if err := l.active.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", segmentName(l.end.Segment), err)
	}
	return nil
}

// trimBuffer gives a bulk load's buffer back.
func (l *Log) trimBuffer() {
	if cap(l.buf) > 4<<20 {
		l.buf = nil
	}
}
