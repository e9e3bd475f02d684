package kernel

// multiplyGeneric is the twin of the assembly: rows [from, to) into c.
func (m *Int8Matrix) multiplyGeneric(c []float32, stride int, a *Int8Rows, from, to int) {
	var sum [lanes]int32
	for p := range Pad(m.outputs) / lanes {
		a.pairs = widenPanel(a.pairs[:0], m.data[p*m.quads*64:][:m.quads*64])
		for i := from; i < to; i++ {
			a.dotPanel(&sum, i, m.sum[p*lanes:])
			m.finish(c[(i-from)*stride+p*lanes:][:lanes], &sum, p, a, i)
		}
	}
}

// finish turns the integer sums of row i and panel p into results.
func (m *Int8Matrix) finish(out []float32, sum *[lanes]int32, p int, a *Int8Rows, i int) {
	scale, bias := m.scale[p*lanes:][:lanes], m.bias[p*lanes:][:lanes]
	for l := range out {
		v := float32(float32(sum[l]) * scale[l])
		out[l] = float32(v*a.scale[i]) + bias[l]
	}
	for j := range m.outliers {
		x := a.outliers[j*len(a.scale)+i]
		for l, w := range m.outlierWeights[j*Pad(m.outputs)+p*lanes:][:lanes] {
			out[l] += float32(x * w)
		}
	}
}

// widenPanel appends a panel with two outputs, 32 bits apart, in one integer:
// one multiplication serves both. A negative low half borrows from the high
// one, which splitPair gives back.
func widenPanel(pairs [][lanes / 2]int64, panel []int8) [][lanes / 2]int64 {
	for ; len(panel) > 0; panel = panel[64:] {
		line := (*[64]int8)(panel)
		for k := range 4 {
			var w [lanes / 2]int64
			for l := range w {
				w[l] = int64(line[8*l+k]) + int64(line[8*l+4+k])<<32
			}
			pairs = append(pairs, w)
		}
	}
	return pairs
}

func splitPair(s int64) (low, high int32) {
	low = int32(s)
	return low, int32((s - int64(low)) >> 32)
}

// dotPanel sets sum to the products of row i with the panel in r.pairs, whose
// sums of weights are given.
func (r *Int8Rows) dotPanel(sum *[lanes]int32, i int, weightSum []int32) {
	var s0, s1, s2, s3, s4, s5, s6, s7 int64
	row := r.wideRow(i)
	for k := range r.pairs {
		x, w := int64(row[k]), &r.pairs[k]
		s0 += x * w[0]
		s1 += x * w[1]
		s2 += x * w[2]
		s3 += x * w[3]
		s4 += x * w[4]
		s5 += x * w[5]
		s6 += x * w[6]
		s7 += x * w[7]
	}
	for l, s := range [lanes / 2]int64{s0, s1, s2, s3, s4, s5, s6, s7} {
		sum[2*l], sum[2*l+1] = splitPair(s)
	}
	if !r.wide {
		for l := range sum {
			sum[l] -= r.zero[i] * weightSum[l]
		}
	}
}

// wideRow returns row i as 16-bit integers.
func (r *Int8Rows) wideRow(i int) []int16 {
	row := r.data[i*r.stride:][:r.stride]
	if r.wide {
		return asInt16(row)
	}
	r.widened = r.widened[:0]
	for _, u := range row {
		r.widened = append(r.widened, int16(u))
	}
	return r.widened
}
