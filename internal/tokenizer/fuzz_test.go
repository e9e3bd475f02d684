package tokenizer

import (
	"strings"
	"testing"
)

func FuzzEncode(f *testing.F) {
	for _, text := range units {
		f.Add(text+"a"+text, 5)
	}
	toks := []*Tokenizer{load(f, "minilm"), load(f, "e5")}
	f.Fuzz(func(t *testing.T, text string, max int) {
		for _, tok := range toks {
			checkEncode(t, tok, text, max)
		}
	})
}

func FuzzFromJSON(f *testing.F) {
	f.Add(bertJSON("a", "##b"))
	f.Add(unigramJSON(precompiledJSON(f, map[string]string{"Ａ": "A", "\n": " "}), piece{"▁a", -1}, piece{"b", -inexact}))
	f.Add(strings.Replace(bertJSON("a"), `"TemplateProcessing"`, `"BertProcessing"`, 1))
	f.Fuzz(func(t *testing.T, text string) {
		tok, err := FromJSON([]byte(text))
		if err != nil {
			return
		}
		again, err := FromCompiled(string(tok.AppendCompiled(nil)))
		if err != nil || again.Fingerprint() != tok.Fingerprint() {
			t.Fatalf("the compiled form can't be read: %v", err)
		}
		checkEncode(t, tok, "a ab [CLS] Ａ世é\n<s>", 4)
	})
}

func FuzzFromCompiled(f *testing.F) {
	f.Add(string(fromJSON(f, bertJSON("a", "##b")).AppendCompiled(nil)), "ab")
	f.Add(string(fromJSON(f, unigramJSON(precompiledJSON(f, map[string]string{"Ａ": "A"}), piece{"▁a", -1}, piece{"b", -2})).AppendCompiled(nil)), "Ａb")
	f.Fuzz(func(t *testing.T, data, text string) {
		tok, err := FromCompiled(data)
		if err != nil {
			return
		}
		checkEncode(t, tok, text, 4)
	})
}
