//go:build race

package main

// With the race detector a model takes seconds to load, and every line of a
// script loads one.
func init() { scripts = []string{"testdata/usage.txtar", "testdata/get.txtar", "testdata/batch.txtar"} }
