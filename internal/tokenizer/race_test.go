//go:build race

package tokenizer

// raceEnabled tells tests of time and memory that the race detector distorts both.
const raceEnabled = true
