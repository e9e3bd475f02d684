package log_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/internal/log/logtest"
)

// filled returns a record whose body is given in all three ways.
func filled(id string, fill, tail int) log.Record {
	body := bytes.Repeat([]byte(id), fill/len(id))
	return log.Record{Kind: 1, Namespace: "ns", ID: id, Version: 7,
		Fill: func(dst []byte) []byte { return append(dst, body...) },
		Tail: bytes.Repeat([]byte(strings.ToUpper(id)), tail/len(id))}
}

func TestBodiesInPartsComeBackWhole(t *testing.T) {
	fsys := logtest.New()
	l := open(t, fsys, nil)
	var records []log.Record
	var want []string
	add := func(r log.Record) {
		body := r.Body
		if r.Fill != nil {
			body = r.Fill(nil)
		}
		records = append(records, r)
		want = append(want, string(body)+string(r.Tail))
	}
	for n := range 20 { // all lengths modulo the alignment, with and without each part
		add(filled("f", n, 0))
		add(filled("t", 0, n))
		add(filled("b", n, 20-n))
		add(log.Record{Kind: 1, ID: "x", Body: []byte(strings.Repeat("x", n)), Tail: []byte("tail")})
	}
	for _, large := range []int{1<<20 - 1, 1 << 20, 1<<20 + 3, 3 << 20} {
		add(filled("fill", large, 0))
		add(filled("tail", 0, large))
		add(record("small", "s"))
		add(filled("both", large, large))
	}
	c := appendAll(t, l, records...)
	check := func(l *log.Log) {
		t.Helper()
		for i, p := range c.Pos {
			if r, err := l.Read(p); err != nil || string(r.Body) != want[i] {
				t.Fatalf("record %d: %d bytes of %d, %v", i, len(r.Body), len(want[i]), err)
			}
		}
		if got := all(t, l, log.Cursor{}); len(got) != len(records)+1 {
			t.Errorf("%d records replayed, want %d and a commit", len(got), len(records))
		}
	}
	check(l)
	check(open(t, fsys, &log.Options{ReadOnly: true}))
	l = open(t, fsys.Kill(), nil) // the last batch is written again
	if got := all(t, l, log.Cursor{}); len(got) != len(records)+1 {
		t.Errorf("%d records after a kill, want %d and a commit", len(got), len(records))
	}
	appendAll(t, l, record("after", "a"))
	if d, err := l.Check(t.Context()); err != nil || len(d) != 0 {
		t.Errorf("check: %v, %v", d, err)
	}
}

// TestABatchOfManyWritesIsWholeOrAbsent stops at, and fails, every write of a
// batch that takes several.
func TestABatchOfManyWritesIsWholeOrAbsent(t *testing.T) {
	for _, cause := range []error{logtest.ErrCrashed, syscall.EIO, syscall.ENOSPC} {
		for n := 0; ; n++ {
			fsys := logtest.New()
			l := open(t, fsys, nil)
			appendAll(t, l, record("before", "b"))
			calls := 0
			fsys.Hook(func(op logtest.Op) error {
				if op.Changes() {
					calls++
				}
				if calls > n {
					return cause
				}
				return nil
			})
			_, err := l.Append([]log.Record{filled("one", 700_000, 0), filled("two", 700_000, 0), filled("tail", 9, 2<<20), filled("end", 9, 9)})
			fsys.Hook(nil)
			for name, after := range map[string]*logtest.Mem{"crash": fsys.Crash(rand.New(rand.NewPCG(uint64(n), 3)), 0.8), "kill": fsys.Kill()} {
				l := open(t, after, nil)
				got := all(t, l, log.Cursor{})
				if len(got) != 2 && len(got) != 7 || err == nil && len(got) != 7 {
					t.Errorf("%v at call %d, then %s: append said %v, found %.200v", cause, n, name, err, got)
				}
				if d := l.Damage(); len(d) != 0 {
					t.Errorf("%v at call %d, then %s: taken for damage: %v", cause, n, name, d[0])
				}
			}
			if err == nil {
				if n < 3 {
					t.Fatalf("the batch took %d calls: not what is to be tested", n)
				}
				break
			}
		}
	}
}

// TestAppendNeedsNoCopyOfTheBatch measures what it allocates for 32 MiB.
func TestAppendNeedsNoCopyOfTheBatch(t *testing.T) {
	l := open(t, log.OSDir(t.TempDir()), nil)
	defer l.Close()
	body := bytes.Repeat([]byte("0123456789abcdef"), 16<<10)
	var records []log.Record
	for i := range 64 {
		records = append(records, log.Record{Kind: 1, ID: fmt.Sprint(i), Fill: func(dst []byte) []byte { return append(dst, body...) }})
	}
	records = append(records, log.Record{Kind: 1, ID: "tail", Tail: bytes.Repeat(body, 64)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	appendAll(t, l, records...)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("%d bytes allocated for a batch of 32 MiB", n)
	}
}
