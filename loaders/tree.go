package loaders

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A tree is what a folder's source reads: an os.Root, or a file system. Names
// are '/'-separated and relative, "." is the root.
type tree interface {
	ReadDir(dir string) ([]fs.DirEntry, error)
	Lstat(name string) (fs.FileInfo, error)
	ReadLink(name string) (string, error)
	Open(name string) (fs.File, error)
}

// rootTree reads below an os.Root, whose names need not be valid UTF-8.
type rootTree struct{ root *os.Root }

func (t rootTree) ReadDir(dir string) ([]fs.DirEntry, error) {
	f, err := t.root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

func (t rootTree) Lstat(name string) (fs.FileInfo, error) { return t.root.Lstat(name) }
func (t rootTree) Open(name string) (fs.File, error)      { return t.root.Open(name) }
func (t rootTree) ReadLink(name string) (string, error) {
	target, err := t.root.Readlink(name)
	return filepath.ToSlash(target), err
}

// fsTree reads a file system. One that does not know links has none.
type fsTree struct{ fsys fs.FS }

func (t fsTree) ReadDir(dir string) ([]fs.DirEntry, error) { return fs.ReadDir(t.fsys, dir) }
func (t fsTree) Lstat(name string) (fs.FileInfo, error)    { return fs.Lstat(t.fsys, name) }
func (t fsTree) ReadLink(name string) (string, error)      { return fs.ReadLink(t.fsys, name) }
func (t fsTree) Open(name string) (fs.File, error)         { return t.fsys.Open(name) }

const maxHops = 40 // links in one path, as in Linux

var (
	errEscapes = errors.New("leads out of the root")
	errLoop    = errors.New("links in a circle")
)

// resolve returns the path of name without links. Its cause is errEscapes or
// errLoop for a link that may not be followed.
func resolve(t tree, name string) (string, error) {
	rest := strings.Split(name, "/")
	done := "."
	for hops := 0; len(rest) > 0; {
		elem := rest[0]
		rest = rest[1:]
		switch elem {
		case "", ".":
			continue
		case "..":
			if done == "." {
				return "", errEscapes
			}
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, elem)
		info, err := t.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = next
			continue
		}
		target, err := t.ReadLink(next)
		if err != nil {
			return "", err
		}
		if hops++; hops > maxHops {
			return "", errLoop
		}
		if path.IsAbs(target) || filepath.IsAbs(target) || filepath.VolumeName(target) != "" {
			return "", errEscapes
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return done, nil
}
