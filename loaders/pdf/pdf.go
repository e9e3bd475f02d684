// Package pdf reads the text of PDF files.
//
// PDF is parsed in a child process (package isolate), because a file of two
// kilobytes can end the process that reads it. The program's main function
// begins with
//
//	worker := isolate.Main(pdf.Handler())
//
// and gives the worker to [New]. Without one every file is a
// *loaders.FileError with loaders.ErrNoWorker that says so.
//
// The objects of a file are read by github.com/ledongthuc/pdf; streams, fonts
// and the placement of text are read here, and so are files whose
// cross-reference table is damaged. The text of a page is its lines from top
// to bottom, an empty line between paragraphs; words are taken apart where the
// gap is wide enough. Hyphens at line ends stay. Pages without text, such as
// scans, are reported; there is no recognition of images. Encrypted files are
// read where no password is needed. Annotations, form fields and attached
// files are not read.
package pdf

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders"
)

// MIME is the media type of the documents this loader makes.
const MIME = "application/pdf"

const (
	version = "1"                                  // raise with every change of what is produced
	library = "v0.0.0-20260907135840-6c8c28e0e8a0" // the parser's version; a test holds it to go.mod
)

// The limits where [Options] names none.
const (
	DefaultMaxBytes = 100 << 20        // bytes of a file
	DefaultMaxText  = 64 << 20         // bytes of a document's text
	DefaultMaxPages = 5000             // pages of a file
	DefaultMaxTime  = 60 * time.Second // from start to last page
	DefaultMemory   = 1 << 30          // bytes of the child process
)

// Options of a [Loader]. A zero limit means its default.
type Options struct {
	// Worker runs the parser; see isolate.Main. The loader does not close it.
	Worker *isolate.Worker

	MaxBytes int64         // a larger file is a *loaders.FileError with loaders.ErrLimit
	MaxText  int           // bytes of text; what is behind it is left out with a warning
	MaxPages int           // what is behind it is left out with a warning
	MaxTime  time.Duration // the pages read until then are used, with a warning
	Memory   int64         // bytes of the child process, at least 64 MiB; treated like MaxTime
}

// A Loader reads PDF files. It is safe for concurrent use; the worker bounds
// how many files are read at once.
type Loader struct {
	o Options
}

var _ loaders.Loader = (*Loader)(nil)

// New returns a loader. It reports a limit that is negative or too small to
// work with. A nil o has no worker.
func New(o *Options) (*Loader, error) {
	l := &Loader{}
	if o != nil {
		l.o = *o
	}
	c := &l.o
	if c.MaxBytes < 0 || c.MaxText < 0 || c.MaxPages < 0 || c.MaxTime < 0 || c.Memory < 0 || c.Memory > 0 && c.Memory < 64<<20 {
		return nil, fmt.Errorf("pdf: new: a limit is negative, or Memory (%d) is below 64 MiB; 0 means the default", c.Memory)
	}
	setDefault(&c.MaxBytes, DefaultMaxBytes)
	setDefault(&c.MaxText, DefaultMaxText)
	setDefault(&c.MaxPages, DefaultMaxPages)
	setDefault(&c.MaxTime, DefaultMaxTime)
	setDefault(&c.Memory, DefaultMemory)
	return l, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Fingerprint names the loader's version, its parser's and its limits.
func (l *Loader) Fingerprint() string {
	return fmt.Sprintf("pdf/%s;ledongthuc=%s;bytes=%d;text=%d;pages=%d;time=%s;memory=%d",
		version, library, l.o.MaxBytes, l.o.MaxText, l.o.MaxPages, l.o.MaxTime, l.o.Memory)
}

// Load yields the one document of a PDF file. Its marks tell the pages. A file
// without any text is a *loaders.SkipError.
func (l *Loader) Load(ctx context.Context, it loaders.Item, r io.Reader) iter.Seq2[*groundwork.Document, error] {
	return func(yield func(*groundwork.Document, error) bool) {
		yield(l.load(ctx, it, r))
	}
}

func (l *Loader) load(ctx context.Context, it loaders.Item, r io.Reader) (*groundwork.Document, error) {
	if l.o.Worker == nil {
		return nil, &loaders.FileError{URI: it.URI, Stage: "isolate", Err: loaders.ErrNoWorker, Remedy: remedyWorker}
	}
	data, cut, err := loaders.Read(ctx, it, r, l.o.MaxBytes)
	if err != nil {
		return nil, err
	}
	if cut {
		return nil, &loaders.FileError{URI: it.URI, Stage: "open",
			Err:    fmt.Errorf("%w: more than %d bytes", loaders.ErrLimit, l.o.MaxBytes),
			Remedy: "split the file or raise pdf.Options.MaxBytes"}
	}
	if len(data) == 0 {
		return nil, &loaders.SkipError{URI: it.URI, Reason: loaders.SkipEmpty, Detail: "0 bytes"}
	}
	doc := &groundwork.Document{
		ID:       groundwork.DocumentID(it.Source, it.URI),
		URI:      it.URI,
		MIME:     MIME,
		Revision: groundwork.Revision(data),
	}
	c := collector{loader: l, doc: doc}
	err = c.collect(ctx, data)
	return c.finish(ctx, err)
}

const remedyWorker = "begin the program's main function with isolate.Main(pdf.Handler()) and set pdf.Options.Worker to its result, or to isolate.Helper of a program that does"
