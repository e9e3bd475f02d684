package lexical_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/lexical"
	"github.com/seed4837efcb/groundwork/vectorstore"
	"github.com/seed4837efcb/groundwork/vectorstore/memory"
)

// A retrieval is a question and the passage that answers it, among others that look
// like it.
type retrieval struct {
	claim, query, want string
	marked             string   // what a highlighter marks in want, parted by bars
	others             []string // must rank lower
}

var retrievals = []retrieval{
	// Korean: stems, compounds, spacing.
	{"a noun of one syllable in another form", "값이 뭐야", "함수는 값을 돌려준다.", "값", []string{"함수는 갑을 돌려준다.", "뭐라고 하는 사람이 있다.", "그것은 이 방에 있다."}},
	{"another one", "눈은 언제", "밤사이 눈이 쌓였다.", "눈", []string{"밤사이 비가 내렸다.", "눅눅한 밤이다.", "은행이 문을 닫았다."}},
	{"with an ending of two syllables", "물에서", "물은 백 도에서 끓는다.", "물|에서", []string{"밥은 백 그릇이 있다.", "물론 그렇다고 한다.", "집에서 산다."}},
	{"a verb in another form", "기다렸던", "손님이 한 시간을 기다렸다.", "기|기다|다렸", []string{"손님이 한 시간을 돌아다녔다.", "기차가 한 시간을 달렸다."}},
	{"written together, asked in pieces", "깃허브 액션", "깃허브액션으로 배포한다.", "깃|깃허|허브|브액|액션", []string{"깃털이 허브 밭에 있다.", "액자를 배포한다."}},
	{"written in pieces, asked together", "깃허브액션", "깃허브 액션으로 배포한다.", "깃|깃허|허브|브 액|액션", []string{"깃허브를 쓴다.", "액션 영화를 본다.", "깃발을 배포한다."}},
	{"no spaces at all", "비밀번호를잊었을때", "비밀번호를 잊었을 때 누르는 단추.", "비밀|비|밀번|번호|호를|를 잊|잊었|었을|을 때", []string{"번호를 누르는 단추.", "비밀 편지를 잊은 사람."}},
	{"a space in the wrong place", "데이 터베 이스", "데이터베이스를 백업한다.", "데|데이|이터|터베|베이|이스", []string{"데이트를 백업한다.", "이스트를 넣는다.", "베이컨이 터졌다."}},
	{"a compound's second half", "보험료", "자동차보험료가 올랐다.", "보험|험료", []string{"자동차가 올랐다.", "보리차가 올랐다."}},
	{"decomposed letters", norm.NFD.String("여왕벌"), "여왕벌은 봄에 알을 낳는다.", "여|여왕|왕벌", []string{"여름에 알을 낳는다.", "왕은 벌을 준다."}},
	{"Latin words glued to endings", "FastAPI가", "FastAPI에서는 모델을 쓴다.", "FastAPI|Fast|API", []string{"Flask에서는 모델을 쓴다.", "가게에서는 모델을 쓴다."}},
	{"half-width Hangul letters", "ﾡ", "ㄱ은 첫 글자다.", "ㄱ", []string{"ㄴ은 둘째 글자다."}},

	// Forms of width.
	{"full-width letters and figures", "ＡＰＩ　Ｋｅｙ　１２３", "The API key 123 is secret.", "API|key|123", []string{"The map key 321 is secret.", "The API is open."}},
	{"asked in ASCII, written full-width", "api v2", "ＡＰＩ　ｖ２ を使う。", "ＡＰＩ|ｖ２", []string{"ＡＰＩ を使う。", "ＡＢＩ　ｖ３ を使う。"}},
	{"half-width kana", "ﾃﾞｰﾀﾍﾞｰｽ", "データベースの設定", "データベース|デー|ータ|タベ|ベー|ース", []string{"データの設定", "ベースの設定"}},
	{"ideographic space", "東京　大学", "東京大学は本郷にある。", "東京|東|京|大|大学|学", []string{"京都大学は京都にある。", "東洋大学は白山にある。"}},

	// Scripts that set no spaces.
	{"Japanese", "休暇の規則", "新しい休暇規則は人事部にあります。", "休暇|休|暇|規則|規|則", []string{"新しい規定は人事部にあります。", "休日は人事部にあります。"}},
	{"Japanese with an inflected verb", "溶けない雪", "昨日の雪が溶けなかった。", "雪|溶け|溶|けな", []string{"昨日の雨が降らなかった。", "昨日の氷が割れた。"}},
	{"a Katakana word as a whole", "サーバー", "サーバーを再起動する。", "サーバー|サー|ーバ|バー", []string{"サーカスをバーで見る。", "カバーを再起動する。"}},
	{"Chinese", "上海图书馆", "上海市的图书馆星期一休息。", "上海|上|海|图书|图|书馆|书|馆", []string{"北京的图书馆星期一休息。", "上海的博物馆星期一休息。"}},
	{"Chinese, the characters in the other order", "开会", "今天下午开会。", "开会|开|会", []string{"今天下午会开心。", "今天下午去会场。"}},
	{"Traditional Chinese", "資料庫備份", "每天備份資料庫。", "資料|料庫|備份|資|料|庫|備|份", []string{"每天整理資料。", "每天檢查倉庫。"}},
	{"Thai", "ห้องสมุด", "วันนี้ห้องสมุดปิดวันจันทร์", "ห้อ|อง|งส|สมุ|มุด", []string{"วันนี้ห้องครัวปิดวันจันทร์", "วันนี้สมุนไพรราคาแพง"}},
	{"Lao", "ຫໍສະໝຸດ", "ມື້ນີ້ຫໍສະໝຸດປິດ", "", []string{"ມື້ນີ້ຫ້ອງຄົວປິດ", "ມື້ນີ້ຕະຫຼາດປິດ"}},
	{"Khmer", "បណ្ណាល័យ", "ថ្ងៃនេះបណ្ណាល័យបិទ", "", []string{"ថ្ងៃនេះផ្សារបិទ", "ថ្ងៃនេះសាលារៀនបិទ"}},
	{"Burmese", "စာကြည့်တိုက်", "ဒီနေ့စာကြည့်တိုက်ပိတ်တယ်", "", []string{"ဒီနေ့စျေးပိတ်တယ်", "ဒီနေ့ကျောင်းပိတ်တယ်"}},
	{"Tibetan", "དཔེ་མཛོད", "དེ་རིང་དཔེ་མཛོད་ཁང་སྒོ་རྒྱག", "", []string{"དེ་རིང་ཁྲོམ་སྒོ་རྒྱག", "དེ་རིང་སློབ་གྲྭ་སྒོ་རྒྱག"}},

	// Code and what stands in logs.
	{"an error code of Rust", "E0308", "error[E0308]: mismatched types", "E0308", []string{"error[E0382]: use of moved value", "error[E0309]: may not live long enough"}},
	{"an error code of Oracle", "ORA-00942", "ORA-00942: table or view does not exist", "ORA-00942|ORA|00942", []string{"ORA-00904: invalid identifier", "ORA-01017: invalid username"}},
	{"one without its hyphen", "ORA00942", "ORA-00942: table or view does not exist", "ORA-00942|ORA|00942", []string{"ORA-00904: invalid identifier"}},
	{"a hexadecimal code", "0x80070005", "Access is denied. (0x80070005)", "0x80070005", []string{"The file was not found. (0x80070002)", "The call 80070 failed."}},
	{"one in capitals", "0X80070005", "HRESULT 0x80070005 means access denied", "0x80070005", []string{"HRESULT 0x80004005 means failure"}},
	{"an HTTP status", "HTTP 404", "The server says HTTP 404.", "HTTP|404", []string{"The server says HTTP 400.", "The room is 404 feet long."}},
	{"an exception", "NullPointerException", "java.lang.NullPointerException at Main.java:42", "NullPointerException|Null|Pointer|Exception", []string{"java.lang.IllegalStateException at Main.java:42"}},
	{"its words", "null pointer exception", "java.lang.NullPointerException at Main.java:42", "Null|Pointer|Exception", []string{"an exception of the rule", "a pointer on the map"}},
	{"a word of camelCase", "status code", "setHttpStatusCode(404)", "Status|Code", []string{"setHttpHeader(404)", "a dress code"}},
	{"camelCase as a whole", "getUserName", "call getUserName() first", "getUserName|get|User|Name", []string{"get the name of a user", "call setUserName() first"}},
	{"camelCase in other letters", "getusername", "call getUserName() first", "getUserName", []string{"get the name of a user"}},
	{"a word of snake_case", "token count", "max_token_count = 5", "token|count", []string{"max_line_length = 5", "the count of Monte Cristo"}},
	{"snake_case as a whole", "max_token_count", "max_token_count = 5", "max_token_count|max|token|count", []string{"a token count of max 5", "max_line_count = 5"}},
	{"snake_case asked as camelCase", "maxTokenCount", "max_token_count = 5", "max|token|count", []string{"maxLineCount = 5", "a token"}},
	{"a path", "src/auth/login.go", "The bug is in src/auth/login.go near the end.", "src/auth/login.go|src|auth|login|go", []string{"The bug is in src/auth/logout.go near the end.", "login to go on"}},
	{"the end of a path", "login.go", "The bug is in src/auth/login.go near the end.", "login|go", []string{"The bug is in src/auth/logout.go near the end."}},
	{"a path of Windows", `C:\Users\kim\notes.txt`, `open C:\Users\kim\notes.txt`, `C:\Users\kim\notes.txt|C|Users|kim|notes|txt`, []string{`open C:\Users\lee\notes.txt`}},
	{"a flag", "--dry-run", "use --dry-run to see what happens", "dry-run|dry|run", []string{"run in dry weather", "use --force to run"}},
	{"a variable", "$HOME_DIR", "export HOME_DIR=/home/kim", "HOME_DIR|HOME|DIR|home", []string{"export HOME=/root", "the dir of kim"}},

	// Versions, addresses.
	{"a version", "v1.2.3", "Released v1.2.3 today.", "v1.2.3|1.2.3", []string{"Released v1.2.4 today.", "Released v3.2.1 today."}},
	{"a version without its letter", "1.2.3", "Released v1.2.3 today.", "1.2.3", []string{"Released v1.3.2 today.", "1, 2, 3."}},
	{"the beginning of a version", "3.12", "Needs Python 3.12.4 or later.", "3.12.4", []string{"Needs Python 3.11.4 or later.", "Costs 12.3 euros."}},
	{"an address of mail", "kim@example.com", "Write to kim@example.com for help.", "kim@example.com|kim|example|com", []string{"Write to lee@example.com for help.", "Kim gave an example."}},
	{"the name in it", "kim", "Write to kim@example.com for help.", "kim", []string{"Write to lee@example.com for help."}},
	{"a URL", "https://go.dev/ref/spec", "See https://go.dev/ref/spec for more.", "https://go.dev/ref/spec|https|go|dev|ref|spec", []string{"See https://go.dev/doc for more.", "See the spec."}},
	{"a host in it", "go.dev", "See https://go.dev/ref/spec for more.", "go|dev", []string{"See https://example.com/ref/spec for more."}},
	{"an issue", "#1234", "Fixed in #1234.", "1234", []string{"Fixed in #1243.", "Fixed 12 of 34."}},
	{"a CVE", "CVE-2024-3094", "xz is hit by CVE-2024-3094.", "CVE-2024-3094|CVE|2024|3094", []string{"curl is hit by CVE-2024-2398.", "In 2024 there were 3 of 94."}},
	{"a date", "2024-05-17", "Backup of 2024-05-17 failed.", "2024-05-17|2024|05|17", []string{"Backup of 2024-05-16 failed.", "17 of 2024."}},
	{"an address of a network", "192.168.0.1", "The router is at 192.168.0.1.", "192.168.0.1", []string{"The router is at 192.168.0.2.", "The router is at 192.168.1.0."}},
}

