package log

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// A MANIFEST that is lost or damaged is made anew from what the segments say of
// themselves. Their headers hold id, salt and first sequence; order, lengths
// and which of them count follow from the records:
//
//   - In order of their first sequences each segment counts up to where the
//     next one begins. What lies behind was never acknowledged, or is the last
//     batch of a writer that did not close, which the next one copied.
//   - Compacted segments beside those that they were made from replace them if
//     they are complete, which their last commit proves. Otherwise compaction
//     did not end, and all of the others are still there.
//   - Sequences that no segment holds are named as a segment that is missing,
//     so that Replay and Check report them.
//
// Snapshots are not named again: they are derived from the records.

// rebuild returns the manifest of the segments in fsys.
func rebuild(fsys FS) (*manifest, error) {
	names, err := fsys.Dir().List()
	if err != nil {
		return nil, err
	}
	m := &manifest{Next: 1}
	var all, headless []*scanned
	for _, n := range names {
		id, segment := fileID(n)
		m.Next = max(m.Next, id+1)
		if !segment {
			continue
		}
		s, err := scanSegment(fsys, id)
		switch {
		case err != nil:
			return nil, err
		case !s.headless:
			all = append(all, s)
		case s.Length > segmentHeader: // otherwise it was only begun
			headless = append(headless, s)
		}
	}
	slices.SortFunc(all, func(a, b *scanned) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(headless, func(a, b *scanned) int { return cmp.Compare(a.ID, b.ID) })
	all = dropCompaction(dropBegun(all))
	join(all)
	m.name(all, headless)
	return m, m.check()
}

// fileID returns the id in a file's name, 0 where it has none, and whether it
// is a segment.
func fileID(name string) (id uint32, segment bool) {
	if !ours(name) {
		return 0, false
	}
	stem, _, _ := strings.Cut(name, ".")
	n, err := strconv.ParseUint(stem, 10, 32)
	if err != nil || n == 0 {
		return 0, false
	}
	return uint32(n), strings.HasSuffix(name, ".seg")
}

// scanned is what the bytes of a segment say.
type scanned struct {
	segmentInfo // Length is the file's, Last that of the last record
	headless    bool
	compacted   bool // as compaction writes: commit records count no records
	clean       bool // there is nothing between its records, and a commit at the end
	records     []scannedRecord
}

type scannedRecord struct {
	off, end   int
	seq, first uint64 // the record's, and that of the first of its batch
	index      uint32
	kind       Kind
}

func scanSegment(fsys FS, id uint32) (*scanned, error) {
	f, size, err := fsys.Open(segmentName(id), Read)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readRange(f, 0, size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", segmentName(id), err)
	}
	s := &scanned{segmentInfo: segmentInfo{ID: id, Length: max(size&^(align-1), segmentHeader), Sealed: true}}
	if err := s.header(data); err != nil || s.headless {
		return s, err
	}
	s.scan(data)
	return s, nil
}

// header reads what the segment says of itself.
func (s *scanned) header(data []byte) error {
	le := binary.LittleEndian
	if len(data) < segmentHeader || string(data[:8]) != segmentMagic || le.Uint32(data[32:]) != checksum(0, data[:32]) {
		s.headless = true
		return nil
	}
	if format := int(le.Uint32(data[8:])); format > formatVersion {
		return &VersionError{Name: segmentName(s.ID), Have: format, Max: formatVersion}
	}
	s.Salt, s.First = le.Uint64(data[16:]), le.Uint64(data[24:])
	s.Last = s.First - 1
	s.headless = s.First == 0 || !checkSegmentHeader(data, s.ID, s.Salt)
	return nil
}

func (s *scanned) scan(data []byte) {
	s.clean = true
	seed, commits := saltSeed(s.Salt), 0
	for off := segmentHeader; ; {
		at, h, gap := nextRecord(data, off, seed, s.Last)
		if at == len(data) {
			s.clean = s.clean && off == len(data)
			break
		}
		s.clean = s.clean && !gap
		if h.kind == KindCommit {
			commits++
			s.compacted = s.compacted || commits == 1 && h.index == 0
		}
		off = at + h.size
		s.Last = h.seq
		s.records = append(s.records, scannedRecord{at, off, h.seq, h.firstSequence, h.index, h.kind})
	}
	n := len(s.records)
	s.clean = s.clean && n > 0 && s.records[n-1].kind == KindCommit
}

// batch returns the last sequence of the batch that begins with first, if the
// segment holds it whole.
func (s *scanned) batch(first uint64) (last uint64, whole bool) {
	next := uint32(0)
	for _, r := range s.records {
		if r.first != first {
			continue
		}
		if r.index != next {
			return 0, false
		}
		if next++; r.kind == KindCommit {
			return r.seq, true
		}
	}
	return 0, false
}

// wholeEnd returns the last sequence that a commit covers.
func (s *scanned) wholeEnd() uint64 {
	for _, r := range slices.Backward(s.records) {
		if r.kind == KindCommit {
			return r.seq
		}
	}
	return s.First - 1
}

// dropBegun leaves out segments without a commit that were begun as a copy:
// what they were to hold, others do.
func dropBegun(all []*scanned) (out []*scanned) {
	last := uint64(0)
	for _, s := range all {
		if s.wholeEnd() < s.First && s.First <= last {
			continue
		}
		out, last = append(out, s), max(last, s.Last)
	}
	return out
}

// dropCompaction leaves out the segments of an unfinished compaction, or those
// that a finished one replaced: what they hold, these hold or need not.
func dropCompaction(all []*scanned) []*scanned {
	fresh := newestCompaction(all)
	if len(fresh) == 0 {
		return all
	}
	end := fresh[len(fresh)-1].Last
	isFresh := func(s *scanned) bool { return slices.Contains(fresh, s) }
	isOld := func(s *scanned) bool { return !isFresh(s) && s.First <= end }
	i := slices.IndexFunc(all, isOld)
	if i < 0 {
		return all
	}
	complete := true
	for _, s := range all {
		complete = complete && (isFresh(s) && s.clean || isOld(s) && s.wholeEnd() <= end || s.First > end)
	}
	// Replaced segments are removed from the first one on.
	beheaded := all[i].First > 1 && !all[i].compacted
	if complete || beheaded {
		return slices.DeleteFunc(slices.Clone(all), isOld)
	}
	return slices.DeleteFunc(slices.Clone(all), isFresh)
}

// newestCompaction returns the segments that the last compaction wrote, in
// order. Within one compaction sequences grow with the ids, and what was
// appended meanwhile lies behind.
func newestCompaction(all []*scanned) []*scanned {
	byID := slices.DeleteFunc(slices.Clone(all), func(s *scanned) bool { return !s.compacted })
	slices.SortFunc(byID, func(a, b *scanned) int { return cmp.Compare(a.ID, b.ID) })
	start := 0
	for i := 1; i < len(byID); i++ {
		before, s := byID[i-1], byID[i]
		between := func(x *scanned) bool {
			return !x.compacted && before.ID < x.ID && x.ID < s.ID && x.First <= s.Last
		}
		if s.First <= before.Last || slices.ContainsFunc(all, between) {
			start = i
		}
	}
	return byID[start:]
}

// join makes each segment end where the next one begins. The last one stays
// open, so that recovery finds its end as after any crash.
func join(all []*scanned) {
	for i, s := range all {
		if i+1 < len(all) {
			s.end(all[i+1])
		} else if !s.compacted {
			s.Sealed, s.Length, s.Last = false, segmentHeader, s.First-1
		}
		if i > 0 {
			s.Last = max(s.Last, all[i-1].Last)
		}
	}
}

// end makes the segment end where next begins.
func (s *scanned) end(next *scanned) {
	first := next.First
	if last, whole := s.batch(first); whole {
		if _, copied := next.batch(first); !copied {
			first = last + 1 // the copy was not finished
		}
	}
	kept := s.records
	if n := slices.IndexFunc(kept, func(r scannedRecord) bool { return r.seq >= first }); n >= 0 {
		kept = kept[:n]
	}
	length := int64(segmentHeader)
	s.Last = s.First - 1
	if n := len(kept); n > 0 {
		length, s.Last = int64(kept[n-1].end), kept[n-1].seq
	}
	switch {
	case s.compacted: // sequences may be missing, bytes may not
	case s.Last+1 >= first: // nothing is missing: what follows is a torn tail
		s.Length = length
	case length < s.Length: // the bytes that are left held the rest
		s.Last = first - 1
	}
}

// name fills in the segments: all of them, and what holds the sequences that
// none of them has: a segment whose header is damaged, or one that is missing.
// Behind a compacted segment sequences are missing because nothing needs them.
func (m *manifest) name(all, headless []*scanned) {
	last, gaps := uint64(0), true
	add := func(s segmentInfo) {
		s.Last = max(s.Last, last)
		last = s.Last
		m.Segments = append(m.Segments, s)
	}
	for i, s := range all {
		for len(headless) > 0 && (headless[0].ID < s.ID || i == len(all)-1) {
			h := headless[0].segmentInfo
			headless = headless[1:]
			h.First, h.Last = last+1, s.First-1
			add(h)
		}
		if gaps && !s.compacted && s.First > last+1 {
			add(segmentInfo{ID: m.Next, First: last + 1, Last: s.First - 1, Length: segmentHeader + align, Sealed: true})
			m.Next++
		}
		add(s.segmentInfo)
		gaps = !s.compacted
	}
	for _, h := range headless {
		add(h.segmentInfo)
	}
}

// rebuild replaces a MANIFEST that is lost for this cause.
func (l *Log) rebuild(cause error) error {
	m, err := rebuild(l.fsys)
	if err != nil {
		return errors.Join(cause, fmt.Errorf("make %s anew: %w", manifestName, err))
	}
	for _, s := range m.Segments {
		if err := syncFile(l.fsys, segmentName(s.ID)); err != nil {
			return fmt.Errorf("make %s anew: %w", manifestName, err)
		}
	}
	l.man = *m
	return l.writeManifest()
}

// syncFile makes a file durable that perhaps nobody has waited for; one that is
// missing stays so.
func syncFile(fsys FS, name string) error {
	f, _, err := fsys.Open(name, Append)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lost says whether a MANIFEST is damaged or missing beside segments; a newer
// format, or a disk that cannot be read, is neither.
func lost(err error) bool {
	var d *DamageError
	return errors.As(err, &d) && d.Name == manifestName
}
