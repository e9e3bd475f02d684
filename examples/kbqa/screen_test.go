package main

import (
	"strings"
	"testing"
)

func TestTextIsLaidOutForTheTerminal(t *testing.T) {
	for _, tt := range []struct {
		name, in, indent string
		columns          int
		want             string
	}{
		{"nothing is changed where there is no terminal", "a \x1b[31m line longer than that", "  ", 0, "  a \x1b[31m line longer than that"},
		{"words are wrapped", "one two three four", "", 9, "one two\nthree\nfour"},
		{"behind the indent", "one two three four", "    ", 13, "    one two\n    three\n    four"},
		{"a line that fits stays", "one two", "", 7, "one two"},
		{"line breaks stay", "one\ntwo three", "  ", 80, "  one\n  two three"},
		{"a long word stays whole", "see https://example.org/a/b yes", "", 10, "see\nhttps://example.org/a/b\nyes"},
		{"leading spaces stay", "   one two three", "", 10, "   one two\nthree"},
		{"wide letters take two columns", "한글 한글 한글", "", 9, "한글 한글\n한글"},
		{"marks take none", "e\u0301e\u0301 ab", "", 5, "e\u0301e\u0301 ab"},
		{"code is not wrapped", "see here now:\n```\nx = 1 + 2 + 3\n```\nand then more", "", 8, "see here\nnow:\n```\nx = 1 + 2 + 3\n```\nand then\nmore"},
		{"commands to the terminal are not obeyed", "a\x1b]0;title\x07b\u202ec\td", "", 80, "a\ufffd]0;title\ufffdb\ufffdc\td"},
	} {
		s := screen{columns: tt.columns}
		if got := s.lay(tt.in, tt.indent); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestColorOnlyWhereItIsShown(t *testing.T) {
	if got := (screen{columns: 80}).bold("x") + (screen{}).dim("y"); strings.Contains(got, "\x1b") {
		t.Errorf("got %q", got)
	}
	if got, want := (screen{columns: 80, color: true}).bold("x"), "\x1b[1mx\x1b[0m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJSONDoesNotSteerTheTerminal(t *testing.T) {
	var out strings.Builder
	a := &app{stdout: &out}
	const text = "a\u009b31m\u007f\u202e\x1b<é한\U0001f41d\n"
	if err := a.printJSON(map[string]string{"text": text}); err != nil {
		t.Fatal(err)
	}
	if want := `{"text":"a\u009b31m\u007f\u202e\u001b<é한🐝\n"}` + "\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
	if got := decode[map[string]string](t, out.String()); got["text"] != text {
		t.Errorf("%q came back as %q", text, got["text"])
	}
}
