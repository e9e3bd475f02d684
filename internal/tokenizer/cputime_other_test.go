//go:build !linux

package tokenizer

import "time"

var processStart = time.Now()

func cpuTime() time.Duration { return time.Since(processStart) }
