package pipeline_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A tree is a source in memory.
type tree struct {
	files   map[string]file
	broken  map[string]error // by URI: Open fails
	listErr error            // yielded after half of the files
	skips   []string
	opened  []string
	mu      sync.Mutex
}

type file struct {
	text string
	mod  time.Time
}

var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func newTree(files ...string) *tree {
	t := &tree{files: map[string]file{}, broken: map[string]error{}}
	for i := 0; i < len(files); i += 2 {
		t.set(files[i], files[i+1])
	}
	return t
}

func (t *tree) set(uri, text string) {
	mod := longAgo
	if old, ok := t.files[uri]; ok {
		mod = old.mod.Add(time.Hour)
	}
	t.files[uri] = file{text, mod}
}

func (t *tree) List(context.Context) iter.Seq2[loaders.Item, error] {
	return func(yield func(loaders.Item, error) bool) {
		uris := slices.Sorted(maps.Keys(t.files))
		for i, uri := range uris {
			if t.listErr != nil && i == len(uris)/2 {
				if !yield(loaders.Item{}, t.listErr) {
					return
				}
			}
			f := t.files[uri]
			if slices.Contains(t.skips, uri) {
				if !yield(loaders.Item{}, &loaders.SkipError{URI: uri, Reason: loaders.SkipIgnored}) {
					return
				}
				continue
			}
			if !yield(loaders.Item{Source: "tree", URI: uri, Size: int64(len(f.text)), ModTime: f.mod}, nil) {
				return
			}
		}
		if len(uris) == 0 {
			yield(loaders.Item{}, &loaders.ListError{Err: loaders.ErrEmptyRoot})
		}
	}
}

func (t *tree) Open(_ context.Context, it loaders.Item) (io.ReadCloser, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened = append(t.opened, it.URI)
	if err := t.broken[it.URI]; err != nil {
		return nil, err
	}
	f, ok := t.files[it.URI]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(strings.NewReader(f.text)), nil
}

// textLoader makes one document of an item. A text that begins with "!" is
// malformed, one with "?" panics, one with "-" holds nothing to read, and one
// with "*" needs a password.
type textLoader struct{ version string }

func (l textLoader) Fingerprint() string { return "text" + l.version }

func (l textLoader) Load(_ context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		data, err := io.ReadAll(r)
		switch {
		case err != nil:
			yield(nil, err)
		case strings.HasPrefix(string(data), "!"):
			yield(nil, &loaders.FileError{URI: it.URI, Stage: "parse", Err: loaders.ErrMalformed, Remedy: "mend it"})
		case strings.HasPrefix(string(data), "*"):
			yield(nil, &loaders.FileError{URI: it.URI, Stage: "open", Err: errors.New("encrypted"), Remedy: "save it without a password"})
		case strings.HasPrefix(string(data), "?"):
			panic("a parser's bug")
		case strings.HasPrefix(string(data), "-"):
			yield(nil, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipNoText})
		default:
			yield(document(it.Source, it.URI, string(data)), nil)
		}
	}
}

func document(source, uri, text string) *groundwork.Document {
	return &groundwork.Document{ID: groundwork.DocumentID(source, uri), URI: uri, MIME: "text/plain", Text: text,
		Verbatim: true, Revision: groundwork.Revision([]byte(text))}
}

// paragraphs cuts a document at empty lines.
type paragraphs struct{ version string }

func (p paragraphs) Fingerprint() string { return "paragraphs" + p.version }

func (p paragraphs) Chunk(_ context.Context, doc *groundwork.Document) ([]groundwork.Chunk, error) {
	var chunks []groundwork.Chunk
	at := 0
	for _, part := range strings.SplitAfter(doc.Text, "\n\n") {
		span := groundwork.Span{Start: at, End: at + len(part)}
		at = span.End
		if strings.TrimSpace(part) != "" {
			chunks = append(chunks, groundwork.NewChunk(doc, span, nil, nil))
		}
	}
	groundwork.AssignIDs(chunks)
	return chunks, nil
}

// words embeds a text as the hashes of its words, and counts what it embeds.
type words struct {
	mu    sync.Mutex
	texts []string
	fail  func(text string) error
}

const wordsDim = 32

func (w *words) Model() embed.Model {
	return embed.Model{ID: "words", Fingerprint: "words/1", Dim: wordsDim, Scripts: []string{"Latin"}}
}

func (w *words) Embed(ctx context.Context, role embed.Role, texts []string) (*embed.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	b := &embed.Batch{Dim: wordsDim}
	for i, text := range texts {
		if w.fail != nil {
			if err := w.fail(text); err != nil {
				return nil, &embed.TextError{Index: i, Err: err}
			}
		}
		b.Data = append(b.Data, wordVector(text)...)
		b.Tokens = append(b.Tokens, len(strings.Fields(text)))
	}
	if role == embed.Passage {
		w.texts = append(w.texts, texts...)
	}
	return b, nil
}

