package main

import (
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/pipeline"
)

func TestProgressLineNeverWraps(t *testing.T) {
	for _, e := range []pipeline.Progress{
		{FilesTotal: 3, BytesTotal: 100},
		{Files: 1, FilesTotal: 3, Bytes: 50, BytesTotal: 100, Chunks: 7, Elapsed: time.Minute},
		{Files: 123456, FilesTotal: 234567, Bytes: 1 << 40, BytesTotal: 1 << 41, Chunks: 12345678, Elapsed: 100 * time.Hour},
		{Files: 3, FilesTotal: 3, Bytes: 100, BytesTotal: 100, Chunks: 9, Elapsed: time.Second},
		{},
	} {
		for columns := range 200 {
			got := progressLine(e, columns)
			if len(got) > max(0, columns-3) || strings.ContainsAny(got, "\n\r") {
				t.Fatalf("%+v: %d columns of %d: %q", e, len(got), columns, got)
			}
		}
	}
}

func TestProgressLineTellsShareAndTime(t *testing.T) {
	e := pipeline.Progress{Files: 1, FilesTotal: 3, Bytes: 25, BytesTotal: 100, Chunks: 7, Elapsed: time.Minute}
	for columns, want := range map[int]string{
		200: "Indexing [======                  ]  25 %, 1 of 3 files, 7 passages, 3m0s left",
		80:  "Indexing [=====                  ]  25 %, 1 of 3 files, 7 passages, 3m0s left",
		60:  "Indexing  25 %, 1 of 3 files, 7 passages, 3m0s left",
		50:  "Indexing  25 %, 1 of 3 files, 3m0s left",
		30:  "Indexing  25 %, 3m0s left",
		10:  " 25 %",
	} {
		if got := progressLine(e, columns); got != want {
			t.Errorf("%d columns: got %q, want %q", columns, got, want)
		}
	}
}
