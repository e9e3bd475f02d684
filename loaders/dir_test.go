package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// makeTree writes files below a new folder; a name ending in '/' is a folder,
// content beginning with "->" a link.
func makeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		p := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(content, "->"); ok {
			err = os.Symlink(target, p)
			if err != nil && runtime.GOOS == "windows" {
				t.Skipf("no right to make links: %v", err)
			}
		} else if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(p, 0o755)
		} else {
			err = os.WriteFile(p, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// list returns what a source lists, a line each.
func list(t *testing.T, s Source) (items, errs []string) {
	t.Helper()
	for it, err := range s.List(context.Background()) {
		var skip *SkipError
		var unknown *ListError
		switch {
		case errors.As(err, &skip):
			errs = append(errs, fmt.Sprintf("%s %s", skip.Reason, skip.URI))
		case errors.As(err, &unknown):
			errs = append(errs, fmt.Sprintf("unknown %q", unknown.Prefix))
		case err != nil:
			errs = append(errs, err.Error())
		default:
			items = append(items, it.URI)
		}
	}
	return items, errs
}

func mustDir(t *testing.T, root string, o *DirOptions) Source {
	t.Helper()
	s, err := Dir(root, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDirListsEveryFileOrSaysWhyNot(t *testing.T) {
	root := makeTree(t, map[string]string{
		"b.txt":                   "b",
		"a/x.txt":                 "x",
		"a/.gitignore":            "*.tmp\n!keep.tmp\n",
		"a/y.tmp":                 "y",
		"a/keep.tmp":              "y",
		"a/deep/z.tmp":            "z",
		".gitignore":              "/node_modules/\n*.log\n",
		".groundworkignore":       "!wanted.log\nprivate\n",
		"node_modules/m/index.js": "m",
		"c.log":                   "c",
		"wanted.log":              "w",
		"private/p.txt":           "p",
		".hidden/h.txt":           "h",
		".git/config":             "g",
		"empty.txt":               "",
		"large.txt":               strings.Repeat("l", 101),
		"emptydir/":               "",
		"한글 이름.txt":               "h",
	})
	items, errs := list(t, mustDir(t, root, &DirOptions{MaxSize: 100}))
	if diff := cmp.Diff([]string{"a/keep.tmp", "a/x.txt", "b.txt", "wanted.log", "한글 이름.txt"}, items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	want := []string{
		"hidden .git/", "hidden .gitignore", "hidden .groundworkignore", "hidden .hidden/",
		"hidden a/.gitignore", "ignored a/deep/z.tmp", "ignored a/y.tmp",
		"ignored c.log", "empty empty.txt", "too-large large.txt",
		"ignored node_modules/", "ignored private/",
	}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestDirOptionsAreHonoured(t *testing.T) {
	root := makeTree(t, map[string]string{
		".gitignore": "*.log\n", ".git/info/exclude": "*.bak\n", "a.log": "a", "b.bak": "b", "c.txt": "c", ".d/e.txt": "e",
	})
	tests := []struct {
		name string
		o    DirOptions
		want []string
	}{
		{"defaults", DirOptions{}, []string{"b.bak", "c.txt"}},
		{"hidden files but never .git", DirOptions{Hidden: true}, []string{".d/e.txt", ".gitignore", "b.bak", "c.txt"}},
		{"no ignore files", DirOptions{IgnoreFiles: []string{}}, []string{"a.log", "b.bak", "c.txt"}},
		{"git's exclude file", DirOptions{GitExclude: true}, []string{"c.txt"}},
		{"patterns of the options win", DirOptions{Ignore: []string{"!a.log", "*.txt"}}, []string{"a.log", "b.bak"}},
		{"size limit", DirOptions{MaxSize: 1, IgnoreFiles: []string{}, Ignore: []string{"*.bak"}}, []string{"a.log", "c.txt"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			items, _ := list(t, mustDir(t, root, &tt.o))
			if diff := cmp.Diff(tt.want, items); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, o := range []DirOptions{{MaxSize: -1}, {IgnoreFiles: []string{"../x"}}, {IgnoreFiles: []string{"a/b"}}} {
		if _, err := Dir(root, &o); err == nil {
			t.Errorf("options %+v were accepted", o)
		}
	}
}

func TestLinksNeverLeaveTheRootAndNeverLoop(t *testing.T) {
	outside := makeTree(t, map[string]string{"secret.txt": "s"})
	root := makeTree(t, map[string]string{
		"real/a.txt":      "a",
		"real/up":         "->..",
		"real/self":       "->self",
		"same.txt":        "->real/a.txt",
		"samedir":         "->real",
		"out.txt":         "->" + filepath.Join(outside, "secret.txt"),
		"outdir":          "->" + outside,
		"dots":            "->../../../../etc",
		"dangling":        "->nowhere",
		".data/v1/b.txt":  "b",
		".data/v1/again":  "->../../real",
		".data/v1/circle": "->../v1",
		"b.txt":           "->.data/v1/b.txt",
		"v1":              "->.data/v1",
	})
	s := mustDir(t, root, nil)
	items, errs := list(t, s)
	if diff := cmp.Diff([]string{"real/a.txt", "b.txt", "v1/b.txt"}, items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	want := []string{
		"hidden .data/", "symlink real/self", "symlink real/up", "symlink dangling", "symlink dots",
		"symlink out.txt", "symlink outdir", "symlink same.txt", "symlink samedir",
		"symlink v1/again", "symlink v1/circle",
	}
	slices.Sort(want)
	slices.Sort(errs)
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	for _, uri := range []string{"out.txt", "outdir/secret.txt", "../x", "/etc/passwd", "", ".", "real", "dots/passwd", "nowhere"} {
		if f, err := s.Open(context.Background(), Item{URI: uri}); err == nil {
			f.Close()
			t.Errorf("Open(%q) opened something", uri)
		} else if e := (*FileError)(nil); !errors.As(err, &e) {
			t.Errorf("Open(%q): %v is no *FileError", uri, err)
		}
	}
	if got := readItem(t, s, Item{URI: "v1/b.txt"}); got != "b" {
		t.Errorf("v1/b.txt holds %q", got)
	}
}

func readItem(t *testing.T, s Source, it Item) string {
	t.Helper()
	f, err := s.Open(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWhatCannotBeListedProvesNothing(t *testing.T) {
	t.Run("an empty root", func(t *testing.T) {
		root := t.TempDir()
		for _, err := range mustDir(t, root, nil).List(context.Background()) {
			if e := (*ListError)(nil); !errors.As(err, &e) || e.Prefix != "" || !errors.Is(err, ErrEmptyRoot) {
				t.Errorf("got %v, want a *ListError of the whole source", err)
			}
		}
		if items, errs := list(t, mustDir(t, root, &DirOptions{AllowEmpty: true})); len(items)+len(errs) != 0 {
			t.Errorf("allowed empty root: %v %v", items, errs)
		}
	})
	t.Run("a root that vanished", func(t *testing.T) {
		root := filepath.Join(t.TempDir(), "r")
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		s := mustDir(t, root, nil)
		if err := os.Remove(root); err != nil {
			t.Fatal(err)
		}
		_, errs := list(t, s)
		if diff := cmp.Diff([]string{`unknown ""`}, errs); diff != "" {
			t.Error(diff)
		}
		if _, err := Dir(root, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Dir of a missing folder: %v", err)
		}
	})
	t.Run("a folder without permission", func(t *testing.T) {
		s, err := FS(brokenFS{fstest.MapFS{
			"a/x.txt": {Data: []byte("x")}, "locked/y.txt": {Data: []byte("y")}, "z.txt": {Data: []byte("z")},
			"guarded/.gitignore": {Data: []byte("*")}, "guarded/k.txt": {Data: []byte("k")},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		items, errs := list(t, s)
		if diff := cmp.Diff([]string{"a/x.txt", "z.txt"}, items); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{`unknown "guarded/"`, `unknown "locked/"`}, errs); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a listing that is cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var last error
		for _, err := range mustDir(t, makeTree(t, map[string]string{"a": "a"}), nil).List(ctx) {
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("got %v", last)
		}
	})
}

// brokenFS refuses everything in "locked" and ignore files in "guarded".
type brokenFS struct{ fstest.MapFS }

func (f brokenFS) denied(name string) bool {
	return strings.HasPrefix(name, "locked") || name == "guarded/.gitignore"
}

func (f brokenFS) Open(name string) (fs.File, error) {
	if f.denied(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

func (f brokenFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if f.denied(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.ReadDir(name)
}

func TestListStopsWhenTheReaderDoes(t *testing.T) {
	root := makeTree(t, map[string]string{"a": "1", "b/c": "2", "d": "3", "e": "->.f", ".f": "4"})
	for n := 1; n <= 4; n++ {
		seen := 0
		for range mustDir(t, root, nil).List(context.Background()) {
			if seen++; seen == n {
				break
			}
		}
		if seen != n {
			t.Errorf("stopped at %d, want %d", seen, n)
		}
	}
}

func TestNamesThatAreNotUTF8AreReversible(t *testing.T) {
	names := []string{"caf\xe9 100%.txt", "\xb0\xa1", "a%FFb", "한글", "\xff\xfe%41"}
	for _, name := range names {
		uri, escaped := escapeName(name)
		if escaped && unescapeName(uri) != name {
			t.Errorf("%q -> %q -> %q", name, uri, unescapeName(uri))
		}
		if !escaped && uri != name {
			t.Errorf("%q was changed to %q", name, uri)
		}
	}

	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "\xb0\xa1%.txt"), []byte("k"), 0o644); err != nil {
		t.Skipf("this file system refuses such names: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "d%20\xff", "e%41"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "d%20\xff", "e%41", "f"), []byte("f"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := mustDir(t, root, nil)
	got := map[string]string{}
	for it, err := range s.List(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if !it.Escaped {
			t.Errorf("%q is not flagged", it.URI)
		}
		got[it.URI] = readItem(t, s, it)
	}
	if diff := cmp.Diff(map[string]string{"%B0%A1%25.txt": "k", "d%2520%FF/e%41/f": "f"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFSListsAsDirDoes(t *testing.T) {
	files := map[string]string{"a/b.txt": "b", "c.md": "c", ".x": "x", "l": "->a/b.txt", "m": "->.x", "out": "->../x"}
	root := makeTree(t, files)
	di, de := list(t, mustDir(t, root, nil))
	s, err := FS(os.DirFS(root), nil)
	if err != nil {
		t.Fatal(err)
	}
	fi, fe := list(t, s)
	if diff := cmp.Diff(append(di, de...), append(fi, fe...)); diff != "" {
		t.Errorf("(-dir +fs):\n%s", diff)
	}
	if f, err := s.Open(context.Background(), Item{URI: "out"}); err == nil {
		f.Close()
		t.Error("a link out of the root was opened")
	}
}

func TestTheSameFolderElsewhereGivesTheSameItems(t *testing.T) {
	files := map[string]string{"a/b.txt": "b", "c.md": "c"}
	ids := func() (out []string) {
		for it, err := range mustDir(t, makeTree(t, files), nil).List(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, it.Source+" "+it.URI)
		}
		return out
	}
	if diff := cmp.Diff(ids(), ids()); diff != "" {
		t.Error(diff)
	}
}
