package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/models/e5"
	"github.com/seed4837efcb/groundwork/models/minilm"
)

// defaultModel is the model of a new index where --model names none: it knows
// about 100 languages, and answers English questions as well as the other.
const defaultModel = "e5"

// builtin are the models inside this program.
var builtin = map[string]func() map[string]string{
	"e5":     e5.Files,
	"minilm": minilm.Files,
}

// openModel loads the model of an index: one inside the program by its name,
// any other by the path of its folder.
func (a *app) openModel(c *corpus, name string) (*local.Embedder, error) {
	e, err := a.openEmbedder(name, &local.Options{Workers: a.workers, Truncate: true})
	var usage *usageError
	if errors.As(err, &usage) && name == c.note.Model {
		return nil, indexf("the folder of the model that the index was made with, %s, is gone", name).
			remedy("put it back, or: kbqa index --model %s %s", defaultModel, c.operands())
	}
	return e, err
}

func (a *app) openEmbedder(name string, opts *local.Options) (*local.Embedder, error) {
	if files, ok := builtin[name]; ok {
		return local.New(files(), opts)
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return nil, usagef("unknown model %q: name one of %s, or the folder of a BERT-type sentence-transformers model", name, modelNames())
	}
	e, err := local.Open(name, opts)
	if err != nil {
		return nil, indexf("cannot load the model in %s: %v", name, err)
	}
	return e, nil
}

// checkModelFlags completes what --model and --workers say. A model's folder
// is remembered with the index, so its path must hold from anywhere.
func (a *app) checkModelFlags() error {
	if a.workers < 0 {
		return usagef("--workers %d: give a number of cores, or 0 for all", a.workers)
	}
	if _, ok := builtin[a.model]; ok || a.model == "" {
		return nil
	}
	var err error
	a.model, err = filepath.Abs(a.model)
	return err
}

func modelNames() string {
	var names []string
	for n := range builtin {
		names = append(names, n)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

// modelFor returns the name of the model that c's index was made with, or is
// to be made with. A model that was asked for and is another is an error with
// the remedy: the choice never changes by itself.
func (a *app) modelFor(c *corpus) (string, error) {
	switch {
	case !c.exists() && a.model == "":
		return defaultModel, nil
	case !c.exists():
		return a.model, nil
	case a.model != "" && a.model != c.note.Model:
		return "", &codeError{exitIndex, fmt.Errorf("%w %s", errOtherModel, c.note.Model),
			fmt.Sprintf("to change it: kbqa index --model %s %s", quoteArg(a.model), c.operands())}
	}
	return c.note.Model, nil
}

// quoteArg quotes a path for a command line that a person may copy.
func quoteArg(s string) string {
	if strings.ContainsAny(s, " \t'\"$&;()*?<>|") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
