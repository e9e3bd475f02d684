//go:build amd64 && !purego

package kernel

// floatArgs are the arguments of the float products; strides are in bytes.
type floatArgs struct {
	a        *float32
	lda      int
	b        *float32 // panel
	k        int
	rows     int
	c        *float32
	ldc      int
	rowScale *float32
	bias     *float32 // of the panel's columns
}

//go:noescape
func gemmF32AVX2(args *floatArgs)

//go:noescape
func gemmF32FusedAVX2(args *floatArgs)

func (p *floatProduct) run() {
	if !useAVX2 {
		p.runGeneric()
		return
	}
	args := p.args()
	for j := range p.panels {
		p.panel(&args, j)
		gemmF32AVX2(&args)
	}
}

func (p *floatProduct) runFused() {
	if !useAVX2 {
		p.runGeneric()
		return
	}
	args := p.args()
	for j := range p.panels {
		p.panel(&args, j)
		gemmF32FusedAVX2(&args)
	}
}

func (p *floatProduct) args() floatArgs {
	return floatArgs{
		a: &p.a[0], lda: 4 * p.lda, k: p.k, rows: p.rows,
		ldc: 4 * p.ldc, rowScale: &p.rowScale[0],
	}
}

// panel points the arguments at panel j.
func (p *floatProduct) panel(args *floatArgs, j int) {
	args.b, args.c, args.bias = &p.b[j*p.k*lanes], &p.c[j*lanes], &p.bias[j*lanes]
}

// packKeysAVX2 transposes 16 rows, stride bytes apart, of dim values, a
// multiple of 4 above 0.
//
//go:noescape
func packKeysAVX2(panel, k *float32, stride, dim int)

func packKeys(panel, k []float32, stride, rows, dim int) {
	if !useAVX2 || rows < lanes || dim%4 != 0 {
		packKeysGeneric(panel, k, stride, rows, dim)
		return
	}
	_, _ = panel[lanes*dim-1], k[(lanes-1)*stride+dim-1]
	packKeysAVX2(&panel[0], &k[0], 4*stride, dim)
}
