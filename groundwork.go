// Package groundwork holds the values that travel through a retrieval
// pipeline: a [Document] is cut into [Chunk] values, a chunk that was found is
// a [Hit], and whatever a user should know about a result is a [Warning].
//
// It is the bottom of the import graph: it imports only the standard library,
// and every other package imports it. The packages that do the work are
// loaders, chunkers, embed, vectorstore, retriever, generator and pipeline;
// start with pipeline.
//
// # Coordinates
//
// Every offset in the system is a byte offset into [Document.Text], which is
// valid UTF-8 and never normalized. A span of a chunk, a citation of an answer
// and a mark of a page all speak of the same bytes, so a quotation can be
// compared by code. Where Document.Verbatim is set, Text is also the source's
// own bytes from Document.Base on.
//
// # Identity
//
// A document's id is made of its source's name and its URI, a chunk's id of
// its document's id and the text that is embedded. Both are the same on every
// machine, and an edit above a chunk changes neither its id nor its vector.
package groundwork
