package main

import (
	"math"

	"github.com/seed4837efcb/groundwork/generator/extractive"
)

// A sample is one side of a pair as the fit sees it.
type sample struct {
	x      [4]float64 // 1, meaning, words, missing
	answer bool
	weight float64
}

// samples returns the sides of all pairs, every set weighing the same.
func samples(all []pair, useMeaning bool) []sample {
	size := map[string]int{}
	for _, p := range all {
		size[p.Set]++
	}
	var out []sample
	for _, p := range all {
		for _, s := range [2]struct {
			side
			answer bool
		}{{p.With, true}, {p.Without, false}} {
			x := [4]float64{1, s.Meaning, s.Words, s.Missing}
			if !useMeaning {
				x[1] = 0
			}
			out = append(out, sample{x: x, answer: s.answer, weight: 1 / float64(2*size[p.Set]*len(size))})
		}
	}
	return out
}

// fit returns the logistic regression of the samples, by Newton's method. A
// trace of ridge keeps it defined where a column says nothing.
func fit(data []sample) extractive.Calibration {
	const ridge = 1e-4
	var b [4]float64
	for range 50 {
		var gradient [4]float64
		var hessian [4][5]float64
		for i := range b {
			hessian[i][i] = ridge
			gradient[i] = -ridge * b[i]
		}
		for _, s := range data {
			p := 1 / (1 + math.Exp(-dot(b, s.x)))
			y := 0.0
			if s.answer {
				y = 1
			}
			for i := range b {
				gradient[i] += s.weight * (y - p) * s.x[i]
				for j := range b {
					hessian[i][j] += s.weight * p * (1 - p) * s.x[i] * s.x[j]
				}
			}
		}
		for i := range b {
			hessian[i][4] = gradient[i]
		}
		step := solve(hessian)
		far := 0.0
		for i := range b {
			b[i] += step[i]
			far = max(far, math.Abs(step[i]))
		}
		if far < 1e-9 {
			break
		}
	}
	return extractive.Calibration{Base: b[0], Meaning: b[1], Words: b[2], Missing: b[3]}
}

func dot(a, b [4]float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// solve returns the solution of the equations whose rows are m, by Gauss's
// elimination; m is symmetric and positive definite on its left.
func solve(m [4][5]float64) [4]float64 {
	for i := range m {
		for j := i + 1; j < len(m); j++ {
			f := m[j][i] / m[i][i]
			for k := i; k < 5; k++ {
				m[j][k] -= f * m[i][k]
			}
		}
	}
	var x [4]float64
	for i := len(m) - 1; i >= 0; i-- {
		x[i] = m[i][4]
		for j := i + 1; j < len(m); j++ {
			x[i] -= m[i][j] * x[j]
		}
		x[i] /= m[i][i]
	}
	return x
}
