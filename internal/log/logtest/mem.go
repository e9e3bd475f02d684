// Package logtest holds a file system for tests of what stands on internal/log:
// in memory, it can crash, losing any part of what was not synced, and fail any
// call.
//
// The type to start from is [Mem]. It is for tests, but free of testing's
// flags, so that programs that try out crashes may use it too.
package logtest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"sync"

	"github.com/seed4837efcb/groundwork/internal/log"
)

// OpKind says what a call does.
type OpKind string

// The kinds of calls that a hook sees.
const (
	OpOpen    OpKind = "open"
	OpCreate  OpKind = "create"
	OpRead    OpKind = "read"
	OpWrite   OpKind = "write"
	OpSync    OpKind = "sync"
	OpRename  OpKind = "rename"
	OpRemove  OpKind = "remove"
	OpList    OpKind = "list"
	OpSyncDir OpKind = "syncdir"
	OpLock    OpKind = "lock"
)

// Op is one call, before it happens.
type Op struct {
	Kind OpKind
	Name string
}

// Changes says whether the call can change what a crash leaves.
func (o Op) Changes() bool {
	switch o.Kind {
	case OpCreate, OpWrite, OpSync, OpRename, OpRemove, OpSyncDir:
		return true
	}
	return false
}

// ErrCrashed is what calls return after the simulated end of the machine.
var ErrCrashed = errors.New("the machine is off")

// Mem is an in-memory log.FS that keeps apart what is written and what is
// durable. Make it with New. It is safe for concurrent use.
type Mem struct {
	mu      sync.Mutex
	names   map[string]*inode
	history map[string][]*inode // states of a name since the last SyncDir, nil = absent
	locks   map[string]bool
	hook    func(Op) error
	refuse  bool
}

// inode is a file's content. Files only grow, so the durable part is a length,
// except for what a failed sync lost.
type inode struct {
	data   []byte
	synced int
	lost   [][2]int // ranges that no later sync writes: the system thinks they are clean
	open   int
}

// New returns an empty file system.
func New() *Mem {
	return &Mem{names: map[string]*inode{}, history: map[string][]*inode{}, locks: map[string]bool{}}
}

// Hook sets a function that sees each call before it happens and may fail it.
// A failed write has written half, a failed sync has lost what it should have
// written, for good; other failed calls did nothing. The hook runs under a lock
// and must not call the file system. nil removes it.
func (m *Mem) Hook(f func(Op) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hook = f
}

// TurnOff sets a hook that lets n more changing calls happen and fails
// everything after them with ErrCrashed.
func (m *Mem) TurnOff(n int) {
	m.Hook(func(op Op) error {
		if op.Changes() {
			n--
		}
		if n < 0 {
			return ErrCrashed
		}
		return nil
	})
}

// RefuseRemoval makes Remove fail for files that are open, as Windows does.
func (m *Mem) RefuseRemoval(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = on
}

// Kill returns what another process finds after this one was killed: all that
// was written, and no lock. The receiver must not be used any more.
func (m *Mem) Kill() *Mem { return m.after(func(i *inode) *inode { return i.copy() }, nil) }

// Crash returns what a power failure leaves: durable data and names, and of the
// rest each block of 512 bytes and each name with probability keep. Lost blocks
// within a file read as zeros.
func (m *Mem) Crash(rng *rand.Rand, keep float64) *Mem {
	return m.after(func(i *inode) *inode { return i.crash(rng, keep) }, func(states []*inode) *inode {
		if rng.Float64() < keep {
			return states[len(states)-1]
		}
		return states[rng.IntN(len(states))]
	})
}

func (m *Mem) after(content func(*inode) *inode, choose func([]*inode) *inode) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := New()
	for _, name := range sorted(m.names, m.history) {
		i := m.names[name]
		if states := m.history[name]; len(states) > 0 && choose != nil {
			i = choose(append(slices.Clone(states), i))
		}
		if i != nil {
			out.names[name] = content(i)
		}
	}
	return out
}

