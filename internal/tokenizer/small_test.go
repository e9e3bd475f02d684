package tokenizer

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// bertJSON is a small WordPiece tokenizer; ids are the positions in vocab. The
// normalizer is the reference's default.
func bertJSON(vocab ...string) string {
	ids := map[string]int{"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}
	for i, piece := range vocab {
		ids[piece] = 4 + i
	}
	text, _ := json.Marshal(ids)
	return `{"version":"1.0","truncation":null,"padding":null,
"added_tokens":[{"id":0,"content":"[PAD]","special":true},{"id":2,"content":"[CLS]","special":true},{"id":3,"content":"[SEP]","special":true}],
"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
"pre_tokenizer":{"type":"BertPreTokenizer"},
"post_processor":{"type":"TemplateProcessing",
 "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
 "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
 "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":` + string(text) + `}}`
}

// piece is an entry of a small Unigram vocabulary.
type piece struct {
	text  string
	score float64
}

// unigramJSON is a small Unigram tokenizer with <s> 0, </s> 1 and <unk> 2.
func unigramJSON(normalizer string, pieces ...piece) string {
	vocab := [][]any{{"<s>", 0}, {"</s>", 0}, {"<unk>", 0}}
	for _, p := range pieces {
		vocab = append(vocab, []any{p.text, p.score})
	}
	text, _ := json.Marshal(vocab)
	return `{"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":1,"content":"</s>","special":true}],
"normalizer":` + normalizer + `,
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]},
"post_processor":{"type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0],"trim_offsets":true,"add_prefix_space":true},
"model":{"type":"Unigram","unk_id":2,"vocab":` + string(text) + `,"byte_fallback":false}}`
}

// precompiledJSON is a normalizer with the given replacements.
func precompiledJSON(t testing.TB, replacements map[string]string) string {
	t.Helper()
	var keys []trieKey
	var blob strings.Builder
	for from, to := range replacements {
		keys = append(keys, trieKey{from, int32(blob.Len())})
		blob.WriteString(to + "\x00")
	}
	units, err := buildTrie(keys)
	if err != nil {
		t.Fatal(err)
	}
	data := binary.LittleEndian.AppendUint32(nil, uint32(len(units)))
	data = append(append(data, units...), blob.String()...)
	return fmt.Sprintf(`{"type":"Precompiled","precompiled_charsmap":%q}`, base64.StdEncoding.EncodeToString(data))
}

func fromJSON(t testing.TB, text string) *Tokenizer {
	t.Helper()
	tok, err := FromJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func scoresOf(list ...float64) []piece {
	var pieces []piece
	for i, v := range list {
		pieces = append(pieces, piece{string(rune('a' + i)), v})
	}
	return pieces
}

var inexact = math.Pi // no float32
