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
// records' Seq is ignored; they get consecutive ones from Commit.First on. It
// takes little memory beside them, however many there are.
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
	if err := l.check(records); err != nil {
		return Commit{}, err
	}
	if err := l.prepare(); err != nil {
		return Commit{}, l.fail(err)
	}
	c, end, err := l.write(records)
	if err != nil {
		return Commit{}, l.fail(err)
	}
	l.end.Offset = end
	l.end.Seq = c.Last
	l.dirty = true
	l.trimBuffer()
	return c, nil
}

// check refuses what cannot be written before any of it is.
func (l *Log) check(records []Record) error {
	for i := range records {
		r := &records[i]
		if r.Kind == KindCommit {
			return fmt.Errorf("record %d: kind 0 is reserved", i)
		}
		body := len(r.Body)
		if r.Fill != nil {
			l.buf = r.Fill(l.buf[:0])
			body = len(l.buf)
		}
		if err := checkSize(r, body+len(r.Tail)); err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
	}
	return nil
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

// writeBytes is how much of a batch is encoded before it is written: a batch
// may be larger than what memory should hold twice.
const writeBytes = 1 << 20

// write writes the batch and makes it durable. Only the commit record at its
// end makes it count, so it may take any number of writes. end is the offset
// behind it.
func (l *Log) write(records []Record) (c Commit, end int64, err error) {
	w := batchWriter{log: l, seed: saltSeed(l.man.Segments[len(l.man.Segments)-1].Salt), at: l.end.Offset}
	c = Commit{First: l.end.Seq + 1, Last: l.end.Seq + 1 + uint64(len(records)), Pos: make([]Pos, len(records))}
	l.buf = l.buf[:0]
	for i := range records {
		r := records[i]
		r.Seq = c.First + uint64(i)
		if c.Pos[i], err = w.add(&r, i); err != nil {
			return c, w.at, err
		}
	}
	if _, err = w.add(&Record{Seq: c.Last, Kind: KindCommit}, len(records)); err == nil {
		err = w.flush()
	}
	if err != nil {
		return c, w.at, err
	}
	if err := l.active.Sync(); err != nil {
		return c, w.at, fmt.Errorf("sync %s: %w", segmentName(l.end.Segment), err)
	}
	return c, w.at, nil
}

// A batchWriter writes records through the log's buffer.
type batchWriter struct {
	log  *Log
	seed uint32
	at   int64 // offset behind all that was added
}

func (w *batchWriter) add(r *Record, index int) (Pos, error) {
	l, before := w.log, len(w.log.buf)
	var zeros int
	l.buf, zeros = appendHead(l.buf, w.seed, r, index)
	size := len(l.buf) - before + len(r.Tail) + zeros
	p := Pos{Segment: l.end.Segment, Size: uint32(size), Offset: w.at}
	w.at += int64(size)
	if len(r.Tail) < writeBytes {
		l.buf = append(append(l.buf, r.Tail...), padding[:zeros]...)
		if len(l.buf) < writeBytes {
			return p, nil
		}
		return p, w.flush()
	}
	if err := w.flush(); err != nil {
		return p, err
	}
	l.buf = append(l.buf, padding[:zeros]...)
	return p, w.put(r.Tail)
}

func (w *batchWriter) flush() error {
	err := w.put(w.log.buf)
	w.log.buf = w.log.buf[:0]
	return err
}

func (w *batchWriter) put(data []byte) error {
	n, err := w.log.active.Write(data)
	if err == nil && n != len(data) {
		err = fmt.Errorf("%d of %d bytes written", n, len(data))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", segmentName(w.log.end.Segment), err)
	}
	return nil
}

// trimBuffer gives a bulk load's buffer back.
func (l *Log) trimBuffer() {
	if cap(l.buf) > 4<<20 {
		l.buf = nil
	}
}
