package log_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
)

// sample is a closed log of two segments and a snapshot, and its batches in
// order: batch i holds sequences 3i+1 to 3i+2, its commit is 3i+3.
func sample(t testing.TB) (*logtest.Mem, int) {
	t.Helper()
	m := logtest.New()
	l := open(t, m, &log.Options{SegmentBytes: 600})
	const batches = 5
	for i := range batches {
		appendAll(t, l, record("a", fmt.Sprint("body a ", i)), record("b", strings.Repeat("y", 40+i)))
	}
	err := l.WriteSnapshot("s", l.End(), func(w *log.Writer) error {
		w.Section("s")
		_, err := fmt.Fprint(w, strings.Repeat("snapshot", 20))
		return err
	})
	if err = errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return m, batches
}

// served opens a log and returns its records by sequence.
func served(fsys log.FS, readOnly bool) (map[uint64]string, []*log.DamageError, error) {
	l, err := log.Open(fsys, &log.Options{ReadOnly: readOnly})
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	out := map[uint64]string{}
	_, err = l.Replay(context.Background(), log.Cursor{}, func(_ log.Pos, r log.Record) error {
		if r.Kind != log.KindCommit {
			out[r.Seq] = r.ID + "=" + string(r.Body)
		}
		return nil
	})
	return out, l.Damage(), err
}

// TestEveryFlippedBitIsReportedOrHarmless flips each bit of each file of a
// closed store: all other records are still served, and what is missing lies
// in a reported range.
func TestEveryFlippedBitIsReportedOrHarmless(t *testing.T) {
	m, _ := sample(t)
	want, _, err := served(m, true)
	if err != nil || len(want) != 10 {
		t.Fatalf("%d records, %v", len(want), err)
	}
	flips := 0
	files := m.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for at := range files[name] {
			for bit := range 8 {
				data := slices.Clone(files[name])
				data[at] ^= 1 << bit
				m.Set(name, data)
				flips++
				if err := flipped(m.Kill(), name, want); err != nil {
					t.Fatalf("%s, byte %d, bit %d: %v", name, at, bit, err)
				}
			}
		}
		m.Set(name, files[name])
	}
	t.Logf("%d bits flipped", flips)
}

func flipped(m *logtest.Mem, name string, want map[uint64]string) error {
	got, damage, err := served(m, false)
	var d *log.DamageError
	if err != nil {
		if name == "MANIFEST" && (errors.As(err, &d) || errors.Is(err, log.ErrVersion)) {
			return nil
		}
		return err
	}
	for seq, text := range want {
		inRange := slices.ContainsFunc(damage, func(d *log.DamageError) bool { return d.First <= seq && seq <= d.Last })
		if g, ok := got[seq]; ok && g != text {
			return fmt.Errorf("sequence %d is %q, was %q", seq, g, text)
		} else if !ok && !inRange {
			return fmt.Errorf("sequence %d is gone without a report: %v", seq, damage)
		}
	}
	if len(got) < len(want)-1 {
		return fmt.Errorf("one bit cost %d records", len(want)-len(got))
	}
	if !strings.HasSuffix(name, ".snap") {
		return nil
	}
	l, err := log.Open(m, nil)
	if err != nil {
		return err
	}
	if _, err := l.OpenSnapshot("s"); !errors.As(err, &d) || d.Name != name {
		return fmt.Errorf("open snapshot = %w, want damage", err)
	}
	found, err := l.Check(context.Background())
	if err != nil || len(found) != 1 {
		return fmt.Errorf("check found %v, %w; want the one damage", found, err)
	}
	return l.Close()
}

// TestTailCutAtEveryByteIsCutToABatch cuts an unclosed log at each byte: what
// is left is whole batches, and a cut loses only what lay behind it.
func TestTailCutAtEveryByteIsCutToABatch(t *testing.T) {
	m := logtest.New()
	l := open(t, m, nil)
	var ends []int64
	for i := range 4 {
		appendAll(t, l, record("a", fmt.Sprint(i)), record("b", "x"))
		ends = append(ends, l.End().Offset)
	}
	const name = "000001.seg"
	data := m.Files()[name]
	for cut := 48; cut <= len(data); cut++ {
		after := m.Kill()
		after.Set(name, data[:cut])
		whole := 0
		for _, e := range ends {
			if e <= int64(cut) {
				whole++
			}
		}
		for _, readOnly := range []bool{true, false} {
			got, damage, err := served(after, readOnly)
			if err != nil || len(got) != 2*whole || len(damage) != 0 {
				t.Fatalf("cut at %d, read-only %v: %d records (want %d), damage %v, %v", cut, readOnly, len(got), 2*whole, damage, err)
			}
		}
	}
}

