package main

import "syscall"

// closedPipe are the errors of writing to a pipe that nobody reads any more:
// ERROR_BROKEN_PIPE and ERROR_NO_DATA.
var closedPipe = []error{syscall.ERROR_BROKEN_PIPE, syscall.Errno(232)}
