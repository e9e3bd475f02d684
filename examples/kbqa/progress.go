package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/seed4837efcb/groundwork/pipeline"
)

// A progress shows on one line of a terminal how far indexing is, and nothing
// anywhere else.
type progress struct {
	app   *app
	shown bool
	on    bool
	last  time.Time
	width int // columns of what is shown
}

func (a *app) newProgress() *progress {
	return &progress{app: a, on: !a.quiet && isTerminal(a.stderr) && os.Getenv("TERM") != "dumb"}
}

// observe takes the pipeline's events.
func (p *progress) observe(_ context.Context, e pipeline.Event) {
	if !p.on {
		return
	}
	switch e := e.(type) {
	case pipeline.Listed:
		if e.Items > 0 {
			p.show(progressLine(pipeline.Progress{FilesTotal: e.Items, BytesTotal: e.Bytes}, p.columns()))
		}
	case pipeline.Progress:
		if time.Since(p.last) > 100*time.Millisecond {
			p.show(progressLine(e, p.columns()))
		}
	}
}

// columns returns the width of the terminal.
func (p *progress) columns() int {
	if f, ok := p.app.stderr.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// progressLine says how far a run is in less than columns columns: a line that
// reaches the last one would wrap.
func progressLine(e pipeline.Progress, columns int) string {
	share := 0.0
	if e.BytesTotal > 0 {
		share = min(1, float64(e.Bytes)/float64(e.BytesTotal))
	}
	s := fmt.Sprintf("%3.0f %%, %d of %d files, %d passages", 100*share, e.Files, e.FilesTotal, e.Chunks)
	if left := e.Remaining(); left > 0 {
		s += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	const head = "Indexing "
	if room := columns - 1 - len(head) - len("[] ") - len(s); room >= 8 {
		width := min(24, room)
		done := int(share * float64(width))
		s = fmt.Sprintf("[%s%s] %s", strings.Repeat("=", done), strings.Repeat(" ", width-done), s)
	}
	s = head + s
	return s[:min(len(s), max(0, columns-1))]
}

func (p *progress) show(s string) {
	width := utf8.RuneCountInString(s)
	fmt.Fprintf(p.app.stderr, "\r%s%s", s, strings.Repeat(" ", max(0, p.width-width)))
	p.width, p.shown, p.last = width, true, time.Now()
}

// clear takes the line away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprintf(p.app.stderr, "\r%s\r", strings.Repeat(" ", p.width))
		p.shown = false
	}
}
