package log

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// Kind says what a record is. Its meaning is the caller's, except for
// KindCommit.
type Kind uint8

// KindCommit ends a batch. [Log.Append] writes it; [Log.Replay] shows it, so
// that a caller sees where batches end. Callers' kinds begin at 1.
const KindCommit Kind = 0

// Record is one operation of the log. Seq is assigned by Append.
type Record struct {
	Seq       uint64
	Kind      Kind
	Namespace string // at most 65,535 bytes
	ID        string
	Version   int64
	Body      []byte

	// Fill and Tail keep a large batch from standing in memory once more as it
	// is written; records that are read have neither. Fill appends to dst what
	// stands in place of Body; Append calls it twice, to the same effect. Tail
	// is the end of the body, behind Body or what Fill gave.
	Fill func(dst []byte) []byte
	Tail []byte
}

// Pos is the place of a record's bytes. It stays valid until its segment is
// compacted away ([ErrGone]).
type Pos struct {
	Segment uint32
	Size    uint32
	Offset  int64
}

// A record is a header of headerSize bytes, then namespace, id and body, then
// zeros up to a multiple of align. The header has a checksum of its own, so
// that its lengths can be trusted where the payload cannot.
//
//	 0  magic      4      24  body length  4      38  namespace length  2
//	 4  header crc 4      28  payload crc  4      40  id length         4
//	 8  sequence   8      32  index        4      44  zero              4
//	16  version    8      36  kind 1, zero 1
//
// Numbers are little-endian. Both checksums are CRC-32C continued from the
// checksum of the segment's salt, so bytes of another segment, or of a record
// quoted in a document, never check out. The index counts records of the batch
// from 0; it tells which batch a lone survivor belongs to.
const (
	headerSize = 48
	align      = 8
	magic      = 0x31525747 // "GWR1"
	// maxRecord bounds the bytes of one record.
	maxRecord = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(seed uint32, data []byte) uint32 { return crc32.Update(seed, castagnoli, data) }

// saltSeed is the checksum that all checksums of a segment continue.
func saltSeed(salt uint64) uint32 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], salt)
	return checksum(0, b[:])
}

// checkSize refuses a record over the limits; body is the length of its body.
func checkSize(r *Record, body int) error {
	if len(r.Namespace) > 1<<16-1 {
		return fmt.Errorf("%w: namespace of %d bytes, at most %d", ErrTooLarge, len(r.Namespace), 1<<16-1)
	}
	n := len(r.Namespace) + len(r.ID)
	if len(r.ID) > maxRecord || body > maxRecord || n+body+headerSize+align > maxRecord {
		return fmt.Errorf("%w: id of %d and body of %d bytes, at most %d together", ErrTooLarge, len(r.ID), body, maxRecord)
	}
	return nil
}

func pad(n int) int { return (n + align - 1) &^ (align - 1) }

// appendRecord appends the bytes of a record whose size was checked.
func appendRecord(dst []byte, seed uint32, r *Record, index int) []byte {
	dst, zeros := appendHead(dst, seed, r, index)
	return append(append(dst, r.Tail...), padding[:zeros]...)
}

var padding [align]byte

// appendHead appends the bytes of a record up to its Tail, which zeros zeros
// have to follow.
func appendHead(dst []byte, seed uint32, r *Record, index int) (_ []byte, zeros int) {
	start := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	dst = append(dst, r.Namespace...)
	dst = append(dst, r.ID...)
	body := len(dst)
	if r.Fill != nil {
		dst = r.Fill(dst)
	} else {
		dst = append(dst, r.Body...)
	}
	body = len(dst) - body + len(r.Tail)
	total := len(dst) - start + len(r.Tail)
	zeros = pad(total) - total
	crc := checksum(checksum(seed, dst[start+headerSize:]), r.Tail)
	h := dst[start : start+headerSize]
	le := binary.LittleEndian
	le.PutUint32(h[0:], magic)
	le.PutUint64(h[8:], r.Seq)
	le.PutUint64(h[16:], uint64(r.Version))
	le.PutUint32(h[24:], uint32(body))
	le.PutUint32(h[28:], checksum(crc, padding[:zeros]))
	le.PutUint32(h[32:], uint32(index))
	h[36] = byte(r.Kind)
	le.PutUint16(h[38:], uint16(len(r.Namespace)))
	le.PutUint32(h[40:], uint32(len(r.ID)))
	le.PutUint32(h[4:], checksum(seed, h[8:]))
	return dst, zeros
}

// header is a record's header after its checksum was found good.
type header struct {
	seq, version  uint64
	payloadCRC    uint32
	index         uint32
	kind          Kind
	ns, id, body  int
	size          int // of the whole record
	validPayload  bool
	firstSequence uint64 // of the batch, for batches as Append writes them
}

// parseHeader reads the header at the start of data; false when there is none.
func parseHeader(data []byte, seed uint32) (h header, ok bool) {
	le := binary.LittleEndian
	if len(data) < headerSize || le.Uint32(data) != magic || le.Uint32(data[4:]) != checksum(seed, data[8:headerSize]) {
		return h, false
	}
	if data[37] != 0 || le.Uint32(data[44:]) != 0 {
		return h, false
	}
	h.seq, h.version = le.Uint64(data[8:]), le.Uint64(data[16:])
	h.body, h.payloadCRC, h.index = int(le.Uint32(data[24:])), le.Uint32(data[28:]), le.Uint32(data[32:])
	h.kind = Kind(data[36])
	h.ns, h.id = int(le.Uint16(data[38:])), int(le.Uint32(data[40:]))
	total := int64(headerSize) + int64(h.ns) + int64(h.id) + int64(h.body)
	if total > maxRecord || uint64(h.index) > h.seq {
		return h, false
	}
	h.size = pad(int(total))
	h.firstSequence = h.seq - uint64(h.index)
	if h.size <= len(data) {
		h.validPayload = checksum(seed, data[headerSize:h.size]) == h.payloadCRC
	}
	return h, true
}

// record builds the Record of a valid header; its Body aliases data.
func (h header) record(data []byte) Record {
	p := data[headerSize:]
	return Record{
		Seq: h.seq, Kind: h.kind, Version: int64(h.version),
		Namespace: string(p[:h.ns]),
		ID:        string(p[h.ns : h.ns+h.id]),
		Body:      p[h.ns+h.id : h.ns+h.id+h.body : h.ns+h.id+h.body],
	}
}
