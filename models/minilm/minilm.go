// Package minilm holds the weights of all-MiniLM-L6-v2, an English sentence
// embedding model of 6 layers and 384 dimensions. Importing it puts about 46 MB
// into the program.
//
// The model is sentence-transformers/all-MiniLM-L6-v2, licensed under the Apache
// License 2.0 (see LICENSE and NOTICE beside the weights). Its matrices were
// rounded from float32 to float16, its tokenizer compiled; go run
// ./models/convert reproduces the files.
package minilm

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
