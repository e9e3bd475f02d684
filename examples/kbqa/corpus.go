package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// A corpus is a folder of documents and the place of its index.
type corpus struct {
	root  string // absolute, links resolved where it exists
	index string // folder of the index
	note  note
	named bool // --index said where
}

// A note is kept beside the index: what a program needs to know before it can
// open it.
type note struct {
	Schema string `json:"schema"`
	Corpus string `json:"corpus"` // the folder that was indexed
	Model  string `json:"model"`  // name of the embedding model, as --model takes it

	// Exact is the folder byte by byte where its name is not valid UTF-8, which
	// JSON cannot hold.
	Exact []byte `json:"corpus_bytes,omitempty"`

	// Encoding is the one that --encoding named; "" tells it from the texts.
	Encoding string `json:"encoding,omitempty"`

	// Next is the model of a build that is about to take the live one's place:
	// after a crash one of the two opens.
	Next string `json:"next,omitempty"`
}

const noteFile, noteSchema = "kbqa.json", "kbqa.index/1"

// openCorpus finds the index of the folder dir. The folder need not exist:
// what is indexed can be read without it.
func (a *app) openCorpus(dir string) (*corpus, error) {
	root, err := realPath(dir)
	if err != nil {
		return nil, err
	}
	c := &corpus{root: root, index: a.index, named: a.index != ""}
	if c.index == "" {
		data, err := dataFolder()
		if err != nil {
			return nil, err
		}
		c.index = filepath.Join(data, indexName(root))
	}
	if c.index, err = realPath(c.index); err != nil {
		return nil, err
	}
	if c.index == c.root {
		return nil, usagef("--index %s: the folder of documents cannot be the index too; name one beside it", a.index)
	}
	return c, c.readNote()
}

// readNote reads the note beside the index of the folder.
func (c *corpus) readNote() error {
	if err := c.loadNote(); err != nil || !c.exists() || c.note.Corpus == c.root {
		return err
	}
	if _, err := os.Stat(c.note.Corpus); err == nil {
		return indexf("%s is the index of %s; name another folder with --index", c.index, c.note.Corpus)
	}
	return nil // the documents were moved, and --index names their index
}

// loadNote reads the note beside the index. Without one there is no index.
func (c *corpus) loadNote() error {
	c.note = note{}
	raw, err := os.ReadFile(filepath.Join(c.index, noteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return indexf("cannot read the index: %w", err).remedy("choose another with --index")
	}
	if err := json.Unmarshal(raw, &c.note); err != nil || c.note.Schema != noteSchema {
		c.note = note{}
		return indexf("%s is not of a kbqa index that this version knows; remove the folder to index again", filepath.Join(c.index, noteFile))
	}
	if c.note.Exact != nil {
		c.note.Corpus = string(c.note.Exact)
	}
	return nil
}

// realPath returns the absolute path of a file that need not exist, with the
// links in what does exist resolved.
func realPath(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, strings.TrimPrefix(abs, dir)), nil
		}
		if dir == filepath.Dir(dir) {
			return abs, nil
		}
	}
}

// indexInside returns the path of the index below the folder of documents, if
// it is there.
func (c *corpus) indexInside() (string, bool) {
	rel, err := filepath.Rel(c.root, c.index)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// ignorePattern returns the gitignore pattern for the folder name alone.
func ignorePattern(name string) string {
	var b strings.Builder
	b.WriteByte('/')
	for _, r := range name {
		if strings.ContainsRune("\\*?[]!# ", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte('/')
	return b.String()
}

// notIndexed is the error of a folder that has no index.
func (c *corpus) notIndexed() error {
	return indexf("%s %w", c.root, errNotIndexed).remedy("to index it: kbqa index %s", c.operands())
}

// operands are what a command line that a person may copy ends with, to mean
// this index.
func (c *corpus) operands() string {
	if c.named {
		return "--index " + quoteArg(c.index) + " " + quoteArg(c.root)
	}
	return quoteArg(c.root)
}

// exists reports whether the folder was indexed before.
func (c *corpus) exists() bool { return c.note.Schema != "" }

// checkFolder reports why the folder cannot be walked.
func (c *corpus) checkFolder() error {
	info, err := os.Stat(c.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return indexf("%s does not exist", c.root)
	case err != nil:
		return indexf("cannot read the folder: %v", err)
	case !info.IsDir():
		return indexf("%s is not a folder; give the folder it is in", c.root)
	}
	return nil
}

func (c *corpus) makeFolder() error {
	if err := os.MkdirAll(c.index, 0o700); err != nil {
		return indexf("cannot make the folder of the index: %w", err).remedy("choose another with --index")
	}
	return nil
}

// write writes the note with the models of n. The encoding stays.
func (c *corpus) write(n note) error {
	c.note = note{Schema: noteSchema, Corpus: c.root, Model: n.Model, Next: n.Next, Encoding: c.note.Encoding}
	if !utf8.ValidString(c.root) {
		c.note.Exact = []byte(c.root)
	}
	raw, err := json.MarshalIndent(c.note, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(c.index, noteFile), append(raw, '\n')); err != nil {
		return indexf("cannot write to the folder of the index: %w", err).remedy("choose another with --index")
	}
	return nil
}

// replaceFile writes a file that is there whole, or as it was.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (c *corpus) database() string { return filepath.Join(c.index, "store") }

// indexName names the index of a folder: readable, and different for every
// path.
func indexName(root string) string {
	sum := sha256.Sum256([]byte(root))
	base := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, filepath.Base(root))
	return fmt.Sprintf("%.40s-%s", strings.Trim(base, "."), hex.EncodeToString(sum[:6]))
}

// dataFolder returns where programs keep a user's data. It is no cache: what
// cleans caches must not cost an hour of indexing.
func dataFolder() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "kbqa"), nil
	}
	if dir := os.Getenv("LocalAppData"); runtime.GOOS == "windows" && dir != "" {
		return filepath.Join(dir, "kbqa"), nil
	}
	home, err := os.UserHomeDir()
	if err == nil && !filepath.IsAbs(home) {
		err = fmt.Errorf("%q is not absolute", home)
	}
	if err != nil {
		return "", indexf("there is no home folder to keep the index in (%v); say where with --index", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "kbqa"), nil
	}
	return filepath.Join(home, ".local", "share", "kbqa"), nil
}
