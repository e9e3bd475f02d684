package log_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
)

var anew = &log.Options{Rebuild: true, SegmentBytes: 3000}

// checkRebuilt is check for a directory whose MANIFEST is lost.
func (m *model) checkRebuilt(fsys *logtest.Mem) error {
	files := fsys.Files()
	if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(n string) bool { return strings.HasSuffix(n, ".seg") }) {
		if m.seq > 0 {
			return errors.New("no segment")
		}
		return nil
	}
	if _, err := log.Open(fsys, nil); err == nil {
		return errors.New("a lost MANIFEST is no error")
	}
	l, err := log.Open(fsys, anew)
	if err != nil {
		return err
	}
	if err := m.compare(l, true); err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	return m.check(fsys) // as if nothing had happened
}

// lose removes or damages the MANIFEST.
func lose(fsys *logtest.Mem, rng *rand.Rand) {
	data := fsys.Files()["MANIFEST"]
	if len(data) == 0 || rng.IntN(2) == 0 {
		fsys.Set("MANIFEST", nil)
		return
	}
	data[30+rng.IntN(len(data)-30)] ^= 1 << rng.IntN(7) // behind the format
	fsys.Set("MANIFEST", data)
}

// TestALostManifestLosesNothing crashes at every call, and loses the MANIFEST
// as well.
func TestALostManifestLosesNothing(t *testing.T) {
	states := 0
	for seed := range uint64(6) {
		for n := 0; ; n++ {
			m, fsys, done := crashAt(seed, n)
			for i, after := range []*logtest.Mem{fsys.Kill(), fsys.Crash(rand.New(rand.NewPCG(seed, uint64(n))), 0.5), fsys.Crash(rand.New(rand.NewPCG(seed, uint64(n))), 0)} {
				lose(after, rand.New(rand.NewPCG(uint64(n), uint64(i))))
				if err := m.checkRebuilt(after); err != nil {
					t.Fatalf("seed %d, call %d, state %d: %v", seed, n, i, err)
				}
				states++
			}
			if done {
				break
			}
		}
	}
	t.Logf("%d crash states", states)
}

// TestACrashWhileRebuildingLosesNothing crashes at every call of the Open that
// makes the MANIFEST anew.
func TestACrashWhileRebuildingLosesNothing(t *testing.T) {
	states := 0
	for n := 5; n < 160; n += 7 {
		m, fsys, _ := crashAt(4, n)
		first := fsys.Kill()
		first.Set("MANIFEST", nil)
		for k := 0; ; k++ {
			second := first.Kill()
			second.TurnOff(k)
			l, err := log.Open(second, anew)
			if err == nil {
				_ = l.Close()
			}
			after := second.Crash(rand.New(rand.NewPCG(uint64(n), uint64(k))), 0.5)
			if l, err := log.Open(after, anew); err != nil {
				t.Fatalf("crash at %d and again at %d: %v", n, k, err)
			} else if err := errors.Join(m.compare(l, true), l.Close()); err != nil {
				t.Fatalf("crash at %d and again at %d: %v", n, k, err)
			}
			if states++; err == nil {
				break
			}
		}
	}
	t.Logf("%d crash states", states)
}

