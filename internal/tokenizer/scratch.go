package tokenizer

// scratch is the working memory of one call. It collects the ids and holds the
// word being built.
type scratch struct {
	ids   []int32
	room  int // ids of text that may still be added; negative means no limit
	total int // ids of text, the ones left out included

	word  []byte // of the normalized text, until its end is known
	chars int    // code points in word, or more where it stopped to grow

	pieces []int32 // WordPiece: the ids of the word so far
	marks  []mark  // WordPiece: nonstarters at the end of the word

	score []float64  // Unigram: ring of the best scores, by position
	back  []backward // Unigram: best piece that ends at a position
	path  []int32    // Unigram: ends of the pieces on the best path
}

// maxKept bounds what a scratch may hold when it goes back to the pool, so that
// one huge word does not stay in memory.
const maxKept = 1 << 16

func (t *Tokenizer) borrow() *scratch {
	if s, ok := t.scratch.Get().(*scratch); ok {
		return s
	}
	return &scratch{}
}

func (t *Tokenizer) giveBack(s *scratch) {
	s.ids = nil // the caller's
	if cap(s.word) > maxKept {
		s.word = nil
	}
	if cap(s.back) > maxKept {
		s.back, s.path = nil, nil
	}
	t.scratch.Put(s)
}

// begin starts a text whose ids are appended to ids, no more than room of them.
func (s *scratch) begin(ids []int32, room int) {
	s.ids, s.room, s.total = ids, room, 0
	s.word, s.chars = s.word[:0], 0
	s.marks = s.marks[:0]
}

func (s *scratch) add(id int32) {
	s.total++
	if s.room != 0 {
		s.room--
		s.ids = append(s.ids, id)
	}
}
