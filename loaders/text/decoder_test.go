package text_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/text"
)

// Texts to encode, written for this test.
const (
	koreanText = `정전이 나도 이미 기록된 색인은 사라지지 않는다. 다시 켜면 마지막으로 확정된 상태에서 이어서 일한다.
회사의 휴가 규정은 인사팀 문서함에 있으며, 입사 첫해에는 한 달에 하루씩 쉴 수 있습니다.
비밀번호를 잊어버렸을 때에는 로그인 화면 아래의 단추를 눌러 새 비밀번호를 받으세요.
값을 비교할 때는 세금이 들어 있는지 먼저 살펴야 하고, 배송비는 따로 계산합니다.
어제 저녁에 내린 눈이 아침까지 녹지 않아서 길이 무척 미끄러웠다.
서버가 응답하지 않으면 전원과 네트워크 선을 확인한 뒤 관리자에게 전화해 주십시오.
`
	japaneseText = `停電しても、すでに記録された索引は失われません。再び起動すると、最後に確定した状態から続けます。
休暇の規則は人事部の文書にあり、入社した年は一か月に一日ずつ休むことができます。
パスワードを忘れた場合は、ログイン画面の下にあるボタンを押して新しいものを受け取ってください。
値段を比べるときは、税金が含まれているかどうかをまず確認し、送料は別に計算します。
昨日の夜に降った雪が朝まで溶けなかったので、道がとても滑りやすかった。
サーバーが応答しないときは、電源とネットワークの線を確かめてから管理者に電話してください。
`
	simplifiedText = `即使突然停电，已经写入的索引也不会丢失。重新启动以后，程序会从最后一次确认的状态继续工作。
公司的休假规定放在人事部门的文件夹里，第一年每个月可以休息一天。
如果忘记了密码，请点击登录页面下方的按钮，系统会发送一个新的密码。
比较价格的时候，首先要看是否包括税费，运费需要另外计算。
昨天晚上下的雪到早上还没有化，所以路上非常滑。
服务器没有回应时，请先检查电源和网络线，然后给管理员打电话。
`
	traditionalText = `即使突然停電，已經寫入的索引也不會遺失。重新啟動以後，程式會從最後一次確認的狀態繼續工作。
公司的休假規定放在人事部門的資料夾裡，第一年每個月可以休息一天。
如果忘記了密碼，請點選登入頁面下方的按鈕，系統會傳送一個新的密碼。
比較價格的時候，首先要看是否包括稅費，運費需要另外計算。
昨天晚上下的雪到早上還沒有化，所以路上非常滑。
伺服器沒有回應時，請先檢查電源和網路線，然後給管理員打電話。
`
	frenchText = `Même après une coupure de courant, l’index déjà écrit n’est pas perdu : le système reprend à l’état qui a été confirmé.
Le règlement des congés se trouve à côté, et la première année on peut être absent un jour par mois.
`
	germanText  = "Die Größe der Datei wird geprüft, bevor sie geöffnet wird. Fälle über dem Höchstwert lässt das Programm aus.\n"
	polishText  = "Jeśli zapomnisz hasła, naciśnij przycisk pod formularzem. Dziękujemy za cierpliwość, proszę spróbować później; zażółć gęślą jaźń.\n"
	russianText = `После отключения питания записанный указатель не теряется. Программа продолжает работу с последнего подтверждённого состояния.
Если вы забыли пароль, нажмите кнопку внизу страницы.
`
)

func encode(t testing.TB, enc encoding.Encoding, s string) []byte {
	t.Helper()
	out, err := enc.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("%v: %v", enc, err)
	}
	return out
}

func newDecoder(t testing.TB, o *text.Options) *text.Decoder {
	t.Helper()
	d, err := text.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	utf16le = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16be = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
)

var samples = []struct {
	name string
	enc  encoding.Encoding
	text string
}{
	{"cp949", korean.EUCKR, koreanText},
	{"shift_jis", japanese.ShiftJIS, japaneseText},
	{"euc-jp", japanese.EUCJP, japaneseText},
	{"iso-2022-jp", japanese.ISO2022JP, japaneseText},
	{"gb18030", simplifiedchinese.GBK, simplifiedText},
	{"big5", traditionalchinese.Big5, traditionalText},
	{"utf-16le", utf16le, koreanText},
	{"utf-16be", utf16be, koreanText},
	{"utf-16le", utf16le, japaneseText},
	{"utf-16be", utf16be, simplifiedText},
	{"utf-16le", utf16le, traditionalText},
	{"windows-1252", charmap.Windows1252, frenchText},
	{"windows-1252", charmap.Windows1252, germanText},
	{"windows-1250", charmap.Windows1250, polishText},
	{"iso-8859-2", charmap.ISO8859_2, polishText},
	{"windows-1251", charmap.Windows1251, russianText},
	{"koi8-r", charmap.KOI8R, strings.ReplaceAll(russianText, "ё", "е")},
}

