package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// fast makes the suite quick without leaving a case out.
func fast() *Options { return &Options{Reopen: reopenWrap, Large: 2000} }

func TestRunPassesAStoreThatKeepsThings(t *testing.T) {
	Run(t, func(testing.TB) vectorstore.DB { return newWrapDB(&fault{}) }, fast())
}

func TestEveryFaultIsCaught(t *testing.T) {
	for i := range faults {
		f := &faults[i]
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			n := slices.IndexFunc(cases(), func(c testCase) bool { return c.name == f.caughtBy })
			if n < 0 {
				t.Fatalf("no case %q", f.caughtBy)
			}
			err := runCase(t.Context(), cases()[n], newWrapDB(f), fast().withDefaults())
			if err == nil || errors.Is(err, errSkip) {
				t.Fatalf("case %s does not catch it: %v", f.caughtBy, err)
			}
			if strings.Contains(err.Error(), "panic") {
				t.Errorf("the case does not say what is wrong: %v", err)
			}
			t.Log(err)
		})
	}
}

func TestEveryCaseCatchesSomethingOrSaysWhyNot(t *testing.T) {
	without := map[string]string{
		"empty-store":                      "a smoke test",
		"many-queries-at-once":             "readers-see-whole-batches has the fault",
		"text-korean":                      "the analyzer's work",
		"text-filter-k-and-min-score":      "the dense cases have the faults",
		"text-finds-nothing":               "a smoke test",
		"text-hostile-queries":             "a smoke test",
		"text-without-the-feature":         "see TestMissingFeatures",
		"filter-reserved-fields":           "filter-every-operator-and-kind has the faults",
		"filter-hostile-names-and-values":  "filter-every-operator-and-kind has the faults",
		"upserts-and-deletes-in-one-batch": "large-batch and delete-is-final-everywhere have the faults",
		"repeats-and-reorders-converge":    "stale-writes-do-nothing has the faults",
		"state-stops-when-told":            "a smoke test",
		"state-without-the-feature":        "see TestMissingFeatures",
		"scan-refuses-invalid-filters":     "invalid-queries has the fault",
		"space-must-be-valid":              "space-must-be-the-same has the faults",
		"open-twice-is-one-build":          "a smoke test",
		"promote-needs-a-build":            "build-is-invisible-until-promoted has the fault",
		"reopen-keeps-builds":              "reopen-keeps-everything has the faults",
		"concurrent-namespaces":            "for the race detector",
		"promote-under-readers":            "for the race detector",
		"close-under-readers":              "for the race detector",
	}
	caught := map[string]bool{}
	for _, f := range faults {
		caught[f.caughtBy] = true
	}
	for _, name := range Cases() {
		if _, listed := without[name]; listed == caught[name] {
			t.Errorf("case %s: caught a fault is %v, listed as without one is %v", name, caught[name], listed)
		}
	}
}

// TestMissingFeatures runs the cases on what a store cannot do on one that
// cannot and says so, and on one that takes what it cannot do.
func TestMissingFeatures(t *testing.T) {
	plain := fault{
		info: func(_ *wrapStore, i *vectorstore.Info) { i.Features = []vectorstore.Feature{vectorstore.FeatureDense} },
	}
	honest := plain
	honest.apply = func(s *wrapStore, ctx context.Context, b vectorstore.Batch) error {
		if len(b.State) > 0 || b.Fence != 0 {
			return vectorstore.ErrUnsupported
		}
		if err := b.Validate(s.inner.Info().Space); err != nil {
			return err
		}
		return s.inner.Apply(ctx, b)
	}
	honest.search = func(s *wrapStore, ctx context.Context, qs []vectorstore.Query) ([]vectorstore.Result, error) {
		for i := range qs {
			if err := qs[i].Validate(s.inner.Info().Space); err != nil {
				return nil, err
			}
			if qs[i].Text != "" {
				return nil, vectorstore.ErrUnsupported
			}
		}
		return s.inner.Search(ctx, qs...)
	}
	for _, name := range []string{"text-without-the-feature", "state-without-the-feature"} {
		n := slices.IndexFunc(cases(), func(c testCase) bool { return c.name == name })
		if err := runCase(t.Context(), cases()[n], newWrapDB(&plain), fast().withDefaults()); err == nil || errors.Is(err, errSkip) {
			t.Errorf("%s: not caught: %v", name, err)
		}
	}
	failed, err := Check(t.Context(), func() (vectorstore.DB, error) { return &statelessDB{newWrapDB(&honest)}, nil }, &Options{Large: 2000})
	if err != nil || len(failed) > 0 {
		t.Errorf("a store that says what it cannot do fails: %v %v", failed, err)
	}
}

// A statelessDB has stores without ReadState.
type statelessDB struct{ *wrapDB }

func (d *statelessDB) Open(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	store, err := d.wrapDB.Open(ctx, ns, s)
	if err != nil {
		return nil, err
	}
	return struct{ vectorstore.Store }{store}, nil
}

func (d *statelessDB) Build(ctx context.Context, ns string, s vectorstore.Space) (vectorstore.Store, error) {
	store, err := d.wrapDB.Build(ctx, ns, s)
	if err != nil {
		return nil, err
	}
	return struct{ vectorstore.Store }{store}, nil
}

func TestCheckNamesTheCasesThatFail(t *testing.T) {
	skip := map[string]string{}
	for _, name := range Cases() {
		if name != "scan-since" && name != "scan-ids" && name != "fence" {
			skip[name] = "not wanted here"
		}
	}
	n := slices.IndexFunc(faults, func(f fault) bool { return f.name == "since ignored" })
	failed, err := Check(t.Context(), func() (vectorstore.DB, error) { return newWrapDB(&faults[n]), nil }, &Options{Skip: skip})
	if err != nil || len(failed) != 1 || failed[0].Case != "scan-since" {
		t.Fatalf("failed: %v, error %v; want scan-since alone", failed, err)
	}
	if msg := failed[0].Error(); !strings.HasPrefix(msg, "scan-since: since 30: ") {
		t.Errorf("message is %q", msg)
	}
	if _, err := Check(t.Context(), nil, &Options{Skip: map[string]string{"scan-sinse": "a slip"}}); err == nil {
		t.Error("a name that is no case was accepted")
	}
	broken := errors.New("no server")
	if _, err := Check(t.Context(), func() (vectorstore.DB, error) { return nil, broken }, nil); !errors.Is(err, broken) {
		t.Errorf("error is %v, want that of open", err)
	}
}

func TestPanicsAreErrors(t *testing.T) {
	c := testCase{"panics", func(context.Context, *env) error { panic("boom") }}
	err := runCase(t.Context(), c, memory.Open(nil), fast().withDefaults())
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("error is %v, want the panic", err)
	}
}
