package groundwork

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Ids are UUIDs of version 8 (RFC 9562, section 5.8) in the canonical text
// form: 122 bits of a SHA-256 over length-prefixed parts, so that two lists of
// parts never run into each other.

// DocumentID returns the id of the document at uri in the named source. It is
// the same on every host and at every path the source is mounted at.
func DocumentID(source, uri string) string { return hashID("document", source, uri) }

// ChunkID returns the id of the chunk with the given key in a document.
// occurrence counts, from 0, the chunks of the document with the same key.
func ChunkID(documentID string, key Key, occurrence int) string {
	n := binary.BigEndian.AppendUint64(nil, uint64(occurrence))
	return hashID("chunk", documentID, string(key[:]), string(n))
}

// NewID maps any foreign id to a canonical UUID. A canonical UUID is returned
// as it is.
func NewID(s string) string {
	if IsID(s) {
		return s
	}
	return hashID("foreign", s)
}

// IsID reports whether s is a UUID in canonical form: 36 characters, lower
// case, hyphens in their places. Any version is accepted.
func IsID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// Revision returns the revision of a source's bytes: their SHA-256 in
// hexadecimal.
func Revision(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}

func hashID(parts ...string) string {
	var buf []byte
	for _, p := range parts {
		buf = binary.AppendUvarint(buf, uint64(len(p)))
		buf = append(buf, p...)
	}
	sum := sha256.Sum256(buf)
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80 // version 8
	u[8] = u[8]&0x3f | 0x80 // variant of RFC 9562
	var out [36]byte
	hex.Encode(out[0:8], u[0:4])
	hex.Encode(out[9:13], u[4:6])
	hex.Encode(out[14:18], u[6:8])
	hex.Encode(out[19:23], u[8:10])
	hex.Encode(out[24:36], u[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
