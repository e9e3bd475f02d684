package tokenizer

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestWordPieceTakesTheLongestPieces(t *testing.T) {
	tok := fromJSON(t, bertJSON("un", "##aff", "##able", "##a", "hello", ",", "世", "界", "##ing", "i", "e"))
	for _, c := range []struct {
		text string
		want []int32
	}{
		{"unaffable", []int32{4, 5, 6}},
		{"UNAFFABLE", []int32{4, 5, 6}},
		{"unaffa", []int32{4, 5, 7}},
		{"unaffx", []int32{1}},
		{"hello,hello", []int32{8, 9, 8}},
		{"  hello\t\n", []int32{8}},
		{"世界", []int32{10, 11}},
		{"hel\u200blo", []int32{8}},
		{"hel\x00lo\ufffd", []int32{8}},
		{"h\u00e9llo h\u0065\u0301llo", []int32{8, 8}},
		{"\u0130", []int32{13}},
		{"[CLS]hello[SEP]", []int32{2, 8, 3}},
		{"[cls]", []int32{1, 1, 1}},
		{"##ing", []int32{1, 1, 1}},
		{strings.Repeat("a", 100), []int32{1}},
		{strings.Repeat("hello", 21), []int32{1}},
		{"hel\xfflo", []int32{8}},
		{"hello\xe4\xb8", []int32{8}},
	} {
		ids, total := tok.Encode(nil, c.text, 0)
		want := append(append([]int32{2}, c.want...), 3)
		if !slices.Equal(ids, want) || total != len(want) {
			t.Errorf("%+q gives %v of %d, want %v", c.text, ids, total, want)
		}
	}
}

func TestWordOfTooManyCodePointsIsUnknown(t *testing.T) {
	tok := fromJSON(t, bertJSON("a", "##a", "é", "##é"))
	for _, c := range []struct {
		text string
		want int
	}{
		{strings.Repeat("a", 100), 100},
		{strings.Repeat("a", 101), 1},
		{strings.Repeat("a", 100) + "\u0301", 100}, // the accent is gone before the count
		{strings.Repeat("a", 99) + "é" + "a", 1},
		{strings.Repeat("a", 101) + " " + strings.Repeat("a", 100), 101},
		{strings.Repeat("가", 51), 1}, // two jamo each
	} {
		if got := tok.Count(c.text) - 2; got != c.want {
			t.Errorf("%d bytes of %.5q: %d ids, want %d", len(c.text), c.text, got, c.want)
		}
	}
}

func TestUnigramFindsTheBestPath(t *testing.T) {
	tok := fromJSON(t, unigramJSON("null", piece{"▁", -2}, piece{"a", -2}, piece{"b", -2}, piece{"ab", -3}, piece{"▁a", -3.5}, piece{"xy", -1}, piece{"bb", -4}, piece{"<unk>z", -1}))
	for _, c := range []struct {
		text string
		want []int32
	}{
		{"ab", []int32{3, 6}},
		{"a", []int32{7}},
		{"abb", []int32{3, 6, 5}},
		{"bb", []int32{3, 9}}, // bb and b b tie: the one that starts first stays
		{"a  a\u3000a", []int32{7, 7, 7}},
		{"a▁b", []int32{7, 3, 5}},
		{"▁▁a", []int32{3, 7}},
		{"qq", []int32{3, 2}}, // one id for a run of unknown characters
		{"qaq", []int32{3, 2, 4, 2}},
		{"xy", []int32{3, 8}},
		{"q\xffq", []int32{3, 2}},
		{"<s>a</s>", []int32{0, 7, 1}},
		{"<unk>", []int32{3, 2}},
		{"q<unk>q", []int32{3, 2}},
		{"<unk>z", []int32{3, 10}},
	} {
		ids, total := tok.Encode(nil, c.text, 0)
		want := append(append([]int32{0}, c.want...), 1)
		if !slices.Equal(ids, want) || total != len(want) {
			t.Errorf("%+q gives %v of %d, want %v", c.text, ids, total, want)
		}
	}
}

func TestCharacterMapTakesSmallClustersWhole(t *testing.T) {
	normalizer := precompiledJSON(t, map[string]string{"Ａ": "A", "e\u0301": "é", "\n": " ", "\u0007": "", "ﬁ": "fi", "…": "..."})
	tok := fromJSON(t, unigramJSON(normalizer, piece{"▁", -1}, piece{"A", -1}, piece{"é", -1}, piece{"e", -1}, piece{"\u0301", -1}, piece{"f", -1}, piece{"i", -1}, piece{".", -1}))
	for _, c := range []struct {
		text string
		want []int32
	}{
		{"Ａ", []int32{3, 4}},
		{"Ａ\u0301", []int32{3, 4}},             // five bytes: the map takes the cluster, the mark is lost
		{"Ａ\u0301\u0301", []int32{3, 4, 7, 7}}, // seven bytes: character by character
		{"e\u0301", []int32{3, 5}},             // a key of two characters
		{"e\u0301\u0301", []int32{3, 5}},       // the shortest key wins, the rest is lost
		{"e\u0301\u0301\u0301", []int32{3, 6, 7, 7, 7}},
		{"A\nA", []int32{3, 4, 3, 4}},
		{"A\aA", []int32{3, 4, 4}},
		{"ﬁ…", []int32{3, 8, 9, 10, 10, 10}},
		{"\u0301", []int32{3, 7}},
	} {
		ids, _ := tok.Encode(nil, c.text, 0)
		if want := append(append([]int32{0}, c.want...), 1); !slices.Equal(ids, want) {
			t.Errorf("%+q gives %v, want %v", c.text, ids, want)
		}
	}
}

