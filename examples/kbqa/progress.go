package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

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
			p.show(progressLine(pipeline.Progress{FilesTotal: e.Items, BytesTotal: e.Bytes}, columnsOf(p.app.stderr)))
		}
	case pipeline.Progress:
		if time.Since(p.last) > 100*time.Millisecond {
			p.show(progressLine(e, columnsOf(p.app.stderr)))
		}
	}
}

// progressLine says how far a run is, in less than columns columns: a line that
// reaches the last one would wrap, and so would the ^C that a terminal shows
// behind it. Where there is no room it says less.
func progressLine(e pipeline.Progress, columns int) string {
	room := max(0, columns-len("^C")-1)
	share := 0.0
	if e.BytesTotal > 0 {
		share = min(1, float64(e.Bytes)/float64(e.BytesTotal))
	}
	percent := fmt.Sprintf("%3.0f %%", 100*share)
	files, passages, left := fmt.Sprintf(", %d of %d files", e.Files, e.FilesTotal), fmt.Sprintf(", %d passages", e.Chunks), ""
	if d := e.Remaining(); d > 0 {
		left = fmt.Sprintf(", %v left", d.Round(time.Second))
	}
	for _, s := range []string{percent + files + passages + left, percent + files + left, percent + left} {
		const head = "Indexing "
		width := min(24, room-len(head)-len("[] ")-len(s))
		switch {
		case width >= 8:
			done := int(share * float64(width))
			return fmt.Sprintf("%s[%s%s] %s", head, strings.Repeat("=", done), strings.Repeat(" ", width-done), s)
		case len(head)+len(s) <= room:
			return head + s
		}
	}
	return percent[:min(len(percent), room)]
}

func (p *progress) show(s string) {
	width := utf8.RuneCountInString(s)
	fmt.Fprintf(p.app.stderr, "\r%s%s", s, strings.Repeat(" ", max(0, p.width-width)))
	p.width, p.shown, p.last = width, true, time.Now()
}

// clear takes the line away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprintf(p.app.stderr, "\r%s\r", strings.Repeat(" ", p.width+len("^C")))
		p.shown = false
	}
}
