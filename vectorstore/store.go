// Package vectorstore defines where chunks are kept and searched.
//
// A [DB] opens namespaces; a [Store] is a view on one build of one namespace,
// so that no call can name another tenant. vectorstore/memory is the
// executable specification, vectorstore/hnsw the durable default, and
// vectorstore/storetest the suite that every store passes.
//
// # Builds
//
// What a build was made with is its [Space]: model, dimension, metric,
// analyzer. Two models of one dimension are still two spaces, so opening with
// another Space is a [*SpaceError]. A new Space is built beside the live one
// ([DB.Build]) and takes its place in one step ([DB.Promote]).
//
// # Versions
//
// Every write carries a version. An upsert or delete whose version is not
// above the stored one, tombstones included, does nothing: writes may be
// repeated and reordered. A delete leaves a versioned tombstone.
package vectorstore

import (
	"context"
	"iter"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/filter"
)

// A Metric compares vectors. Scores of a dense search are higher for closer
// vectors in every metric.
type Metric uint8

// The metrics.
const (
	Cosine Metric = iota + 1 // score is the cosine, in [-1, 1]; stores normalize
	Dot                      // score is the inner product
	L2                       // score is the negated Euclidean distance
)

// A Space says what a build was made with. The zero Space stands for
// "whatever is there" when opening.
type Space struct {
	Model    string // embed.Model.Fingerprint
	Dim      int
	Metric   Metric
	Analyzer string // lexical.Analyzer.Fingerprint
	Format   int    // of the caller's State rows and records; the caller's own number
}

// A DB opens the namespaces of one place of storage. Each adapter's Open
// returns one. Implementations are safe for concurrent use.
type DB interface {
	// Open returns the live build of namespace ns. If there is none it is
	// created empty with s; with the zero Space, or in a DB opened for reading,
	// that is ErrNotFound instead. A live build made with another Space is a
	// *SpaceError; the zero Space accepts any.
	Open(ctx context.Context, ns string, s Space) (Store, error)

	// Build returns a build of ns with Space s beside the live one, creating
	// it if needed. It is invisible to Open until Promote. s must be complete.
	Build(ctx context.Context, ns string, s Space) (Store, error)

	// Promote makes the build of ns with Space s the live one and drops the
	// one that was, atomically. Stores of the dropped build return ErrClosed.
	// Without such a build it is ErrNotFound.
	Promote(ctx context.Context, ns string, s Space) error

	// Close waits for calls in progress, makes everything durable and releases
	// it. It is idempotent. Afterwards every call on the DB and its stores
	// returns ErrClosed.
	Close() error
}

// A Store is a view on one build of one namespace. Implementations are safe
// for concurrent use; they neither keep nor modify arguments, and results
// share no memory with the store.
type Store interface {
	// Apply writes a batch. On nil everything in it is durable and visible.
	// Where Info().Transactional, it is one commit: on error nothing of it was
	// written. Otherwise upserts precede deletes, and the batch may be applied
	// again after an error. An invalid record (ErrDimension, ErrVector,
	// groundwork.ErrInvalid) is refused before anything is written.
	Apply(ctx context.Context, b Batch) error

	// Search answers every query from the same committed state, in one round
	// trip, one Result per Query in order.
	Search(ctx context.Context, qs ...Query) ([]Result, error)

	// Scan yields live records in ascending order of id, all from one
	// committed state. A record whose stored data are damaged comes with its
	// ID and an error that is ErrDamaged, and the scan goes on; every other
	// error ends it.
	Scan(ctx context.Context, s Scan) iter.Seq2[Record, error]

	// Info describes the build. It is cheap.
	Info() Info
}

// A StateReader is a Store that keeps State rows. Use [State] to read them
// from any store.
type StateReader interface {
	// ReadState yields entries in ascending order of key, all from one
	// committed state. An entry whose stored data are damaged comes with its
	// Key and an error that is ErrDamaged, and the reading goes on; every
	// other error ends it.
	ReadState(ctx context.Context, s StateScan) iter.Seq2[Entry, error]
}

