package text_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/korean"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/html"
	"github.com/seed4837efcb/groundwork/loaders/text"
)

// decodeIn decodes as a pipeline does over a folder whose majority is prefer.
func decodeIn(t testing.TB, prefer string, data []byte, declared string) (loaders.Decoded, error) {
	t.Helper()
	d := newDecoder(t, nil)
	dec, err := d.Decode(data, declared)
	var doubt *loaders.DoubtError
	if errors.As(err, &doubt) || dec.Or != nil {
		return d.Prefer(prefer).Decode(data, declared)
	}
	return dec, err
}

func TestHardTextsAreReadRightInAFolderOfTheirKind(t *testing.T) {
	for _, tt := range []struct {
		claim string
		form  form
		text  string
	}{
		{"a Korean word in ASCII", cp949, "[main]\nname=test\n; 옵션\nvalue=1\n"},
		{"a syllable in ASCII", cp949, "x = 1 # 값\n"},
		{"syllables outside of KS X 1001", cp949, "뷁"},
		{"syllables outside of KS X 1001 in a word", cp949, "똠방각하가 펲시콜라를 마신다"},
		{"a word with one of them", cp949, "햏자"},
		{"a Korean name", cp949, "홍길동"},
		{"Korean with Han", cp949, "大韓民國 헌법 第一條"},
		{"a Korean table of names and numbers", cp949, "이름;점수\r\n쀍쒧;12\r\n"},
		{"Korean letters alone", cp949, "ㅋㅋㅋ ㅠㅠ"},
		{"half-width kana", sjis, "ｶﾌﾞｼｷｶﾞｲｼﾔ,ﾄｳｷﾖｳ\r\nｽｽﾞｷ ｲﾁﾛｳ,ｵｵｻｶ\r\n"},
		{"half-width kana among Han", sjis, "口座番号,ﾌﾘｶﾅ\r\n1234567,ﾀﾅｶ ﾊﾅｺ\r\n"},
		{"katakana alone", sjis, "エラー"},
		{"hiragana in EUC-JP", eucjp, "はい"},
		{"a Japanese name", sjis, "田中花子"},
		{"a Japanese name in EUC-JP", eucjp, "鈴木一郎"},
		{"a simplified word", gbk, "错误"},
		{"a traditional word", big5, "錯誤"},
		{"traditional characters in GBK", gbk, "繁體字也可以用國標擴展碼來寫"},
		{"a Chinese name", gbk, "李伟"},
		{"a Taiwanese name", big5, "林志豪"},
		{"rare Han", gbk, "镕喆堃"},
		{"four bytes of GB 18030", gb18030, "㐀㐁是罕见的汉字"},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			dec, err := decodeIn(t, tt.form.name, encode(t, tt.form.enc, tt.text), "")
			if err != nil || dec.Text != tt.text {
				t.Errorf("%s: read as %s by %s: %q, %v", tt.form.name, dec.Encoding, dec.By, dec.Text, err)
			}
		})
	}
}

func TestDeclarationsThatLieAreFoundOut(t *testing.T) {
	for _, tt := range []struct {
		declared string
		form     form
		text     string
		by       loaders.Basis
	}{
		{"iso-8859-1", cp949, koreanText, loaders.ByLetters},
		{"windows-1252", sjis, japaneseText, loaders.ByLetters},
		{"windows-1252", form{"windows-1251", charmap.Windows1251, ""}, russianText, loaders.ByLetters},
		{"shift_jis", eucjp, japaneseText, loaders.ByLetters},
		{"euc-kr", gbk, simplifiedText, loaders.ByLetters},
		{"gb2312", big5, traditionalText, loaders.ByLetters},
		{"big5", gbk, simplifiedText, loaders.ByLetters},
		{"gb2312", cp949, koreanText, loaders.ByLetters},
		{"utf-8", cp949, koreanText, loaders.ByLetters},
		{"utf-16", cp949, koreanText, loaders.ByLetters},
		{"iso-8859-5", cp949, koreanText, loaders.ByLetters},
		{"euc-kr", plain, koreanText, loaders.ByUTF8},
		{"iso-8859-1", plain, "dağ", loaders.ByUTF8},
		{"gb2312", gbk, simplifiedText, loaders.ByDeclaration},
		{"big5", big5, traditionalText, loaders.ByDeclaration},
		{"gbk", gbk, "繁體字也可以用國標擴展碼來寫", loaders.ByDeclaration},
		{"euc-kr", cp949, "뷁쒧쀍", loaders.ByDeclaration},
	} {
		dec, err := decodeIn(t, "", encode(t, tt.form.enc, tt.text), tt.declared)
		if err != nil || dec.Text != tt.text || dec.By != tt.by {
			t.Errorf("%s declared as %s: read as %s by %s: %v", tt.form.name, tt.declared, dec.Encoding, dec.By, err)
		}
	}
}

