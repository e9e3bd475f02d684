package log_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
)

func open(t testing.TB, fsys log.FS, o *log.Options) *log.Log {
	t.Helper()
	l, err := log.Open(fsys, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return l
}

func record(id, body string) log.Record {
	return log.Record{Kind: 1, Namespace: "ns", ID: id, Version: 7, Body: []byte(body)}
}

func appendAll(t testing.TB, l *log.Log, records ...log.Record) log.Commit {
	t.Helper()
	c, err := l.Append(records)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return c
}

// all returns the records from a cursor as "seq id=body", "|" for a commit.
func all(t testing.TB, l *log.Log, from log.Cursor) []string {
	t.Helper()
	var out []string
	_, err := l.Replay(context.Background(), from, func(p log.Pos, r log.Record) error {
		if r.Kind == log.KindCommit {
			out = append(out, "|")
			return nil
		}
		out = append(out, fmt.Sprintf("%d %s=%.20s", r.Seq, r.ID, r.Body))
		return nil
	})
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	return out
}

func TestRecordsComeBackAfterReopen(t *testing.T) {
	for name, fsys := range map[string]log.FS{"memory": logtest.New(), "disk": log.OSDir(t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			l := open(t, fsys, nil)
			appendAll(t, l, record("a", "1"), record("b", ""))
			c := appendAll(t, l, record("c", strings.Repeat("x", 100_000)))
			if c.First != 4 || c.Last != 5 || len(c.Pos) != 1 {
				t.Errorf("commit = %+v, want sequences 4 to 5 and one position", c)
			}
			want := []string{"1 a=1", "2 b=", "|", "4 c=xxxxxxxxxxxxxxxxxxxx", "|"}
			check := func(l *log.Log) {
				t.Helper()
				if d := cmp.Diff(want, all(t, l, log.Cursor{})); d != "" {
					t.Errorf("records (-want +got):\n%s", d)
				}
				r, err := l.Read(c.Pos[0])
				if err != nil || r.ID != "c" || len(r.Body) != 100_000 || r.Version != 7 || r.Namespace != "ns" {
					t.Errorf("read = %.60v, %v", r, err)
				}
			}
			check(l)
			if err := errors.Join(l.Close(), l.Close()); err != nil {
				t.Fatalf("close: %v", err)
			}
			l = open(t, fsys, nil)
			check(l)
			appendAll(t, l, record("d", "4"))
			want = append(want, "6 d=4", "|")
			check(l)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSecondWriterIsRefusedWithThePID(t *testing.T) {
	fsys := log.OSDir(t.TempDir())
	l := open(t, fsys, nil)
	_, err := log.Open(fsys, nil)
	var locked *log.LockedError
	if !errors.Is(err, log.ErrLocked) || !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("second open = %v, want ErrLocked with process %d", err, os.Getpid())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, fsys, nil).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReaderSeesCommitsWithoutTheLock(t *testing.T) {
	fsys := log.OSDir(t.TempDir())
	if _, err := log.Open(fsys, &log.Options{ReadOnly: true}); !errors.Is(err, log.ErrNotFound) {
		t.Errorf("read-only open of an empty directory = %v, want ErrNotFound", err)
	}
	w := open(t, fsys, &log.Options{SegmentBytes: 400})
	r := open(t, fsys, &log.Options{ReadOnly: true})
	if _, err := r.Append([]log.Record{record("a", "1")}); !errors.Is(err, log.ErrReadOnly) {
		t.Errorf("append to a reader = %v, want ErrReadOnly", err)
	}
	var from log.Cursor
	for i := range 20 {
		appendAll(t, w, record("a", fmt.Sprint(i)), record("b", fmt.Sprint(i)))
		end, replaced, err := r.Refresh()
		if err != nil || replaced || end != w.End() {
			t.Fatalf("refresh = %v, %v, %v; the writer is at %v", end, replaced, err, w.End())
		}
		want := []string{fmt.Sprintf("%d a=%d", 3*i+1, i), fmt.Sprintf("%d b=%d", 3*i+2, i), "|"}
		if d := cmp.Diff(want, all(t, r, from)); d != "" {
			t.Fatalf("round %d (-want +got):\n%s", i, d)
		}
		from = end
	}
	if err := errors.Join(w.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestClosedLogRefuses(t *testing.T) {
	l := open(t, logtest.New(), nil)
	c := appendAll(t, l, record("a", "1"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, appendErr := l.Append([]log.Record{record("a", "1")})
	_, readErr := l.Read(c.Pos[0])
	_, replayErr := l.Replay(context.Background(), log.Cursor{}, nil)
	_, snapErr := l.OpenSnapshot("x")
	_, _, refreshErr := l.Refresh()
	for i, err := range []error{appendErr, readErr, replayErr, snapErr, refreshErr, l.WriteSnapshot("x", log.Cursor{}, nil)} {
		if !errors.Is(err, log.ErrClosed) {
			t.Errorf("call %d on a closed log = %v, want ErrClosed", i, err)
		}
	}
}

func TestAppendRefusesWithoutHarm(t *testing.T) {
	l := open(t, logtest.New(), nil)
	long := record("a", "1")
	long.Namespace = strings.Repeat("n", 1<<16)
	if _, err := l.Append([]log.Record{record("b", ""), long}); !errors.Is(err, log.ErrTooLarge) {
		t.Errorf("append = %v, want ErrTooLarge", err)
	}
	if _, err := l.Append([]log.Record{{}}); err == nil {
		t.Error("a record of kind 0 was accepted")
	}
	if _, err := l.Append(nil); err == nil {
		t.Error("an empty batch was accepted")
	}
	appendAll(t, l, record("a", "1"))
	if got := all(t, l, log.Cursor{}); !slices.Equal(got, []string{"1 a=1", "|"}) {
		t.Errorf("records = %v", got)
	}
}

func TestNewerFormatIsErrVersion(t *testing.T) {
	m := logtest.New()
	m.Set("MANIFEST", []byte("groundwork log, format 2\n{}\ncrc32c 00000000\n"))
	for _, readOnly := range []bool{false, true} {
		_, err := log.Open(m, &log.Options{ReadOnly: readOnly})
		var v *log.VersionError
		if !errors.Is(err, log.ErrVersion) || !errors.As(err, &v) || v.Have != 2 {
			t.Errorf("open = %v, want ErrVersion of format 2", err)
		}
	}
}

func TestLostManifestIsDamageNotAnEmptyStore(t *testing.T) {
	m := logtest.New()
	l := open(t, m, nil)
	appendAll(t, l, record("a", "1"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	m.Set("MANIFEST", nil)
	var d *log.DamageError
	if _, err := log.Open(m, nil); !errors.As(err, &d) || d.Name != "MANIFEST" {
		t.Errorf("open = %v, want a DamageError of MANIFEST", err)
	}
	if _, ok := m.Files()["000001.seg"]; !ok {
		t.Error("the segment was removed")
	}
}

func TestOnlyOwnLeftoversAreRemoved(t *testing.T) {
	m := logtest.New()
	for _, n := range []string{"MANIFEST.tmp", "notes.txt", "a.seg", "seg.tmp"} {
		m.Set(n, []byte("x"))
	}
	l := open(t, m, nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	m.Set("000009.seg", []byte("x"))
	m.Set("000008.snap", []byte("x"))
	if err := open(t, m, nil).Close(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for n := range m.Files() {
		names = append(names, n)
	}
	slices.Sort(names)
	if want := []string{"MANIFEST", "a.seg", "notes.txt", "seg.tmp"}; !slices.Equal(names, want) {
		t.Errorf("files = %v, want %v", names, want)
	}
}

func TestSnapshotsComeBackAndReplaceEachOther(t *testing.T) {
	for name, fsys := range map[string]log.FS{"memory": logtest.New(), "disk": log.OSDir(t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			l := open(t, fsys, nil)
			appendAll(t, l, record("a", "1"))
			big := strings.Repeat("0123456789", 30_000)
			for _, v := range []string{"old", "new"} {
				err := l.WriteSnapshot("s", l.End(), func(w *log.Writer) error {
					w.Section("one")
					fmt.Fprint(w, v)
					w.Section("empty")
					w.Section("two")
					_, err := w.Write([]byte(big))
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			end := l.End()
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, fsys, nil)
			s, err := l.OpenSnapshot("s")
			if err != nil {
				t.Fatal(err)
			}
			if s.At != end || string(s.Section("one")) != "new" || string(s.Section("two")) != big ||
				len(s.Section("empty")) != 0 || s.Section("none") != nil {
				t.Errorf("snapshot at %v, want %v; sections differ from what was written", s.At, end)
			}
			if n := len(l.Snapshots()); n != 1 {
				t.Errorf("%d snapshots, want 1", n)
			}
			if err := errors.Join(s.Close(), l.DropSnapshot("s"), l.DropSnapshot("s")); err != nil {
				t.Error(err)
			}
			if _, err := l.OpenSnapshot("s"); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("open of a dropped snapshot = %v, want not exist", err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFailedSnapshotKeepsTheOlderOne(t *testing.T) {
	m := logtest.New()
	l := open(t, m, nil)
	write := func(v string, err error) error {
		return l.WriteSnapshot("s", l.End(), func(w *log.Writer) error {
			w.Section("v")
			fmt.Fprint(w, v)
			return err
		})
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := write("new", boom); !errors.Is(err, boom) {
		t.Errorf("write = %v, want boom", err)
	}
	s, err := l.OpenSnapshot("s")
	if err != nil || string(s.Section("v")) != "old" {
		t.Errorf("snapshot = %v, %v, want the old one", s, err)
	}
	if n := len(m.Files()); n != 2 { // MANIFEST and the old snapshot
		t.Errorf("%d files, want 2", n)
	}
}

func TestCompactionKeepsWhatIsKeptAndMovesPositions(t *testing.T) {
	m := logtest.New()
	m.RefuseRemoval(true)
	l := open(t, m, &log.Options{SegmentBytes: 2000})
	last := map[string]log.Pos{}
	for i := range 200 {
		id := fmt.Sprint("id", i%7)
		last[id] = appendAll(t, l, record(id, fmt.Sprint(i))).Pos[0]
	}
	reader := open(t, m, &log.Options{ReadOnly: true})
	before := l.Size()
	live := map[log.Pos]bool{}
	for _, p := range last {
		live[p] = true
	}
	c, err := l.Compact(context.Background(), func(p log.Pos, r log.Record) bool { return live[p] })
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range last {
		if r, err := l.Read(p); err != nil || r.ID != id {
			t.Errorf("old position of %s before Finish = %v, %v", id, r, err)
		}
	}
	c.Finish()
	if len(c.Moved) != 7 || l.Size() >= before/5 {
		t.Errorf("%d moved, %d bytes of %d left", len(c.Moved), l.Size(), before)
	}
	for _, mv := range c.Moved {
		if _, err := l.Read(mv.From); !errors.Is(err, log.ErrGone) {
			t.Errorf("old position after Finish = %v, want ErrGone", err)
		}
		r, err := l.Read(mv.To)
		if err != nil || last[r.ID] != mv.From {
			t.Errorf("new position = %v, %v", r, err)
		}
	}
	want := all(t, l, log.Cursor{})
	if _, err := reader.Replay(context.Background(), log.Cursor{}, func(log.Pos, log.Record) error { return nil }); !errors.Is(err, log.ErrGone) {
		t.Errorf("replay of a reader of the old segments = %v, want ErrGone", err)
	}
	if _, replaced, err := reader.Refresh(); err != nil || !replaced {
		t.Errorf("refresh = %v, %v, want replaced", replaced, err)
	}
	if d := cmp.Diff(want, all(t, reader, log.Cursor{})); d != "" {
		t.Errorf("the reader after Refresh (-writer +reader):\n%s", d)
	}
	appendAll(t, l, record("new", "1"))
	if err := errors.Join(reader.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	l = open(t, m, nil)
	if d := cmp.Diff(append(want, "401 new=1", "|"), all(t, l, log.Cursor{})); d != "" {
		t.Errorf("after reopen (-want +got):\n%s", d)
	}
	if len(l.Damage()) != 0 {
		t.Errorf("damage: %v", l.Damage())
	}
}

func TestCompactionOfNothingKeepsTheSequence(t *testing.T) {
	m := logtest.New()
	l := open(t, m, nil)
	appendAll(t, l, record("a", "1"))
	c, err := l.Compact(context.Background(), func(log.Pos, log.Record) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	c.Finish()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, m, nil)
	if c := appendAll(t, l, record("a", "2")); c.First != 3 {
		t.Errorf("first sequence after compaction = %d, want 3", c.First)
	}
}

func TestNewDirectoryIsMadeWithParents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	fsys, err := log.MakeOSDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := open(t, fsys, nil).Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(path, "MANIFEST")
	if _, err := log.MakeOSDir(filepath.Join(file, "x")); err == nil {
		t.Error("a directory under a file was made")
	}
}
