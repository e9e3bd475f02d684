package chunkers

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
)

func TestSentences(t *testing.T) {
	long := strings.Repeat("word ", 40) + "end"
	for _, tt := range []struct{ claim, text, want string }{
		{"stops end sentences", "One. Two! Three? Four… Five", "One.|Two!|Three?|Four…|Five"},
		{"white space alone is no sentence", " \n\t ", ""},
		{"a stop before lower case ends nothing", "It was etc. and so on. Then more.", "It was etc. and so on.|Then more."},
		{"abbreviations end nothing", "See Fig. 3 by Dr. Who vs. Mr. Smith, e.g. Table 2. Done.", "See Fig. 3 by Dr. Who vs. Mr. Smith, e.g. Table 2.|Done."},
		{"initials end nothing", "J. R. R. Tolkien wrote it. The U.S. Army did not.", "J. R. R. Tolkien wrote it.|The U.S. Army did not."},
		{"numbers keep their point", "Pi is 3.14 or v1.2.3. Use go1.26. Now.", "Pi is 3.14 or v1.2.3.|Use go1.26.|Now."},
		{"numbering belongs to its item", "1. First step.\n2. Second step.", "1. First step.|2. Second step."},
		{"closing marks belong to the sentence", "He said \"No.\" Then (she left.) End.", "He said \"No.\"|Then (she left.)|End."},
		{"a question inside a sentence goes on", "\"Why?\" he asked. Nobody knew.", "\"Why?\" he asked.|Nobody knew."},
		{"emphasis closes with the stop", "**Never do it.** Then go.", "**Never do it.**|Then go."},
		{"code spans are opaque", "Use `a. B` here. Then `c`.", "Use `a. B` here.|Then `c`."},
		{"wrapped lines are one sentence", "This line\nis wrapped. So\nis this.", "This line\nis wrapped.|So\nis this."},
		{"blank lines end sentences", "A title\n\nA text\r\n\r\nMore", "A title|A text|More"},
		{"items are sentences", "Do:\n- one\n- two\n  goes on\nend", "Do:|- one|- two\n  goes on\nend"},
		{"headings stand alone", "# Title\nText goes here.", "# Title|Text goes here."},
		{"unwrapped lines are sentences", "Short heading\n" + long + "\nNext", "Short heading|" + long + "|Next"},
		{"Chinese stops need no space", "今天很好。明天呢？不知道！", "今天很好。|明天呢？|不知道！"},
		{"a Japanese quotation goes on", "彼は「はい。」と言った。終わり。", "彼は「はい。」と言った。|終わり。"},
		{"Korean stops", "문서를 읽습니다. 색인을 만듭니다! 끝났나요?", "문서를 읽습니다.|색인을 만듭니다!|끝났나요?"},
		{"Korean endings without a stop", "문서를 읽습니다 색인을 만들어요 끝", "문서를 읽습니다|색인을 만들어요|끝"},
		{"a quoted Korean sentence goes on", "모릅니다 라고 말했다. 끝.", "모릅니다 라고 말했다.|끝."},
		{"a missing Korean space", "비가 왔다.그리고 갔다.", "비가 왔다.|그리고 갔다."},
		{"Korean dates", "2024. 5. 3. 시행한다. 끝.", "2024. 5. 3. 시행한다.|끝."},
		{"Korean lines", "첫째 줄이다\n둘째 줄이다", "첫째 줄이다|둘째 줄이다"},
		{"Hindi, Arabic and Burmese stops", "यह है। वह था। هل هذا؟ نعم. ဟုတ်။", "यह है।|वह था।|هل هذا؟|نعم.|ဟုတ်။"},
		{"several stops are one", "What?! No way... Yes.", "What?!|No way...|Yes."},
		{"quotations are not mixed with text", "> Said he\n> at length.\nWe agree.", "> Said he\n> at length.|We agree."},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			var got []string
			for _, s := range Sentences(tt.text) {
				got = append(got, s.In(tt.text))
			}
			if d := cmp.Diff(tt.want, strings.Join(got, "|")); d != "" {
				t.Errorf("Sentences(%q) (-want +got):\n%s", tt.text, d)
			}
		})
	}
}

func TestSentencesCoverEveryByteOnce(t *testing.T) {
	for seed := range uint64(3000) {
		checkSentences(t, randomText(rand.New(rand.NewPCG(seed, 2)), 60))
	}
}

// checkSentences fails if the sentences of text overlap, leave out something
// to read or are not trimmed.
func checkSentences(t *testing.T, text string) {
	t.Helper()
	end := 0
	for _, s := range append(Sentences(text), groundwork.Span{Start: len(text), End: len(text)}) {
		if s.Start < end || strings.TrimSpace(text[end:s.Start]) != "" {
			t.Fatalf("sentence at %v after byte %d leaves out %q of %q", s, end, text[end:max(end, s.Start)], text)
		}
		if own := s.In(text); own != strings.TrimFunc(own, unicode.IsSpace) || own == "" && s.Start != len(text) {
			t.Fatalf("sentence %q of %q is not trimmed", own, text)
		}
		end = s.End
	}
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"One. Two", "`a\n\n`. B", "다.\r\n\r\n1. x", "\xff.\xff \xe2\x80", "> a\n- b:\n|c|"} {
		f.Add(s)
	}
	f.Fuzz(checkSentences)
}

// The patterns are what a rule could be led to scan again and again.
func TestSentencesTakeLinearTime(t *testing.T) {
	for _, pattern := range []string{"a", "a ", ".", ". ", "`", "` ", "\n", "\n ", "다 ", "요 고 ", "a.\n", "1. ", ")", "-\n", strings.Repeat("x", 300) + "\n"} {
		text := strings.Repeat(pattern, (1<<20)/len(pattern))
		start := time.Now()
		Sentences(text)
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("1 MiB of %q took %v", pattern[:1], d)
		}
	}
}
