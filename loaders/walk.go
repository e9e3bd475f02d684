package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	maxDepth      = 1000    // folders within folders
	maxIgnoreFile = 1 << 20 // bytes of an ignore file
)

// A walker is one listing of a folder. Its methods return false once the
// listing has to end.
type walker struct {
	ctx   context.Context
	tree  tree
	o     *DirOptions
	yield func(Item, error) bool

	extra *rules            // of the options; they win
	dirs  map[string]listed // folders that were listed, by path without links
	links []link            // to follow when all else is listed
}

// A listed is a folder that was listed, and the rules in it.
type listed struct {
	uri   string
	rules *rules
}

// A place is an entry of the tree under the URI it is listed by. real is its
// path in the tree, without links except as the last element.
type place struct {
	uri, real string
	escaped   bool
}

// A link is an entry that leads elsewhere.
type link struct {
	place
	rules *rules
	depth int
}

func (w *walker) run() {
	w.extra = &rules{patterns: parseIgnore(strings.Join(w.o.Ignore, "\n"), "the options", w.o.Normalize)}
	top, err := w.topRules()
	if err != nil {
		w.yield(Item{}, &ListError{Err: err})
		return
	}
	entries, err := w.tree.ReadDir(".")
	if err == nil && len(entries) == 0 && !w.o.AllowEmpty {
		err = ErrEmptyRoot
	}
	if err != nil && len(entries) == 0 {
		w.yield(Item{}, &ListError{Err: err})
		return
	}
	if !w.dir(place{real: "."}, top, 0) {
		return
	}
	for i := 0; i < len(w.links); i++ { // a folder behind a link may add more
		if !w.link(w.links[i]) {
			return
		}
	}
}

// topRules returns the rules that hold before any folder's own.
func (w *walker) topRules() (*rules, error) {
	if !w.o.GitExclude {
		return nil, nil
	}
	patterns, err := w.ignoreFile(".git/info/exclude", ".git/info/exclude")
	return &rules{patterns: patterns}, err
}

// dir lists the folder at p. rules are those of the folders above.
func (w *walker) dir(p place, above *rules, depth int) bool {
	prefix := p.uri
	if prefix != "" {
		prefix += "/"
	}
	if depth > maxDepth {
		return w.unknown(prefix, fmt.Errorf("%w: more than %d folders deep", ErrLimit, maxDepth))
	}
	own, err := w.folderRules(p, prefix, above)
	if err != nil {
		return w.unknown(prefix, err)
	}
	w.dirs[p.real] = listed{prefix, own}
	entries, err := w.tree.ReadDir(p.real)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for i, e := range entries {
		if w.ctx.Err() != nil {
			w.yield(Item{}, w.ctx.Err())
			return false
		}
		name, escaped := escapeName(e.Name())
		child := place{prefix + name, path.Join(p.real, e.Name()), escaped || p.escaped}
		if escaped && taken(entries, i, name) {
			if !w.skip(child.uri, SkipSpecial, "another file has the name that its escaped one would be") {
				return false
			}
			continue
		}
		if !w.entry(child, e.Type(), own, depth) {
			return false
		}
	}
	if err != nil { // what was read of the folder is listed, the rest unknown
		return w.unknown(prefix, err)
	}
	return true
}

// taken reports whether an entry other than the i-th has the name.
func taken(entries []fs.DirEntry, i int, name string) bool {
	j, ok := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, n string) int { return strings.Compare(e.Name(), n) })
	return ok && j != i
}

// entry lists one entry of a folder.
func (w *walker) entry(p place, kind fs.FileMode, r *rules, depth int) bool {
	if kind&fs.ModeSymlink != 0 {
		w.links = append(w.links, link{p, r, depth})
		return true
	}
	if reason, detail := w.excluded(p.uri, kind.IsDir(), r); reason != "" {
		if kind.IsDir() {
			p.uri += "/"
		}
		return w.skip(p.uri, reason, detail)
	}
	if kind.IsDir() {
		return w.dir(p, r, depth+1)
	}
	info, err := w.tree.Lstat(p.real)
	switch {
	case errors.Is(err, fs.ErrNotExist): // removed since the folder was read
		return true
	case err != nil:
		return w.unknown(p.uri, err)
	}
	return w.file(p, info)
}

// file yields the item of a file, or why it is none.
func (w *walker) file(p place, info fs.FileInfo) bool {
	switch size := info.Size(); {
	case !info.Mode().IsRegular():
		return w.skip(p.uri, SkipSpecial, info.Mode().Type().String())
	case size == 0:
		return w.skip(p.uri, SkipEmpty, "0 bytes")
	case size > w.o.MaxSize:
		return w.skip(p.uri, SkipTooLarge, fmt.Sprintf("%d bytes, the limit is %d", size, w.o.MaxSize))
	}
	it := Item{Source: w.o.Source, URI: p.uri, Size: info.Size(), ModTime: info.ModTime(), Escaped: p.escaped}
	return w.yield(it, nil)
}