func TestLettersTellTheEncoding(t *testing.T) {
	d := newDecoder(t, nil)
	for _, s := range samples {
		dec, err := d.Decode(encode(t, s.enc, s.text), "")
		if err != nil || dec.Encoding != s.name || dec.Text != s.text || dec.Invalid != 0 {
			t.Errorf("%s: read as %s, guessed %v, %d invalid, %v: %.60q", s.name, dec.Encoding, dec.Guessed(), dec.Invalid, err, dec.Text)
		}
		if wantGuess := s.name != "iso-2022-jp"; dec.Guessed() != wantGuess {
			t.Errorf("%s: guessed = %v", s.name, dec.Guessed())
		}
	}
}

// Pieces of 40 bytes, as small files are: right, or refused, hardly ever
// wrong. The bounds are of encodings that a folder of Asian texts holds.
func TestSmallFilesAreReadRightOrRefused(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 4))
	d := newDecoder(t, nil)
	total, right, wrong := 0, 0, 0
	for _, s := range samples {
		if !strings.ContainsFunc(s.text, func(r rune) bool { return r > 0x2fff }) {
			continue
		}
		for range 200 {
			piece := pieceOf(t, rng, s.enc, s.text, 40)
			dec, err := d.Decode(encode(t, s.enc, piece), "")
			total++
			switch {
			case err == nil && dec.Text == piece:
				right++
			case err == nil:
				wrong++
				t.Logf("%s: %q was read as %s", s.name, piece, dec.Encoding)
			}
		}
	}
	t.Logf("%d of %d right, %d wrong", right, total, wrong)
	if float64(right) < 0.98*float64(total) || float64(wrong) > 0.005*float64(total) {
		t.Errorf("only %d of %d were right, %d wrong", right, total, wrong)
	}
}

// pieceOf returns a piece of s that begins anywhere and takes at most size
// bytes in enc.
func pieceOf(t testing.TB, rng *rand.Rand, enc encoding.Encoding, s string, size int) string {
	runes := []rune(s)
	at := rng.IntN(len(runes) - size)
	n := size
	for len(encode(t, enc, string(runes[at:at+n]))) > size {
		n--
	}
	return string(runes[at : at+n])
}

