package groundwork

import "testing"

func TestWarningIsOneLine(t *testing.T) {
	for want, w := range map[string]Warning{
		"load: a.pdf: no-text: scanned pages 1-3": {Code: NoText, Stage: "load", URI: "a.pdf", Detail: "scanned pages 1-3"},
		"retrieve: short: 3 of 10 hits":           {Code: Short, Stage: "retrieve", Detail: "3 of 10 hits"},
	} {
		if got := w.String(); got != want {
			t.Errorf("warning is %q, want %q", got, want)
		}
	}
}
