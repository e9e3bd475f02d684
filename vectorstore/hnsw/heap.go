package hnsw

// A near is a slot with its key: higher is closer.
type near struct {
	key  float32
	slot uint32
}

// A closest is a heap with the closest on top, a farthest one with the farthest
// on top. They are written out because the generic heap costs a quarter of a
// search.
type closest []near

func (h *closest) push(n near) {
	a := append(*h, n)
	i := len(a) - 1
	for i > 0 {
		up := (i - 1) / 2
		if a[up].key >= n.key {
			break
		}
		a[i] = a[up]
		i = up
	}
	a[i] = n
	*h = a
}

func (h *closest) pop() near {
	a := *h
	top, last := a[0], a[len(a)-1]
	a = a[:len(a)-1]
	i := 0
	for {
		c := 2*i + 1
		if c >= len(a) {
			break
		}
		if c+1 < len(a) && a[c+1].key > a[c].key {
			c++
		}
		if a[c].key <= last.key {
			break
		}
		a[i] = a[c]
		i = c
	}
	if len(a) > 0 {
		a[i] = last
	}
	*h = a
	return top
}

type farthest []near

func (h *farthest) push(n near) {
	a := append(*h, n)
	i := len(a) - 1
	for i > 0 {
		up := (i - 1) / 2
		if a[up].key <= n.key {
			break
		}
		a[i] = a[up]
		i = up
	}
	a[i] = n
	*h = a
}

// replace puts n in place of the farthest.
func (h farthest) replace(n near) {
	i := 0
	for {
		c := 2*i + 1
		if c >= len(h) {
			break
		}
		if c+1 < len(h) && h[c+1].key < h[c].key {
			c++
		}
		if h[c].key >= n.key {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = n
}
