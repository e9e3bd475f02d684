package tokenizer

import (
	"errors"
	"strings"
	"testing"
)

func TestCompiledFormIsTheSameTokenizer(t *testing.T) {
	for name, text := range map[string]string{
		"WordPiece": bertJSON("a", "##a", "b"),
		"Unigram":   unigramJSON(precompiledJSON(t, map[string]string{"Ａ": "A"}), piece{"▁a", -1}, piece{"b", -2.5}),
		"wide":      unigramJSON("null", piece{"▁a", -inexact}, piece{"b", -2.5}),
	} {
		tok := fromJSON(t, text)
		compiled := tok.AppendCompiled([]byte("before"))
		again, err := FromCompiled(string(compiled[len("before"):]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tok.Fingerprint() != again.Fingerprint() || len(tok.Fingerprint()) != 64 {
			t.Errorf("%s: fingerprints %s and %s", name, tok.Fingerprint(), again.Fingerprint())
		}
		if a, b := tok.Count("a b Ａ c"), again.Count("a b Ａ c"); a != b {
			t.Errorf("%s: %d and %d ids", name, a, b)
		}
	}
	one, other := fromJSON(t, bertJSON("a", "b")), fromJSON(t, bertJSON("a", "c"))
	if one.Fingerprint() == other.Fingerprint() {
		t.Error("other vocabularies, one fingerprint")
	}
}

// Rounding scores to float32 would let ids differ from the reference's.
func TestScoresKeepTheirPrecision(t *testing.T) {
	for _, wide := range []bool{false, true} {
		list := []float64{-1.5, -2.25, -3}
		if wide {
			list[1] = -inexact
		}
		tok := fromJSON(t, unigramJSON("null", scoresOf(list...)...))
		m := tok.model.(*unigram)
		if m.scores.wide != wide {
			t.Errorf("wide is %v, want %v", m.scores.wide, wide)
		}
		for i, want := range list {
			if got := m.scores.at(int32(3 + i)); got != want {
				t.Errorf("score %v, want %v", got, want)
			}
		}
		if m.unkScore != min(list[0], list[1], list[2])-10 {
			t.Errorf("unknown scores %v", m.unkScore)
		}
	}
}

func TestWhatIsNotSupportedIsAnError(t *testing.T) {
	bert, uni := bertJSON("a"), unigramJSON("null", piece{"▁a", -1})
	for _, c := range []struct{ name, text, old, new, want string }{
		{"model", bert, `"type":"WordPiece","unk`, `"type":"BPE","unk`, "BPE"},
		{"model field", bert, `"unk_token"`, `"dropout":0.1,"unk_token"`, "dropout"},
		{"unknown token", bert, `"unk_token":"[UNK]"`, `"unk_token":"[unk]"`, "[unk]"},
		{"word limit", bert, `"max_input_chars_per_word":100`, `"max_input_chars_per_word":0`, "max_input_chars_per_word"},
		{"negative id", bert, `"[PAD]":0`, `"[PAD]":-1`, "[PAD]"},
		{"huge id", bert, `"[UNK]":1`, `"[UNK]":2000000000`, "2000000000"},
		{"normalizer", bert, `"BertNormalizer"`, `"NFC"`, "NFC"},
		{"no normalizer", bert, `"BertNormalizer"`, `""`, "normalizer"},
		{"normalizer field", bert, `"clean_text":true`, `"clean_text":true,"tidy":true`, "tidy"},
		{"pre-tokenizer", bert, `"BertPreTokenizer"`, `"ByteLevel"`, "ByteLevel"},
		{"pre-tokenizer field", bert, `{"type":"BertPreTokenizer"}`, `{"type":"BertPreTokenizer","x":1}`, "x"},
		{"post-processor", bert, `"TemplateProcessing"`, `"ByteLevel"`, "ByteLevel"},
		{"template without text", bert, `{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
 "pair"`, `{"SpecialToken":{"id":"[SEP]","type_id":0}}],
 "pair"`, "missing"},
		{"template with texts swapped", bert, `"id":"B","type_id":1`, `"id":"A","type_id":1`, "out of place"},
		{"template of other types", bert, `{"Sequence":{"id":"B","type_id":1}}`, `{"Sequence":{"id":"B","type_id":2}}`, "type 2"},
		{"template token without ids", bert, `"special_tokens":{"[CLS]"`, `"special_tokens":{"[XXX]"`, "no ids"},
		{"template id outside", bert, `"ids":[2]`, `"ids":[99]`, "99"},
		{"added token's id", bert, `{"id":2,"content":"[CLS]"`, `{"id":3,"content":"[CLS]"`, "does not fit"},
		{"added token twice", bert, `{"id":2,"content":"[CLS]"`, `{"id":3,"content":"[SEP]"`, "twice"},
		{"single word", bert, `"content":"[CLS]"`, `"content":"[CLS]","single_word":true`, "single_word"},
		{"normalized", bert, `"content":"[CLS]"`, `"content":"[CLS]","normalized":true`, "normalized"},
		{"added token with spaces", bert, `{"id":2,"content":"[CLS]"`, `{"id":9,"content":" x"`, "white space"},
		{"empty added token", bert, `{"id":2,"content":"[CLS]"`, `{"id":9,"content":""`, "0 bytes"},
		{"padding id", bert, `"padding":null`, `"padding":{"pad_id":77}`, "77"},
		{"byte fallback", uni, `"byte_fallback":false`, `"byte_fallback":true`, "byte_fallback"},
		{"no unk_id", uni, `"unk_id":2`, `"unk_id":null`, "unk_id"},
		{"unk_id outside", uni, `"unk_id":2`, `"unk_id":4`, "unk_id"},
		{"not a pair", uni, `["▁a",-1]`, `["▁a"]`, "pair"},
		{"long piece", uni, `["▁a",-1]`, `["` + strings.Repeat("x", 5000) + `",-1]`, "5000"},
		{"zero byte", uni, `["▁a",-1]`, `["a\u0000",-1]`, "piece"},
		{"normalizer of Unigram", uni, `"normalizer":null`, `"normalizer":{"type":"NFKC"}`, "NFKC"},
		{"truncated map", uni, `"normalizer":null`, `"normalizer":{"type":"Precompiled","precompiled_charsmap":"/////w=="}`, "character map"},
		{"split first", uni, `"WhitespaceSplit"`, `"Whitespace"`, "Whitespace"},
		{"three steps", uni, `{"type":"WhitespaceSplit"}`, `{"type":"WhitespaceSplit"},{"type":"WhitespaceSplit"}`, "sequence of 3"},
		{"scheme", uni, `"always"`, `"first"`, "prepend_scheme"},
		{"no split", uni, `"split":true`, `"split":false`, "split"},
		{"replacement", uni, `"replacement":"▁"`, `"replacement":"_"`, "replacement"},
		{"not JSON", "{", "", "", "JSON"},
		{"no model", "{}", "", "", "model"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(c.text, c.old, c.new, 1)
			if c.old != "" && text == c.text {
				t.Fatalf("%q is not in the file", c.old)
			}
			_, err := FromJSON([]byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestUnsupportedCanBeToldFromBroken(t *testing.T) {
	_, err := FromJSON([]byte(strings.Replace(bertJSON("a"), `"BertPreTokenizer"`, `"Whitespace"`, 1)))
	if !errors.Is(err, ErrUnsupported) {
		t.Errorf("other pre-tokenizer: %v, want ErrUnsupported", err)
	}
	if _, err := FromJSON([]byte("[")); err == nil || errors.Is(err, ErrUnsupported) {
		t.Errorf("broken file: %v, want another error", err)
	}
}

func TestDamagedCompiledFormIsAnError(t *testing.T) {
	good := string(fromJSON(t, unigramJSON(precompiledJSON(t, map[string]string{"x": "y"}), piece{"▁a", -1})).AppendCompiled(nil))
	for n := range len(good) {
		if _, err := FromCompiled(good[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut to %d of %d bytes: %v, want ErrFormat", n, len(good), err)
		}
	}
	for name, data := range map[string]string{
		"longer":        good + "\x00\x00\x00\x00",
		"other version": good[:6] + "\x02\x00" + good[8:],
		"other magic":   "x" + good[1:],
		"other model":   good[:8] + "\x03" + good[9:],
		"unknown flag":  good[:13] + "\x01" + good[14:],
	} {
		if _, err := FromCompiled(data); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, want ErrFormat", name, err)
		}
	}
}
