package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
)

// maxLine bounds a line of input, in bytes.
const maxLine = 16 << 20

// inputLines yields the lines of r without their ends. It ends with ctx, even
// while r has nothing to give: a reading that waits cannot be ended, so it is
// left behind.
func inputLines(ctx context.Context, r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		lines, failed := make(chan []byte), make(chan error, 1)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go scanLines(ctx, r, lines, failed)
		for {
			select {
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			case l, ok := <-lines:
				if !ok {
					if err := <-failed; err != nil {
						yield(nil, err)
					}
					return
				}
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// scanLines sends the lines of r until ctx ends, then why it stopped.
func scanLines(ctx context.Context, r io.Reader, lines chan<- []byte, failed chan<- error) {
	defer close(lines)
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		select {
		case lines <- bytes.Clone(s.Bytes()):
		case <-ctx.Done():
			failed <- ctx.Err()
			return
		}
	}
	err := s.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = usagef("a line of over %d MiB", maxLine>>20)
	} else if err != nil {
		err = fmt.Errorf("read lines: %w", err)
	}
	failed <- err
}
