package hnsw

import (
	"iter"
	"slices"
	"sort"
)

// A tree is an ordered map that never changes once published: a writer copies
// the nodes on its path, so that every view keeps its own state and readers
// need no lock. It is a B+ tree without rebalancing on deletion; emptied nodes
// are dropped.
//
// A tree is a small value: copy it to keep a state.
type tree[K, V any] struct {
	root *node[K, V]
	size int
	cmp  func(a, b K) int
}

// A node is a leaf with keys and values, or has one kid more than keys: keys[i]
// is not above any key of kids[i+1] and above all of kids[i].
type node[K, V any] struct {
	owner *edit
	keys  []K
	vals  []V
	kids  []*node[K, V]
}

// An edit marks the nodes that a writer made since the last published state:
// these it may change in place. It must not have size 0, or all would be equal.
type edit struct{ _ byte }

const nodeKeys = 64

func (t *tree[K, V]) get(k K) (v V, ok bool) {
	n := t.root
	if n == nil {
		return v, false
	}
	for n.kids != nil {
		n = n.kids[n.kid(k, t.cmp)]
	}
	if i, ok := slices.BinarySearchFunc(n.keys, k, t.cmp); ok {
		return n.vals[i], true
	}
	return v, false
}

// kid returns the index of the kid that holds k.
func (n *node[K, V]) kid(k K, cmp func(a, b K) int) int {
	return sort.Search(len(n.keys), func(i int) bool { return cmp(n.keys[i], k) > 0 })
}

func (t *tree[K, V]) set(e *edit, k K, v V) {
	if t.root == nil {
		t.root = &node[K, V]{owner: e}
	}
	left, right, sep := t.insert(t.root, e, k, v)
	if right != nil {
		left = &node[K, V]{owner: e, keys: []K{sep}, kids: []*node[K, V]{left, right}}
	}
	t.root = left
}

// insert returns the node that replaces n, and if that had to be split its
// right part with the least key in it.
func (t *tree[K, V]) insert(n *node[K, V], e *edit, k K, v V) (left, right *node[K, V], sep K) {
	n = n.writable(e)
	if n.kids == nil {
		i, found := slices.BinarySearchFunc(n.keys, k, t.cmp)
		if found {
			n.vals[i] = v
			return n, nil, sep
		}
		n.keys = slices.Insert(n.keys, i, k)
		n.vals = slices.Insert(n.vals, i, v)
		t.size++
		right, sep = n.splitLeaf(e)
		return n, right, sep
	}
	i := n.kid(k, t.cmp)
	kid, r, s := t.insert(n.kids[i], e, k, v)
	n.kids[i] = kid
	if r == nil {
		return n, nil, sep
	}
	n.keys = slices.Insert(n.keys, i, s)
	n.kids = slices.Insert(n.kids, i+1, r)
	right, sep = n.splitInner(e)
	return n, right, sep
}

func (n *node[K, V]) writable(e *edit) *node[K, V] {
	if n.owner == e {
		return n
	}
	return &node[K, V]{owner: e, keys: slices.Clone(n.keys), vals: slices.Clone(n.vals), kids: slices.Clone(n.kids)}
}

func (n *node[K, V]) splitLeaf(e *edit) (right *node[K, V], sep K) {
	if len(n.keys) <= nodeKeys {
		return nil, sep
	}
	m := n.cut()
	right = &node[K, V]{owner: e, keys: slices.Clone(n.keys[m:]), vals: slices.Clone(n.vals[m:])}
	n.keys, n.vals = slices.Delete(n.keys, m, len(n.keys)), slices.Delete(n.vals, m, len(n.vals))
	return right, right.keys[0]
}

// cut says where to split: behind the middle, because keys often come in
// ascending order and then nobody adds to the left part any more.
func (n *node[K, V]) cut() int { return len(n.keys) * 3 / 4 }

func (n *node[K, V]) splitInner(e *edit) (right *node[K, V], sep K) {
	if len(n.kids) <= nodeKeys {
		return nil, sep
	}
	m := len(n.keys) / 2
	sep = n.keys[m]
	right = &node[K, V]{owner: e, keys: slices.Clone(n.keys[m+1:]), kids: slices.Clone(n.kids[m+1:])}
	n.keys, n.kids = slices.Delete(n.keys, m, len(n.keys)), slices.Delete(n.kids, m+1, len(n.kids))
	return right, sep
}

func (t *tree[K, V]) delete(e *edit, k K) {
	if _, ok := t.get(k); !ok {
		return
	}
	t.size--
	root := t.remove(t.root, e, k)
	for root != nil && root.kids != nil && len(root.kids) == 1 {
		root = root.kids[0]
	}
	t.root = root
}

// remove returns the node that replaces n, nil if nothing is left of it. k is
// there.
func (t *tree[K, V]) remove(n *node[K, V], e *edit, k K) *node[K, V] {
	n = n.writable(e)
	if n.kids == nil {
		i, _ := slices.BinarySearchFunc(n.keys, k, t.cmp)
		n.keys, n.vals = slices.Delete(n.keys, i, i+1), slices.Delete(n.vals, i, i+1)
		if len(n.keys) == 0 {
			return nil
		}
		return n
	}
	i := n.kid(k, t.cmp)
	if kid := t.remove(n.kids[i], e, k); kid != nil {
		n.kids[i] = kid
		return n
	}
	n.kids = slices.Delete(n.kids, i, i+1)
	if len(n.kids) == 0 {
		return nil
	}
	at := max(i-1, 0) // the separator before the kid, or behind the first one
	n.keys = slices.Delete(n.keys, at, at+1)
	return n
}

// from yields all keys from k on, in order; all of them if k is nil.
func (t *tree[K, V]) from(k *K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if t.root != nil {
			t.ascend(t.root, k, yield)
		}
	}
}

func (t *tree[K, V]) ascend(n *node[K, V], k *K, yield func(K, V) bool) bool {
	i := 0
	if n.kids == nil {
		if k != nil {
			i, _ = slices.BinarySearchFunc(n.keys, *k, t.cmp)
		}
		for ; i < len(n.keys); i++ {
			if !yield(n.keys[i], n.vals[i]) {
				return false
			}
		}
		return true
	}
	if k != nil {
		i = n.kid(*k, t.cmp)
	}
	for ; i < len(n.kids); i++ {
		if !t.ascend(n.kids[i], k, yield) {
			return false
		}
		k = nil // only the first kid has keys before k
	}
	return true
}