// link lists what a link leads to, if that is inside the root and not listed
// by its own name.
func (w *walker) link(l link) bool {
	target, err := resolve(w.tree, l.real)
	var info fs.FileInfo
	if err == nil {
		info, err = w.tree.Lstat(target)
	}
	isDir := err == nil && info.IsDir()
	if reason, detail := w.excluded(l.uri, isDir, l.rules); reason != "" {
		return w.skip(l.uri, reason, detail)
	}
	switch {
	case errors.Is(err, errEscapes), errors.Is(err, errLoop):
		return w.skip(l.uri, SkipSymlink, err.Error())
	case errors.Is(err, fs.ErrNotExist):
		return w.skip(l.uri, SkipSymlink, "leads to nothing")
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrInvalid):
		return w.skip(l.uri, SkipSymlink, "this file system does not resolve links")
	case err != nil:
		return w.unknown(l.uri, err)
	}
	if uri, ok := w.listedAs(target, isDir); ok {
		return w.skip(l.uri, SkipSymlink, "the same as "+uri)
	}
	l.real = target
	if isDir {
		return w.dir(l.place, l.rules, l.depth+1)
	}
	return w.file(l.place, info)
}

// listedAs returns the URI that the listing has for a path without links.
func (w *walker) listedAs(real string, isDir bool) (string, bool) {
	if isDir {
		d, ok := w.dirs[real]
		return d.uri, ok
	}
	d, ok := w.dirs[path.Dir(real)]
	if !ok {
		return "", false
	}
	name, _ := escapeName(path.Base(real))
	reason, _ := w.excluded(d.uri+name, false, d.rules)
	return d.uri + name, reason == ""
}

// excluded returns why the entry at uri is left out by its name, or "".
func (w *walker) excluded(uri string, isDir bool, r *rules) (SkipReason, string) {
	name := uri[strings.LastIndexByte(uri, '/')+1:]
	switch {
	case name == ".git":
		return SkipHidden, "belongs to git"
	case strings.HasPrefix(name, ".") && !w.o.Hidden:
		return SkipHidden, "name begins with a dot"
	}
	if w.o.Normalize != nil {
		uri = w.o.Normalize(uri)
	}
	origin, ignored := w.extra.ignored(uri, isDir)
	if origin == "" {
		origin, ignored = r.ignored(uri, isDir)
	}
	if ignored {
		return SkipIgnored, origin
	}
	return "", ""
}

// folderRules returns the rules in the folder at p.
func (w *walker) folderRules(p place, prefix string, above *rules) (*rules, error) {
	base := prefix
	if w.o.Normalize != nil {
		base = w.o.Normalize(prefix)
	}
	own := &rules{parent: above, base: base}
	for _, name := range w.o.IgnoreFiles {
		patterns, err := w.ignoreFile(path.Join(p.real, name), prefix+name)
		if err != nil {
			return nil, err
		}
		own.patterns = append(own.patterns, patterns...)
	}
	if len(own.patterns) == 0 {
		return above, nil
	}
	return own, nil
}

// ignoreFile returns the patterns of an ignore file; none if there is no such
// file. One that cannot be read is an error, because what it guards is not to
// be read either.
func (w *walker) ignoreFile(real, name string) ([]ignorePattern, error) {
	info, err := w.tree.Lstat(real)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, nil // git does not follow these either
	}
	if err := checkRegular(info, err); err != nil {
		return nil, fmt.Errorf("ignore file %s: %w", name, err)
	}
	f, err := w.tree.Open(real)
	if err != nil {
		return nil, fmt.Errorf("ignore file %s: %w", name, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxIgnoreFile+1))
	if err == nil && len(text) > maxIgnoreFile {
		err = fmt.Errorf("%w: larger than %d bytes", ErrLimit, maxIgnoreFile)
	}
	if err != nil {
		return nil, fmt.Errorf("ignore file %s: %w", name, err)
	}
	return parseIgnore(string(text), name, w.o.Normalize), nil
}

func (w *walker) skip(uri string, reason SkipReason, detail string) bool {
	return w.yield(Item{}, &SkipError{URI: uri, Reason: reason, Detail: detail})
}

func (w *walker) unknown(prefix string, err error) bool {
	return w.yield(Item{}, &ListError{Prefix: prefix, Err: err})
}