// count returns how many passages were embedded since the last call.
func (w *words) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.texts)
	w.texts = nil
	return n
}

func wordVector(text string) []float32 {
	v := make([]float32, wordsDim)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		h := sha256.Sum256([]byte(word))
		v[binary.LittleEndian.Uint32(h[:])%wordsDim]++
	}
	v[0] += 0.01 // no text has a zero vector
	var sum float64
	for _, x := range v {
		sum += float64(x * x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func space() vectorstore.Space {
	return vectorstore.Space{Model: "words/1", Dim: wordsDim, Metric: vectorstore.Cosine,
		Analyzer: lexical.Standard().Fingerprint(), Format: pipeline.Format}
}

func newStore(t testing.TB) vectorstore.Store {
	t.Helper()
	db := memory.Open(nil)
	t.Cleanup(func() { db.Close() })
	s, err := db.Open(t.Context(), "test", space())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A bench is an indexer with everything around it.
type bench struct {
	t     testing.TB
	tree  *tree
	words *words
	store vectorstore.Store
	x     *pipeline.Indexer
}

func newBench(t testing.TB, tr *tree, store vectorstore.Store) *bench {
	t.Helper()
	b := &bench{t: t, tree: tr, words: &words{}, store: store}
	b.reopen(&pipeline.IndexerOptions{})
	return b
}

// reopen makes a new indexer over the same store, as another process would.
func (b *bench) reopen(o *pipeline.IndexerOptions) {
	b.t.Helper()
	if o.Loader == nil {
		o.Loader = textLoader{}
	}
	x, err := pipeline.NewIndexer(b.store, b.words, paragraphs{}, o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.x = x
}

func (b *bench) index() *pipeline.Report {
	b.t.Helper()
	r, err := b.x.Index(b.t.Context(), b.tree, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// texts returns every stored chunk as "uri: text", sorted.
func (b *bench) texts() []string {
	b.t.Helper()
	var out []string
	for r, err := range b.store.Scan(b.t.Context(), vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			b.t.Fatal(err)
		}
		if r.Vector == nil {
			b.t.Errorf("chunk %s of %s has no vector", r.ID, r.URI)
		}
		out = append(out, r.URI+": "+strings.TrimSpace(r.Text))
	}
	slices.Sort(out)
	return out
}

func (b *bench) wantTexts(want ...string) {
	b.t.Helper()
	slices.Sort(want)
	if got := b.texts(); !slices.Equal(got, want) {
		b.t.Errorf("stored chunks:\n got %q\nwant %q", got, want)
	}
}

func (b *bench) wantEmbedded(want int) {
	b.t.Helper()
	if got := b.words.count(); got != want {
		b.t.Errorf("embedded %d texts, want %d", got, want)
	}
}

func (b *bench) wantClean() {
	b.t.Helper()
	audit, err := b.x.Verify(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range audit.Findings {
		b.t.Errorf("verify: %+v", f)
	}
	for e, err := range vectorstore.State(b.t.Context(), b.store, vectorstore.StateScan{Prefix: "vector/"}) {
		if err != nil {
			b.t.Fatal(err)
		}
		b.t.Errorf("left staged: %s", e.Key)
	}
}

// dump returns everything in the store that should not depend on history:
// chunks with their vectors, and documents.
func dump(t testing.TB, s vectorstore.Store) string {
	t.Helper()
	var b strings.Builder
	for r, err := range s.Scan(t.Context(), vectorstore.Scan{Load: vectorstore.LoadAll}) {
		if err != nil {
			t.Fatal(err)
		}
		r.Version = 0
		fmt.Fprintf(&b, "%+v\n", r)
	}
	for e, err := range vectorstore.State(t.Context(), s, vectorstore.StateScan{Prefix: "doc/"}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %q\n", e.Key, e.Value)
	}
	return b.String()
}

var errInjected = errors.New("injected failure")

// flaky fails the Apply calls that fail says, counted from 1: before or after
// they had their effect.
type flaky struct {
	vectorstore.Store
	calls    int
	failAt   int
	after    bool
	stepwise bool // not transactional: state rows may be ahead of or behind chunks
}

func (f *flaky) Apply(ctx context.Context, b vectorstore.Batch) error {
	f.calls++
	if f.calls == f.failAt {
		if f.after {
			f.Store.Apply(ctx, b)
		}
		return errInjected
	}
	return f.Store.Apply(ctx, b)
}

func (f *flaky) Info() vectorstore.Info {
	info := f.Store.Info()
	info.Transactional = !f.stepwise
	return info
}

func (f *flaky) ReadState(ctx context.Context, s vectorstore.StateScan) iter.Seq2[vectorstore.Entry, error] {
	return vectorstore.State(ctx, f.Store, s)
}

// otherModel is an embedder that the test stores were not made for.
type otherModel struct{ embed.Embedder }

func (otherModel) Model() embed.Model {
	return embed.Model{ID: "other", Fingerprint: "other/1", Dim: wordsDim}
}