// segmented returns a directory with several segments, one record a batch, and
// what it holds.
func segmented(t *testing.T) (*logtest.Mem, map[string]string) {
	t.Helper()
	fsys, want := logtest.New(), map[string]string{}
	l := open(t, fsys, &log.Options{SegmentBytes: 2000})
	for i := range 30 {
		id := fmt.Sprintf("id%02d", i)
		want[id] = strings.Repeat(id, 40)
		appendAll(t, l, record(id, want[id]))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	fsys.Set("MANIFEST", nil)
	return fsys, want
}

// lostBy returns the ids that a rebuilt log does not hold, and how many
// sequences its damage accounts for.
func lostBy(t *testing.T, fsys log.FS, want map[string]string) (lost []string, reported uint64) {
	t.Helper()
	l := open(t, fsys, anew)
	defer l.Close()
	got := map[string]string{}
	if _, err := l.Replay(t.Context(), log.Cursor{}, func(_ log.Pos, r log.Record) error {
		if r.Kind != log.KindCommit {
			got[r.ID] = string(r.Body)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if got[id] != want[id] {
			lost = append(lost, id)
		}
	}
	for _, d := range l.Damage() {
		if d.Last > 0 {
			reported += d.Last - d.First + 1
		}
	}
	if _, err := l.Append([]log.Record{record("after", "a")}); err != nil {
		t.Error(err)
	}
	return lost, reported
}

// TestWhatIsLostBesideTheManifestIsReported takes away a segment, or the first
// or last half of one, or its header, in turn.
func TestWhatIsLostBesideTheManifestIsReported(t *testing.T) {
	whole, _ := segmented(t)
	segments := 0
	for name, data := range whole.Files() {
		if !strings.HasSuffix(name, ".seg") {
			continue
		}
		segments++
		for damage, with := range map[string][]byte{
			"gone": nil, "cut": data[:len(data)/2], "beheaded": append(make([]byte, 48), data[48:]...),
			"blank": append(append([]byte{}, data[:48]...), make([]byte, len(data)-48)...),
		} {
			fsys, want := segmented(t)
			fsys.Set(name, with)
			lost, reported := lostBy(t, fsys, want)
			last := name == "000004.seg"
			if len(lost) == 0 || len(lost) > 8 {
				t.Errorf("%s %s: lost %v", name, damage, lost)
			}
			// Of the last segment nobody knows how much it held.
			if !last && reported < uint64(2*len(lost)) {
				t.Errorf("%s %s: lost %v, damage speaks of %d sequences", name, damage, lost, reported)
			}
		}
	}
	if segments != 4 {
		t.Fatalf("%d segments", segments)
	}
}

func TestARebuiltLogHoldsWhatItHeld(t *testing.T) {
	fsys, want := segmented(t)
	if lost, reported := lostBy(t, fsys, want); len(lost) != 0 || reported != 0 {
		t.Errorf("lost %v, damage of %d sequences", lost, reported)
	}
	l := open(t, fsys, nil) // the MANIFEST is there again
	if d, err := l.Check(t.Context()); err != nil || len(d) != 0 {
		t.Errorf("check: %v, %v", d, err)
	}
}

func TestNobodyRebuildsUnasked(t *testing.T) {
	fsys, _ := segmented(t)
	var damage *log.DamageError
	if _, err := log.Open(fsys, nil); !errors.As(err, &damage) {
		t.Errorf("open: %v", err)
	}
	if _, err := log.Open(fsys, &log.Options{ReadOnly: true, Rebuild: true}); err == nil {
		t.Error("a reader writes")
	}
	if _, ok := fsys.Files()["MANIFEST"]; ok {
		t.Error("a MANIFEST was written")
	}
	fsys.Set("MANIFEST", []byte("groundwork log, format 99\n{}\ncrc32c 0\n"))
	if _, err := log.Open(fsys, anew); !errors.Is(err, log.ErrVersion) {
		t.Errorf("a newer MANIFEST: %v", err)
	}
}

func FuzzRebuild(f *testing.F) {
	fsys := logtest.New()
	l := open(f, fsys, nil)
	appendAll(f, l, record("a", "1"), record("b", "2"))
	appendAll(f, l, record("c", "3"))
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	seg := fsys.Files()["000001.seg"]
	f.Add(seg, []byte(nil))
	f.Add(seg, seg)
	f.Add(seg[:60], seg[:48])
	f.Fuzz(func(t *testing.T, a, b []byte) {
		fsys := logtest.New()
		fsys.Set("000001.seg", append([]byte{}, a...))
		fsys.Set("000007.seg", append([]byte{}, b...))
		l, err := log.Open(fsys, anew)
		if err != nil {
			return
		}
		defer l.Close()
		all(t, l, log.Cursor{})
		appendAll(t, l, record("x", "y"))
	})
}
