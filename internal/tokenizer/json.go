package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrUnsupported: the tokenizer.json asks for something that this package does
// not do. Nothing that changes ids is ever left out in silence.
var ErrUnsupported = errors.New("not supported")

// FromJSON reads the tokenizer.json of a Hugging Face model. It takes WordPiece
// with the Bert normalizer and pre-tokenizer, and Unigram with a precompiled
// character map and Metaspace, with or without WhitespaceSplit before it. Any
// other component or setting is [ErrUnsupported]. The entries for decoding,
// truncation and padding do not bear on ids and are not read, but for the padding
// id: the limit is an argument of [Tokenizer.Encode].
func FromJSON(data []byte) (*Tokenizer, error) {
	s, err := parseJSON(data)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: read tokenizer.json: %w", err)
	}
	return FromCompiled(string(s.append(nil)))
}

// file is the part of a tokenizer.json that bears on ids.
type file struct {
	AddedTokens   []addedJSON     `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         json.RawMessage `json:"model"`
	Padding       *struct {
		PadID int32 `json:"pad_id"`
	} `json:"padding"`
}

type addedJSON struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// parser builds a spec from a file.
type parser struct {
	file file
	spec spec
	ids  map[string]int32 // of the model's vocabulary
}

func parseJSON(data []byte) (*spec, error) {
	p := &parser{}
	if err := json.Unmarshal(data, &p.file); err != nil {
		return nil, err
	}
	model, err := component(p.file.Model)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	steps := []func() error{p.wordPiece, p.bertNormalizer, p.bertPreTokenizer}
	switch model {
	case "WordPiece":
	case "Unigram":
		steps = []func() error{p.unigram, p.precompiled, p.metaspace}
	default:
		return nil, fmt.Errorf("model %q (WordPiece and Unigram are read): %w", model, ErrUnsupported)
	}
	for _, step := range append(steps, p.addedTokens, p.padding, p.postProcessor) {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &p.spec, nil
}

// component returns the type of a component, "" when it is null or absent.
func component(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return "", nil
	}
	var c struct {
		Type string `json:"type"`
	}
	err := json.Unmarshal(raw, &c)
	return c.Type, err
}

// strict decodes a component all of whose fields must be known.
func strict(raw json.RawMessage, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// want decodes a component of the one type that fits the model.
func want(raw json.RawMessage, what, kind string, into any) error {
	got, err := component(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if got != kind {
		return fmt.Errorf("%s %q, where this model needs %q: %w", what, got, kind, ErrUnsupported)
	}
	if err := strict(raw, into); err != nil {
		return fmt.Errorf("%s %s: %w", what, kind, err)
	}
	return nil
}

func (p *parser) wordPiece() error {
	var m struct {
		Type     string           `json:"type"`
		Unknown  string           `json:"unk_token"`
		Prefix   string           `json:"continuing_subword_prefix"`
		MaxChars int              `json:"max_input_chars_per_word"`
		Vocab    map[string]int32 `json:"vocab"`
	}
	m.Prefix, m.MaxChars = "##", 100
	if err := want(p.file.Model, "model", "WordPiece", &m); err != nil {
		return err
	}
	if m.MaxChars < 1 || m.MaxChars > maxLimit {
		return fmt.Errorf("model: max_input_chars_per_word %d is not in 1 to %d: %w", m.MaxChars, maxLimit, ErrUnsupported)
	}
	unknown, ok := m.Vocab[m.Unknown]
	if !ok {
		return fmt.Errorf("model: unk_token %q is not in the vocabulary", m.Unknown)
	}
	p.ids = m.Vocab
	p.spec.kind, p.spec.unknown, p.spec.limit, p.spec.prefix = modelWordPiece, unknown, m.MaxChars, m.Prefix
	return p.vocabulary()
}

// vocabulary compiles p.ids.
func (p *parser) vocabulary() error {
	keys := make([]trieKey, 0, len(p.ids))
	for text, id := range p.ids {
		if id < 0 || id >= maxVocab || hasZeroByte(text) {
			return fmt.Errorf("model: piece %q with id %d: %w", text, id, ErrUnsupported)
		}
		p.spec.config.vocabSize = max(p.spec.config.vocabSize, id+1)
		if text != "" { // an empty piece never matches
			keys = append(keys, trieKey{text, id})
		}
	}
	units, err := buildTrie(keys)
	if err != nil {
		return fmt.Errorf("model: %d pieces: %w: %w", len(keys), err, ErrUnsupported)
	}
	p.spec.trie = string(units)
	return nil
}

func (p *parser) bertNormalizer() error {
	var n struct {
		Type  string `json:"type"`
		Clean bool   `json:"clean_text"`
		CJK   bool   `json:"handle_chinese_chars"`
		Strip *bool  `json:"strip_accents"`
		Lower bool   `json:"lowercase"`
	}
	n.Clean, n.CJK, n.Lower = true, true, true
	if err := want(p.file.Normalizer, "normalizer", "BertNormalizer", &n); err != nil {
		return err
	}
	strip := n.Lower
	if n.Strip != nil {
		strip = *n.Strip
	}
	p.set(n.Clean, flagClean)
	p.set(n.CJK, flagCJK)
	p.set(strip, flagStrip)
	p.set(n.Lower, flagLower)
	return nil
}

func (p *parser) set(on bool, flag uint32) {
	if on {
		p.spec.flags |= flag
	}
}

func (p *parser) bertPreTokenizer() error {
	var t struct {
		Type string `json:"type"`
	}
	return want(p.file.PreTokenizer, "pre_tokenizer", "BertPreTokenizer", &t)
}

// addedTokens takes the tokens that are matched in the raw text.
func (p *parser) addedTokens() error {
	c := &p.spec.config
	seen := map[string]bool{}
	for _, t := range p.file.AddedTokens {
		if err := p.checkAdded(t); err != nil {
			return fmt.Errorf("added token %q: %w", t.Content, err)
		}
		if seen[t.Content] {
			return fmt.Errorf("added token %q stands twice", t.Content)
		}
		seen[t.Content] = true
		c.vocabSize = max(c.vocabSize, t.ID+1)
		c.added.list = append(c.added.list, addedToken{t.Content, t.ID, t.LStrip, t.RStrip})
	}
	return nil
}

func (p *parser) checkAdded(t addedJSON) error {
	id, known := p.ids[t.Content]
	switch {
	case t.ID < 0 || t.ID >= maxVocab || known && id != t.ID:
		return fmt.Errorf("id %d does not fit the vocabulary", t.ID)
	case t.SingleWord:
		return fmt.Errorf("single_word: %w", ErrUnsupported)
	case t.Normalized:
		return fmt.Errorf("normalized: %w", ErrUnsupported)
	case t.Content == "" || len(t.Content) > maxAdded || hasZeroByte(t.Content):
		return fmt.Errorf("%d bytes: %w", len(t.Content), ErrUnsupported)
	case trimSpaceLeft(t.Content) != t.Content || trimSpaceRight(t.Content) != t.Content:
		return fmt.Errorf("white space at its ends: %w", ErrUnsupported)
	}
	return nil
}

func (p *parser) padding() error {
	c := &p.spec.config
	c.padID = -1
	for _, t := range c.added.list {
		if t.content == "[PAD]" || t.content == "<pad>" {
			c.padID = t.id
		}
	}
	if p.file.Padding != nil {
		c.padID = p.file.Padding.PadID
	}
	if c.padID < -1 || c.padID >= c.vocabSize {
		return fmt.Errorf("padding: id %d is not in the vocabulary", c.padID)
	}
	return nil
}