func TestMaxCutsTheTextAndKeepsTheSpecialTokens(t *testing.T) {
	tok := fromJSON(t, bertJSON("a"))
	text := "a a a a"
	for _, c := range []struct {
		max  int
		want []int32
	}{
		{-1, []int32{2, 4, 4, 4, 4, 3}},
		{0, []int32{2, 4, 4, 4, 4, 3}},
		{1, []int32{2}},
		{2, []int32{2, 3}},
		{3, []int32{2, 4, 3}},
		{5, []int32{2, 4, 4, 4, 3}},
		{6, []int32{2, 4, 4, 4, 4, 3}},
		{7, []int32{2, 4, 4, 4, 4, 3}},
	} {
		ids, total := tok.Encode([]int32{9, 9}, text, c.max)
		if !slices.Equal(ids, append([]int32{9, 9}, c.want...)) || total != 6 {
			t.Errorf("max %d gives %v of %d, want %v of 6", c.max, ids, total, c.want)
		}
	}
}

func TestPairCutsTheLongerTextFirst(t *testing.T) {
	tok := fromJSON(t, bertJSON("a", "b"))
	many := func(s string, n int) string { return strings.Repeat(s+" ", n) }
	for _, c := range []struct{ a, b, max, wantA, wantB int }{
		{2, 3, 0, 2, 3}, {2, 3, 8, 2, 3}, {2, 3, 7, 2, 2}, {5, 2, 8, 3, 2}, {5, 5, 8, 2, 3}, {6, 5, 8, 3, 2},
		{9, 9, 3, 0, 0}, {9, 9, 4, 0, 1}, {0, 9, 6, 0, 3}, {1, 9, 5, 1, 1},
	} {
		ids, second, total := tok.EncodePair([]int32{9}, many("a", c.a), many("b", c.b), c.max)
		want := []int32{9, 2}
		want = append(want, slices.Repeat([]int32{4}, c.wantA)...)
		want = append(want, 3)
		wantSecond := len(want)
		want = append(want, slices.Repeat([]int32{5}, c.wantB)...)
		want = append(want, 3)
		if !slices.Equal(ids, want) || second != wantSecond || total != c.a+c.b+3 {
			t.Errorf("%d and %d within %d: %v, second from %d of %d; want %v from %d", c.a, c.b, c.max, ids, second, total, want, wantSecond)
		}
	}
	if ids, second, _ := tok.EncodePair(nil, "a", "b", 2); !slices.Equal(ids, []int32{2, 3}) || second != 2 {
		t.Errorf("max 2 gives %v, second from %d", ids, second)
	}
}

func TestPairOfRobertaHasOneType(t *testing.T) {
	tok := fromJSON(t, unigramJSON("null", piece{"▁a", -1}))
	ids, second, total := tok.EncodePair(nil, "a", "a", 0)
	if want := []int32{0, 3, 1, 1, 3, 1}; !slices.Equal(ids, want) || second != len(want) || total != len(want) {
		t.Errorf("got %v, second from %d of %d, want %v and %d", ids, second, total, want, len(want))
	}
}

func TestAddedTokensAreFoundInRawText(t *testing.T) {
	added := `"added_tokens":[{"id":5,"content":"<m>","lstrip":true,"special":true},{"id":6,"content":"<m>x","special":true},{"id":7,"content":"É","rstrip":true}],`
	text := bertJSON("a")
	start, end := strings.Index(text, `"added_tokens"`), strings.Index(text, `"normalizer"`)
	tok := fromJSON(t, text[:start]+added+text[end:])
	if tok.VocabSize() != 8 {
		t.Errorf("vocabulary of %d, want 8", tok.VocabSize())
	}
	for _, c := range []struct {
		text string
		want []int32
	}{
		{"a \u3000<m> a", []int32{4, 5, 4}},
		{"a<m>xa", []int32{4, 6, 4}},
		{"<m<m>", []int32{1, 1, 5}},
		{"aÉ\u2003a", []int32{4, 7, 4}},
		{"é", []int32{1}},
		{"<m><m>", []int32{5, 5}},
	} {
		ids, _ := tok.Encode(nil, c.text, 0)
		if want := append(append([]int32{2}, c.want...), 3); !slices.Equal(ids, want) {
			t.Errorf("%+q gives %v, want %v", c.text, ids, want)
		}
	}
}

func TestCountIsTheTotal(t *testing.T) {
	for _, m := range shipped {
		tok := load(t, m.name)
		for _, text := range pathological(3000) {
			ids, total := tok.Encode(nil, text, 0)
			if got := tok.Count(text); got != total || len(ids) != total {
				t.Errorf("%s: %.20q: count %d, %d ids of %d", m.name, text, got, len(ids), total)
			}
		}
	}
}

func TestConcurrentCallsGiveTheSameIDs(t *testing.T) {
	for _, m := range shipped {
		tok := load(t, m.name)
		texts := pathological(2000)
		var want [][]int32
		for _, text := range texts {
			ids, _ := tok.Encode(nil, text, 0)
			want = append(want, ids)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for i, text := range texts {
					if ids, _ := tok.Encode(nil, text, 0); !slices.Equal(ids, want[i]) {
						t.Errorf("%s: text %d differs", m.name, i)
					}
				}
			})
		}
		group.Wait()
	}
}

func TestEncodeDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector pools lose their content")
	}
	text := strings.Repeat("The quick brown fox, 대한민국 naïve e\u0301 日本語. ", 50)
	for _, m := range shipped {
		tok := load(t, m.name)
		ids := make([]int32, 0, 4096)
		allocs := testing.AllocsPerRun(50, func() { ids, _ = tok.Encode(ids[:0], text, 0) })
		if allocs > 1 { // the pool may lose its content to the collector
			t.Errorf("%s: %v allocations a call", m.name, allocs)
		}
	}
}
