package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// A snapshot file holds named sections, each at a multiple of sectionAlign, and
// a footer: the sections' places, the CRC-32C of each block of blockSize bytes
// of all that precedes it, and a trailer of trailerSize bytes. Every byte of
// the file is under one of the checksums.
const (
	snapshotMagic = "GWsnapsh"
	sectionAlign  = 64
	blockSize     = 64 << 10
	trailerSize   = 32 // magic 8, footer length 8, footer crc 4, zeros
	maxSections   = 1 << 16
)

// SnapshotInfo describes a snapshot that the MANIFEST names.
type SnapshotInfo struct {
	Name  string
	At    Cursor // what it covers: all records before
	Bytes int64
}

// Snapshots lists the snapshots.
func (l *Log) Snapshots() []SnapshotInfo {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]SnapshotInfo, 0, len(l.man.Snapshots))
	for _, s := range l.man.Snapshots {
		out = append(out, SnapshotInfo{Name: s.Name, At: s.At, Bytes: s.Length})
	}
	return out
}

// Writer writes a snapshot: Section begins the next section, Write adds to it.
type Writer struct {
	file     File
	buf      []byte
	written  int64
	crcs     []uint32
	sections []section
	err      error
}

type section struct {
	name        string
	offset, len int64
}

// Section ends the section before and begins the one of a name.
func (w *Writer) Section(name string) {
	w.endSection()
	if n := w.size() % sectionAlign; n != 0 {
		_, _ = w.Write(make([]byte, sectionAlign-n)) // the error is kept
	}
	if len(name) > 255 || len(w.sections) == maxSections {
		w.err = errors.Join(w.err, fmt.Errorf("section %.32q: too many sections or too long a name", name))
	}
	w.sections = append(w.sections, section{name: name, offset: w.size(), len: -1})
}

func (w *Writer) endSection() {
	if n := len(w.sections); n > 0 && w.sections[n-1].len < 0 {
		w.sections[n-1].len = w.size() - w.sections[n-1].offset
	}
}

func (w *Writer) size() int64 { return w.written + int64(len(w.buf)) }

// Write adds to the current section. An error is also returned at the end, so
// callers may ignore it here.
func (w *Writer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 && w.err == nil {
		n := min(len(p), blockSize-len(w.buf))
		w.buf = append(w.buf, p[:n]...)
		p = p[n:]
		if len(w.buf) == blockSize {
			w.flush()
		}
	}
	return total - len(p), w.err
}

// flush writes the current block and notes its checksum.
func (w *Writer) flush() {
	if w.err != nil || len(w.buf) == 0 {
		return
	}
	w.crcs = append(w.crcs, checksum(0, w.buf))
	n, err := w.file.Write(w.buf)
	if err == nil && n != len(w.buf) {
		err = errors.New("short write")
	}
	w.err = err
	w.written += int64(len(w.buf))
	w.buf = w.buf[:0]
}

// finish writes the footer and makes the file durable.
func (w *Writer) finish() (length int64, crc uint32, err error) {
	w.endSection()
	w.flush()
	f := w.footer()
	crc = checksum(0, f)
	t := make([]byte, trailerSize)
	copy(t, snapshotMagic)
	binary.LittleEndian.PutUint64(t[8:], uint64(len(f)))
	binary.LittleEndian.PutUint32(t[16:], crc)
	if w.err == nil {
		_, w.err = w.file.Write(append(f, t...))
	}
	if w.err == nil {
		w.err = w.file.Sync()
	}
	return w.written + int64(len(f)) + trailerSize, crc, w.err
}

func (w *Writer) footer() []byte {
	le := binary.LittleEndian
	f := le.AppendUint32(nil, formatVersion)
	f = le.AppendUint64(f, uint64(w.written))
	f = le.AppendUint32(f, uint32(len(w.sections)))
	for _, s := range w.sections {
		f = append(f, byte(len(s.name)))
		f = append(f, s.name...)
		f = le.AppendUint64(f, uint64(s.offset))
		f = le.AppendUint64(f, uint64(s.len))
	}
	for _, c := range w.crcs {
		f = le.AppendUint32(f, c)
	}
	return f
}

