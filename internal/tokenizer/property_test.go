package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// alphabet has what the rules treat differently.
var alphabet = []rune("aabbABé \n.#[<▁\u0301\u0323\u302e\u1b44각가世İß\u0600\u200d©❤क\u094d\ufffd\x00")

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range r.IntN(n) {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
		if r.IntN(20) == 0 {
			b.WriteByte(byte(0x80 + r.IntN(0x80)))
		}
	}
	return b.String()
}

// The definition of Unigram, without any shortcut: every piece at every position,
// sums from left to right, and runs of unknown characters as one.
func unigramByDefinition(pieces map[string]int32, score []float64, unknown int32, word string) []int32 {
	type node struct {
		sum   float64
		start int
		id    int32
	}
	lowest := slices.Min(score)
	best := make([]*node, len(word)+1)
	best[0] = &node{}
	for at := 0; at < len(word); {
		_, size := utf8.DecodeRuneInString(word[at:])
		single := false
		for end := at + 1; end <= len(word); end++ {
			id, ok := pieces[word[at:end]]
			if !ok {
				continue
			}
			if sum := best[at].sum + score[id]; best[end] == nil || sum > best[end].sum {
				best[end] = &node{sum, at, id}
			}
			single = single || end == at+size
		}
		if sum := best[at].sum + lowest - 10; !single && (best[at+size] == nil || sum > best[at+size].sum) {
			best[at+size] = &node{sum, at, unknown}
		}
		at += size
	}
	var ids []int32
	for end := len(word); end > 0; {
		n := best[end]
		start := n.start
		for n.id == unknown && start > 0 && best[start].id == unknown {
			start = best[start].start
		}
		id := n.id
		if v, ok := pieces[word[start:end]]; id == unknown && ok {
			id = v
		}
		ids = append(ids, id)
		end = start
	}
	slices.Reverse(ids)
	return ids
}

func TestUnigramFollowsItsDefinition(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []piece
		ids, scores := map[string]int32{"<s>": 0, "</s>": 1, "<unk>": 2}, []float64{0, 0, 0}
		for range r.IntN(40) {
			var text strings.Builder
			for range 1 + r.IntN(4) {
				text.WriteRune([]rune("abcé▁")[r.IntN(5)])
			}
			p := piece{text.String(), -float64(r.IntN(8)) / 2} // few values, many ties
			ids[p.text] = int32(len(scores))
			scores = append(scores, p.score)
			list = append(list, p)
		}
		tok := fromJSON(t, unigramJSON("null", list...))
		for range 20 {
			word := "▁"
			for range 1 + r.IntN(12) {
				word += string([]rune("abcé")[r.IntN(4)])
			}
			got, _ := tok.Encode(nil, strings.TrimPrefix(word, "▁"), 0)
			want := append(append([]int32{0}, unigramByDefinition(ids, scores, 2, word)...), 1)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %q gives %v, want %v of %v", seed, word, got, want, list)
			}
		}
	}
}

func TestWordPieceFollowsItsDefinition(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		vocab := map[string]int32{}
		var list []string
		for range r.IntN(25) {
			text := []string{"", "##"}[r.IntN(2)]
			for range 1 + r.IntN(3) {
				text += string([]rune("abç")[r.IntN(3)])
			}
			if _, ok := vocab[text]; !ok {
				vocab[text] = int32(4 + len(list))
				list = append(list, text)
			}
		}
		text := strings.Replace(bertJSON(list...), `"strip_accents":null`, `"strip_accents":false`, 1)
		tok := fromJSON(t, text)
		for range 20 {
			word := ""
			for range 1 + r.IntN(8) {
				word += string([]rune("abç")[r.IntN(3)])
			}
			got, _ := tok.Encode(nil, word, 0)
			want := append(append([]int32{2}, wordPieceByDefinition(vocab, word)...), 3)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %q gives %v, want %v of %v", seed, word, got, want, list)
			}
		}
	}
}

func wordPieceByDefinition(vocab map[string]int32, word string) []int32 {
	var ids []int32
	for prefix := ""; word != ""; prefix = "##" {
		end := len(word)
		for end > 0 {
			if id, ok := vocab[prefix+word[:end]]; ok {
				ids = append(ids, id)
				break
			}
			end--
		}
		if end == 0 {
			return []int32{1}
		}
		word = word[end:]
	}
	return ids
}

