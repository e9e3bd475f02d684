package lexical

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func terms(text string) []string {
	var out []string
	for _, t := range Standard().Analyze(nil, text) {
		out = append(out, t.Term)
	}
	return out
}

func TestTerms(t *testing.T) {
	for _, c := range []struct {
		claim, text, want string
	}{
		{"nothing", "", ""},
		{"punctuation gives nothing", " -- … !? 🙂 __ '' +#", ""},
		{"English is stemmed and function words are left out", "The wings of an aircraft were flying", "wing aircraft fli"},
		{"case is folded", "Python PYTHON python", "python python python"},
		{"full width folds", "ＦＡＳＴ １２３", "fast 123"},
		{"compatibility forms fold", "ﬁle ㎏ m²", "file kg m2"},
		{"Latin diacritics fold", "Café CAFE\u0301 naïve Łódź Straße Ærø", "cafe cafe naiv lodz strass aero"},
		{"Greek diacritics and final sigma fold", "Λόγος ΛΟΓΟΣ", "λογοσ λογοσ"},
		{"Russian и and й differ, ё is е", "Йод ёлка Ёлка", "йод елка елка"},
		{"Arabic points and forms of alef fold", "أَحْمَد احمد مكتبة", "احمد احمد مكتبه"},
		{"digits of other scripts are figures", "٢٠٢٤ १२", "2024 12"},
		{"possessives and contractions", "the company's users' users’ don't they're O'Neill", "compani user user o neill"},
		{"words are cut at changes of script", "FastAPI에서 JSON을", "fastapi fast api 에 에서 json 을"},
		{"figures and Hangul are cut", "1989년 제3차", "1989 년 년제 제 3 차"},
		{"a Korean stem of one syllable is a term", "값을", "값 값을"},
		{"Korean pairs span one space", "깃허브 액션", "깃 깃허 허브 브액 액 액션"},
		{"but not two, nor a comma", "가나  다라, 마바", "가 가나 다 다라 마 마바"},
		{"Chinese gives characters and pairs", "北京大", "北 北京 京 京大 大"},
		{"Japanese gives pairs, Han and Katakana runs", "東京タワーへ", "東 東京 京 京タ タワー タワ ワー ーへ"},
		{"half-width Katakana folds", "ﾃﾞｰﾀ", "データ デー ータ"},
		{"a lone character is a term", "水 へ", "水 へ"},
		{"Thai gives pairs of letters with marks", "ภาษาไทย", "ภา าษ ษา าไ ไท ทย"},
		{"Thai marks stay with their letters", "ที่นี่", "ที่นี่"},
		{"Hindi words are whole", "हिन्दी भाषा", "हिन्दी भाषा"},
		{"camelCase is whole and split", "getUserName HTTPServer", "getusernam get user name httpserver http server"},
		{"but not down to a letter", "iPhone mRNA E0308 x86", "iphon mrna e0308 x86"},
		{"snake_case is whole and split", "max_token_count", "max_token_count max token count"},
		{"underscores around fall away", "__init__ _private", "init privat"},
		{"dotted names and calls", "os.path.join(a)", "os.path.join os path join"},
		{"paths", `src/main.go C:\temp`, `src/main.go src main go c:\temp c temp`},
		{"qualified names", "std::vector", "std::vector std vector"},
		{"addresses", "https://go.dev/doc", "https://go.dev/doc https go dev doc"},
		{"letters and figures are whole and split", "utf8 python3", "utf8 utf 8 python3 python 3"},
		{"hyphens also fall away", "e-mail UTF-8 state-of-the-art", "email e mail utf8 utf 8 stateoftheart state art"},
		{"versions stay whole and give their beginning", "3.12 v3.12 3.12.4", "3.12 v3.12 3.12 3.12.4 3.12"},
		{"a version behind a name", "python3.12", "python3.12 python 3.12"},
		{"groups of thousands", "1,000 12,345,678.9 1,22,333 1,2", "1000 12345678.9 1 22 333 1 2"},
		{"acronyms lose their points", "U.S.A. U.S. e.g. Ph.D.", "usa us ph.d ph d"},
		{"languages that end in signs", "C++ c C# F# a+b", "c++ c c c# c f# f b"},
		{"soft hyphens are nothing", "co\u00adoperate", "cooper"},
		{"a zero width space separates", "foo\u200bbar", "foo bar"},
		{"invalid bytes separate", "foo\xffbar \xc3(", "foo bar"},
		{"one rune of several words", "\ufdfa", "صلي الله عليه وسلم"},
		{"data too long for a term give none", strings.Repeat("x", 200), ""},
		{"hashes are not shredded", "3f2a9bc07d1e", "3f2a9bc07d1e"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			if got := strings.Join(terms(c.text), " "); got != c.want {
				t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

// share reports how many terms of query are among those of text.
func share(query, text string) float64 {
	have, q := terms(text), terms(query)
	n := 0
	for _, term := range q {
		if slices.Contains(have, term) {
			n++
		}
	}
	return float64(n) / float64(len(q))
}

func TestQueriesFindOtherSpellings(t *testing.T) {
	for _, c := range []struct {
		query, text string
		least       float64 // share of the query's terms
	}{
		{"값이", "값을 찾는다", 0.5},
		{"깃허브액션", "깃허브 액션을 쓴다", 1},
		{"깃허브 액션", "깃허브액션", 0.8},
		{"JSON", "JSON을 반환", 1},
		{"fastapi", "FastAPI에서", 1},
		{"email", "an e-mail", 1},
		{"utf-8", "UTF8", 1},
		{"HTTPException", "httpexception", 0.3},
		{"http exception", "HTTPException", 1},
		{"python 3.12", "Python3.12", 1},
		{"résumés", "resume", 1},
		{norm.NFD.String("데이터베이스"), "데이터베이스는", 1},
	} {
		if got := share(c.query, c.text); got < c.least {
			t.Errorf("%q finds %.2f of its terms in %q, want %.2f", c.query, got, c.text, c.least)
		}
	}
}

func TestTokensPointIntoTheText(t *testing.T) {
	text := "제목: ＦastAPI\u0301에서 foo_bar"
	var got []string
	for _, k := range Standard().Analyze(nil, text) {
		got = append(got, fmt.Sprintf("%s=%s@%d", k.Term, text[k.Start:k.End], k.Pos))
	}
	want := "제=제@0 제목=제목@0 fastapi=ＦastAPI\u0301@1 fast=Ｆast@1 api=API\u0301@2 에=에@3 에서=에서@3 foo_bar=foo_bar@4 foo=foo@4 bar=bar@5"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("\n got %s\nwant %s", s, want)
	}
}

func TestAnalyzeAppends(t *testing.T) {
	dst := Standard().Analyze(nil, "one")
	dst = Standard().Analyze(dst, "two three")
	if len(dst) != 3 || dst[0].Term != "one" || dst[1].Term != "two" || dst[1].Start != 0 || dst[1].Pos != 0 {
		t.Errorf("tokens %+v", dst)
	}
}

// pool are pieces that texts are made of: letters of all kinds of scripts,
// marks, joiners, spaces, and bytes that are no text.
var pool = strings.Split("a|B|é|ß|z|don't|camelCase|x_|.|,|/|::|-|'|’| | |\n|\t|1|23|٣|가|값|을|한글|ㅋ|東|京|タ|ー|へ|ﾞ|ｶ|ภ|ี|ไ|й|ё|Ж|λ|ς|أ|ّ|ـ|ह|ि|्|\u0301|\u0308|\u200b|\u200d|\u00ad|ﬁ|㎏|½|ﷺ|…|🙂|\U0001e900|\xff|\xe2\x82|\u034f|C++|#", "|")

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(40) {
		b.WriteString(pool[r.IntN(len(pool))])
	}
	return b.String()
}

func TestInvariantsHoldForRandomTexts(t *testing.T) {
	for seed := range uint64(4_000) {
		text := randomText(rand.New(rand.NewPCG(seed, 2)))
		if err := checkInvariants(text); err != nil {
			t.Fatalf("seed %d, %q: %v", seed, text, err)
		}
	}
}

// checkInvariants tests what must hold for every text.
func checkInvariants(text string) error {
	tokens := Standard().Analyze(nil, text)
	start, pos := 0, 0
	for i, k := range tokens {
		switch {
		case k.Start < start || k.Start >= k.End || k.End > len(text):
			return fmt.Errorf("token %d %+v after start %d", i, k, start)
		case !utf8.RuneStart(text[k.Start]) || k.End < len(text) && splits(text, k.End):
			return fmt.Errorf("token %d %+v splits a rune", i, k)
		case k.Pos < pos-1 || k.Pos > pos+2*maxWord:
			return fmt.Errorf("token %d %+v after position %d", i, k, pos)
		case k.Term == "" || !utf8.ValidString(k.Term) || len(k.Term) > 4*maxWord:
			return fmt.Errorf("token %d has term %q", i, k.Term)
		}
		start, pos = k.Start, k.Pos
	}
	if !utf8.ValidString(text) || strings.Count(text, "")+len(norm.NFKD.String(text)) > 200 {
		return nil // normalization forms differ where a letter has over 30 marks
	}
	for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
		if got, want := terms(form.String(text)), terms(text); !slices.Equal(got, want) && !longMarks(text) {
			return fmt.Errorf("form %d: terms %q, want %q", form, got, want)
		}
	}
	return nil
}

// splits reports whether i lies within a valid rune of text.
func splits(text string, i int) bool {
	for start := max(0, i-3); start < i; start++ {
		if _, size := utf8.DecodeRuneInString(text[start:]); utf8.RuneStart(text[start]) && size > 1 && start+size > i {
			return true
		}
	}
	return false
}

// longMarks reports whether text holds more marks in a row than normalization
// keeps together.
func longMarks(text string) bool {
	run := 0
	for _, r := range norm.NFKD.String(text) {
		if norm.NFKD.PropertiesString(string(r)).CCC() == 0 {
			run = 0
		} else if run++; run > 25 {
			return true
		}
	}
	return false
}

func TestHostileTextsTakeLinearTimeAndMemory(t *testing.T) {
	size := 1 << 18 // quadratic time would be over a minute for any of them
	if testing.Short() {
		size = 1 << 14
	}
	for _, unit := range []string{
		"a", "A", "1", "1.", "1,", "a.", "a'", "aB", "a1", "_", "a_", "::", "a::", "가", "가 ", "東", "ー", "ภ", "ี", "a\u0301",
		"\u0301", "e\u0301\u0323", "\u1100\u1161\u11a8", "ﷺ", "ﬁ", "\xff", "\u00ad", "a\u00ad", "й", "𞤀", "ʰ",
	} {
		text := strings.Repeat(unit, size/len(unit))
		start := time.Now()
		tokens := Standard().Analyze(nil, text)
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("%q: %v for %d bytes", unit, d, size)
		}
		if len(tokens) > 2*len(text) {
			t.Errorf("%q: %d tokens from %d bytes", unit, len(tokens), len(text))
		}
	}
}

