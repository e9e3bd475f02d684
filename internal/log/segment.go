package log

import (
	"encoding/binary"
	"fmt"
)

// formatVersion is the version of records, segments, MANIFEST and snapshot
// containers together.
const formatVersion = 1

// segmentHeader is the length of what a segment starts with:
// magic 8, format 4, id 4, salt 8, base sequence 8, CRC-32C of these 4, zeros.
// MANIFEST repeats id and salt, so that a damaged header loses no record.
const segmentHeader = 48

const segmentMagic = "GWsegmnt"

func segmentName(id uint32) string { return fmt.Sprintf("%06d.seg", id) }

func appendSegmentHeader(dst []byte, id uint32, salt, base uint64) []byte {
	h := make([]byte, segmentHeader)
	copy(h, segmentMagic)
	le := binary.LittleEndian
	le.PutUint32(h[8:], formatVersion)
	le.PutUint32(h[12:], id)
	le.PutUint64(h[16:], salt)
	le.PutUint64(h[24:], base)
	le.PutUint32(h[32:], checksum(0, h[:32]))
	return append(dst, h...)
}

// checkSegmentHeader says whether the header is the one that was written.
func checkSegmentHeader(data []byte, id uint32, salt uint64) bool {
	if len(data) < segmentHeader {
		return false
	}
	base := binary.LittleEndian.Uint64(data[24:])
	return string(appendSegmentHeader(nil, id, salt, base)) == string(data[:segmentHeader])
}

// nextRecord finds the first valid record at or behind off (a multiple of
// align) whose sequence is above after. gap says that bytes were skipped.
// off == len(data) means that there is none.
func nextRecord(data []byte, off int, seed uint32, after uint64) (at int, h header, gap bool) {
	for ; off+headerSize <= len(data); off += align {
		h, ok := parseHeader(data[off:], seed)
		if ok && h.validPayload && h.seq > after {
			return off, h, gap
		}
		gap = true
	}
	return len(data), header{}, gap || off < len(data)
}

// tail is what findTail learns of the end of an unsealed segment.
type tail struct {
	end       int    // behind the last batch that counts
	seq       uint64 // the last sequence before end
	lastStart int    // where the last batch begins, if it may not be durable; else == end
	torn      bool   // bytes follow end
}

// findTail decides what of data counts, from start (a batch boundary) with the
// last sequence seq. A whole batch counts. A batch that is not whole counts
// only when a record of a later batch exists, because that one was written
// after the fsync of the former: then it is damaged, not torn, and its other
// records still count.
func findTail(data []byte, start int, seed uint32, seq uint64) tail {
	t := tail{end: start, seq: seq, lastStart: start}
	var (
		first = uint64(0) // of the batch being read; 0 before the first one
		begin = start     // of that batch
		next  = uint32(0) // index that keeps it whole
		whole bool
	)
	for off, after := start, seq; off < len(data); {
		at, h, _ := nextRecord(data, off, seed, after)
		if at == len(data) {
			break
		}
		if h.firstSequence != first {
			if h.firstSequence > t.seq+1 {
				// What lies between was not whole, but was durable.
				t = tail{end: at, seq: h.firstSequence - 1, lastStart: at}
			}
			first, begin, next, whole = h.firstSequence, at, 0, true
		}
		whole = whole && h.index == next
		next++
		off, after = at+h.size, h.seq
		if h.kind == KindCommit && whole {
			t = tail{end: off, seq: h.seq, lastStart: begin}
		}
	}
	t.torn = t.end < len(data)
	return t
}
