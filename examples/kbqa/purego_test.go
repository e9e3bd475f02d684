//go:build purego

package main

// Portable kernels give the same bits in twenty times the time.
func init() { scripts = []string{"testdata/usage.txtar", "testdata/get.txtar", "testdata/batch.txtar"} }
