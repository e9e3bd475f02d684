package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const notes = "# Hives\n\nA hive without water dies within three days in high summer.\n\n" +
	"The extractor runs at forty turns a minute.\n"

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.md"), []byte(notes), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestServiceAnswersWithCitations(t *testing.T) {
	answerer, done, err := open(t.Context(), folder(t), filepath.Join(t.TempDir(), "index"))
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	srv := httptest.NewServer(handler(answerer))
	defer srv.Close()
	post := func(body string) (int, map[string]any) {
		t.Helper()
		r, err := http.Post(srv.URL+"/ask", "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		var v map[string]any
		if r.StatusCode == http.StatusOK {
			if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
				t.Fatal(err)
			}
		}
		return r.StatusCode, v
	}

	code, v := post("When does a hive without water die in summer?")
	if code != http.StatusOK || v["abstained"] != false {
		t.Fatalf("status %d, %v", code, v)
	}
	found := false
	for _, c := range v["citations"].([]any) {
		c := c.(map[string]any)
		quote := c["quote"].(string)
		if c["uri"] != "notes.md" || !strings.Contains(notes, quote) {
			t.Errorf("citation %v is not of the document", c)
		}
		found = found || quote == "A hive without water dies within three days in high summer." && c["line"] == 3.0
	}
	if !found {
		t.Errorf("the answer does not cite the sentence: %v", v)
	}
	if code, v := post("What is the capital of Mongolia?"); code != http.StatusOK || v["abstained"] != true || len(v["citations"].([]any)) != 0 {
		t.Errorf("status %d, %v: want an abstention", code, v)
	}
	if code, _ := post(strings.Repeat("long ", 1<<13)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("a question of 40 KiB: status %d", code)
	}
	r, err := http.Get(srv.URL + "/ask")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", r.StatusCode)
	}
}
