package local

import "github.com/seed4837efcb/groundwork/embed"

// TokenIDs returns the token ids that the model sees of a text: prefix and
// special tokens included, cut at the model's limit. The caller owns them.
func (e *Embedder) TokenIDs(role embed.Role, text string) []int32 {
	ids, _ := e.tokenizer.Encode(nil, e.prefix[role&1]+text, e.info.MaxTokens)
	return ids
}