// WriteSnapshot writes what fill gives as the snapshot of a name, covering all
// records before at, and then replaces the older one of that name. Appends may
// go on meanwhile. After an error of fill or of the disk the older one stays.
func (l *Log) WriteSnapshot(name string, at Cursor, fill func(*Writer) error) error {
	if err := l.writeSnapshot(name, at, fill); err != nil {
		return fmt.Errorf("log: write snapshot %q: %w", name, err)
	}
	return nil
}

func (l *Log) writeSnapshot(name string, at Cursor, fill func(*Writer) error) error {
	l.mu.Lock()
	err := l.writable()
	id := l.man.Next
	l.man.Next++ // even if unused, so that two snapshots never share a file
	epoch := l.epoch
	l.mu.Unlock()
	if err != nil {
		return err
	}
	info := snapshotInfo{ID: id, Name: name, At: at}
	if err := l.fillSnapshot(&info, fill); err != nil {
		_ = l.fsys.Remove(snapshotFile(id))
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.commitSnapshot(info, epoch)
}

func (l *Log) fillSnapshot(info *snapshotInfo, fill func(*Writer) error) error {
	f, err := l.createFile(snapshotFile(info.ID))
	if err != nil {
		return err
	}
	w := &Writer{file: f, buf: make([]byte, 0, blockSize)}
	err = fill(w)
	if err == nil {
		info.Length, info.CRC, err = w.finish()
	}
	return errors.Join(err, f.Close())
}

// commitSnapshot names it in the MANIFEST, unless compaction has meanwhile
// replaced the segments that its positions speak of. l.mu is held.
func (l *Log) commitSnapshot(info snapshotInfo, epoch int) error {
	file := snapshotFile(info.ID)
	if err := l.writable(); err != nil {
		return errors.Join(err, l.fsys.Remove(file))
	}
	if epoch != l.epoch {
		return errors.Join(ErrGone, l.fsys.Remove(file))
	}
	m := l.man.clone()
	m.Segments = l.segments()
	m.Snapshots = slices.DeleteFunc(m.Snapshots, func(s snapshotInfo) bool { return s.Name == info.Name })
	m.Snapshots = append(m.Snapshots, info)
	return l.replaceManifest(m)
}

// DropSnapshot forgets the snapshot of a name, if there is one.
func (l *Log) DropSnapshot(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.man.clone()
	m.Segments = l.segments()
	m.Snapshots = slices.DeleteFunc(m.Snapshots, func(s snapshotInfo) bool { return s.Name == name })
	if len(m.Snapshots) == len(l.man.Snapshots) {
		return nil
	}
	err := l.writable()
	if err == nil {
		err = l.replaceManifest(m)
	}
	if err != nil {
		return fmt.Errorf("log: drop snapshot %q: %w", name, err)
	}
	return nil
}

// replaceManifest writes a new MANIFEST and then removes the files it no longer
// names. l.mu is held.
func (l *Log) replaceManifest(m manifest) error {
	old := l.man
	l.man = m
	if err := l.writeManifest(); err != nil {
		return l.fail(err)
	}
	for _, s := range old.Segments {
		if n := segmentName(s.ID); !l.named(n) {
			_ = l.fsys.Remove(n) // refused while mapped: the next Open tries again
		}
	}
	for _, s := range old.Snapshots {
		if n := snapshotFile(s.ID); !l.named(n) {
			_ = l.fsys.Remove(n)
		}
	}
	return nil
}

// missing is the Reason of damage that is the lack of a file.
const missing = "the file is missing"

// Snapshot is an open, checked snapshot. Its bytes stay valid until Close.
type Snapshot struct {
	At       Cursor
	data     []byte
	sections map[string][]byte
	release  func() error
}

// OpenSnapshot maps the snapshot of a name and checks all of it. It returns
// fs.ErrNotExist where there is none, and a *DamageError where it is not as
// written: either way, derive its content from the log again.
func (l *Log) OpenSnapshot(name string) (*Snapshot, error) {
	l.mu.Lock()
	i := slices.IndexFunc(l.man.Snapshots, func(s snapshotInfo) bool { return s.Name == name })
	var info snapshotInfo
	if i >= 0 {
		info = l.man.Snapshots[i]
	}
	closed := l.closed
	l.mu.Unlock()
	err := fs.ErrNotExist
	switch {
	case closed:
		err = ErrClosed
	case i >= 0:
		var s *Snapshot
		if s, err = openSnapshot(l.fsys, info); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("log: open snapshot %q: %w", name, err)
}

func openSnapshot(fsys FS, info snapshotInfo) (*Snapshot, error) {
	f, size, err := fsys.Open(snapshotFile(info.ID), Read)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DamageError{Name: snapshotFile(info.ID), Reason: missing}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size != info.Length {
		return nil, &DamageError{Name: snapshotFile(info.ID), Reason: fmt.Sprintf("%d bytes long, written were %d", size, info.Length)}
	}
	data, release, err := Map(f, size)
	if err != nil {
		return nil, err
	}
	sections, err := parseSnapshot(data, info.CRC)
	if err != nil {
		var d *DamageError
		if errors.As(err, &d) {
			d.Name = snapshotFile(info.ID)
		}
		return nil, errors.Join(err, release())
	}
	return &Snapshot{At: info.At, data: data, sections: sections, release: release}, nil
}

// Section returns the bytes of a section, aligned to 64 where the file is
// mapped; nil where there is no such section.
func (s *Snapshot) Section(name string) []byte { return s.sections[name] }

// Close unmaps the file. Nothing may read its sections any more.
func (s *Snapshot) Close() error {
	s.sections, s.data = nil, nil
	return s.release()
}

// parseSnapshot checks a snapshot file and returns its sections, which alias it.
func parseSnapshot(data []byte, crc uint32) (map[string][]byte, error) {
	le := binary.LittleEndian
	damaged := func(at int, reason string) error { return &DamageError{Offset: int64(at), Reason: reason} }
	if len(data) < trailerSize {
		return nil, damaged(0, "too short")
	}
	t := data[len(data)-trailerSize:]
	n := le.Uint64(t[8:])
	if n > uint64(len(data)-trailerSize) {
		return nil, damaged(len(data)-trailerSize, "the trailer makes no sense")
	}
	body := data[:len(data)-trailerSize-int(n)]
	foot := data[len(body) : len(data)-trailerSize]
	want := make([]byte, trailerSize)
	copy(want, snapshotMagic)
	le.PutUint64(want[8:], n)
	le.PutUint32(want[16:], crc)
	if string(want) != string(t) || checksum(0, foot) != crc {
		return nil, damaged(len(body), "the footer's checksum does not match")
	}
	p := footerParser{data: foot}
	if v := int(p.uint32()); v > formatVersion {
		return nil, &VersionError{Name: "snapshot", Have: v, Max: formatVersion}
	}
	sections, err := p.sections(body)
	if err != nil {
		return nil, err
	}
	for at := 0; at < len(body); at += blockSize {
		if checksum(0, body[at:min(at+blockSize, len(body))]) != p.uint32() {
			return nil, damaged(at, "a block's checksum does not match")
		}
	}
	if p.short || len(p.data) != 0 {
		return nil, damaged(len(body), "the footer makes no sense")
	}
	return sections, nil
}

// footerParser takes numbers off a footer; short tells that it ran out.
type footerParser struct {
	data  []byte
	short bool
}

func (p *footerParser) take(n int) []byte {
	if n > len(p.data) {
		p.short, p.data = true, nil
		return make([]byte, n)
	}
	b := p.data[:n]
	p.data = p.data[n:]
	return b
}

func (p *footerParser) uint32() uint32 { return binary.LittleEndian.Uint32(p.take(4)) }
func (p *footerParser) uint64() uint64 { return binary.LittleEndian.Uint64(p.take(8)) }

func (p *footerParser) sections(body []byte) (map[string][]byte, error) {
	bad := &DamageError{Offset: int64(len(body)), Reason: "the footer makes no sense"}
	if p.uint64() != uint64(len(body)) {
		return nil, bad
	}
	n := p.uint32()
	if n > maxSections {
		return nil, bad
	}
	out := make(map[string][]byte, min(n, 64))
	for range n {
		name := string(p.take(int(p.take(1)[0])))
		off, length := p.uint64(), p.uint64()
		if p.short || off > uint64(len(body)) || length > uint64(len(body))-off {
			return nil, bad
		}
		out[name] = body[off : off+length : off+length]
	}
	return out, nil
}