// checkEncode holds what is true of every tokenizer and text.
func checkEncode(t *testing.T, tok *Tokenizer, text string, max int) {
	t.Helper()
	ids, total := tok.Encode(nil, text, 0)
	if len(ids) != total || tok.Count(text) != total {
		t.Fatalf("%q: %d ids, total %d, count %d", text, len(ids), total, tok.Count(text))
	}
	for _, id := range ids {
		if id < 0 || int(id) >= tok.VocabSize() {
			t.Fatalf("%q: id %d of a vocabulary of %d", text, id, tok.VocabSize())
		}
	}
	if again, _ := tok.Encode(nil, string([]rune(text)), 0); !slices.Equal(ids, again) {
		t.Fatalf("%q: %v, and %v with U+FFFD for its invalid bytes", text, ids, again)
	}
	cut, cutTotal := tok.Encode([]int32{-7}, text, max)
	specials := len(tok.single.before) + len(tok.single.after)
	if cut[0] != -7 || cutTotal != total || max > 0 && len(cut)-1 > max {
		t.Fatalf("%q: max %d gives %d of %d ids", text, max, len(cut)-1, cutTotal)
	}
	if max >= specials && total > max {
		want := slices.Concat(ids[:max-len(tok.single.after)], tok.single.after)
		if !slices.Equal(cut[1:], want) {
			t.Fatalf("%q: max %d gives %v, want %v", text, max, cut[1:], want)
		}
	}
	pair, second, pairTotal := tok.EncodePair(nil, text, text, max)
	if second < 0 || second > len(pair) || max > 0 && len(pair) > max || pairTotal < len(pair) {
		t.Fatalf("%q: pair within %d is %d of %d, second from %d", text, max, len(pair), pairTotal, second)
	}
}

func TestEncodeKeepsItsPromisesOnRandomText(t *testing.T) {
	for _, m := range shipped {
		tok := load(t, m.name)
		const seed = 3
		r := rand.New(rand.NewPCG(seed, 3))
		for range 1000 {
			checkEncode(t, tok, randomText(r, 60), r.IntN(20)-2)
		}
	}
}

// A text cut at a space has the ids of its parts: words do not see each other.
func TestWordsDoNotSeeEachOther(t *testing.T) {
	for _, m := range shipped {
		tok := load(t, m.name)
		r := rand.New(rand.NewPCG(4, 4))
		for range 2000 {
			a, b := randomText(r, 30)+".", "x"+randomText(r, 30)
			whole, parts := tok.Count(a+" "+b), tok.Count(a)+tok.Count(b)-2
			if whole != parts {
				t.Fatalf("%s: %q and %q have %d ids, together %d", m.name, a, b, parts, whole)
			}
		}
	}
}

func TestGraphemeClusters(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"ab", 1}, {"e\u0301\u0302x", 5}, {"\r\n\u0301", 2}, {"\n\u0301", 1}, {"\u0301a", 2}, {"\u200d\u200dx", 6},
		{"\u1100\u1161\u11a8\u11a8\u1100", 12}, {"\u1100\u1100", 6}, {"가\u11a8", 6}, {"각\u1161", 3}, {"각\u11a8", 6}, {"\u11a8\u1161", 3}, {"가나", 3},
		{"\u0600a", 3}, {"\u0600\n", 2}, {"a\u0903b", 4}, {"\u0e01\u0e33", 6},
		{"©\u200d❤x", 8}, {"©\u0301\u200d❤x", 10}, {"©\u200d\u200d❤", 8}, {"a\u200d❤", 4}, {"❤\u0903\u200d❤", 9},
		{"क\u094dक", 9}, {"कक", 3}, {"क\u094d\u200dक", 12}, {"a\u094dक", 4}, {"क\u094d\u200cक", 9}, {"क\u0301\u094d\u0301क\u0301", 15},
	} {
		if got := graphemeEnd(c.text); got != c.want {
			t.Errorf("%+q: first cluster has %d bytes, want %d", c.text, got, c.want)
		}
	}
}
