package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
)

// maxLine bounds a line of input, in bytes.
const maxLine = 16 << 20

// An inputLine is a line without its end. Of one that is longer than the bound
// only the beginning is kept.
type inputLine struct {
	text []byte
	long bool
}

// inputLines yields the lines of r. It ends with ctx, even while r has nothing
// to give: a reading that waits cannot be ended, so it is left behind.
func inputLines(ctx context.Context, r io.Reader, bound int) iter.Seq2[inputLine, error] {
	return func(yield func(inputLine, error) bool) {
		lines, failed := make(chan inputLine), make(chan error, 1)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go scanLines(ctx, r, bound, lines, failed)
		for {
			select {
			case <-ctx.Done():
				yield(inputLine{}, ctx.Err())
				return
			case l, ok := <-lines:
				if !ok {
					if err := <-failed; err != nil {
						yield(inputLine{}, err)
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
func scanLines(ctx context.Context, r io.Reader, bound int, lines chan<- inputLine, failed chan<- error) {
	defer close(lines)
	var err error
	defer func() { failed <- err }()
	defer catch(&err)
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		l, end := readLine(in, bound)
		if end != nil && end != io.EOF {
			err = fmt.Errorf("read lines: %w", end)
			return
		}
		if end == io.EOF && len(l.text) == 0 {
			return
		}
		select {
		case lines <- l:
		case <-ctx.Done():
			err = ctx.Err()
			return
		}
	}
}

// readLine reads to the end of a line and keeps at most bound bytes of it.
func readLine(in *bufio.Reader, bound int) (inputLine, error) {
	var text []byte
	for {
		part, err := in.ReadSlice('\n')
		room := bound + len("\r\n") - len(text)
		text = append(text, part[:min(len(part), room)]...)
		if err == bufio.ErrBufferFull {
			continue
		}
		long := len(part) > room
		if !long {
			text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		}
		return inputLine{text[:min(len(text), bound)], long || len(text) > bound}, err
	}
}
