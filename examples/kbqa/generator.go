package main

import (
	"errors"
	"os"

	"github.com/spf13/pflag"

	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/extractive"
	"github.com/seed4837efcb/groundwork/generator/openai"
	"github.com/seed4837efcb/groundwork/pipeline"
)

// wording are the flags that say who words an answer. Nothing is picked up
// silently: a server is asked only where all of it is named.
type wording struct {
	generator   string
	baseURL     string
	model       string
	keyVariable string
	unsupported string
	minSupport  float64
	named       func() string       // the first of the flags that are given
	server      generator.Generator // nil unless one is named
}

func (o *wording) register(f *pflag.FlagSet) {
	f.StringVar(&o.generator, "generator", "", "`NAME`: extractive (default), or openai, a model server")
	f.StringVar(&o.baseURL, "base-url", "", "`URL` of the model server, as http://localhost:11434/v1")
	f.StringVar(&o.model, "llm-model", "", "`NAME` of the model that the server runs")
	f.StringVar(&o.keyVariable, "api-key-env", "", "environment `VARIABLE` with the server's key (default: send none)")
	f.StringVar(&o.unsupported, "unsupported", "mark", "`WHAT` to do with unsupported sentences: mark or remove")
	f.Float64Var(&o.minSupport, "min-support", extractive.DefaultMinSupport, "support that an answer needs, from 0 (never abstain) to 1")
	o.named = func() string {
		for _, name := range []string{"base-url", "llm-model", "api-key-env", "unsupported"} {
			if f.Changed(name) {
				return name
			}
		}
		return ""
	}
}

// parse checks the flags, before anything is indexed.
func (o *wording) parse() (err error) {
	switch {
	case o.generator != "" && o.generator != "extractive" && o.generator != "openai":
		return usagef("--generator %q: give extractive or openai", o.generator)
	case o.generator != "openai" && o.named() != "":
		return usagef("--%s is for --generator openai", o.named())
	case !(o.minSupport >= 0 && o.minSupport <= 1):
		return usagef("--min-support %v: give a number from 0 to 1", o.minSupport)
	case o.unsupported != "mark" && o.unsupported != "remove":
		return usagef("--unsupported %q: give mark or remove", o.unsupported)
	case o.generator == "openai" && (o.baseURL == "" || o.model == ""):
		return usagef("--generator openai needs --base-url and --llm-model, as in: kbqa ask --generator openai --base-url http://localhost:11434/v1 --llm-model NAME DIR QUESTION")
	case o.generator == "openai":
		o.server, err = o.newServer()
	}
	return err
}

// policy says what becomes of unsupported sentences.
func (o *wording) policy() pipeline.Policy {
	if o.unsupported == "remove" {
		return pipeline.RemoveUnsupported
	}
	return pipeline.MarkUnsupported
}

// newServer returns the generator that asks the model server.
func (o *wording) newServer() (generator.Generator, error) {
	var key openai.Secret
	if o.keyVariable != "" {
		value := os.Getenv(o.keyVariable)
		if value == "" {
			return nil, usagef("--api-key-env %s: the variable is not set", o.keyVariable)
		}
		key = openai.Secret(value)
	}
	g, err := openai.New(o.baseURL, o.model, &openai.Options{Key: key})
	if err != nil {
		return nil, &usageError{err}
	}
	return g, nil
}

// generator returns who words answers. A server is asked only where the
// passages may answer: on the same evidence as the extractive one abstains.
func (s *stack) generator(o *wording) (generator.Generator, error) {
	opts := &extractive.Options{Embedder: s.embedder, Analyzer: s.analyzer, MinSupport: o.minSupport}
	if o.minSupport == 0 {
		opts.MinSupport = -1
	}
	quoting, err := extractive.New(opts)
	if err != nil || o.server == nil {
		return quoting, err
	}
	return generator.Gate(quoting, o.server), nil
}

// isBackend reports whether err comes from a model server.
func isBackend(err error) bool {
	var e *openai.Error
	return errors.Is(err, generator.ErrUnreachable) || errors.As(err, &e)
}
