package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestRemovalFollowsNoLink(t *testing.T) {
	p := newProgram(t, t.TempDir())
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	p.must("index", "--model", p.model, p.docs)
	precious := filepath.Join(t.TempDir(), "precious.txt")
	if err := os.WriteFile(precious, []byte("of somebody else"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(p.index, "store")
	if err := os.RemoveAll(store); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(precious), store); err != nil {
		t.Skipf("no links here: %v", err)
	}
	p.must("rm", "--yes", p.docs)
	files, err := os.ReadDir(filepath.Dir(precious))
	if err != nil || len(files) != 1 {
		t.Errorf("behind the link are %v: %v", files, err)
	}
	if _, err := os.Stat(p.index); err == nil {
		t.Error("the index is still there")
	}
}

// A name that JSON cannot hold is not mistaken for that of a folder that is
// gone, whose index rm --orphaned removes.
func TestFolderWhoseNameIsNoUTF8IsNotGone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems know only names in Unicode")
	}
	p := newProgram(t, t.TempDir())
	p.docs = filepath.Join(filepath.Dir(p.docs), "\xba\xb8\xb0\xed")
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	p.must("index", "--model", p.model, p.docs)
	c := &corpus{index: p.index}
	if e := c.entry(); e.Orphaned || *e.Corpus != p.docs {
		t.Errorf("corpus is %q, orphaned %v", *e.Corpus, e.Orphaned)
	}
	if out := p.must("search", p.docs, "honey"); !strings.Contains(out, "Honey keeps") {
		t.Errorf("search: %q", out)
	}
}

func TestHomeMustBeAbsolute(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("where data are kept is not told by HOME")
	}
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("HOME", "home")
	if dir, err := dataFolder(); err == nil {
		t.Errorf("data are kept in %q, wherever that is", dir)
	}
}