// rank searches the passages by words alone and returns the indexes of what was
// found, best first.
func rank(t *testing.T, query string, passages []string) []int {
	t.Helper()
	a := lexical.Standard()
	db := memory.Open(nil)
	defer db.Close()
	store, err := db.Open(t.Context(), "test", vectorstore.Space{Model: "none", Dim: 2, Metric: vectorstore.Cosine, Analyzer: a.Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	var b vectorstore.Batch
	for i, text := range passages {
		doc := &groundwork.Document{ID: groundwork.NewID(fmt.Sprint(i)), URI: fmt.Sprint(i), Text: text}
		chunks := []groundwork.Chunk{groundwork.NewChunk(doc, groundwork.Span{End: len(text)}, nil, nil)}
		groundwork.AssignIDs(chunks)
		b.Upserts = append(b.Upserts, vectorstore.Record{Chunk: chunks[0], Version: 1})
	}
	if err := store.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), vectorstore.Query{Text: query, K: len(passages), Load: vectorstore.LoadAll})
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, h := range found[0].Hits {
		out = append(out, slices.Index(passages, h.Text))
	}
	return out
}

// marks returns what a highlighter marks in text: the places of the terms that
// the query has too, each once.
func marks(query, text string) []string {
	a := lexical.Standard()
	wanted := map[string]bool{}
	for _, t := range a.Analyze(nil, query) {
		wanted[t.Term] = true
	}
	var out []string
	for _, t := range a.Analyze(nil, text) {
		if m := text[t.Start:t.End]; wanted[t.Term] && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out
}

func TestQuestionsRankTheirAnswerFirst(t *testing.T) {
	common := []string{"The weather is fine today.", "오늘은 날씨가 맑다.", "今日は天気がいい。", "今天天气很好。"}
	for _, r := range retrievals {
		t.Run(r.claim, func(t *testing.T) {
			passages := slices.Concat(common, r.others, []string{r.want})
			got := rank(t, r.query, passages)
			if len(got) == 0 || passages[got[0]] != r.want {
				t.Errorf("%q finds %v of %q", r.query, got, passages)
			}
			want := strings.Split(r.marked, "|")
			slices.Sort(want)
			if m := marks(r.query, r.want); r.marked != "" && !slices.Equal(m, want) {
				t.Errorf("%q marks %q in %q, want %q", r.query, m, r.want, want)
			}
		})
	}
}
