// Package storetest is the conformance suite that every vector store passes.
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) vectorstore.DB { return open(t) }, nil)
//	}
//
// Each case is a function that returns an error, so that the suite itself is
// tested against stores that are broken on purpose ([Check]). Cases compare
// with vectorstore/memory, with filter.Match and with formulas written out
// here. What is random prints its seed.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// Options change how a suite is run. The zero value is ready to use.
type Options struct {
	// Skip names cases to leave out, each with the reason, which is printed.
	// A name that is no case fails the run.
	Skip map[string]string

	// Space is what builds are made with. Zero: cosine in 25 dimensions with
	// the analyzer lexical.Standard.
	Space vectorstore.Space

	// Reopen closes db and returns a new DB on the same storage. Nil: the
	// store keeps nothing, and the cases on that are skipped.
	Reopen func(ctx context.Context, db vectorstore.DB) (vectorstore.DB, error)

	// Large is the number of records in the largest batch. 0: 10,000.
	Large int

	// Tolerance is by how much a score may differ from the true one. 0: 1e-5.
	Tolerance float64

	// Seed makes what is random repeatable. 0: from the clock.
	Seed uint64
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Space == (vectorstore.Space{}) {
		out.Space = vectorstore.Space{
			Model: "storetest/1", Dim: 25, Metric: vectorstore.Cosine,
			Analyzer: lexical.Standard().Fingerprint(), Format: 1,
		}
	}
	if out.Large == 0 {
		out.Large = 10_000
	}
	if out.Tolerance == 0 {
		out.Tolerance = 1e-5
	}
	if out.Seed == 0 {
		out.Seed = uint64(time.Now().UnixNano())
	}
	return out
}

// A testCase is one promise of the contract.
type testCase struct {
	name string
	run  func(ctx context.Context, e *env) error
}

// cases returns all cases in the order they are run.
func cases() []testCase {
	return slices.Concat(denseCases, textCases, filterCases, writeCases, stateCases, scanCases, dataCases, spaceCases, lifeCases, raceCases, historyCases)
}

// Cases returns the names of all cases.
func Cases() []string {
	var names []string
	for _, c := range cases() {
		names = append(names, c.name)
	}
	return names
}

// errSkip is returned by a case that does not apply to the store.
var errSkip = errors.New("does not apply")

// Run runs every case as a subtest on a store of its own: open returns a new,
// empty DB each time and leaves closing it to the suite.
func Run(t *testing.T, open func(t testing.TB) vectorstore.DB, o *Options) {
	t.Helper()
	opt := o.withDefaults()
	if err := checkSkips(opt.Skip); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			if reason, ok := opt.Skip[c.name]; ok {
				t.Skip(reason)
			}
			err := runCase(t.Context(), c, open(t), opt)
			if errors.Is(err, errSkip) {
				t.Skip(err)
			}
			if err != nil {
				t.Errorf("%v\n(seed %d; repeat with Options.Seed)", err, opt.Seed)
			}
		})
	}
}

func checkSkips(skip map[string]string) error {
	for name := range skip {
		if !slices.Contains(Cases(), name) {
			return fmt.Errorf("storetest: Options.Skip names %q, which is no case", name)
		}
	}
	return nil
}

// A CaseError is a case that a store failed.
type CaseError struct {
	Case string
	Err  error
}

// Error names the case and what went wrong.
func (e *CaseError) Error() string { return e.Case + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *CaseError) Unwrap() error { return e.Err }

// Check runs every case as Run does and returns those that failed. The error
// is that of open, or of a name in Options.Skip that is no case.
func Check(ctx context.Context, open func() (vectorstore.DB, error), o *Options) ([]*CaseError, error) {
	opt := o.withDefaults()
	if err := checkSkips(opt.Skip); err != nil {
		return nil, err
	}
	var failed []*CaseError
	for _, c := range cases() {
		if _, skip := opt.Skip[c.name]; skip {
			continue
		}
		db, err := open()
		if err != nil {
			return failed, fmt.Errorf("storetest: open: %w", err)
		}
		if err := runCase(ctx, c, db, opt); err != nil && !errors.Is(err, errSkip) {
			failed = append(failed, &CaseError{Case: c.name, Err: err})
		}
	}
	return failed, nil
}

// caseTimeout bounds one case.
const caseTimeout = 5 * time.Minute

// runCase runs c on db and closes it. A panic is an error, too.
func runCase(ctx context.Context, c testCase, db vectorstore.DB, opt Options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, caseTimeout)
	defer cancel()
	e := &env{db: db, space: opt.Space, opt: opt, names: new(int), rng: rand.New(rand.NewPCG(opt.Seed, 1))}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if cerr := e.db.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close: %w", cerr)
		}
	}()
	return c.run(ctx, e)
}

// short cuts long text for a message.
func short(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + "…"
}
