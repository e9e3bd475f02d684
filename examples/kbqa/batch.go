package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A batchLine is one line of a --batch file.
type batchLine struct {
	ID       any    `json:"id"`
	Question string `json:"question"`
}

// runBatch answers the questions of a batch, one object a line. Finding
// nothing is an answer; every other error ends the batch.
func (s *session) runBatch(ctx context.Context, questions io.Reader, one func(*session, context.Context, any, string) error) error {
	n := 0
	for line, err := range inputLines(ctx, questions) {
		if err != nil {
			return fmt.Errorf("%s: after line %d: %w", s.opts.batch, n, err)
		}
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var l batchLine
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber() // an id is printed as it was read
		if err := d.Decode(&l); err != nil || l.ID == nil || strings.TrimSpace(l.Question) == "" {
			return usagef("%s: line %d: want an object with id and question", s.opts.batch, n)
		}
		var code *codeError
		err = one(s, ctx, l.ID, l.Question)
		if err != nil && !(errors.As(err, &code) && code.code == exitNothing) {
			return err
		}
	}
	if s.unread > 0 {
		return indexf("%d questions could not be read; their lines say why", s.unread)
	}
	return nil
}