func TestUnicodeComesFirst(t *testing.T) {
	d := newDecoder(t, nil)
	for _, s := range []string{
		koreanText, "\ufeff" + japaneseText, "plain ASCII", "naïve café", "ά", "Ελληνικά", "שלום", "é", "±5 °C", "№ 5", "ďábel", "Ł", "x := λ + φ", "Δt", "ten\u00a0km", "5\u00a0µm and 7\u00a0µm, §\u00a03", "dağ", "İstanbul", "the Việt name đ ư", "ʃə",
	} {
		dec, err := d.Decode([]byte(s), "")
		if err != nil || !dec.Verbatim || dec.Text != strings.TrimPrefix(s, "\ufeff") || dec.Guessed() || dec.Or != nil {
			t.Errorf("%q: %+v, %v", s, dec, err)
		}
	}
	// Two characters of GBK that happen to be valid UTF-8: the others decide.
	data := encode(t, simplifiedchinese.GBK, "[<目录>]")
	if dec, err := d.Decode(data, ""); err != nil || dec.By != loaders.ByUTF8 || !slices.Contains(dec.Or, "gb18030") || !utf8.Valid(data) {
		t.Errorf("%q: %+v, %v", data, dec, err)
	}
	for prefer, want := range map[string]string{"gb18030": "[<目录>]", "utf-8": "[<Ŀ¼>]", "koi8-r": "[<Ŀ¼>]"} {
		if dec, err := d.Prefer(prefer).Decode(data, ""); err != nil || dec.Text != want {
			t.Errorf("%q among texts in %s: %+v, %v", data, prefer, dec, err)
		}
	}
	// More of them are no chance.
	data = encode(t, simplifiedchinese.GBK, "[<目录目录目录>]")
	if dec, err := d.Decode(data, ""); err != nil || dec.Text != "[<目录目录目录>]" || !utf8.Valid(data) {
		t.Errorf("%q: %+v, %v", data, dec, err)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	d := newDecoder(t, nil)
	random := make([]byte, 1024)
	ebcdic := encode(t, charmap.CodePage1047, strings.Repeat("Hardware and software\n", 20))
	refused := 0
	for range 200 {
		for i := range random {
			random[i] = byte(rng.Uint32())
		}
		if _, err := d.Decode(random, ""); errors.Is(err, loaders.ErrEncoding) {
			refused++
		}
	}
	if refused != 200 {
		t.Errorf("only %d of 200 random files were refused", refused)
	}
	for name, data := range map[string][]byte{"EBCDIC": ebcdic, "IBM 866": encode(t, charmap.CodePage866, russianText)} {
		if dec, err := d.Decode(data, ""); !errors.Is(err, loaders.ErrEncoding) {
			t.Errorf("%s: read as %s: %v", name, dec.Encoding, err)
		}
	}
}

func TestDeclaredEncodingIsTakenIfItFits(t *testing.T) {
	d := newDecoder(t, nil)
	for _, tt := range []struct {
		declared, want string
		data           []byte
		guessed        bool
	}{
		{"EUC-KR", "cp949", encode(t, korean.EUCKR, "값"), false},
		{"Shift_JIS", "shift_jis", encode(t, japanese.ShiftJIS, "値"), false},
		{"ISO-8859-7", "iso-8859-7", encode(t, charmap.ISO8859_7, "Ελληνικά"), false},
		{"EUC-JP", "cp949", encode(t, korean.EUCKR, koreanText+"햏"), true}, // not valid in it
		{"no-such-thing", "cp949", encode(t, korean.EUCKR, koreanText), true},
		{"euc-kr", "utf-8", []byte(koreanText), false},
	} {
		dec, err := d.Decode(tt.data, tt.declared)
		if err != nil || dec.Encoding != tt.want || dec.Guessed() != tt.guessed {
			t.Errorf("%s: read as %s, guessed %v: %v", tt.declared, dec.Encoding, dec.Guessed(), err)
		}
	}
}

func TestOptionsForceOrPreferAnEncoding(t *testing.T) {
	forced := newDecoder(t, &text.Options{Encoding: "EUC-KR"})
	dec, err := forced.Decode(encode(t, korean.EUCKR, "값"), "shift_jis")
	if err != nil || dec.Text != "값" || dec.Encoding != "cp949" || dec.Guessed() {
		t.Errorf("forced: %+v, %v", dec, err)
	}
	if dec, err := forced.Decode([]byte("\ufeff값"), ""); err != nil || dec.Text != "값" {
		t.Errorf("a mark decides: %+v, %v", dec, err)
	}
	if _, err := forced.Decode([]byte{0xff, 0x80, 0xff, 0x80}, ""); !errors.Is(err, loaders.ErrEncoding) {
		t.Errorf("an encoding that does not fit: %v", err)
	}
	if dec, err := forced.Decode([]byte("ASCII"), ""); err != nil || dec.By != loaders.ByASCII || !dec.Verbatim {
		t.Errorf("ASCII: %+v, %v", dec, err)
	}
	for _, name := range []string{"cp949", "gb18030", "windows-1252"} {
		dec, err := newDecoder(t, &text.Options{Encoding: name}).Decode([]byte(koreanText), "")
		if err != nil || dec.Text != koreanText || dec.By != loaders.ByUTF8 || dec.Note == "" {
			t.Errorf("UTF-8 named as %s: %.40q by %s, note %q, %v", name, dec.Text, dec.By, dec.Note, err)
		}
	}
	if dec, err := newDecoder(t, &text.Options{Encoding: "gbk"}).Decode(encode(t, simplifiedchinese.GBK, "[<目录>]"), ""); err != nil || dec.Text != "[<目录>]" || dec.By != loaders.ByForce {
		t.Errorf("named, and UTF-8 by chance: %+v, %v", dec, err)
	}
	for _, name := range []string{"utf-8", "utf-16le", "UTF-16BE"} {
		if _, err := newDecoder(t, &text.Options{Encoding: name}).Decode([]byte("ab"), ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	// The same bytes are words in two encodings; refused without a preference.
	doubt := encode(t, korean.EUCKR, "<옵션>")
	if dec, err := newDecoder(t, nil).Decode(doubt, ""); err == nil && dec.Text != "<옵션>" && !dec.Guessed() {
		t.Errorf("in doubt: %+v", dec)
	}
	preferring := newDecoder(t, &text.Options{Prefer: "euc-jp"})
	if dec, err := preferring.Decode(encode(t, korean.EUCKR, koreanText), ""); err != nil || dec.Encoding != "cp949" {
		t.Errorf("a preference beats the letters: %+v, %v", dec.Encoding, err)
	}
	for _, o := range []*text.Options{{Encoding: "klingon"}, {Prefer: "klingon"}} {
		if _, err := text.New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestFingerprintCoversTheOptions(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range []*text.Options{nil, {Encoding: "cp949"}, {Prefer: "cp949"}, {Encoding: "utf-8"}} {
		f := newDecoder(t, o).Fingerprint()
		if seen[f] {
			t.Errorf("%+v has the fingerprint of another", o)
		}
		seen[f] = true
	}
	if newDecoder(t, &text.Options{Encoding: "euc-kr"}).Fingerprint() != newDecoder(t, &text.Options{Encoding: "CP949"}).Fingerprint() {
		t.Error("two names of one encoding differ")
	}
}

func TestEveryNamedEncodingDecodes(t *testing.T) {
	for _, name := range text.Encodings() {
		dec, err := newDecoder(t, &text.Options{Encoding: name}).Decode([]byte("abcd"), "")
		if err != nil || dec.Encoding != name && dec.Text != "abcd" || !utf8.ValidString(dec.Text) {
			t.Errorf("%s: %+v, %v", name, dec, err)
		}
	}
}

// Lines are counted in the file, whatever its encoding.
func TestDecodedTextsKeepTheirLines(t *testing.T) {
	set, err := loaders.Plain(&loaders.Options{Decoder: newDecoder(t, nil)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file string
		data []byte
		want string
		line int
	}{
		{"a.txt", encode(t, korean.EUCKR, strings.ReplaceAll(koreanText, "\n", "\r\n")), "비밀번호를 잊어버렸을", 3},
		{"excel.csv", encode(t, korean.EUCKR, "이름,메모\r\n김영희,\"첫째\r\n둘째\"\r\n박철수,점심 시간에 전화\r\n"), "박철수", 4},
		{"a.json", encode(t, korean.EUCKR, "{\n\"이름\": \"김영희\",\n\"메모\": \"점심 시간에 전화\"}"), "점심", 3},
	} {
		for doc, err := range set.Load(context.Background(), loaders.Item{Source: "s", URI: tt.file}, strings.NewReader(string(tt.data))) {
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(); err != nil {
				t.Error(err)
			}
			at := strings.Index(doc.Text, tt.want)
			if at < 0 || doc.Position(at).Line != tt.line {
				t.Errorf("%s: %q at %d, position %+v", tt.file, tt.want, at, doc.Position(max(at, 0)))
			}
			if doc.Metadata[loaders.MetaEncoding] != "cp949" || len(doc.Warnings) != 1 || doc.Warnings[0].Code != groundwork.Encoding {
				t.Errorf("%s: %v, warnings %v", tt.file, doc.Metadata, doc.Warnings)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add(encode(f, s.enc, s.text)[:60], s.name)
	}
	d, _ := text.New(nil)
	f.Fuzz(func(t *testing.T, data []byte, declared string) {
		before := string(data)
		dec, err := d.Decode(data, declared)
		switch {
		case string(data) != before:
			t.Error("the data were changed")
		case err != nil && !errors.Is(err, loaders.ErrEncoding):
			t.Errorf("error %v is no ErrEncoding", err)
		case err == nil && !utf8.ValidString(dec.Text):
			t.Errorf("the text is not UTF-8: %q", dec.Text)
		case err == nil && dec.Verbatim && dec.Text != string(data[dec.Base:]):
			t.Error("not verbatim")
		case err == nil && dec.Encoding == "":
			t.Error("no name")
		case slices.Contains(dec.Or, dec.Encoding):
			t.Errorf("%s or %v", dec.Encoding, dec.Or)
		}
		open := dec.Or
		var doubt *loaders.DoubtError
		if errors.As(err, &doubt) {
			open = doubt.Encodings
		}
		for _, e := range open { // each can be had
			got, err := d.Prefer(e).Decode(data, declared)
			if err == nil && (got.Encoding != e || got.Or != nil) || err != nil && !errors.Is(err, loaders.ErrEncoding) {
				t.Errorf("%s preferred: %s by %s or %v: %v", e, got.Encoding, got.By, got.Or, err)
			}
		}
	})
}

func ExampleNew() {
	decoder, err := text.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := loaders.Plain(&loaders.Options{Decoder: decoder})
	if err != nil {
		fmt.Println(err)
		return
	}
	old := "\xbb\xf6\xc0\xce\xc0\xba \xc1\xa4\xc0\xfc \xb5\xda\xbf\xa1\xb5\xb5 \xb3\xb2\xb4\xc2\xb4\xd9." // CP949
	for doc, err := range set.Load(context.Background(), loaders.Item{URI: "note.txt"}, strings.NewReader(old)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(doc.Text)
		fmt.Println(doc.Warnings[0])
	}
	// Output:
	// 색인은 정전 뒤에도 남는다.
	// load: note.txt: encoding: read as cp949, as its letters suggest
}
