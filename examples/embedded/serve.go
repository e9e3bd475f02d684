package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/seed4837efcb/groundwork/pipeline"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// serve answers at l until ctx ends. Then it takes no more questions, gives
// those in progress grace to be answered, and breaks off the rest. When it
// returns nobody uses the index any more: now it can be closed.
func serve(ctx context.Context, l net.Listener, a *pipeline.Answerer, grace time.Duration) error {
	srv := &http.Server{Handler: handler(a), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 75 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served: // by itself it ends only with the listener
		return errors.Join(err, a.Close())
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(patience)
	return errors.Join(err, srv.Close(), a.Close()) // without their connections, the requests' contexts end
}

func handler(a *pipeline.Answerer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ask", func(w http.ResponseWriter, r *http.Request) {
		if err := answer(a, w, r); err != nil {
			log.Print(err) // it may name files: not for the client
			http.Error(w, http.StatusText(status(err)), status(err))
		}
	})
	return mux
}

// answer answers the question in the body with one JSON object. A request that
// accepts application/x-ndjson gets every sentence before, once it is checked.
func answer(a *pipeline.Answerer, w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute) // ends early when the client hangs up
	defer cancel()
	question, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if err != nil {
		return err
	}
	stream, out := r.Header.Get("Accept") == "application/x-ndjson", json.NewEncoder(w)
	for e, err := range a.Stream(ctx, pipeline.Question{Text: string(question)}) {
		if err != nil && w.Header().Get("Content-Type") != "" {
			panic(http.ErrAbortHandler) // what was sent must not look whole
		} else if err != nil {
			return err
		}
		if s, ok := e.(pipeline.SentenceDone); ok && stream {
			w.Header().Set("Content-Type", "application/x-ndjson")
			_ = errors.Join(out.Encode(s.Sentence), http.NewResponseController(w).Flush()) // a client that is gone ends ctx
		} else if d, ok := e.(pipeline.Done); ok {
			w.Header().Set("Content-Type", "application/json")
			_ = out.Encode(reply(d.Answer))
		}
	}
	return nil
}

// status tells whose fault an error is.
func status(err error) int {
	for target, code := range map[error]int{vectorstore.ErrQuery: 400, pipeline.ErrUnreadable: 422, pipeline.ErrClosed: 503, context.DeadlineExceeded: 504} {
		if errors.Is(err, target) {
			return code
		}
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}
