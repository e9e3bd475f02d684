package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// DefaultMaxSize is the size in bytes above which files are left out where
// [DirOptions] names none.
const DefaultMaxSize = 100 << 20

// DefaultSource is the source name of a folder where [DirOptions] names none.
// It is one constant for all folders, so that a folder gives the same document
// ids wherever it lies.
const DefaultSource = "files"

// ErrEmptyRoot is the cause of the *ListError for a folder without any entry.
// A mount that is missing looks just like it.
var ErrEmptyRoot = errors.New("the folder is empty")

// DirOptions tell [Dir] and [FS] what to list. The zero value is useful, and
// nil stands for it.
type DirOptions struct {
	// Source is the name of the source, which goes into the document ids. ""
	// means DefaultSource.
	Source string

	// MaxSize is the largest file that is listed, in bytes. 0 means
	// DefaultMaxSize.
	MaxSize int64

	// Hidden lists also what has a name beginning with a dot, except .git.
	Hidden bool

	// IgnoreFiles are the names of the files with ignore patterns that are
	// looked for in every folder; within a folder later ones win. nil means
	// .gitignore and .groundworkignore, an empty list none.
	IgnoreFiles []string

	// Ignore are further patterns in the same syntax, relative to the root.
	// They win over those in files.
	Ignore []string

	// GitExclude also heeds .git/info/exclude of the root, below all others.
	GitExclude bool

	// AllowEmpty lists a root without any entry as empty, which proves that
	// everything in it was removed. Otherwise that is ErrEmptyRoot.
	AllowEmpty bool

	// Normalize is applied to names and patterns before they are compared, so
	// that a decomposed name matches a composed pattern: norm.NFC.String of
	// golang.org/x/text does. nil compares bytes. URIs stay exact.
	Normalize func(string) string
}

func (o *DirOptions) withDefaults() (DirOptions, error) {
	var c DirOptions
	if o != nil {
		c = *o
	}
	if c.MaxSize < 0 {
		return c, fmt.Errorf("loaders: dir options: MaxSize is %d; 0 means %d bytes", c.MaxSize, DefaultMaxSize)
	}
	if c.MaxSize == 0 {
		c.MaxSize = DefaultMaxSize
	}
	if c.Source == "" {
		c.Source = DefaultSource
	}
	if c.IgnoreFiles == nil {
		c.IgnoreFiles = []string{".gitignore", ".groundworkignore"}
	}
	for _, name := range c.IgnoreFiles {
		if !validURI(name) || filepath.Base(name) != name {
			return c, fmt.Errorf("loaders: dir options: ignore file %q is not a plain file name", name)
		}
	}
	c.IgnoreFiles, c.Ignore = slices.Clone(c.IgnoreFiles), slices.Clone(c.Ignore)
	return c, nil
}

// Dir returns the source of the files in a folder and below. Nothing outside
// of root is ever read, whatever links the folder holds. root must exist and
// be a folder; it is opened anew for every listing, so one that vanishes later
// is a *ListError of the whole source.
//
// URIs are paths relative to root, '/'-separated, in the exact spelling of the
// file system; where a name is not valid UTF-8 its invalid bytes are
// percent-encoded and Item.Escaped is set. The order of a listing is the same
// each time: a folder's entries by their bytes, links last.
//
// What is left out is a *SkipError, a whole folder once, with a '/' after its
// URI: what ignore files name (gitignore(5) with all its rules; files above
// root and the list of tracked files are not looked at), hidden files, files
// over the size limit, empty ones, and what is no regular file. A link to a
// file or folder inside of root is followed, unless what it leads to is listed
// under its own name; others are skipped. A folder that cannot be read is a
// *ListError whose Prefix is its URI with a '/'.
func Dir(root string, o *DirOptions) (Source, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("loaders: dir: %w", err)
	}
	open := func() (tree, func() error, error) {
		r, err := os.OpenRoot(abs)
		if err != nil {
			return nil, nil, err
		}
		return rootTree{r}, r.Close, nil
	}
	s := &folder{o: c, open: open}
	_, done, err := open()
	if err != nil {
		return nil, fmt.Errorf("loaders: dir: %w; name an existing folder", err)
	}
	return s, done()
}

// FS is [Dir] for a file system: an archive, embedded files, a test. Links are
// followed only where fsys implements fs.ReadLinkFS.
func FS(fsys fs.FS, o *DirOptions) (Source, error) {
	c, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	open := func() (tree, func() error, error) {
		return fsTree{fsys}, func() error { return nil }, nil
	}
	return &folder{o: c, open: open}, nil
}

// A folder is the source behind Dir and FS.
type folder struct {
	o    DirOptions
	open func() (t tree, done func() error, err error)
}

// List implements [Source].
func (s *folder) List(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		t, done, err := s.open()
		if err != nil {
			yield(Item{}, &ListError{Err: err})
			return
		}
		defer done()
		w := &walker{ctx: ctx, tree: t, o: &s.o, yield: yield, dirs: map[string]listed{}}
		w.run()
	}
}

// Open implements [Source]. It opens regular files inside the root and nothing
// else.
func (s *folder) Open(ctx context.Context, it Item) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := s.openFile(it)
	if err != nil {
		e := &FileError{URI: it.URI, Stage: "open", Err: err}
		if errors.Is(err, fs.ErrPermission) {
			e.Remedy = "give this user the right to read it, or name it in .groundworkignore"
		}
		return nil, e
	}
	return f, nil
}

func (s *folder) openFile(it Item) (fs.File, error) {
	if !validURI(it.URI) {
		return nil, fmt.Errorf("%w: not a path of this source", fs.ErrInvalid)
	}
	t, done, err := s.open()
	if err != nil {
		return nil, err
	}
	defer done()
	name := it.URI
	if it.Escaped {
		name = unescapePath(name, func(p string) bool { _, err := t.Lstat(p); return err == nil })
	}
	if name, err = resolve(t, name); err != nil {
		return nil, err
	}
	// A pipe must not be opened at all: that would block.
	if err := checkRegular(t.Lstat(name)); err != nil {
		return nil, err
	}
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	if err := checkRegular(f.Stat()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func checkRegular(info fs.FileInfo, err error) error {
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: not a regular file but %s", fs.ErrInvalid, info.Mode().Type())
	}
	return err
}
