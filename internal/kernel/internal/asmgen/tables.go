package asmgen

import (
	"fmt"
	"math"
)

// The normal tail Q(t) = 1 - Φ(t) is approximated on eight segments of
// [0, geluRange) by polynomials, so that AVX2 finds each coefficient with one
// permute of a register. GELU(x) = max(x, 0) - |x| Q(|x|).
const (
	geluSegments = 8
	geluDegree   = 5
	geluRange    = 5.5

	expDegree = 5
)

// tables returns the Go file with the coefficients. They are committed as
// numbers because package math may differ in the last bit between systems.
func tables() []byte {
	w := new(writer)
	w.WriteString(header)
	w.line("")
	w.line("package kernel")
	w.line("")
	w.line("// geluCoeff[d][s] is the coefficient of f^d of the normal tail on segment s,")
	w.line("// f in [0, 1) being the position in it.")
	w.line("var geluCoeff = [%d][%d]float32{", geluDegree+1, geluSegments)
	var seg [geluSegments][]float64
	for s := range seg {
		const width = geluRange / geluSegments
		seg[s] = interpolate(geluDegree, 0, 1, func(f float64) float64 {
			return 0.5 * math.Erfc((float64(s)+f)*width/math.Sqrt2)
		})
	}
	for d := range geluDegree + 1 {
		row := make([]float64, geluSegments)
		for s := range seg {
			row[s] = seg[s][d]
		}
		w.line("\t{%s},", numbers(row))
	}
	w.line("}")
	w.line("")
	w.line("// expCoeff[d] is the coefficient of r^d of exp(r), |r| <= ln(2)/2.")
	exp := interpolate(expDegree, -math.Ln2/2, math.Ln2/2, math.Exp)
	w.line("var expCoeff = [%d]float32{%s}", expDegree+1, numbers(exp))
	return w.Bytes()
}

func numbers(v []float64) string {
	s := ""
	for i, x := range v {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%.9g", float32(x))
	}
	return s
}

// interpolate returns, by power, the coefficients of the polynomial that meets
// f at the Chebyshev nodes of [lo, hi].
func interpolate(degree int, lo, hi float64, f func(float64) float64) []float64 {
	n := degree + 1
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = (lo+hi)/2 + (hi-lo)/2*math.Cos(math.Pi*(float64(i)+0.5)/float64(n))
		y[i] = f(x[i])
	}
	for k := 1; k < n; k++ { // Newton's divided differences
		for i := n - 1; i >= k; i-- {
			y[i] = (y[i] - y[i-1]) / (x[i] - x[i-k])
		}
	}
	c := make([]float64, n)
	c[0] = y[n-1]
	for i := n - 2; i >= 0; i-- {
		for j := n - 1; j > 0; j-- {
			c[j] = c[j-1] - x[i]*c[j]
		}
		c[0] = y[i] - x[i]*c[0]
	}
	return c
}
