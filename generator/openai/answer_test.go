package openai_test

import (
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/openai"
)

// FuzzAnswer checks that no reply of a server breaks the rules of a generator:
// it ends in one Stop or one error.
func FuzzAnswer(f *testing.F) {
	f.Add(delta("Forty. [1]")+finish+done, "text/event-stream")
	f.Add(`{"choices":[{"message":{"content":[{"type":"text","text":"x"}]}}]}`, "application/json")
	f.Add(`data: {"error":{"code":429,"message":[]}}`+"\n\n", "")
	f.Add("<html>", "text/html")
	f.Fuzz(func(t *testing.T, body, media string) {
		if strings.ContainsFunc(media, func(r rune) bool { return r < ' ' || r > '~' }) {
			return
		}
		s := serve(t, plain(media, body))
		o := generate(t.Context(), newGenerator(t, s, &openai.Options{Retries: -1}), ask("q"))
		if (o.err == nil) == (o.stop == nil) {
			t.Errorf("stop %v and error %v", o.stop, o.err)
		}
		if o.stop != nil && o.stop.Reason == generator.StopAbstained && o.text != "" {
			t.Errorf("abstains after %q", o.text)
		}
	})
}