// TestDamageBeforeALaterCommitIsNotATornTail damages an unclosed log: where a
// later batch exists, the damaged one was durable and is reported.
func TestDamageBeforeALaterCommitIsNotATornTail(t *testing.T) {
	m := logtest.New()
	l := open(t, m, nil)
	var ends []int64
	for i := range 4 {
		appendAll(t, l, record("a", fmt.Sprint(i)), record("b", "x"))
		ends = append(ends, l.End().Offset)
	}
	const name = "000001.seg"
	data := m.Files()[name]
	for at := int64(48); at < int64(len(data)); at++ {
		after := m.Kill()
		bad := slices.Clone(data)
		bad[at] ^= 0x55
		after.Set(name, bad)
		got, damage, err := served(after, false)
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		if last := at >= ends[2]; last {
			if len(got) != 6 || len(damage) != 0 {
				t.Fatalf("byte %d of the last batch: %d records, damage %v; want the batch cut", at, len(got), damage)
			}
			continue
		}
		if len(got) < 7 || len(damage) != 1 {
			t.Fatalf("byte %d: %d records, damage %v; want at least 7 and one report", at, len(got), damage)
		}
	}
}

func TestMissingSegmentIsReportedAndTheRestServed(t *testing.T) {
	m, _ := sample(t)
	m.Set("000001.seg", nil)
	for _, readOnly := range []bool{true, false} {
		got, damage, err := served(m, readOnly)
		if err != nil || len(got) == 0 || len(got) == 10 || len(damage) != 1 || damage[0].First != 1 {
			t.Errorf("read-only %v: %d records, damage %v, %v", readOnly, len(got), damage, err)
		}
	}
}

func TestReadOfDamagedRecordIsAnError(t *testing.T) {
	m := logtest.New()
	l := open(t, m, nil)
	c := appendAll(t, l, record("a", "body"))
	data := m.Files()["000001.seg"]
	data[c.Pos[0].Offset+50] ^= 1
	m.Set("000001.seg", data)
	var d *log.DamageError
	if _, err := l.Read(c.Pos[0]); !errors.As(err, &d) {
		t.Errorf("read = %v, want a DamageError", err)
	}
	for _, p := range []log.Pos{
		{Segment: 1, Size: 1 << 20, Offset: 40}, {Segment: 1, Size: 0xc1c1c1c1, Offset: 40}, {Segment: 1, Size: 48, Offset: 1 << 60},
		{Segment: 1, Size: 48, Offset: -8}, {Segment: 1}, {Segment: 1, Size: 3 << 30, Offset: c.Pos[0].Offset},
	} {
		if _, err := l.Read(p); err == nil {
			t.Errorf("position %v was read", p)
		}
	}
	if _, err := l.Read(log.Pos{Segment: 99}); !errors.Is(err, log.ErrGone) {
		t.Errorf("read of an unknown segment = %v, want ErrGone", err)
	}
}

// fuzzStore runs a store with one file replaced: whatever the bytes, opening,
// replaying and checking end with a result or an error.
func fuzzStore(f *testing.F, name string) {
	m, _ := sample(f)
	data, ok := m.Files()[name]
	if !ok {
		f.Fatalf("the sample has no %s: %v", name, slices.Collect(maps.Keys(m.Files())))
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		after := m.Kill()
		after.Set(name, append([]byte{}, data...))
		for _, readOnly := range []bool{true, false} {
			l, err := log.Open(after, &log.Options{ReadOnly: readOnly})
			if err != nil {
				continue
			}
			if _, err := l.Check(context.Background()); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Logf("check: %v", err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzManifest(f *testing.F) { fuzzStore(f, "MANIFEST") }
func FuzzSegment(f *testing.F)  { fuzzStore(f, "000002.seg") }
func FuzzSnapshot(f *testing.F) { fuzzStore(f, "000003.snap") }
