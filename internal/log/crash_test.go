package log_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
)

// model is what a script knows: the acknowledged state, and the batch whose
// fate is open.
type model struct {
	acked   map[string]string
	pending map[string]string
	seq     uint64
}

func (m *model) append(l *log.Log, rng *rand.Rand) error {
	m.pending = map[string]string{}
	var records []log.Record
	for range 1 + rng.IntN(4) {
		id := fmt.Sprint("id", rng.IntN(12))
		if _, twice := m.pending[id]; twice {
			continue
		}
		body := fmt.Sprintf("%d-%s", rng.Uint64(), strings.Repeat("z", rng.IntN(900)))
		m.pending[id] = body
		records = append(records, record(id, body))
	}
	c, err := l.Append(records)
	if err != nil {
		return err
	}
	maps.Copy(m.acked, m.pending)
	m.pending, m.seq = nil, c.Last
	return nil
}

// compact keeps the last record of each id.
func compact(l *log.Log) error {
	last := map[string]uint64{}
	_, err := l.Replay(context.Background(), log.Cursor{}, func(_ log.Pos, r log.Record) error {
		last[r.ID] = r.Seq
		return nil
	})
	if err != nil {
		return err
	}
	c, err := l.Compact(context.Background(), func(_ log.Pos, r log.Record) bool { return last[r.ID] == r.Seq })
	if err != nil {
		return err
	}
	c.Finish()
	return nil
}

func snapshot(l *log.Log) error {
	at := l.End()
	return l.WriteSnapshot("s", at, func(w *log.Writer) error {
		w.Section("seq")
		_, err := fmt.Fprint(w, at.Seq)
		return err
	})
}

