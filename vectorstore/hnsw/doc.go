// Package hnsw is the local vector store: in process, durable, the default.
//
// Start from [Open]. What was acknowledged is in an append-only log and
// survives the end of the process and of the power; everything else (vectors
// laid out for search, their 8-bit codes, the HNSW graph over them, the text
// index) is derived from it, kept in snapshots that are checked before they are
// believed, and made anew from the log, without embedding, where they are
// missing or damaged.
//
// # Concurrency
//
// One process writes ([vectorstore.ErrLocked] for a second one); others may
// read at the same time ([Options.ReadOnly], [DB.Refresh]). Within a process
// everything is safe for concurrent use: a search takes the view published by
// the last committed batch, sees it whole and waits for no writer. A batch is
// on disk before it is visible, and visible before it is acknowledged.
//
// # Search
//
// Up to some thousand vectors are compared one by one, which is exact; above,
// the graph proposes candidates by their codes, and these are compared by
// their vectors. A filter that leaves few records is answered by comparing
// with these, so there are always min(K, matches) results. Scores are computed
// as vectorstore/memory computes them.
//
// # Failure
//
// After a failed write or fsync the store still answers but refuses writes
// ([vectorstore.ErrReadOnly]) until it is opened again. Damage in the log costs
// the records that it hit: they are reported by [DB.Check] and by a warning in
// every result, the rest is served. The store trusts the disk's fsync; network
// file systems may not keep it.
package hnsw