func FuzzAnalyze(f *testing.F) {
	for _, s := range []string{
		"FastAPI에서 JSON을 3.12.4", "東京タワーへ\u0301", "e-mail don't C++ __init__ a/b.go", "\xff\xe2\x82 ภาษา", "ﷺ ㎏ ﬁ é e\u0301\u0323",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := checkInvariants(text); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnalyzersAreSafeForConcurrentUse(t *testing.T) {
	a := Standard()
	want := a.Analyze(nil, "FastAPI에서 값을 찾다")
	done := make(chan bool)
	for range 4 {
		go func() {
			for range 200 {
				if got := a.Analyze(nil, "FastAPI에서 값을 찾다"); !slices.Equal(got, want) {
					t.Errorf("tokens %+v, want %+v", got, want)
				}
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
}

func TestFingerprintIsThatOfTheRulesBelow(t *testing.T) {
	// A change of any term above must raise the version, or old indexes give
	// wrong results without a word.
	if got := Standard().Fingerprint(); got != "standard/1" {
		t.Errorf("fingerprint %q", got)
	}
}

func BenchmarkAnalyze(b *testing.B) {
	for name, text := range map[string]string{
		"english":  strings.Repeat("The experimental investigation of the aerodynamics of a wing in a slipstream was made. ", 100),
		"korean":   strings.Repeat("데이터베이스에서 값을 읽어 오는 가장 빠른 방법은 무엇인가? ", 100),
		"chinese":  strings.Repeat("北京大學是中國最好的大學之一，歷史悠久。", 100),
		"code":     strings.Repeat("func (s *Store) GetUserName(ctx context.Context, user_id int64) error { return s.db.Query(ctx) }\n", 100),
		"koreanfd": norm.NFD.String(strings.Repeat("데이터베이스에서 값을 읽어 오는 가장 빠른 방법은 무엇인가? ", 100)),
	} {
		b.Run(name, func(b *testing.B) {
			a := Standard()
			var tokens []Token
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				tokens = a.Analyze(tokens[:0], text)
			}
		})
	}
}
