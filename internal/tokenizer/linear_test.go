package tokenizer

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// units are repeated to texts that provoke: what never ends a word, a cluster, a
// match or a run.
var units = []string{
	"a", "A", "0", " ", "\n", "\r\n", "\t", "\x00", ".", "ab", "a ", "a.", "#", "##a", "é", "É", "ß", "İ", "e\u0301", "\u0301",
	"\u0301\u0300", "\u0327\u0301", "\u302e", "\u302e\u1b44", "\U0001d165\U0001d16d\u302e", "a\u0301\u0302\u0303", "ﬁ", "Ａ", "①",
	"가", "각", "\u1100", "\u1161", "\u11a8", "\u1100\u1161\u11a8", "\u1100\u0301", "世", "世界", "\uf900", "ア", "ｱﾞ", "\u0915\u094d",
	"\u0915", "\u094d", "\u0e33", "\u0600", "\u0600a", "\u0903", "\u200d", "\u200b", "\ufeff", "\ufffd", "\U0001f468", "\U0001f468\u200d",
	"\U0001f1f0", "\U0001f1f0\U0001f1f7", "\u00a9\u200d", "\u2764\ufe0f", "\ue000", "\U000e0041", "\U0010ffff", "\u0378", "▁", "▁a", "▁▁",
	"[", "[CLS", "[CLS]", "[SEP] ", "<", "<s", "<s>", "<mask>", " <mask>", "\u3000<mask>", "<unk>", "</s", "\xff", "\xe4\xb8", "\xf0\x9f", "\xc3",
	"qz", "the ", "ing", "antidisestablishmentarianism", "zqxjЖ", "\u2028", "\u0085", "\u180e", "\u2581\u0301",
}

// pathological returns texts of about n bytes.
func pathological(n int) []string {
	var texts []string
	for _, unit := range units {
		text := strings.Repeat(unit, n/len(unit)+1)
		texts = append(texts, text, "a"+text+"b")
	}
	return texts
}

// Four times the text may take four times the time, not sixteen times. Other work
// on the machine disturbs single runs, so the best of some counts.
func TestTimeIsLinearInTheText(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector distorts the times")
	}
	const size, attempts = 8 << 10, 20
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, m := range shipped {
		tok := load(t, m.name)
		once := func(text string) time.Duration {
			start := cpuTime()
			tok.Count(text)
			return cpuTime() - start
		}
		short, long := pathological(size), pathological(4*size)
		for i := range short {
			shortest, longest := once(short[i]), once(long[i])
			for try := 0; longest > 9*shortest && try < attempts; try++ {
				shortest, longest = min(shortest, once(short[i])), min(longest, once(long[i]))
			}
			if longest > 9*shortest && longest > time.Millisecond {
				t.Errorf("%s: %.12q takes %v for %d KiB and %v for %d", m.name, short[i], shortest, size>>10, longest, 4*size>>10)
			}
		}
	}
}

// One word of many megabytes is where a quadratic step or a large buffer per byte
// would show.
func TestOneHugeWord(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, m := range shipped {
		tok := load(t, m.name)
		for _, unit := range []string{"a", "가", "\u0301", "\U0001f468\u200d"} {
			n := (2 << 20) / len(unit)
			start := cpuTime()
			tok.Count(strings.Repeat(unit, n))
			if took := cpuTime() - start; took > 10*time.Second {
				t.Errorf("%s: 2 MiB of %q took %v", m.name, unit, took)
			}
		}
	}
}
