package tokenizer

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// maxUnits is what 21 bits of offset can address.
const maxUnits = 1 << 21

var errTrieFull = errors.New("vocabulary is too large for a compiled tokenizer")

type trieKey struct {
	text  string
	value int32
}

// buildTrie returns the units for the keys, which are distinct, not empty and
// free of zero bytes. Equal keys give equal bytes, in whatever order they come.
func buildTrie(keys []trieKey) ([]byte, error) {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b trieKey) int { return cmp.Compare(a.text, b.text) })
	b := &trieBuilder{}
	b.grow()
	b.taken[0] = true
	b.unlink(0)
	if len(keys) > 0 {
		if err := b.node(0, keys, 0); err != nil {
			return nil, err
		}
	}
	out := make([]byte, 0, 4*len(b.units))
	for _, u := range b.units {
		out = binary.LittleEndian.AppendUint32(out, u)
	}
	return out, nil
}

// trieBuilder places nodes into blocks of 256 units. Free units of the last few
// blocks are linked in a ring, so the search for a place stays short; older blocks
// are given up with the little room they have left.
type trieBuilder struct {
	units      []uint32
	taken      []bool  // the unit is in use
	based      []bool  // the position is the base of a node's children
	next, prev []int32 // ring of the free units
	free       int32   // one of them, or -1
}

const openBlocks = 32

// grow adds a block and closes the oldest open one.
func (b *trieBuilder) grow() {
	start := int32(len(b.units))
	if start == 0 {
		b.free = -1
	}
	b.units = append(b.units, make([]uint32, 256)...)
	b.taken = append(b.taken, make([]bool, 256)...)
	b.based = append(b.based, make([]bool, 256)...)
	b.next = append(b.next, make([]int32, 256)...)
	b.prev = append(b.prev, make([]int32, 256)...)
	for i := start; i < start+256; i++ {
		b.link(i)
	}
	if closed := start - openBlocks*256; closed >= 0 {
		for i := closed; i < closed+256; i++ {
			if !b.taken[i] {
				b.unlink(i)
			}
		}
	}
}

// link puts a unit at the end of the ring.
func (b *trieBuilder) link(i int32) {
	if b.free < 0 {
		b.free, b.next[i], b.prev[i] = i, i, i
		return
	}
	last := b.prev[b.free]
	b.next[last], b.prev[i] = i, last
	b.next[i], b.prev[b.free] = b.free, i
}

func (b *trieBuilder) unlink(i int32) {
	if b.next[i] == i {
		b.free = -1
		return
	}
	b.next[b.prev[i]], b.prev[b.next[i]] = b.next[i], b.prev[i]
	if b.free == i {
		b.free = b.next[i]
	}
}

// node places the children of the unit at position at, whose keys share their
// first depth bytes, and then theirs.
func (b *trieBuilder) node(at int32, keys []trieKey, depth int) error {
	labels, groups := children(keys, depth)
	base, err := b.place(labels)
	if err != nil {
		return err
	}
	b.units[at] |= uint32(at^base) << 10
	for i, label := range labels {
		child := base ^ int32(label)
		if label == 0 {
			b.units[at] |= trieLeaf
			b.units[child] = trieValue | uint32(groups[i][0].value)
			continue
		}
		b.units[child] = uint32(label)
		if err := b.node(child, groups[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// children splits sorted keys by their byte at depth; label 0 is a key that ends.
func children(keys []trieKey, depth int) (labels []byte, groups [][]trieKey) {
	if len(keys[0].text) == depth {
		labels, groups = append(labels, 0), append(groups, keys[:1])
		keys = keys[1:]
	}
	for len(keys) > 0 {
		label := keys[0].text[depth]
		n := 1
		for n < len(keys) && keys[n].text[depth] == label {
			n++
		}
		labels, groups = append(labels, label), append(groups, keys[:n])
		keys = keys[n:]
	}
	return labels, groups
}

// place finds a base that no other node has and at which all labels are free,
// and takes those units.
func (b *trieBuilder) place(labels []byte) (int32, error) {
	base := b.findBase(labels)
	if base < 0 {
		base = int32(len(b.units))
		if base+256 > maxUnits {
			return 0, errTrieFull
		}
		b.grow()
		base ^= int32(labels[0]) // any base in a fresh block will do; this one keeps low units free
	}
	b.based[base] = true
	for _, label := range labels {
		b.taken[base^int32(label)] = true
		b.unlink(base ^ int32(label))
	}
	return base, nil
}

func (b *trieBuilder) findBase(labels []byte) int32 {
	if b.free < 0 {
		return -1
	}
	for at := b.free; ; {
		base := at ^ int32(labels[0])
		if !b.based[base] && !slices.ContainsFunc(labels, func(l byte) bool { return b.taken[base^int32(l)] }) {
			return base
		}
		if at = b.next[at]; at == b.free {
			return -1
		}
	}
}

func hasZeroByte(s string) bool { return strings.IndexByte(s, 0) >= 0 }
