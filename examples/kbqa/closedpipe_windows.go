package main

import "golang.org/x/sys/windows"

// closedPipe are the errors of writing to a pipe that nobody reads any more.
var closedPipe = []error{windows.ERROR_BROKEN_PIPE, windows.ERROR_NO_DATA}
