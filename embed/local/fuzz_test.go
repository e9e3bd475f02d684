package local

import (
	"testing"
	"testing/fstest"
)

// FuzzFolderDescription reads the small files of a folder, all of which may
// come from a stranger.
func FuzzFolderDescription(f *testing.F) {
	f.Add(`[{"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"}]`,
		`{"pooling_mode_mean_tokens": true}`, `{"max_seq_length": 32}`, `{"prompts": {"query": "query: "}, "default_prompt_name": "query"}`)
	f.Add(`[{"path": "../..", "type": "Transformer"}]`, `{"include_prompt": 1}`, `{"max_seq_length": null}`, `{"prompts": null}`)
	f.Fuzz(func(t *testing.T, modules, pooling, limit, prompts string) {
		dir := fstest.MapFS{
			"modules.json":                      {Data: []byte(modules)},
			"1_Pooling/config.json":             {Data: []byte(pooling)},
			"sentence_bert_config.json":         {Data: []byte(limit)},
			"config_sentence_transformers.json": {Data: []byte(prompts)},
		}
		d := &description{}
		root, err := d.readModules(dir)
		if err != nil {
			return
		}
		if d.readLimit(dir, root) != nil || d.readPrompts(dir) != nil {
			return
		}
		if n, err := d.limit(512, 0); err == nil && (n < 3 || n > 512) {
			t.Errorf("limit %d", n)
		}
	})
}
