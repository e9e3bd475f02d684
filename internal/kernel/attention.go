package kernel

// queryRows is how many queries share one pass over the keys: their scores
// stay in the second cache up to about 1,000 keys.
const queryRows = 48

// An Attention is the working memory of one attention head over sequences of
// at most a given length. It is reused and not safe for concurrent use.
type Attention struct {
	dim    int
	tokens int
	keys   []float32 // (Pad(tokens)/16, dim, 16)
	values []float32 // (Pad(dim)/16, tokens, 16)
	scores []float32 // (queryRows, Pad(tokens))
	out    []float32 // (queryRows, Pad(dim))
	ones   []float32
	scale  []float32
	zeros  []float32
}

// NewAttention returns working memory for sequences of at most tokens and
// heads of dim values. It panics unless both are positive.
func NewAttention(tokens, dim int) *Attention {
	if tokens < 1 || dim < 1 {
		panic("kernel: NewAttention: bad shape")
	}
	a := &Attention{
		dim:    dim,
		tokens: tokens,
		keys:   Floats(Pad(tokens) * dim),
		values: Floats(Pad(dim) * tokens),
		scores: Floats(queryRows * Pad(tokens)),
		out:    Floats(queryRows * Pad(dim)),
		ones:   make([]float32, queryRows),
		scale:  make([]float32, queryRows),
		zeros:  make([]float32, max(Pad(tokens), Pad(dim))),
	}
	for i := range a.ones {
		a.ones[i] = 1
	}
	return a
}

// Head sets row i of dst to softmax(q_i kᵀ) v over the n rows of k and v: one
// head of one sequence without mask. The queries are expected to be scaled.
// Rows of q, k and v start at multiples of stride, those of dst at multiples
// of dstStride. The result does not depend on the tier.
func (a *Attention) Head(dst []float32, dstStride int, q, k, v []float32, stride, n int) {
	if n > a.tokens {
		panic("kernel: Head: sequence too long")
	}
	if n == 0 {
		return
	}
	a.pack(k, v, stride, n)
	step := min(queryRows, callRows(max(n, a.dim)))
	for from := 0; from < n; from += step {
		a.queries(dst[from*dstStride:], dstStride, q[from*stride:], stride, min(step, n-from), n)
	}
}

// pack brings keys and values into the panels of the float product.
func (a *Attention) pack(k, v []float32, stride, n int) {
	for i := 0; i < n; i += lanes {
		panel := a.keys[i*a.dim:][:lanes*a.dim]
		packKeys(panel, k[i*stride:], stride, min(lanes, n-i), a.dim)
	}
	whole := a.dim / lanes * lanes
	for i := range n {
		row := v[i*stride:][:a.dim]
		for d := 0; d < whole; d += lanes {
			*(*[lanes]float32)(a.values[d*n+i*lanes:]) = *(*[lanes]float32)(row[d:])
		}
		if whole < a.dim {
			copy(a.values[whole*n+i*lanes:], row[whole:])
		}
	}
}

// packKeysGeneric transposes up to 16 rows of dim values into a panel; missing
// rows are zeros.
func packKeysGeneric(panel, k []float32, stride, rows, dim int) {
	if rows < lanes {
		clear(panel)
	}
	for i := range rows {
		for d, x := range k[i*stride:][:dim] {
			panel[d*lanes+i] = x
		}
	}
}

// queries computes a block of rows of the result.
func (a *Attention) queries(dst []float32, dstStride int, q []float32, stride, rows, n int) {
	width := Pad(n)
	scores := floatProduct{
		c: a.scores, ldc: width,
		a: q, lda: stride, rows: rows,
		b: a.keys, k: a.dim, panels: width / lanes,
		rowScale: a.ones, bias: a.zeros,
	}
	scores.run()
	for i := range rows {
		a.scale[i] = 1 / Softmax(a.scores[i*width:][:width], n)
	}
	mix := floatProduct{
		c: dst, ldc: dstStride,
		a: a.scores, lda: width, rows: rows,
		b: a.values, k: n, panels: Pad(a.dim) / lanes,
		rowScale: a.scale, bias: a.zeros,
	}
	if a.dim%lanes == 0 {
		mix.run()
		return
	}
	mix.c, mix.ldc = a.out, Pad(a.dim) // whole panels do not fit into dst
	mix.run()
	for i := range rows {
		copy(dst[i*dstStride:][:a.dim], a.out[i*mix.ldc:])
	}
}
