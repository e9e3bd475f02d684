package openai_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork/generator/openai"
)

func TestEventsOfAStream(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []openai.Event
	}{
		"nothing":                    {"", nil},
		"one":                        {"data: a\n\n", []openai.Event{{Data: "a"}}},
		"only one space is cut":      {"data:  a\n\ndata:b\n\n", []openai.Event{{Data: " a"}, {Data: "b"}}},
		"lines are joined":           {"data: a\ndata: b\n\n", []openai.Event{{Data: "a\nb"}}},
		"CR, LF and CRLF":            {"data: a\rdata: b\r\n\r\ndata: c\r\rdata: d\n\n", []openai.Event{{Data: "a\nb"}, {Data: "c"}, {Data: "d"}}},
		"comments and blanks":        {": x\n\n\n:\n\ndata: a\n: y\n\n", []openai.Event{{Data: "a"}}},
		"names go with their event":  {"event: error\ndata: a\n\ndata: b\n\n", []openai.Event{{"error", "a"}, {"", "b"}}},
		"a name without data":        {"event: ping\n\ndata: b\n\n", []openai.Event{{"", "b"}}},
		"a field without a colon":    {"data\n\ndata: b\n\n", []openai.Event{{}, {Data: "b"}}},
		"not closed":                 {"data: a\n\ndata: b", []openai.Event{{Data: "a"}, {Data: "b"}}},
		"not closed, with a newline": {"data: b\n", []openai.Event{{Data: "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.stream), iotest.OneByteReader(strings.NewReader(c.stream))} {
				got, err := openai.ReadEvents(r)
				if d := cmp.Diff(c.want, got); d != "" || err != io.EOF {
					t.Errorf("error %v, events (-want +got):\n%s", err, d)
				}
			}
		})
	}
}

// FuzzEvents checks that any bytes end, whole or in pieces, in the same events.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{"", "data: a\r\n\r\n", ": c\ndata:\ndata: x\rdata\n\nevent: e\n\n", "\uFEFFdata: a\n\n", "data: [DONE]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		whole, err := openai.ReadEvents(strings.NewReader(stream))
		if err == nil {
			t.Fatal("no end")
		}
		pieces, err2 := openai.ReadEvents(iotest.OneByteReader(strings.NewReader(stream)))
		if d := cmp.Diff(whole, pieces); d != "" || err != err2 {
			t.Errorf("errors %v, %v; events (-whole +pieces):\n%s", err, err2, d)
		}
		for _, e := range whole {
			if strings.ContainsAny(e.Name, "\r\n") || strings.Contains(e.Data, "\r") {
				t.Errorf("event %q", e)
			}
		}
	})
}
