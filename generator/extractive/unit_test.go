package extractive

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seed4837efcb/groundwork"
)

// show renders the units of text, spans joined by " + ".
func show(text string, units []unit) string {
	var b strings.Builder
	for _, u := range units {
		for i, q := range u.quotes {
			if i > 0 {
				b.WriteString(" + ")
			}
			b.WriteString(strings.ReplaceAll(q.In(text), "\n", "/"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestUnits(t *testing.T) {
	for _, tt := range []struct{ claim, mime, text, want string }{
		{"sentences", "text/plain", "The index is small. It grows\nwith time!", "The index is small.\nIt grows/with time!\n"},
		{"headings are no answer", "text/markdown", "# Install it now\n\nTitle of it\n===\nRun the setup.\n\nNext Steps\n\nDone at last.", "Run the setup.\nDone at last.\n"},
		{"list items without their marks", "text/markdown", "You can:\n- read the files\n  line by line\n- write them\n1. or both of them\n", "read the files/  line by line\nwrite them\nor both of them\n"},
		{"lead-ins alone are no answer", "text/markdown", "These are the options:\n\nThat was all of it.", "That was all of it.\n"},
		{"code comes with what leads to it", "text/markdown", "Do this first. Run the server:\n\n```sh\nkbqa serve\n```\n\nThen stop it.", "Do this first.\nRun the server://```sh/kbqa serve/```\nThen stop it.\n"},
		{"code alone", "text/markdown", "```\nx = 1\n", "```/x = 1\n"},
		{"table rows with their header", "text/markdown", "| name | limit |\n|---|---|\n| files | 40 |\n| pages | 90 |\n", "| name | limit | + | files | 40 |\n| name | limit | + | pages | 90 |\n"},
		{"rows without a header", "text/markdown", "| files | 40 |\n| pages | 90 |", "| files | 40 |\n| pages | 90 |\n"},
		{"links and navigation are no answer", "text/markdown", "[Home](/) | [Docs](/docs) | [About](/about)\n\n[Next page](next.md)\n\nhttps://example.com/a/long/path\n\n![A picture of it](x.png)\n\nSee [the manual](m.md) for the limits.", "See [the manual](m.md) for the limits.\n"},
		{"markup lines are no answer", "text/markdown", "<div class=\"x\">\n/// tip\nThis is a useful tip.\n///\n{* ../../docs_src/a.py hl[1] *}\n---\n</div>", "This is a useful tip.\n"},
		{"lines of markup with a few words", "text/markdown", "<div class=\"user\"><a href=\"{{ url }}\"><div class=\"avatar\"></div>Answers given</a></div>\n<b>Never</b> do it twice.", "<b>Never</b> do it twice.\n"},
		{"a directive parts code from what leads to another", "text/markdown", "Do it like this:\n\n///\n\n```\nx = 1\n```", "```/x = 1/```\n"},
		{"quotations lose their first mark", "text/markdown", "> It is said to be true.\n", "It is said to be true.\n"},
		{"records with the names of their columns", "text/csv", "id,note\n1,\"two\nlines here\"\n2,something\n", "id,note + 1,\"two/lines here\"\nid,note + 2,something\n"},
		{"lines of data", "application/json", "a.name: first value\na.size: 12 bytes\n", "a.name: first value\na.size: 12 bytes\n"},
		{"paragraphs of source code", "text/x-go", "func a() int {\n\treturn 1\n}\n\nfunc b() {}\n", "func a() int {/\treturn 1/}\nfunc b() {}\n"},
		{"Korean sentences", "text/markdown", "## 제한\n\n업로드 한도는 30개입니다. 더 올리면 오류가 납니다\n그래서 나눠야 한다.\n", "업로드 한도는 30개입니다.\n더 올리면 오류가 납니다\n그래서 나눠야 한다.\n"},
		{"facts without a stop", "text/plain", "Opening hours: 9 to 5\n\nPrice 30 EUR", "Opening hours: 9 to 5\nPrice 30 EUR\n"},
		{"nothing to say", "text/markdown", "Ok.\n\n...\n\n* * *\n", ""},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			p := &groundwork.Hit{Chunk: groundwork.Chunk{Text: tt.text, MIME: tt.mime}}
			if d := cmp.Diff(tt.want, show(tt.text, unitsOf(p, 0))); d != "" {
				t.Errorf("units of %q (-want +got):\n%s", tt.text, d)
			}
		})
	}
}

func TestLongSentencesAreQuotedInParts(t *testing.T) {
	for _, word := range []string{"many words here ", "가나다라", "x"} {
		text := strings.Repeat(word, 300)
		p := &groundwork.Hit{Chunk: groundwork.Chunk{Text: text}}
		total := 0
		for _, u := range unitsOf(p, 0) {
			if n := u.own().Len(); n > maxUnit {
				t.Errorf("a unit has %d bytes", n)
			}
			total += u.own().Len()
		}
		if total < len(text)*9/10 {
			t.Errorf("units hold %d of %d bytes of %q…", total, len(text), word)
		}
	}
}

var lines = []string{"# Title", "A sentence. Another one", "| a | b |", "|---|---|", "- item one. Two", "  continued", "```", "", "", "> quoted text",
	"[x](y)", "https://a.b/c", "한국어 문장입니다. 둘째", "===", "---", "\ttab", "1. first: ", "Leads to:", "\r", "e\u0301 👩‍👩‍👧 \u3000", "<b>", "\"q,\n"}

func TestUnitsAreWholeCharactersOfTheirPassageInOrder(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var b strings.Builder
		for range rng.IntN(20) {
			b.WriteString(lines[rng.IntN(len(lines))] + []string{"\n", "\r\n", " "}[rng.IntN(3)])
		}
		mimes := []string{"text/markdown", "text/csv", "text/x-go", "application/json", "", "text/html"}
		checkUnits(t, b.String(), mimes[rng.IntN(len(mimes))])
	}
}

func checkUnits(t *testing.T, text, mime string) {
	t.Helper()
	p := &groundwork.Hit{Chunk: groundwork.Chunk{Text: text, MIME: mime}}
	end := 0
	for _, u := range unitsOf(p, 0) {
		for i, q := range u.quotes {
			if q.Start < 0 || q.End > len(text) || q.Empty() {
				t.Fatalf("span %v of %q", q, text)
			}
			own := q.In(text)
			if utf8.ValidString(text) && !utf8.ValidString(own) || strings.TrimSpace(own) != own {
				t.Fatalf("unit %q of %q", own, text)
			}
			if i > 0 && q.Start < u.quotes[i-1].End {
				t.Fatalf("the quotes of %q overlap: %v", text, u.quotes)
			}
		}
		if u.own().End <= end || u.context.Start < 0 || u.context.End > len(text) {
			t.Fatalf("unit at %v after byte %d with context %v, of %q", u.own(), end, u.context, text)
		}
		end = u.own().End
	}
}

func FuzzUnits(f *testing.F) {
	for _, l := range lines {
		f.Add(l+"\n"+l+" "+l, "text/markdown")
	}
	f.Add("a,\"b\nc\n", "text/csv")
	f.Add("\xff\xfe```\n\xc0", "")
	f.Fuzz(checkUnits)
}
