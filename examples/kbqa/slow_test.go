package main

import (
	"testing"

	"github.com/seed4837efcb/groundwork/embed/local"
)

// slow skips a test that embeds a lot: in the short form of the tests, and on
// portable kernels, where it would take twenty times as long.
func slow(t *testing.T, why string) {
	t.Helper()
	if testing.Short() || local.Tier() == "portable" {
		t.Skip(why)
	}
}
