package hnsw

import (
	"errors"
	"fmt"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// A LockedError is the vectorstore.ErrLocked of Open. Its field PID is the
// process that is writing, 0 where that is not known.
type LockedError = log.LockedError

// public adds the contract's error to one of the log, and keeps both in reach.
func public(err error) error {
	if err == nil {
		return nil
	}
	var damage *log.DamageError
	for _, m := range []struct{ from, to error }{
		{log.ErrLocked, vectorstore.ErrLocked},
		{log.ErrVersion, vectorstore.ErrVersion},
		{log.ErrReadOnly, vectorstore.ErrReadOnly},
		{log.ErrClosed, vectorstore.ErrClosed},
		{log.ErrNotFound, vectorstore.ErrNotFound},
	} {
		if errors.Is(err, m.from) {
			return fmt.Errorf("%w: %w", m.to, err)
		}
	}
	if errors.As(err, &damage) || errors.Is(err, errFormat) {
		return fmt.Errorf("%w: %w", vectorstore.ErrDamaged, err)
	}
	return err
}

// damaged says whether err tells of stored data that no longer check out.
func damaged(err error) bool {
	var d *log.DamageError
	return errors.As(err, &d) || errors.Is(err, errFormat)
}