func sorted(a map[string]*inode, b map[string][]*inode) []string {
	var names []string
	for n := range a {
		names = append(names, n)
	}
	for n := range b {
		if _, ok := a[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

func (i *inode) copy() *inode {
	return &inode{data: slices.Clone(i.data), synced: i.synced, lost: slices.Clone(i.lost)}
}

func (i *inode) crash(rng *rand.Rand, keep float64) *inode {
	const block = 512
	data := slices.Clone(i.data)
	end := i.synced
	for at := i.synced; at < len(data); {
		next := min((at/block+1)*block, len(data))
		if rng.Float64() < keep {
			end = next
		} else {
			clear(data[at:next])
		}
		at = next
	}
	for _, r := range i.lost {
		clear(data[r[0]:min(r[1], len(data))])
	}
	if rng.IntN(2) == 0 {
		end = len(data) // the length survived, the blocks did not
	}
	return &inode{data: data[:end], synced: end}
}

// Files returns a copy of all contents.
func (m *Mem) Files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string][]byte{}
	for n, i := range m.names {
		out[n] = slices.Clone(i.data)
	}
	return out
}

// Set puts a durable file, replacing one of that name; nil data removes it.
func (m *Mem) Set(name string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.history, name)
	if data == nil {
		delete(m.names, name)
		return
	}
	m.names[name] = &inode{data: slices.Clone(data), synced: len(data)}
}

// Open implements log.FS.
func (m *Mem) Open(name string, mode log.Mode) (log.File, int64, error) {
	kind := OpOpen
	if mode == log.Create {
		kind = OpCreate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call(kind, name); err != nil {
		return nil, 0, err
	}
	i := m.names[name]
	switch {
	case mode == log.Create && i != nil:
		return nil, 0, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	case mode == log.Create:
		i = &inode{}
		m.change(name, i)
	case i == nil:
		return nil, 0, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	i.open++
	return &file{m: m, i: i, name: name, write: mode != log.Read}, int64(len(i.data)), nil
}

// call lets the hook see a call. m.mu is held.
func (m *Mem) call(kind OpKind, name string) error {
	if m.hook == nil {
		return nil
	}
	if err := m.hook(Op{Kind: kind, Name: name}); err != nil {
		return fmt.Errorf("%s %s: %w", kind, name, err)
	}
	return nil
}

// change gives a name another file, not yet durably. m.mu is held.
func (m *Mem) change(name string, i *inode) {
	m.history[name] = append(m.history[name], m.names[name])
	if i == nil {
		delete(m.names, name)
		return
	}
	m.names[name] = i
}

// Rename implements log.FS.
func (m *Mem) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call(OpRename, to); err != nil {
		return err
	}
	i := m.names[from]
	if i == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	m.change(to, i)
	m.change(from, nil)
	return nil
}

// Remove implements log.FS.
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call(OpRemove, name); err != nil {
		return err
	}
	i := m.names[name]
	if i == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if m.refuse && i.open > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: errors.New("the file is in use")}
	}
	m.change(name, nil)
	return nil
}

// Dir implements log.FS.
func (m *Mem) Dir() log.Directory { return directory{m} }

type directory struct{ m *Mem }

func (d directory) List() ([]string, error) {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	if err := d.m.call(OpList, "."); err != nil {
		return nil, err
	}
	return sorted(d.m.names, nil), nil
}

func (d directory) Sync() error {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	if err := d.m.call(OpSyncDir, "."); err != nil {
		return err
	}
	clear(d.m.history)
	return nil
}

func (d directory) Lock(name string) (io.Closer, error) {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	if err := d.m.call(OpLock, name); err != nil {
		return nil, err
	}
	if d.m.locks[name] {
		return nil, &log.LockedError{Name: name, PID: os.Getpid()}
	}
	d.m.locks[name] = true
	return unlock{d.m, name}, nil
}

type unlock struct {
	m    *Mem
	name string
}

func (u unlock) Close() error {
	u.m.mu.Lock()
	defer u.m.mu.Unlock()
	delete(u.m.locks, u.name)
	return nil
}

type file struct {
	m      *Mem
	i      *inode
	name   string
	write  bool
	closed bool
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.closed {
		return 0, fs.ErrClosed
	}
	if err := f.m.call(OpRead, f.name); err != nil {
		return 0, err
	}
	if off < 0 || off >= int64(len(f.i.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.i.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) Write(p []byte) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.closed || !f.write {
		return 0, fs.ErrClosed
	}
	if err := f.m.call(OpWrite, f.name); err != nil {
		n := len(p) / 2
		if errors.Is(err, ErrCrashed) {
			n = 0
		}
		f.i.data = append(f.i.data, p[:n]...)
		return n, err
	}
	f.i.data = append(f.i.data, p...)
	return len(p), nil
}

func (f *file) Sync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.closed {
		return fs.ErrClosed
	}
	if err := f.m.call(OpSync, f.name); err != nil {
		if !errors.Is(err, ErrCrashed) && f.i.synced < len(f.i.data) {
			f.i.lost = append(f.i.lost, [2]int{f.i.synced, len(f.i.data)})
		}
		return err
	}
	f.i.synced = len(f.i.data)
	return nil
}

func (f *file) Close() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	f.i.open--
	return nil
}
