package tokenizer

import (
	"encoding/json"
	"fmt"
)

// postProcessor reads where special tokens stand.
func (p *parser) postProcessor() error {
	kind, err := component(p.file.PostProcessor)
	if err != nil {
		return fmt.Errorf("post_processor: %w", err)
	}
	switch kind {
	case "":
		p.spec.config.pair.secondType = true // what the reference does on its own
	case "TemplateProcessing":
		err = p.templates()
	case "BertProcessing":
		err = p.bertProcessing()
	case "RobertaProcessing":
		err = p.robertaProcessing()
	default:
		err = fmt.Errorf("%q: %w", kind, ErrUnsupported)
	}
	if err != nil {
		return fmt.Errorf("post_processor: %w", err)
	}
	return nil
}

// tokenJSON is a special token of the older processors: [text, id].
type tokenJSON struct {
	text string
	id   int32
}

func (t *tokenJSON) UnmarshalJSON(data []byte) error {
	pair := []any{&t.text, &t.id}
	return json.Unmarshal(data, &pair)
}

func (p *parser) bertProcessing() error {
	var b struct {
		Type     string `json:"type"`
		Sep, Cls tokenJSON
	}
	if err := strict(p.file.PostProcessor, &b); err != nil {
		return err
	}
	return p.setTemplates([]int32{b.Cls.id}, []int32{b.Sep.id}, []int32{b.Sep.id}, true)
}

func (p *parser) robertaProcessing() error {
	var r struct {
		Type     string `json:"type"`
		Sep, Cls tokenJSON
		Trim     bool `json:"trim_offsets"`     // offsets only
		Prefix   bool `json:"add_prefix_space"` // offsets only
	}
	if err := strict(p.file.PostProcessor, &r); err != nil {
		return err
	}
	return p.setTemplates([]int32{r.Cls.id}, []int32{r.Sep.id, r.Sep.id}, []int32{r.Sep.id}, false)
}

func (p *parser) setTemplates(before, between, after []int32, secondType bool) error {
	p.spec.config.single = template{before: before, after: after}
	p.spec.config.pair = template{before, between, after, secondType}
	return p.checkTemplates()
}

// elementJSON is one place of a template: a special token or a text.
type elementJSON struct {
	Special  *placeJSON `json:"SpecialToken"`
	Sequence *placeJSON `json:"Sequence"`
}

type placeJSON struct {
	ID   string `json:"id"`
	Type int    `json:"type_id"`
}

type specialJSON struct {
	ID     string   `json:"id"`
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
}

func (p *parser) templates() error {
	var t struct {
		Type     string                 `json:"type"`
		Single   []elementJSON          `json:"single"`
		Pair     []elementJSON          `json:"pair"`
		Specials map[string]specialJSON `json:"special_tokens"`
	}
	if err := strict(p.file.PostProcessor, &t); err != nil {
		return err
	}
	c := &p.spec.config
	var err error
	if c.single, err = newTemplate(t.Single, "A", t.Specials); err != nil {
		return fmt.Errorf("single: %w", err)
	}
	if c.pair, err = newTemplate(t.Pair, "AB", t.Specials); err != nil {
		return fmt.Errorf("pair: %w", err)
	}
	return p.checkTemplates()
}

// newTemplate reads a template with the given texts in their order. Token types
// must be 0 up to the second text, and from there on all 0 or all 1.
func newTemplate(list []elementJSON, texts string, specials map[string]specialJSON) (template, error) {
	var t template
	parts := []*[]int32{&t.before, &t.between, &t.after}
	if len(texts) == 1 {
		parts = []*[]int32{&t.before, &t.after}
	}
	part, kind := 0, 0
	for _, e := range list {
		place := e.Special
		if (e.Special == nil) == (e.Sequence == nil) {
			return t, fmt.Errorf("neither token nor text: %w", ErrUnsupported)
		}
		if e.Sequence != nil {
			place = e.Sequence
			if part == len(texts) || place.ID != texts[part:part+1] {
				return t, fmt.Errorf("text %q out of place: %w", place.ID, ErrUnsupported)
			}
			if part++; part == 2 {
				kind = place.Type
			}
		} else {
			special, ok := specials[place.ID]
			if !ok {
				return t, fmt.Errorf("token %q has no ids", place.ID)
			}
			*parts[part] = append(*parts[part], special.IDs...)
		}
		if place.Type != kind || kind < 0 || kind > 1 {
			return t, fmt.Errorf("token type %d of %q: %w", place.Type, place.ID, ErrUnsupported)
		}
	}
	if part != len(texts) {
		return t, fmt.Errorf("a text is missing: %w", ErrUnsupported)
	}
	t.secondType = kind == 1
	return t, nil
}

func (p *parser) checkTemplates() error {
	c := &p.spec.config
	for _, t := range []template{c.single, c.pair} {
		for _, list := range [][]int32{t.before, t.between, t.after} {
			if len(list) >= maxTemplate {
				return fmt.Errorf("%d special tokens: %w", len(list), ErrUnsupported)
			}
			for _, id := range list {
				if id < 0 || id >= c.vocabSize {
					return fmt.Errorf("special token id %d is not in the vocabulary", id)
				}
			}
		}
	}
	return nil
}
