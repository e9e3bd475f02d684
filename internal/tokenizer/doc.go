// Package tokenizer turns text into the token ids that an embedding model was
// trained on: WordPiece as BERT has it and Unigram as SentencePiece has it.
//
// It promises the ids of the Hugging Face fast tokenizers, for every text, special
// tokens and truncation included. That library mixes Unicode versions, so the
// tables here are measured from it (gen/probe.py), not taken from one version.
// Bytes that are not UTF-8 count as U+FFFD, one for each byte, as in a conversion
// to []rune.
//
// Start with [FromJSON] for a tokenizer.json, or with [FromCompiled] for the
// compact form that [Tokenizer.AppendCompiled] writes: it is used in place, so a
// tokenizer embedded in the program costs neither memory nor time at its start.
//
// The package does not decode ids and keeps no offsets. Everything takes time
// linear in the text, and memory linear in the longest word.
package tokenizer
