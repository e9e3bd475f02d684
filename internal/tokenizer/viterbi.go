package tokenizer

import "math/bits"

// backward is the best piece that ends at a position: its length, 0 while none
// does, and its id.
type backward struct{ id, length int32 }

// cut finds the pieces of s.word with the highest sum of scores and adds their
// ids. Positions are visited from left to right and a piece replaces another only
// if its sum is greater, as in the reference, so that ties and the rounding of
// sums are the same.
//
// A sum is needed no longer than the longest piece reaches, so they live in a
// ring. Where no piece crosses a position, everything before it is settled.
func (m *unigram) cut(s *scratch) {
	word := s.word
	mask := m.ring(s)
	s.back = append(s.back[:0], make([]backward, len(word)+1)...)
	s.score[0] = 0
	unknowns := -1 // where a run of unknown characters starts, which has one id
	settled, reach := 0, 0
	for at := 0; at < len(word); {
		if at == reach && at > settled {
			unknowns = m.emit(s, settled, at, unknowns)
			settled = at
		}
		size := min(runeLen(word[at]), len(word)-at)
		reach = max(reach, m.extend(s, at, size, mask))
		at += size
	}
	unknowns = m.emit(s, settled, len(word), unknowns)
	m.endUnknown(s, unknowns, len(word))
}

// ring makes room for the sums and returns the mask for positions in it.
func (m *unigram) ring(s *scratch) int {
	size := 1 << bits.Len(uint(max(m.maxPiece, 4)))
	if len(s.score) < size {
		s.score = make([]float64, size)
	}
	return size - 1
}

// extend offers every piece that starts at a position, the first character of
// which has size bytes, and returns the farthest end.
func (m *unigram) extend(s *scratch, at, size, mask int) (reach int) {
	word := s.word[at:min(len(s.word), at+m.maxPiece)]
	sum := s.score[at&mask]
	node := m.root
	single := false
	for i, b := range word {
		node ^= uint32(b)
		unit := m.vocab.unit(node)
		if unit&trieLabel != uint32(b) || b == 0 {
			break
		}
		node ^= trieOffset(unit)
		if unit&trieLeaf == 0 {
			continue
		}
		id := int32(m.vocab.unit(node) &^ trieValue)
		if id >= m.vocabSize {
			continue
		}
		reach = at + i + 1
		s.offer(at, reach, mask, sum+m.scores.at(id), id)
		single = single || i+1 == size
	}
	if !single {
		s.offer(at, at+size, mask, sum+m.unkScore, m.unknown)
	}
	return max(reach, at+size)
}

// offer makes a piece the best one that ends at end, if it is.
func (s *scratch) offer(start, end, mask int, sum float64, id int32) {
	best := &s.back[end]
	if best.length == 0 || sum > s.score[end&mask] {
		s.score[end&mask] = sum
		*best = backward{id, int32(end - start)}
	}
}

// emit adds the ids of the best path between two settled positions. It takes the
// start of the run of unknown characters before them, or -1, and returns that of
// the run at their end.
func (m *unigram) emit(s *scratch, from, to, unknowns int) int {
	s.path = s.path[:0]
	for end := to; end > from; end -= int(s.back[end].length) {
		s.path = append(s.path, int32(end))
	}
	for i := len(s.path) - 1; i >= 0; i-- {
		end := int(s.path[i])
		piece := s.back[end]
		start := end - int(piece.length)
		if piece.id == m.unknown {
			if unknowns < 0 {
				unknowns = start
			}
			continue
		}
		m.endUnknown(s, unknowns, start)
		unknowns = -1
		s.add(piece.id)
	}
	return unknowns
}

// endUnknown adds one id for a run of unknown pieces that ends at a position: the
// reference looks the whole run up once more.
func (m *unigram) endUnknown(s *scratch, start, end int) {
	if start < 0 {
		return
	}
	id := m.vocab.find(s.word[start:end])
	if id < 0 || id >= m.vocabSize {
		id = m.unknown
	}
	s.add(id)
}
