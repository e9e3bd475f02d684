package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdChat starts a model server that answers every question with the text of a
// file, or refuses it with a status: chat FILE, or chat STATUS. Its address is
// in CHAT; what it got last stands in request.json and key.txt.
func cmdChat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: chat FILE|STATUS")
	}
	code, err := strconv.Atoi(args[0])
	answer := ""
	if err != nil {
		code, answer = http.StatusOK, strings.TrimSpace(ts.ReadFile(args[0]))
	}
	request, key := ts.MkAbs("request.json"), ts.MkAbs("key.txt")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		os.WriteFile(request, body, 0o666)
		os.WriteFile(key, []byte(r.Header.Get("Authorization")+"\n"), 0o666)
		w.WriteHeader(code)
		if code != http.StatusOK {
			fmt.Fprintf(w, `{"error":{"message":"no, %s"}}`, r.Header.Get("Authorization"))
			return
		}
		for _, word := range strings.SplitAfter(answer, " ") {
			text, _ := json.Marshal(word)
			fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s}}]}\n\n", text)
		}
		fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	ts.Defer(s.Close)
	ts.Setenv("CHAT", s.URL+"/v1")
}

// TestIndexNeedNotWaitForAModelServer indexes while a question waits for the
// words of a server.
func TestIndexNeedNotWaitForAModelServer(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-answer
		fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{\"content\":\"Honey keeps for years. [1]\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	defer s.Close()
	p := newProgram(t, t.TempDir())
	p.write("a.md", "# Honey\n\nHoney keeps for years.\n")
	ask := p.command("ask", "--model", "minilm", "--generator", "openai", "--base-url", s.URL+"/v1", "--llm-model", "tiny", p.docs, "How long does honey keep?")
	var out bytes.Buffer
	ask.Stdout, ask.Stderr = &out, &out
	if err := ask.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- ask.Wait() }()
	select {
	case <-asked:
	case err := <-done:
		t.Fatalf("no question came to the server: %v\n%s", err, out.String())
	}
	p.must("index", "--wait", "0", p.docs)
	close(answer)
	if err := <-done; err != nil || !strings.Contains(out.String(), "Honey keeps for years. [1]") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