// script runs a fixed history and stops at the first error.
func (m *model) script(fsys log.FS, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 3 {
		l, err := log.Open(fsys, &log.Options{SegmentBytes: 3000})
		if err != nil {
			return err
		}
		for range 6 {
			if err := m.append(l, rng); err != nil {
				_ = l.Close()
				return err
			}
		}
		steps := []func(*log.Log) error{snapshot, compact}
		for _, step := range steps[rng.IntN(2):] {
			if err := step(l); err != nil {
				_ = l.Close()
				return err
			}
		}
		if err := m.append(l, rng); err != nil {
			_ = l.Close()
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// check opens what a crash left and compares it with the model: acknowledged
// batches are there, the open one whole or not at all.
func (m *model) check(fsys log.FS) error {
	for _, readOnly := range []bool{true, false} {
		l, err := log.Open(fsys, &log.Options{ReadOnly: readOnly})
		if readOnly && errors.Is(err, log.ErrNotFound) && m.seq == 0 {
			continue
		}
		if err != nil {
			return fmt.Errorf("read-only %v: %w", readOnly, err)
		}
		if err := m.compare(l, readOnly); err != nil {
			return fmt.Errorf("read-only %v: %w", readOnly, err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) compare(l *log.Log, readOnly bool) error {
	got := map[string]string{}
	end, err := l.Replay(context.Background(), log.Cursor{}, func(_ log.Pos, r log.Record) error {
		if r.Kind != log.KindCommit {
			got[r.ID] = string(r.Body)
		}
		return nil
	})
	if err != nil {
		return err
	}
	with := maps.Clone(m.acked)
	maps.Copy(with, m.pending)
	if !maps.Equal(got, m.acked) && !maps.Equal(got, with) {
		return fmt.Errorf("state is neither the acknowledged one nor that with the open batch: %d ids, acknowledged %d", len(got), len(m.acked))
	}
	if damage := l.Damage(); len(damage) != 0 {
		return fmt.Errorf("a crash was taken for damage: %v", damage[0])
	}
	if end.Seq < m.seq {
		return fmt.Errorf("sequence %d, acknowledged %d", end.Seq, m.seq)
	}
	s, err := l.OpenSnapshot("s")
	if err == nil {
		if string(s.Section("seq")) != fmt.Sprint(s.At.Seq) || s.At.Seq > end.Seq {
			return fmt.Errorf("snapshot of sequence %s at %d, end %d", s.Section("seq"), s.At.Seq, end.Seq)
		}
		return s.Close()
	}
	var d *log.DamageError
	if errors.As(err, &d) {
		return err
	}
	if readOnly {
		return nil
	}
	_, err = l.Append([]log.Record{record("probe", "x")})
	return err
}

// crashAt runs the script until the n-th changing call, where the machine goes
// off. done says that the script ended before.
func crashAt(seed uint64, n int) (m *model, fsys *logtest.Mem, done bool) {
	m = &model{acked: map[string]string{}}
	fsys = logtest.New()
	fsys.TurnOff(n)
	return m, fsys, m.script(fsys, seed) == nil
}

func TestEveryCrashPointKeepsWhatWasAcknowledged(t *testing.T) {
	states := 0
	for seed := range uint64(4) {
		for n := 0; ; n++ {
			m, fsys, done := crashAt(seed, n)
			for i, keep := range []float64{0, 0.3, 0.7, 1} {
				rng := rand.New(rand.NewPCG(seed<<32|uint64(n), uint64(i)))
				after := fsys.Crash(rng, keep)
				if err := m.check(after); err != nil {
					t.Fatalf("seed %d, call %d, keep %v: %v", seed, n, keep, err)
				}
				states++
			}
			if err := m.check(fsys.Kill()); err != nil {
				t.Fatalf("seed %d, call %d, kill: %v", seed, n, err)
			}
			if states++; done {
				break
			}
		}
	}
	t.Logf("%d crash states", states)
}

// TestCrashDuringRecoveryLosesNothing crashes, and crashes again at every call
// of the Open that follows.
func TestCrashDuringRecoveryLosesNothing(t *testing.T) {
	states := 0
	for n := 3; n < 120; n += 4 {
		m, fsys, _ := crashAt(9, n)
		first := fsys.Kill()
		if n%8 == 3 {
			first = fsys.Crash(rand.New(rand.NewPCG(9, uint64(n))), 0.5)
		}
		for k := 0; ; k++ {
			second := first.Kill()
			second.TurnOff(k)
			l, err := log.Open(second, nil)
			if err == nil {
				_ = l.Close()
			}
			rng := rand.New(rand.NewPCG(uint64(n), uint64(k)))
			if err := m.check(second.Crash(rng, 0.5)); err != nil {
				t.Fatalf("crash at %d and again at %d: %v", n, k, err)
			}
			if states++; err == nil {
				break
			}
		}
	}
	t.Logf("%d crash states", states)
}

func TestFailedCallsAcknowledgeNothingFalse(t *testing.T) {
	faults := 0
	for _, cause := range []error{syscall.EIO, syscall.ENOSPC, io.ErrShortWrite} {
		for _, sticky := range []bool{false, true} {
			for n := 0; ; n++ {
				m := &model{acked: map[string]string{}}
				fsys := logtest.New()
				calls, hit := 0, false
				fsys.Hook(func(op logtest.Op) error {
					calls++
					if calls == n+1 || sticky && calls > n {
						hit = true
						return cause
					}
					return nil
				})
				_ = m.script(fsys, 5)
				if !hit {
					break
				}
				faults++
				fsys.Hook(nil)
				rng := rand.New(rand.NewPCG(uint64(n), 2))
				if err := m.check(fsys.Crash(rng, 0)); err != nil {
					t.Fatalf("%v at call %d, sticky %v, then power loss: %v", cause, n, sticky, err)
				}
				again := fsys.Kill()
				if err := m.check(again); err != nil {
					t.Fatalf("%v at call %d, sticky %v: %v", cause, n, sticky, err)
				}
			}
		}
	}
	t.Logf("%d faults", faults)
}

// TestFailedSyncIsNotForgivenByTheNextOne is the fsync that fails once: the
// system forgets the pages, so a later successful fsync must not make the
// batch count unless it was written again.
func TestFailedSyncIsNotForgivenByTheNextOne(t *testing.T) {
	fsys := logtest.New()
	l := open(t, fsys, nil)
	appendAll(t, l, record("a", "1"))
	fsys.Hook(func(op logtest.Op) error {
		if op.Kind == logtest.OpSync {
			return syscall.EIO
		}
		return nil
	})
	if _, err := l.Append([]log.Record{record("b", "2")}); !errors.Is(err, syscall.EIO) {
		t.Fatalf("append = %v, want EIO", err)
	}
	fsys.Hook(nil)
	if _, err := l.Append([]log.Record{record("c", "3")}); !errors.Is(err, log.ErrReadOnly) || !errors.Is(err, syscall.EIO) {
		t.Errorf("append after a failed sync = %v, want ErrReadOnly and its cause", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, fsys, nil)
	seen := all(t, l, log.Cursor{})
	appendAll(t, l, record("d", "4"))
	want := all(t, l, log.Cursor{})
	if len(seen) != len(want)-2 {
		t.Fatalf("%v before, %v after an append", seen, want)
	}
	l = open(t, fsys.Crash(rand.New(rand.NewPCG(1, 1)), 0), nil)
	if got := all(t, l, log.Cursor{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after a power failure %v, seen and acknowledged were %v", got, want)
	}
}
