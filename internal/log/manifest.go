package log

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

const (
	manifestName = "MANIFEST"
	manifestTemp = "MANIFEST.tmp"
	lockName     = "LOCK"
	// maxManifest bounds what is read of a MANIFEST: an entry takes under 200
	// bytes and a segment is normally 64 MiB.
	maxManifest = 64 << 20
)

// manifest is the content of the MANIFEST file: all that counts.
type manifest struct {
	Next      uint32         `json:"next"` // the id of the next new file
	Segments  []segmentInfo  `json:"segments"`
	Snapshots []snapshotInfo `json:"snapshots"`
}

// segmentInfo describes one segment; they are in order of their sequences and
// only the last may be unsealed.
type segmentInfo struct {
	ID     uint32 `json:"id"`
	Salt   uint64 `json:"salt,string"`
	Length int64  `json:"length"` // bytes known to be durable batches
	First  uint64 `json:"first"`  // sequences: of the first record,
	Last   uint64 `json:"last"`   // and of the last commit within Length
	Sealed bool   `json:"sealed"` // nothing behind Length counts, ever
}

type snapshotInfo struct {
	ID     uint32 `json:"id"`
	Name   string `json:"name"`
	At     Cursor `json:"at"`
	Length int64  `json:"length"`
	CRC    uint32 `json:"crc"` // of the container's footer
}

func snapshotFile(id uint32) string { return fmt.Sprintf("%06d.snap", id) }

func (m *manifest) clone() manifest {
	c := *m
	c.Segments = append([]segmentInfo(nil), m.Segments...)
	c.Snapshots = append([]snapshotInfo(nil), m.Snapshots...)
	return c
}

const manifestTitle = "groundwork log, format "

// encodeManifest is a title line with the format, one line of JSON, and the
// CRC-32C of both.
func encodeManifest(m *manifest) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	out := append([]byte(manifestTitle+strconv.Itoa(formatVersion)+"\n"), body...)
	out = append(out, '\n')
	return fmt.Appendf(out, "crc32c %08x\n", checksum(0, out)), nil
}

func decodeManifest(data []byte) (*manifest, error) {
	damaged := func(reason string) error { return &DamageError{Name: manifestName, Reason: reason} }
	title, rest, ok := bytes.Cut(data, []byte("\n"))
	if !ok || !strings.HasPrefix(string(title), manifestTitle) {
		return nil, damaged("the title line is missing")
	}
	format, err := strconv.Atoi(strings.TrimPrefix(string(title), manifestTitle))
	if err != nil || format < 1 {
		return nil, damaged("the format is not a number")
	}
	if format > formatVersion {
		return nil, &VersionError{Name: manifestName, Have: format, Max: formatVersion}
	}
	body, sum, ok := bytes.Cut(rest, []byte("\n"))
	if !ok || string(sum) != fmt.Sprintf("crc32c %08x\n", checksum(0, data[:len(data)-len(sum)])) {
		return nil, damaged("the checksum does not match")
	}
	m := new(manifest)
	if err := json.Unmarshal(body, m); err != nil {
		return nil, damaged(err.Error())
	}
	return m, m.check()
}

// check refuses what no writer of ours produces, so that later code need not.
func (m *manifest) check() error {
	var last uint64
	for i, s := range m.Segments {
		switch {
		case s.ID == 0 || s.ID >= m.Next, s.Length < segmentHeader, s.Length%align != 0,
			s.Last < last, !s.Sealed && i != len(m.Segments)-1:
			return &DamageError{Name: manifestName, Reason: fmt.Sprintf("segment %d makes no sense", s.ID)}
		}
		last = s.Last
	}
	for _, s := range m.Snapshots {
		if s.ID == 0 || s.ID >= m.Next || s.Length < 0 {
			return &DamageError{Name: manifestName, Reason: fmt.Sprintf("snapshot %d makes no sense", s.ID)}
		}
	}
	return nil
}

// readManifest returns fs.ErrNotExist where there is none.
func readManifest(fsys FS) (*manifest, error) {
	f, size, err := fsys.Open(manifestName, Read)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxManifest {
		return nil, &DamageError{Name: manifestName, Reason: fmt.Sprintf("%d bytes long", size)}
	}
	data, err := readRange(f, 0, size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", manifestName, err)
	}
	return decodeManifest(data)
}

// writeManifest replaces the MANIFEST durably. After an error it is unknown
// which of the two the disk holds.
func writeManifest(fsys FS, m *manifest) error {
	data, err := encodeManifest(m)
	if err != nil {
		return err
	}
	if err := fsys.Remove(manifestTemp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeFile(fsys, manifestTemp, data); err != nil {
		return err
	}
	// The files that the new MANIFEST names must not be younger than it.
	if err := fsys.Dir().Sync(); err != nil {
		return err
	}
	if err := fsys.Rename(manifestTemp, manifestName); err != nil {
		return err
	}
	return fsys.Dir().Sync()
}

func writeFile(fsys FS, name string, data []byte) error {
	f, _, err := fsys.Open(name, Create)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// ours says whether a name is one this package makes; no other file is touched.
func ours(name string) bool {
	if name == manifestTemp {
		return true
	}
	stem, ok := strings.CutSuffix(name, ".seg")
	if !ok {
		stem, ok = strings.CutSuffix(name, ".snap")
	}
	if !ok || len(stem) < 6 {
		return false
	}
	_, err := strconv.ParseUint(stem, 10, 32)
	return err == nil
}
