package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
)

// A batchLine is one line of a --batch file.
type batchLine struct {
	ID       any    `json:"id"`
	Question string `json:"question"`
}

// runBatch answers the questions of the batch file, one object a line. Finding
// nothing is an answer; every other error ends the batch.
func (s *session) runBatch(ctx context.Context, one func(*session, context.Context, any, string) error) error {
	f, err := os.Open(s.opts.batch)
	if err != nil {
		return &usageError{err}
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l batchLine
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber() // an id is printed as it was read
		if err := d.Decode(&l); err != nil || l.ID == nil || l.Question == "" {
			return usagef("%s: line %d: want an object with id and question", s.opts.batch, n)
		}
		var code *codeError
		err := one(s, ctx, l.ID, l.Question)
		if err != nil && !(errors.As(err, &code) && code.code == exitNothing) {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return usagef("%s: after line %d: %v", s.opts.batch, n, err)
	}
	if s.unread > 0 {
		return indexf("%d questions could not be read; their lines say why", s.unread)
	}
	return nil
}