// Of code pages whose letters nobody rates, the declaration is all there is.
func TestDeclarationsOfOtherLanguagesAreBelieved(t *testing.T) {
	for _, tt := range []struct {
		declared string
		enc      encoding.Encoding
		text     string
	}{
		{"iso-8859-7", charmap.ISO8859_7, "Η βιβλιοθήκη είναι κλειστή τη Δευτέρα και ανοίγει το Σάββατο στις πέντε."},
		{"windows-1253", charmap.Windows1253, "Ο κωδικός πρέπει να έχει πάνω από οκτώ χαρακτήρες και σύμβολα."},
		{"windows-1254", charmap.Windows1254, "Kütüphane pazartesi günü kapalıdır ve cumartesi günü beşte açılır; şifreyi değiştirin."},
		{"windows-1255", charmap.Windows1255, "הספרייה סגורה ביום שני ונפתחת בשבת בשעה חמש."},
		{"windows-1256", charmap.Windows1256, "المكتبة مغلقة يوم الاثنين وتفتح يوم السبت الساعة الخامسة."},
		{"windows-874", charmap.Windows874, "ห้องสมุดปิดวันจันทร์และเปิดวันเสาร์เวลาห้าโมงเย็น"},
		{"iso-8859-5", charmap.ISO8859_5, "Библиотека закрыта по понедельникам и открыта в субботу до пяти."},
		{"ibm866", charmap.CodePage866, "Библиотека закрыта по понедельникам и открыта в субботу до пяти."},
		{"koi8-u", charmap.KOI8U, "Бібліотека зачинена в понеділок і відкрита в суботу до п'ятої."},
		{"windows-1251", charmap.Windows1251, "Библиотека закрыта по понедельникам."},
		{"windows-1250", charmap.Windows1250, "Jeśli zapomnisz hasła, naciśnij przycisk pod formularzem; zażółć gęślą jaźń."},
		{"iso-8859-2", charmap.ISO8859_2, "Zapomněli jste heslo? Stiskněte tlačítko pod formulářem a počkejte."},
		{"windows-1257", charmap.Windows1257, "Biblioteka pirmadienį uždaryta, o šeštadienį atidaroma penktą valandą; žiūrėkite."},
		{"windows-1252", charmap.Windows1252, "Þetta er ekki rétt, spyrðu aftur á morgun, og þá færðu svarið."},
	} {
		dec, err := newDecoder(t, nil).Decode(encode(t, tt.enc, tt.text), tt.declared)
		if err != nil || dec.Text != tt.text || dec.By != loaders.ByDeclaration {
			t.Errorf("%s: read as %s by %s: %q, %v", tt.declared, dec.Encoding, dec.By, dec.Text, err)
		}
	}
}

// Pages obey the decoder: forced, its encoding wins over what they declare.
func TestForcedEncodingHoldsForPages(t *testing.T) {
	page, err := html.New(&loaders.Options{Decoder: newDecoder(t, &text.Options{Encoding: "cp949"})})
	if err != nil {
		t.Fatal(err)
	}
	data := encode(t, korean.EUCKR, "<meta charset=shift_jis><p>뷁쒧</p>")
	for doc, err := range page.Load(t.Context(), loaders.Item{URI: "a.html"}, bytes.NewReader(data)) {
		if err != nil || doc.Text != "뷁쒧" || doc.Metadata[loaders.MetaEncodingBy] != string(loaders.ByForce) {
			t.Errorf("%+v, %v", doc, err)
		}
	}
}

// The words of an encyclopedia in pieces as small files are; in a folder of
// CP949, at least 99 of 100 are right.
func TestRealKoreanTextsAreReadRight(t *testing.T) {
	shared := os.Getenv("GROUNDWORK_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	data, err := os.ReadFile(filepath.Join(shared, "data", "korquad", "corpus.jsonl"))
	if err != nil {
		t.Skipf("no texts: %v; set GROUNDWORK_SHARED", err)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for _, size := range []int{12, 20, 40, 200} {
		var all score
		for line := range strings.Lines(string(data)) {
			var doc struct{ Text string }
			if err := json.Unmarshal([]byte(line), &doc); err != nil {
				t.Fatal(err)
			}
			piece, ok := pieceIn(rng, doc.Text, size)
			if !ok {
				continue
			}
			dec, err := decodeIn(t, "cp949", encode(t, korean.EUCKR, piece), "")
			switch {
			case err != nil:
				all.refused++
				t.Logf("%d bytes: %q: %v", size, piece, err)
			case dec.Text != piece:
				all.wrong++
				t.Logf("%d bytes: %q was read as %s by %s: %q", size, piece, dec.Encoding, dec.By, dec.Text)
			default:
				all.right++
				if dec.By == loaders.ByMajority {
					all.majority++
				}
			}
		}
		t.Logf("%d bytes: %d pieces, %+v", size, all.total(), all)
		if float64(all.right) < 0.99*float64(all.total()) {
			t.Errorf("%d bytes: only %d of %d are right", size, all.right, all.total())
		}
	}
}

// pieceIn returns a piece of s that takes size bytes in CP949 and holds a
// letter of it.
func pieceIn(rng *rand.Rand, s string, size int) (string, bool) {
	runes := []rune(s)
	if len(runes) <= size {
		return "", false
	}
	at := rng.IntN(len(runes) - size)
	n := 0
	for i, r := range runes[at:] {
		out, err := korean.EUCKR.NewEncoder().String(string(r))
		if err != nil {
			return "", false
		}
		if n += len(out); n > size {
			piece := string(runes[at : at+i])
			return piece, strings.ContainsFunc(piece, func(r rune) bool { return r >= 0x80 })
		}
	}
	return "", false
}
