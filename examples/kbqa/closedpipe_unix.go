//go:build !windows

package main

import "syscall"

// closedPipe are the errors of writing to a pipe that nobody reads any more.
var closedPipe = []error{syscall.EPIPE}
