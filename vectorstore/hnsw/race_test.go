//go:build race

package hnsw

// raceEnabled makes tests smaller: the detector slows a graph walk tenfold.
const raceEnabled = true
