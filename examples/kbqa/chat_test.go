package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"

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
