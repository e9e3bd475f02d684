package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

// folderVocabulary is the vocabulary of the folder's tokenizer.
var folderVocabulary = strings.Fields("[PAD] [UNK] [CLS] [SEP] [MASK] hello world query passage : a b c ##d")

// writeFolder writes a sentence-transformers folder; an empty text removes a
// file.
func writeFolder(t *testing.T, change map[string]string) string {
	var vocabulary []string
	for id, token := range folderVocabulary {
		vocabulary = append(vocabulary, fmt.Sprintf("%q: %d", token, id))
	}
	files := map[string]string{
		"config.json":       tinyConfig(len(folderVocabulary)),
		"model.safetensors": randomWeights(len(folderVocabulary), safetensors.F32),
		"tokenizer.json": `{"version": "1.0", "truncation": {"direction": "Right", "max_length": 128, "strategy": "LongestFirst", "stride": 0},
			"padding": null,
			"added_tokens": [],
			"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
			"pre_tokenizer": {"type": "BertPreTokenizer"},
			"post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
			"decoder": null,
			"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
				"vocab": {` + strings.Join(vocabulary, ", ") + `}}}`,
		"modules.json": `[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
			{"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
			{"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]`,
		"1_Pooling/config.json":             `{"word_embedding_dimension": 40, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false}`,
		"sentence_bert_config.json":         `{"max_seq_length": 32, "do_lower_case": false}`,
		"config_sentence_transformers.json": `{"prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": null}`,
	}
	for name, text := range change {
		files[name] = text
	}
	dir := filepath.Join(t.TempDir(), "my-model")
	for name, text := range files {
		if text == "" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openFolder(t *testing.T, change map[string]string) *local.Embedder {
	t.Helper()
	e, err := local.Open(writeFolder(t, change), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAFolderIsReadWithItsLimitsAndPrompts(t *testing.T) {
	e := openFolder(t, nil)
	m := e.Model()
	if m.ID != "my-model" || m.Dim != tinyHidden || m.MaxTokens != 32 {
		t.Errorf("model %+v", m)
	}
	if n := e.CountTokens(embed.Query, "hello world"); n != 6 {
		t.Errorf("a query of two words has %d tokens, want 6 with the prompt", n)
	}
	if v := embedAll(t, e, []string{"hello", "hello world"}); slices.Equal(v.Vector(0), v.Vector(1)) {
		t.Error("two texts have one vector")
	}
}

func TestAFolderNeedsOnlyThreeFiles(t *testing.T) {
	e := openFolder(t, map[string]string{"modules.json": "", "1_Pooling/config.json": "", "sentence_bert_config.json": "", "config_sentence_transformers.json": ""})
	if m := e.Model(); m.MaxTokens != tinyPositions {
		t.Errorf("%d tokens, want %d", m.MaxTokens, tinyPositions)
	}
}

func TestAFolderMayHoldItsTransformerBelow(t *testing.T) {
	plain := openFolder(t, nil)
	dir := writeFolder(t, map[string]string{"modules.json": `[{"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}]`})
	if err := os.Mkdir(filepath.Join(dir, "0_Transformer"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json", "sentence_bert_config.json"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, "0_Transformer", name)); err != nil {
			t.Fatal(err)
		}
	}
	e, err := local.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	sameVector(t, "vector", embedAll(t, e, []string{"hello"}).Data, embedAll(t, plain, []string{"hello"}).Data)
}

func TestPoolingsDiffer(t *testing.T) {
	var all [][]float32
	for _, mode := range []string{"mean_tokens", "cls_token", "max_tokens"} {
		e := openFolder(t, map[string]string{"1_Pooling/config.json": `{"pooling_mode_` + mode + `": true}`})
		all = append(all, embedAll(t, e, []string{"hello world"}).Data)
	}
	if slices.Equal(all[0], all[1]) || slices.Equal(all[1], all[2]) || slices.Equal(all[0], all[2]) {
		t.Error("two poolings have one vector")
	}
}

func TestWeightTypesAreRead(t *testing.T) {
	want := embedAll(t, openFolder(t, nil), []string{"hello world"}).Data
	for _, kind := range []safetensors.DType{safetensors.F16, safetensors.BF16} {
		e := openFolder(t, map[string]string{"model.safetensors": randomWeights(len(folderVocabulary), kind)})
		got := embedAll(t, e, []string{"hello world"}).Data
		var dot float32
		for d := range want {
			dot += got[d] * want[d]
		}
		if dot < 0.99 {
			t.Errorf("%s: cosine to float32 %v", kind, dot)
		}
	}
}

func TestAFolderThatCannotBeHonouredIsAnError(t *testing.T) {
	module := func(kind string) map[string]string {
		return map[string]string{"modules.json": `[{"path": "", "type": "sentence_transformers.models.Transformer"}, {"path": "2", "type": "` + kind + `"}]`}
	}
	for name, change := range map[string]map[string]string{
		"no config":            {"config.json": ""},
		"no tokenizer":         {"tokenizer.json": ""},
		"no weights":           {"model.safetensors": ""},
		"split weights":        {"model-00002-of-00002.safetensors": "x"},
		"broken weights":       {"model.safetensors": "x"},
		"broken modules":       {"modules.json": "["},
		"a dense head":         module("sentence_transformers.models.Dense"),
		"no pooling file":      {"1_Pooling/config.json": ""},
		"two poolings":         {"1_Pooling/config.json": `{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}`},
		"no pooling":           {"1_Pooling/config.json": `{}`},
		"last token pooling":   {"1_Pooling/config.json": `{"pooling_mode_lasttoken": true}`},
		"pooling less prompts": {"1_Pooling/config.json": `{"pooling_mode_mean_tokens": true, "include_prompt": false}`},
		"an unknown default":   {"config_sentence_transformers.json": `{"default_prompt_name": "x"}`},
		"a path outside":       {"modules.json": `[{"path": "../elsewhere", "type": "sentence_transformers.models.Transformer"}]`},
		"a limit too high":     {"sentence_bert_config.json": `{"max_seq_length": 1000}`},
	} {
		_, err := local.Open(writeFolder(t, change), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "local: open ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := local.Open(filepath.Join(t.TempDir(), "absent"), nil); err == nil {
		t.Error("an absent folder was opened")
	}
}

func TestASharedFolderGivesTheVectorsOfItsPackage(t *testing.T) {
	dir := sharedDir(t)
	folder, err := local.Open(filepath.Join(dir, "models", sharedNames["minilm"]), &local.Options{Precision: local.Float32})
	if err != nil {
		t.Fatal(err)
	}
	pkg := open(t, "minilm", &local.Options{Precision: local.Float32})
	texts := []string{"The package rounds its weights to sixteen bits."}
	a, b := embedAll(t, folder, texts), embedAll(t, pkg, texts)
	want := make([]float64, a.Dim)
	for d, x := range a.Data {
		want[d] = float64(x)
	}
	if cos := cosine(b.Data, want); cos < 0.999999 {
		t.Errorf("cosine %v", cos)
	}
}
