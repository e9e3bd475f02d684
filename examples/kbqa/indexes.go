package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type indexesOutput struct {
	Schema  string       `json:"schema"`
	Folder  string       `json:"folder"`
	Indexes []indexEntry `json:"indexes"`
}

// An indexEntry is an index in the data folder.
type indexEntry struct {
	Path     string  `json:"path"`
	Corpus   *string `json:"corpus"`
	Model    *string `json:"model"`
	Bytes    int64   `json:"bytes"`
	LastUsed string  `json:"last_used"` // RFC 3339, UTC
	Orphaned bool    `json:"orphaned"`  // the folder of documents is gone
	Problem  *string `json:"problem"`
}

// listIndexes reads what is in the data folder. What is no index is left out.
func listIndexes() (folder string, entries []indexEntry, err error) {
	if folder, err = dataFolder(); err != nil {
		return "", nil, err
	}
	found, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, indexf("cannot list the indexes: %w", err)
	}
	entries = []indexEntry{}
	for _, f := range found {
		c := &corpus{index: filepath.Join(folder, f.Name())}
		if _, err := os.Stat(filepath.Join(c.index, noteFile)); err == nil {
			entries = append(entries, c.entry())
		}
	}
	slices.SortFunc(entries, func(x, y indexEntry) int {
		return cmp.Or(cmp.Compare(deref(x.Corpus), deref(y.Corpus)), cmp.Compare(x.Path, y.Path))
	})
	return folder, entries, nil
}

// entry describes the index of c, whose folder of documents need not be known.
func (c *corpus) entry() indexEntry {
	e := indexEntry{Path: c.index, Bytes: sizeOf(c.index)}
	if info, err := os.Stat(filepath.Join(c.index, noteFile)); err == nil {
		e.LastUsed = info.ModTime().UTC().Format(time.RFC3339)
	}
	if err := c.loadNote(); err != nil {
		e.Problem = known(err.Error())
		return e
	}
	e.Corpus, e.Model, e.Orphaned = known(c.note.Corpus), known(c.note.Model), isGone(c.note.Corpus)
	return e
}

// isGone reports whether a folder certainly does not exist.
func isGone(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, fs.ErrNotExist)
}

// sizeOf returns how many bytes the files below a folder have, as far as they
// can be listed.
func sizeOf(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // as far as it goes
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// touch notes that the index is in use. It may fail where nobody can write.
func (c *corpus) touch() {
	now := time.Now()
	_ = os.Chtimes(filepath.Join(c.index, noteFile), now, now)
}

// runIndexes tells every index: in paragraphs on a terminal, else with a line each
// of corpus, bytes, last use, state and path.
func (a *app) runIndexes() error {
	folder, entries, err := listIndexes()
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(indexesOutput{"kbqa.indexes/1", folder, entries})
	}
	if len(entries) == 0 {
		a.talk("kbqa: there is no index in %s; to make one: kbqa index DIR", folder)
		return nil
	}
	if isTerminal(a.stdout) {
		return a.showIndexes(entries)
	}
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s\t%d\t%s\t%s\t%s\n", deref(e.Corpus), e.Bytes, e.LastUsed, e.state(), e.Path)
	}
	_, err = fmt.Fprint(a.stdout, b.String())
	return err
}

// state is "ok", or what is the matter in a word.
func (e *indexEntry) state() string {
	switch {
	case e.Problem != nil:
		return "damaged"
	case e.Orphaned:
		return "orphaned"
	}
	return "ok"
}

// showIndexes prints a paragraph for each index.
func (a *app) showIndexes(entries []indexEntry) error {
	scr := a.screen()
	var b strings.Builder
	var bytes int64
	orphaned := 0
	for _, e := range entries {
		name := deref(e.Corpus)
		switch e.state() {
		case "orphaned":
			name += " (orphaned: it is gone)"
			orphaned++
		case "damaged":
			name = deref(e.Problem)
		}
		bytes += e.Bytes
		fmt.Fprintf(&b, "%s\n%s\n%s\n\n", scr.bold(scr.lay(name, "")), scr.lay(e.use(), "    "), scr.dim(scr.lay(e.Path, "    ")))
	}
	fmt.Fprintln(&b, scr.lay(fmt.Sprintf("%d indexes, %s.", len(entries), size(bytes)), ""))
	if orphaned > 0 {
		fmt.Fprintln(&b, scr.lay(fmt.Sprintf("The folders of %d are gone; to remove their indexes: kbqa rm --orphaned", orphaned), ""))
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// use tells the size, the last use and the model.
func (e *indexEntry) use() string {
	s := size(e.Bytes)
	if t, err := time.Parse(time.RFC3339, e.LastUsed); err == nil {
		s += ", last used " + t.Local().Format("2006-01-02 15:04")
	}
	if e.Model != nil {
		s += ", model " + *e.Model
	}
	return s
}

// size puts bytes in words.
func size(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%d kB", (n+999)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
