package eval

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Spearman returns the rank correlation of x and y, from -1 to 1: Pearson's
// correlation of their ranks, where equal values share their mean rank. It is
// NaN if one of them is constant or holds a NaN. Lengths that differ are an
// error.
func Spearman(x, y []float64) (float64, error) {
	if len(x) != len(y) {
		return 0, fmt.Errorf("eval: spearman: %d values against %d, give a pair for each", len(x), len(y))
	}
	if slices.ContainsFunc(x, math.IsNaN) || slices.ContainsFunc(y, math.IsNaN) {
		return math.NaN(), nil
	}
	return pearson(ranks(x), ranks(y)), nil
}

// ranks returns the rank of each value, from 1; ties share the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	out := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for _, at := range order[i:j] {
			out[at] = float64(i+1+j) / 2
		}
		i = j
	}
	return out
}

func pearson(x, y []float64) float64 {
	mx, my := Mean(x), Mean(y)
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xy += dx * dy
		xx += dx * dx
		yy += dy * dy
	}
	return xy / math.Sqrt(xx*yy)
}

// An Interval is a difference of two means, and the bounds between which it
// lies with the confidence that was asked for.
type Interval struct{ Mean, Low, High float64 }

// BootstrapOptions refine [PairedBootstrap]. Nil stands for the zero value.
type BootstrapOptions struct {
	Samples int     // 10,000 if 0
	Level   float64 // of confidence, above 0 and below 1; 0.95 if 0
	Seed    uint64  // equal seeds give equal intervals
}

// PairedBootstrap returns how much higher the mean of b is than that of a, two
// systems' values for the same queries in the same order. The interval is that
// of the percentiles over resampled queries (Efron and Tibshirani 1993,
// chapter 13); where it does not hold 0, the difference is not by chance of
// the queries.
func PairedBootstrap(a, b []float64, o *BootstrapOptions) (Interval, error) {
	if o == nil {
		o = &BootstrapOptions{}
	}
	samples, level := o.Samples, o.Level
	if samples == 0 {
		samples = 10_000
	}
	if level == 0 {
		level = 0.95
	}
	switch {
	case len(a) != len(b) || len(a) == 0:
		return Interval{}, fmt.Errorf("eval: bootstrap: %d values against %d, give one of each for every query", len(a), len(b))
	case samples < 1 || !(level > 0 && level < 1):
		return Interval{}, fmt.Errorf("eval: bootstrap: %d samples at level %v, give at least 1 and a level between 0 and 1", samples, level)
	}
	diff := make([]float64, len(a))
	for i := range a {
		diff[i] = b[i] - a[i]
	}
	means := resample(diff, samples, rand.New(rand.NewPCG(o.Seed, 0)))
	tail := (1 - level) / 2
	return Interval{Mean(diff), quantile(means, tail), quantile(means, 1-tail)}, nil
}

// resample returns the sorted means of samples drawn with replacement.
func resample(diff []float64, samples int, r *rand.Rand) []float64 {
	means := make([]float64, samples)
	for i := range means {
		sum := 0.0
		for range diff {
			sum += diff[r.IntN(len(diff))]
		}
		means[i] = sum / float64(len(diff))
	}
	slices.Sort(means)
	return means
}

func quantile(sorted []float64, q float64) float64 {
	return sorted[int(math.Round(q*float64(len(sorted)-1)))]
}