// State yields the State rows of store that s selects, or ErrUnsupported if
// the store keeps none.
func State(ctx context.Context, store Store, s StateScan) iter.Seq2[Entry, error] {
	if r, ok := store.(StateReader); ok {
		return r.ReadState(ctx, s)
	}
	return func(yield func(Entry, error) bool) {
		yield(Entry{}, unsupported("state rows"))
	}
}

// A Batch is what Apply writes together.
type Batch struct {
	Upserts []Record
	Deletes []Tombstone
	State   []Entry

	// Fence orders the writers of a namespace. A batch with a Fence below the
	// highest one applied is ErrFenced and writes nothing. 0 is no fence.
	Fence int64
}

// A Record is a stored chunk. A nil Vector means that it is found by text
// only, until a later version brings one. In one Batch an id stands once.
type Record struct {
	groundwork.Chunk
	Vector  []float32
	Version int64 // above 0

	// VectorRow names a State row that holds the vector, as [EncodeVector]
	// writes it, in place of Vector. It is read as it was before the batch,
	// which may delete it: the vectors of a large document need not stand in
	// memory together. For stores with FeatureVectorRows; records that are read
	// have none.
	VectorRow string
}

// A Tombstone deletes the record ID at Version.
type Tombstone struct {
	ID      string
	Version int64
}

// An Entry is a row of the caller's own: ledgers, document texts, journals. A
// nil Value deletes the key. Keys are valid UTF-8, at most 1 KiB. Of two
// entries of one Batch with the same key the last one holds.
type Entry struct {
	Key   string
	Value []byte
}

// A StateScan selects State rows: those of Keys, or if Keys is nil those that
// begin with Prefix and lie after After.
type StateScan struct {
	Keys   []string
	Prefix string
	After  string
}

// Fields tells which parts of a record to load. Hits always carry ID,
// DocumentID, Revision, Score and Legs.
type Fields uint8

// What can be loaded.
const (
	LoadText   Fields = 1 << iota // everything of the chunk but its metadata
	LoadMeta                      // Metadata
	LoadVector                    // Record.Vector; scans only

	LoadNone Fields = 0
	LoadAll         = LoadText | LoadMeta | LoadVector
)

// A Query is one leg of a search: by Vector or by Text, exactly one of them.
type Query struct {
	Vector []float32 // dense: closest vectors first
	Text   string    // lexical: BM25 over title, headings and text, any term may match

	K        int           // results wanted, 1 to MaxK
	Filter   filter.Filter // nil passes everything
	MinScore float64       // drop results scoring below it; 0 drops nothing
	Exact    bool          // dense: compare with every vector instead of the index
	Load     Fields
}

// MaxK bounds Query.K.
const MaxK = 10_000

// A Result answers one Query. Hits are ordered by descending score, ties by
// ascending id; there are min(K, matches) of them. Each hit's Legs holds the
// one leg "dense" or "lexical" of this query.
type Result struct {
	Hits     []groundwork.Hit
	Served   Side    // who answered
	Lag      int64   // operations by which that side is behind
	Complete float64 // share of the data that side holds, 1 if all
	Exact    bool    // no approximation was made
	Warnings []groundwork.Warning
}

// A Side tells which store of a pair answered.
type Side uint8

// The sides.
const (
	Primary Side = iota
	Local
)

// A Scan selects records: those of IDs, or if IDs is nil all that pass Filter,
// have an id above After and a version above Since.
type Scan struct {
	IDs    []string
	Filter filter.Filter
	After  string
	Since  int64
	Load   Fields
}

// Info describes a build.
type Info struct {
	Space         Space
	Transactional bool // Apply is one commit
	Durable       bool // what Apply acknowledged survives the process
	Records       int  // live ones
	Vectors       int  // live ones that have a vector
	Tombstones    int
	Bytes         int64 // on disk or in memory
	Generation    int64 // grows with every committed batch
	Features      []Feature
}

// A Feature is an ability that not every store has. Using a missing one is
// ErrUnsupported.
type Feature string

// The features.
const (
	FeatureDense   Feature = "dense"
	FeatureLexical Feature = "lexical"
	FeatureState   Feature = "state"
	FeatureFence   Feature = "fence"

	FeatureVectorRows Feature = "vector-rows" // Record.VectorRow
)
