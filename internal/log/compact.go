package log

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Move tells where compaction put a record.
type Move struct{ From, To Pos }

// Compaction is a finished compaction whose old files still serve reads.
type Compaction struct {
	Moved  []Move
	Before int64 // bytes of the segments that were read
	After  int64 // and of those that replace them
	log    *Log
	old    []segmentInfo
}

// Compact rewrites the log without the records that keep refuses. The new
// segments replace the old ones, and all snapshots, in one MANIFEST; then the
// old positions can still be read until Finish. Appends go on meanwhile.
//
// Sequences are kept. Damaged records are gone afterwards; they are in
// [Log.Damage]. One compaction at a time: the caller sees to that.
func (l *Log) Compact(ctx context.Context, keep func(Pos, Record) bool) (*Compaction, error) {
	c, err := l.compact(ctx, keep)
	if err != nil {
		return nil, fmt.Errorf("log: compact: %w", err)
	}
	return c, nil
}

func (l *Log) compact(ctx context.Context, keep func(Pos, Record) bool) (*Compaction, error) {
	old, err := l.sealAll()
	if err != nil || len(old) == 0 {
		return &Compaction{log: l}, err
	}
	w := &compactor{log: l, keep: keep, c: &Compaction{log: l, old: old}}
	var seq uint64
	for _, s := range old {
		if err := ctx.Err(); err != nil {
			return nil, errors.Join(err, w.discard())
		}
		w.c.Before += s.Length
		walk := walk{name: segmentName(s.ID), info: s, seq: seq, fn: w.add}
		if err := l.replaySegment(&walk, segmentHeader); err != nil {
			return nil, errors.Join(err, w.discard())
		}
		seq = max(seq, s.Last)
	}
	if err := w.end(seq); err != nil {
		return nil, errors.Join(err, w.discard())
	}
	return w.c, w.commit()
}

// sealAll seals the active segment, so that the next Append begins a new one,
// and returns all segments.
func (l *Log) sealAll() ([]segmentInfo, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return nil, err
	}
	all := l.segments()
	if len(all) == 0 {
		return nil, nil
	}
	all[len(all)-1].Sealed = true
	l.man.Segments = all
	if err := l.writeManifest(); err != nil {
		return nil, l.fail(err)
	}
	var err error
	if l.active != nil {
		err = l.active.Close()
		l.active = nil
	}
	return slices.Clone(all), err
}

// compactor writes the records that stay.
type compactor struct {
	log   *Log
	keep  func(Pos, Record) bool
	c     *Compaction
	out   []segmentInfo
	file  File
	seed  uint32
	buf   []byte // a batch under way
	index int
	last  uint64 // the last sequence read

	committed uint64 // the last sequence of the last commit written
}

// compactBatch is the size from which a batch of copied records is ended. Any
// batch boundary of the source will do: all of it was committed long ago.
const compactBatch = 1 << 20

func (w *compactor) add(p Pos, r Record) error {
	w.last = r.Seq
	if r.Kind == KindCommit {
		if len(w.buf) < compactBatch {
			return nil
		}
		return w.flush()
	}
	if !w.keep(p, r) {
		return nil
	}
	if w.file == nil {
		if err := w.begin(r.Seq); err != nil {
			return err
		}
	}
	s := w.out[len(w.out)-1]
	at := s.Length + int64(len(w.buf))
	before := len(w.buf)
	w.buf = appendRecord(w.buf, w.seed, &r, w.index)
	w.index++
	w.c.Moved = append(w.c.Moved, Move{From: p, To: Pos{Segment: s.ID, Size: uint32(len(w.buf) - before), Offset: at}})
	return nil
}

func (w *compactor) begin(first uint64) error {
	w.log.mu.Lock()
	info, f, err := w.log.createSegment(first)
	w.log.mu.Unlock()
	if err != nil {
		return err
	}
	info.Sealed = true
	w.out, w.file, w.seed = append(w.out, info), f, saltSeed(info.Salt)
	return nil
}

// flush ends the batch under way, and the segment when it is full.
func (w *compactor) flush() error {
	if w.index == 0 {
		return nil
	}
	return w.commitBatch()
}

func (w *compactor) commitBatch() error {
	s := &w.out[len(w.out)-1]
	w.buf = appendRecord(w.buf, w.seed, &Record{Seq: w.last, Kind: KindCommit}, 0)
	if _, err := w.file.Write(w.buf); err != nil {
		return err
	}
	s.Length += int64(len(w.buf))
	s.Last, w.committed = w.last, w.last
	w.buf, w.index = w.buf[:0], 0
	if s.Length >= w.log.roll {
		return w.closeSegment()
	}
	return nil
}

func (w *compactor) closeSegment() error {
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.file.Sync(), w.file.Close())
	w.file = nil
	return err
}

// end closes the output with a commit of the last sequence: it keeps the
// sequence, which must never run again, and proves that the output is complete.
func (w *compactor) end(seq uint64) error {
	w.last = max(w.last, seq)
	if w.index > 0 || w.committed < seq {
		if w.file == nil {
			if err := w.begin(seq); err != nil {
				return err
			}
		}
		if err := w.commitBatch(); err != nil {
			return err
		}
	}
	return w.closeSegment()
}

// discard removes what was written for a compaction that failed.
func (w *compactor) discard() error {
	var errs []error
	if w.file != nil {
		errs = append(errs, w.file.Close())
	}
	for _, s := range w.out {
		errs = append(errs, w.log.fsys.Remove(segmentName(s.ID)))
	}
	return errors.Join(errs...)
}

// commit names the new segments in place of the old ones.
func (w *compactor) commit() error {
	l := w.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.writable(); err != nil {
		return errors.Join(err, w.discard())
	}
	rest := l.segments()[len(w.c.old):]
	snapshots := l.man.Snapshots
	l.man.Segments = append(slices.Clone(w.out), rest...)
	l.man.Snapshots = nil
	l.retired = append(l.retired, w.c.old...)
	l.epoch++
	if err := l.writeManifest(); err != nil {
		return l.fail(err)
	}
	if len(rest) == 0 {
		s := w.out[len(w.out)-1]
		l.end = Cursor{Segment: s.ID, Offset: s.Length, Seq: l.end.Seq}
	}
	l.show()
	for _, s := range w.out {
		w.c.After += s.Length
	}
	for _, s := range snapshots {
		_ = l.fsys.Remove(snapshotFile(s.ID))
	}
	return nil
}

// Finish removes the old segments. Reads of their positions fail with ErrGone
// from then on.
func (c *Compaction) Finish() {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.log.retired = slices.DeleteFunc(c.log.retired, func(s segmentInfo) bool { return slices.Contains(c.old, s) })
	if !c.log.closed {
		c.log.show()
	}
	for _, s := range c.old {
		// Refused while another process reads it: the next Open tries again.
		_ = c.log.fsys.Remove(segmentName(s.ID))
	}
	c.old = nil
}
