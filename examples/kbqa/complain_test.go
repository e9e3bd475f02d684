package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spf13/cobra"
)

// panicking returns the program with a verb that panics, and one that does so
// in a goroutine.
func panicking(a *app) *cobra.Command {
	root := newRoot(a)
	boom := &cobra.Command{Use: "boom", RunE: func(*cobra.Command, []string) error {
		panic("a fault of the verb")
	}}
	a.jsonFlag(boom)
	root.AddCommand(boom, &cobra.Command{Use: "aside", RunE: func(cmd *cobra.Command, _ []string) error {
		for _, err := range inputLines(cmd.Context(), panickingReader{}, maxLine) {
			return err
		}
		return nil
	}})
	return root
}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("a reader's fault") }

func TestPanicIsToldShortly(t *testing.T) {
	for _, tt := range []struct {
		name, verb string
		args       []string
		message    string
		stack      bool
	}{
		{"in a verb", "boom", nil, "kbqa: internal error: a fault of the verb", false},
		{"in a goroutine", "aside", nil, "kbqa: internal error: a reader's fault", false},
		{"with its stack on request", "boom", []string{"--debug"}, "kbqa: internal error: a fault of the verb", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			t.Setenv("TMP", os.Getenv("TMPDIR"))
			var out, errs bytes.Buffer
			a := &app{stdout: &out, stderr: &errs}
			if code := a.run(panicking(a), append([]string{tt.verb}, tt.args...)); code != exitInternal {
				t.Errorf("exit code %d, want %d", code, exitInternal)
			}
			if !strings.Contains(errs.String(), tt.message+"\n") || !strings.Contains(errs.String(), reportAt) || out.Len() > 0 {
				t.Errorf("stderr %q, stdout %q", errs.String(), out.String())
			}
			if strings.Contains(errs.String(), "goroutine ") != tt.stack {
				t.Errorf("a stack is shown: %v, want %v: %s", !tt.stack, tt.stack, errs.String())
			}
			file := regexp.MustCompile(`with the file (\S+): `).FindStringSubmatch(errs.String())
			if file == nil {
				t.Fatalf("no file is named: %s", errs.String())
			}
			report, err := os.ReadFile(file[1])
			if err != nil || !bytes.Contains(report, []byte("complain_test.go")) {
				t.Errorf("the report holds no stack: %v, %s", err, report)
			}
		})
	}
}

func TestPanicIsJSONUnderJSON(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	var errs bytes.Buffer
	a := &app{stdout: &bytes.Buffer{}, stderr: &errs}
	if code := a.run(panicking(a), []string{"boom", "--debug", "--json"}); code != exitInternal {
		t.Errorf("exit code %d, want %d", code, exitInternal)
	}
	var out errorOutput
	if err := json.Unmarshal(errs.Bytes(), &out); err != nil || out.Error.Code != "internal" || out.Error.Hint == nil {
		t.Errorf("%v: %s", err, errs.String())
	}
	if err := checkOutput(decodeNumbers(t, errs.String()), ""); err != nil {
		t.Error(err)
	}
}

func TestLinesOfManyReturnsAreBounded(t *testing.T) {
	for l, err := range inputLines(t.Context(), iotest.OneByteReader(strings.NewReader(strings.Repeat("\r", 5000)+"\nx\r\n")), 100) {
		if err != nil || len(l.text) > 100 || l.long == (string(l.text) == "x") {
			t.Errorf("%q, long %v, %v", l.text, l.long, err)
		}
	}
}
