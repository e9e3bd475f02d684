// Package loaders finds sources and reads them into documents.
//
// A [Source] lists items and opens them; [Dir] is the one for a folder. A
// [Loader] turns one item's bytes into documents; a [Set] picks the loader by
// media type. The parsers that need a module of their own live in packages
// below: loaders/markdown, loaders/html, loaders/pdf. Text in Unicode is read
// here; for older encodings give the loaders' Options the [Decoder] of
// loaders/text.
//
// Everything that is read is untrusted: a loader neither crashes nor hangs nor
// outgrows its limits on any bytes, fetches nothing, and follows no link.
package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/seed4837efcb/groundwork"
)

// An Item is one thing a source lists: a file, a row, a page.
type Item struct {
	Source  string    // name of the source; with URI it makes the document's id
	URI     string    // relative to the source's root, '/'-separated
	Size    int64     // bytes, -1 if unknown
	ModTime time.Time // zero if unknown
	Version string    // opaque; an unchanged non-empty Version means unchanged content
	MIME    string    // if the source knows it; otherwise the Set decides
	Escaped bool      // the name is not valid UTF-8; URI holds its invalid bytes percent-encoded
	Prefer  string    // the encoding to take where the text leaves a doubt; see DoubtError
}

// A Source lists items and opens them. Implementations are safe for concurrent
// use.
type Source interface {
	// List yields every item, in any order, without opening one. An error that
	// is a *ListError makes the subtree it names unknown: nothing below it
	// counts as removed, and the listing goes on. A *SkipError reports an item
	// that exists and is left out. Any other error ends the listing, which
	// then proves no removal at all.
	List(ctx context.Context) iter.Seq2[Item, error]

	// Open returns the bytes of an item that List yielded. An indexer may call it
	// twice: to see whether they have changed, and to read them.
	Open(ctx context.Context, it Item) (io.ReadCloser, error)
}

// A Loader reads one item into documents: none for an item without readable
// content, several for a container. A document's URI is the item's, or the
// item's followed by '#' and a name of the part; its ID, Revision and MIME are
// set. An error is a *FileError, or a *SkipError for an item that holds nothing
// to read: then the item failed as a whole, and what was yielded before it does
// not replace an earlier version. A loader that hit a limit yields what it has
// with a groundwork.Truncated warning and no error. Implementations are safe
// for concurrent use.
type Loader interface {
	Load(ctx context.Context, it Item, r io.Reader) iter.Seq2[*groundwork.Document, error]

	// Fingerprint identifies the exact behaviour: items read under another
	// fingerprint are read again.
	Fingerprint() string
}

// A ListError says that the items below Prefix could not be listed.
type ListError struct {
	Prefix string // URI prefix; "" is the whole source
	Err    error
}

// Error names the prefix and the cause.
func (e *ListError) Error() string { return fmt.Sprintf("loaders: list %q: %v", e.Prefix, e.Err) }

// Unwrap returns the cause.
func (e *ListError) Unwrap() error { return e.Err }

// A SkipError says that an item exists and is left out by a rule.
type SkipError struct {
	URI    string
	Reason SkipReason
	Detail string // the rule, such as the ignore pattern and its file
}

// Error names the item and the reason.
func (e *SkipError) Error() string {
	return fmt.Sprintf("loaders: skip %q: %s (%s)", e.URI, e.Reason, e.Detail)
}

// A SkipReason is why an item was left out.
type SkipReason string

// The reasons for leaving an item out.
const (
	SkipIgnored     SkipReason = "ignored"     // an ignore file names it
	SkipHidden      SkipReason = "hidden"      // its name begins with a dot
	SkipTooLarge    SkipReason = "too-large"   // over the size limit
	SkipSymlink     SkipReason = "symlink"     // a link that leaves the root, or loops
	SkipSpecial     SkipReason = "special"     // a device, socket or pipe
	SkipUnsupported SkipReason = "unsupported" // no loader for its type
	SkipEmpty       SkipReason = "empty"       // no bytes
	SkipBinary      SkipReason = "binary"      // not text although its name says so
	SkipNoText      SkipReason = "no-text"     // read, and nothing to read in it
)

// A FileError says which item could not be read, in which stage, and what to
// do about it.
type FileError struct {
	URI    string
	Stage  string // "open", "decode", "parse", "isolate"
	Err    error
	Remedy string // what the user can do; may be empty
}

// Error names item, stage, cause and remedy.
func (e *FileError) Error() string {
	s := fmt.Sprintf("loaders: %s %q: %v", e.Stage, e.URI, e.Err)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Causes of a [FileError].
var (
	ErrUnsupported = errors.New("no loader for this type")
	ErrEncoding    = errors.New("text encoding is not known")
	ErrEncrypted   = errors.New("encrypted")
	ErrMalformed   = errors.New("malformed")
	ErrLimit       = errors.New("limit exceeded")
	ErrNoWorker    = errors.New("needs an isolated worker")
)
