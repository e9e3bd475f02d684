package log

import "testing"

// FuzzParseSnapshot gives the container parser bytes whose outer checksum is
// right, so that it gets past it.
func FuzzParseSnapshot(f *testing.F) {
	f.Add([]byte("data"), []byte{1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 's', 0, 0, 0, 0, 0, 0, 0, 0, 4})
	f.Fuzz(func(t *testing.T, body, footer []byte) {
		data := append(append([]byte{}, body...), footer...)
		trailer := make([]byte, trailerSize)
		copy(trailer, snapshotMagic)
		trailer[8], trailer[9], trailer[10] = byte(len(footer)), byte(len(footer)>>8), byte(len(footer)>>16)
		crc := checksum(0, footer)
		trailer[16], trailer[17], trailer[18], trailer[19] = byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24)
		sections, err := parseSnapshot(append(data, trailer...), crc)
		if err != nil {
			return
		}
		for name, s := range sections {
			if len(s) > len(body) {
				t.Errorf("section %q has %d of %d bytes", name, len(s), len(body))
			}
		}
	})
}

// FuzzFindTail gives the scanner arbitrary bytes: it ends, within them, at a
// record boundary.
func FuzzFindTail(f *testing.F) {
	seed := saltSeed(1)
	var data []byte
	for i, kind := range []Kind{1, 1, KindCommit} {
		data = appendRecord(data, seed, &Record{Seq: uint64(i + 1), Kind: kind, ID: "id", Body: []byte("body")}, i)
	}
	f.Add(data)
	f.Add(data[:len(data)-8])
	f.Add(data[64:])
	f.Fuzz(func(t *testing.T, data []byte) {
		tl := findTail(data, 0, seed, 0)
		if tl.end > len(data) || tl.lastStart > tl.end || tl.end%align != 0 {
			t.Errorf("tail = %+v of %d bytes", tl, len(data))
		}
	})
}
