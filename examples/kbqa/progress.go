package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork/pipeline"
)

// A progress shows on one line of a terminal how far indexing is, and nothing
// anywhere else.
type progress struct {
	app   *app
	shown bool
	on    bool
	total int64
	last  time.Time
	width int
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
		p.total = e.Items
		if e.Items > 0 {
			p.show(fmt.Sprintf("Indexing %d files …", e.Items))
		}
	case pipeline.Progress:
		if time.Since(p.last) > 100*time.Millisecond {
			p.show(line(e))
		}
	}
}

func line(e pipeline.Progress) string {
	share := 0.0
	if e.BytesTotal > 0 {
		share = min(1, float64(e.Bytes)/float64(e.BytesTotal))
	}
	const width = 24
	done := int(share * width)
	s := fmt.Sprintf("Indexing [%s%s] %3.0f %%  %d of %d files, %d passages", strings.Repeat("=", done),
		strings.Repeat(" ", width-done), 100*share, e.Files, e.FilesTotal, e.Chunks)
	if left := e.Remaining(); left > 0 {
		s += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return s
}

func (p *progress) show(s string) {
	pad := max(0, p.width-len(s))
	fmt.Fprintf(p.app.stderr, "\r%s%s", s, strings.Repeat(" ", pad))
	p.width, p.shown, p.last = len(s), true, time.Now()
}

// clear takes the line away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprintf(p.app.stderr, "\r%s\r", strings.Repeat(" ", p.width))
		p.shown = false
	}
}
