package tokenizer

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// pieceJSON is an entry of a Unigram vocabulary: [text, score].
type pieceJSON struct {
	text  string
	score float64
}

func (p *pieceJSON) UnmarshalJSON(data []byte) error {
	pair := []any{&p.text, &p.score}
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("vocabulary entry %.80s is no pair", data)
	}
	return nil
}

func (p *parser) unigram() error {
	var m struct {
		Type         string      `json:"type"`
		Unknown      *int        `json:"unk_id"`
		Vocab        []pieceJSON `json:"vocab"`
		ByteFallback bool        `json:"byte_fallback"`
	}
	if err := want(p.file.Model, "model", "Unigram", &m); err != nil {
		return err
	}
	switch {
	case m.ByteFallback:
		return fmt.Errorf("model: byte_fallback: %w", ErrUnsupported)
	case m.Unknown == nil:
		return fmt.Errorf("model: no unk_id: %w", ErrUnsupported)
	case *m.Unknown < 0 || *m.Unknown >= len(m.Vocab):
		return fmt.Errorf("model: unk_id %d is not among the %d pieces", *m.Unknown, len(m.Vocab))
	}
	p.ids = make(map[string]int32, len(m.Vocab))
	list := make([]float64, len(m.Vocab))
	for i, piece := range m.Vocab {
		p.ids[piece.text] = int32(i) // the last of equal pieces counts
		list[i] = piece.score
		p.spec.limit = max(p.spec.limit, len(piece.text))
	}
	if p.spec.limit > maxLimit {
		return fmt.Errorf("model: piece of %d bytes, the limit is %d: %w", p.spec.limit, maxLimit, ErrUnsupported)
	}
	p.spec.limit = max(p.spec.limit, 1)
	p.spec.kind, p.spec.unknown = modelUnigram, int32(*m.Unknown)
	p.scores(list)
	return p.vocabulary()
}

// scores packs the scores as float32 where none loses by it.
func (p *parser) scores(list []float64) {
	wide := slices.ContainsFunc(list, func(v float64) bool { return float64(float32(v)) != v })
	p.set(wide, flagWideScores)
	p.spec.scores, p.spec.lowest = packScores(list, wide), slices.Min(list)
}

func packScores(list []float64, wide bool) string {
	var out []byte
	for _, v := range list {
		if wide {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		} else {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
	}
	return string(out)
}

func (p *parser) precompiled() error {
	kind, err := component(p.file.Normalizer)
	if err != nil {
		return fmt.Errorf("normalizer: %w", err)
	}
	if kind == "" {
		return nil
	}
	var n struct {
		Type string `json:"type"`
		Map  []byte `json:"precompiled_charsmap"`
	}
	if err := want(p.file.Normalizer, "normalizer", "Precompiled", &n); err != nil {
		return err
	}
	if _, err := newCharmap(string(n.Map)); err != nil {
		return fmt.Errorf("normalizer: %w", err)
	}
	p.spec.charmap = string(n.Map)
	p.set(true, flagCharmap)
	return nil
}

// metaspace reads Metaspace, alone or behind WhitespaceSplit.
func (p *parser) metaspace() error {
	raw := p.file.PreTokenizer
	kind, err := component(raw)
	if err != nil {
		return fmt.Errorf("pre_tokenizer: %w", err)
	}
	if kind == "Sequence" {
		var s struct {
			Type string            `json:"type"`
			List []json.RawMessage `json:"pretokenizers"`
		}
		if err := strict(raw, &s); err != nil {
			return fmt.Errorf("pre_tokenizer: %w", err)
		}
		var split struct {
			Type string `json:"type"`
		}
		if len(s.List) != 2 {
			return fmt.Errorf("pre_tokenizer: sequence of %d: %w", len(s.List), ErrUnsupported)
		}
		if err := want(s.List[0], "first pre_tokenizer", "WhitespaceSplit", &split); err != nil {
			return err
		}
		p.set(true, flagSplitSpace)
		raw = s.List[1]
	}
	return checkMetaspace(raw)
}

func checkMetaspace(raw json.RawMessage) error {
	var m struct {
		Type        string `json:"type"`
		Replacement string `json:"replacement"`
		Prefix      *bool  `json:"add_prefix_space"` // what older files have for the scheme
		Scheme      string `json:"prepend_scheme"`
		Split       *bool  `json:"split"`
		Text        string `json:"str_rep"` // of older files; the same as the replacement
	}
	if err := want(raw, "pre_tokenizer", "Metaspace", &m); err != nil {
		return err
	}
	always := m.Scheme == "always" || m.Scheme == ""
	if m.Prefix != nil && !*m.Prefix {
		always = false
	}
	switch {
	case m.Replacement != string(metaspace):
		return fmt.Errorf("pre_tokenizer: replacement %q: %w", m.Replacement, ErrUnsupported)
	case !always:
		return fmt.Errorf("pre_tokenizer: a prepend_scheme other than always: %w", ErrUnsupported)
	case m.Split != nil && !*m.Split:
		return fmt.Errorf("pre_tokenizer: split false: %w", ErrUnsupported)
	}
	return nil
}
