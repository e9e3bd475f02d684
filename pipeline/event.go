package pipeline

import (
	"context"
	"log/slog"
	"time"

	"github.com/seed4837efcb/groundwork/loaders"
)

// An Event tells an observer what happened. The types of this file are all
// there are; new ones may be added.
type Event interface{ event() }

// Listed says that a source was listed.
type Listed struct {
	Items, Bytes       int64 // that have to be read
	Unchanged, Skipped int64
	Removed            int64
	Duration           time.Duration
}

// FileRead says that an item was read and cut into chunks, or why not.
type FileRead struct {
	URI      string
	Bytes    int64
	Chunks   int
	Err      error // a *loaders.FileError, *loaders.SkipError or *DocumentError
	Duration time.Duration
}

// Embedded says that texts were embedded.
type Embedded struct {
	Texts, Tokens int
	Duration      time.Duration
}

// Committed says that a batch is durable and visible.
type Committed struct {
	Files, Chunks, Deleted int
	Duration               time.Duration
}

// Progress says how far a run of Index is. Bytes are those of the items that
// have to be read; what is embedded but not committed counts as done.
type Progress struct {
	Files, FilesTotal int64
	Bytes, BytesTotal int64
	Chunks            int64 // embedded or reused so far
	Elapsed           time.Duration
}

// Remaining estimates the time to the end from the bytes done; 0 if unknown.
func (p Progress) Remaining() time.Duration {
	if p.Bytes <= 0 || p.BytesTotal <= p.Bytes {
		return 0
	}
	return time.Duration(float64(p.Elapsed) * float64(p.BytesTotal-p.Bytes) / float64(p.Bytes))
}

// Retrieved says that passages for a question were searched.
type Retrieved struct {
	Hits     int
	Duration time.Duration
	Err      error
}

// Answered says that a question was answered. The question itself is not in
// the event.
type Answered struct {
	Abstained            bool
	Sentences, Citations int
	Duration             time.Duration
	Err                  error
}

func (Listed) event()    {}
func (FileRead) event()  {}
func (Embedded) event()  {}
func (Committed) event() {}
func (Progress) event()  {}
func (Retrieved) event() {}
func (Answered) event()  {}

// LogEvents returns an observer that writes events to logger: problems at
// warn, results at info, progress at debug.
func LogEvents(logger *slog.Logger) func(context.Context, Event) {
	return func(ctx context.Context, e Event) {
		level, msg, attrs := describe(e)
		logger.LogAttrs(ctx, level, msg, attrs...)
	}
}

func describe(e Event) (slog.Level, string, []slog.Attr) {
	switch e := e.(type) {
	case Listed:
		return slog.LevelInfo, "listed", []slog.Attr{slog.Int64("to_read", e.Items), slog.Int64("unchanged", e.Unchanged),
			slog.Int64("skipped", e.Skipped), slog.Int64("removed", e.Removed), slog.Duration("took", e.Duration)}
	case FileRead:
		level, attrs := slog.LevelDebug, []slog.Attr{slog.String("uri", e.URI), slog.Int64("bytes", e.Bytes), slog.Int("chunks", e.Chunks), slog.Duration("took", e.Duration)}
		if e.Err != nil {
			level = slog.LevelWarn
			if _, ok := e.Err.(*loaders.SkipError); ok {
				level = slog.LevelDebug
			}
			attrs = append(attrs, slog.String("error", e.Err.Error()))
		}
		return level, "read", attrs
	case Embedded:
		return slog.LevelDebug, "embedded", []slog.Attr{slog.Int("texts", e.Texts), slog.Int("tokens", e.Tokens), slog.Duration("took", e.Duration)}
	case Committed:
		return slog.LevelInfo, "committed", []slog.Attr{slog.Int("files", e.Files), slog.Int("chunks", e.Chunks), slog.Int("deleted", e.Deleted), slog.Duration("took", e.Duration)}
	case Progress:
		return slog.LevelDebug, "progress", []slog.Attr{slog.Int64("files", e.Files), slog.Int64("of", e.FilesTotal), slog.Int64("chunks", e.Chunks)}
	case Retrieved:
		return outcome(e.Err), "retrieved", withError(e.Err, slog.Int("hits", e.Hits), slog.Duration("took", e.Duration))
	case Answered:
		return outcome(e.Err), "answered", withError(e.Err, slog.Bool("abstained", e.Abstained), slog.Int("sentences", e.Sentences), slog.Duration("took", e.Duration))
	}
	return slog.LevelDebug, "event", nil
}

func outcome(err error) slog.Level {
	if err != nil {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

func withError(err error, attrs ...slog.Attr) []slog.Attr {
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	return attrs
}

// observer calls the program's hook and logger, either of which may be nil.
type observer struct {
	hook func(context.Context, Event)
	log  func(context.Context, Event)
}

func newObserver(hook func(context.Context, Event), logger *slog.Logger) observer {
	o := observer{hook: hook}
	if logger != nil {
		o.log = LogEvents(logger)
	}
	return o
}

func (o observer) tell(ctx context.Context, e Event) {
	if o.hook != nil {
		o.hook(ctx, e)
	}
	if o.log != nil {
		o.log(ctx, e)
	}
}
