package transformer

import (
	"github.com/seed4837efcb/groundwork/internal/kernel"
)

// blockRows is how many tokens pass through the feed-forward layers at once:
// their activations (48, Intermediate) stay in the second cache.
const blockRows = 48

// A State is the working memory of one forward pass at a time, for packed
// texts of up to a fixed number of tokens in all. Use one per goroutine.
type State struct {
	tokens     int
	x          []float32 // (tokens, hidden): the residual stream
	qkv        []float32 // (tokens, 3 hidden)
	mixed      []float32 // (tokens, hidden): attention's result
	wide       []float32 // (blockRows, intermediate)
	delta      []float32 // (blockRows, hidden): what a sub-layer adds to x
	rows       *kernel.Int8Rows
	attention  *kernel.Attention
	peaks      peaks // unless nil, inputs are observed
	hiddenStep int   // strides, a multiple of 16
	qkvStep    int
	wideStep   int
}

// NewState returns working memory for at most tokens tokens in one pass.
func (m *Model) NewState(tokens int) *State {
	c := m.config
	s := &State{
		tokens:     tokens,
		hiddenStep: kernel.Pad(c.Hidden),
		qkvStep:    kernel.Pad(3 * c.Hidden),
		wideStep:   kernel.Pad(c.Intermediate),
		attention:  kernel.NewAttention(min(tokens, c.MaxTokens()), c.Hidden/c.Heads),
	}
	s.x = kernel.Floats(tokens * s.hiddenStep)
	s.qkv = kernel.Floats(tokens * s.qkvStep)
	s.mixed = kernel.Floats(tokens * s.hiddenStep)
	s.wide = kernel.Floats(blockRows * s.wideStep)
	s.delta = kernel.Floats(blockRows * s.hiddenStep)
	if m.precision == Int8 {
		s.rows = kernel.NewInt8Rows(blockRows, max(c.Hidden, c.Intermediate))
	}
	return s
}

// Tokens returns how many tokens one pass may have.
func (s *State) Tokens() int { return s.tokens }

// Hidden returns the last hidden state of token i, (Hidden). It is valid until
// the next pass.
func (s *State) Hidden(m *Model, i int) []float32 {
	return s.x[i*s.hiddenStep:][:m.config.Hidden]
}

// Forward runs texts whose ids lie one after the other and end at ends, and
// leaves the hidden states in s. All ids must be below the vocabulary's size,
// no text longer than the model's limit, and all of them together no longer
// than the state. Before each layer it calls pause, unless nil; an error from
// it stops the pass and is returned.
func (m *Model) Forward(s *State, ids []int32, ends []int, pause func() error) error {
	m.embed(s, ids, ends)
	for i := range m.layers {
		if pause != nil {
			if err := pause(); err != nil {
				return err
			}
		}
		m.layers[i].forward(m, s, len(ids), ends)
	}
	return nil
}

// embed sets x to the normalised sum of word, position and type embeddings.
func (m *Model) embed(s *State, ids []int32, ends []int) {
	width := m.config.Hidden
	start := 0
	for _, end := range ends {
		for i, id := range ids[start:end] {
			x := s.x[(start+i)*s.hiddenStep:]
			m.words.row(x[:width], int(id))
			m.norm.Add(x, s.hiddenStep, m.positions[i*width:], width, 1)
		}
		start = end
	}
}

// forward replaces the first n tokens of x by the layer's result.
func (l *layer) forward(m *Model, s *State, n int, ends []int) {
	hidden, heads := m.config.Hidden, m.config.Heads
	dim := hidden / heads

	// Queries, keys and values of all tokens.
	for from := 0; from < n; from += blockRows {
		rows := min(blockRows, n-from)
		l.qkv.apply(s, s.qkv[from*s.qkvStep:], s.qkvStep, s.x[from*s.hiddenStep:], s.hiddenStep, rows)
	}

	// Attention within each text.
	start := 0
	for _, end := range ends {
		qkv := s.qkv[start*s.qkvStep:]
		for h := range heads {
			q, k, v := qkv[h*dim:], qkv[hidden+h*dim:], qkv[2*hidden+h*dim:]
			s.attention.Head(s.mixed[start*s.hiddenStep+h*dim:], s.hiddenStep, q, k, v, s.qkvStep, end-start)
		}
		start = end
	}

	// The rest concerns each token alone.
	for from := 0; from < n; from += blockRows {
		rows := min(blockRows, n-from)
		x := s.x[from*s.hiddenStep:]

		l.mix.apply(s, s.delta, s.hiddenStep, s.mixed[from*s.hiddenStep:], s.hiddenStep, rows)
		l.attentionNorm.Add(x, s.hiddenStep, s.delta, s.hiddenStep, rows)

		l.up.apply(s, s.wide, s.wideStep, x, s.hiddenStep, rows)
		kernel.GELU(s.wide[:rows*s.wideStep])
		l.down.apply(s, s.delta, s.hiddenStep, s.wide, s.wideStep, rows)
		l.feedNorm.Add(x, s.hiddenStep, s.delta, s.hiddenStep, rows)
	}
}

// apply sets rows of c to rows of x times the weights plus the bias.
func (l *linear) apply(s *State, c []float32, cStep int, x []float32, xStep, rows int) {
	if l.float != nil {
		l.float.Multiply(c, cStep, x, xStep, rows)
		return
	}
	if s.peaks != nil {
		s.peaks.observe(l, x, xStep, rows)
	}
	s.rows.Quantize(l.int8, x, xStep, rows)
	l.int8.Multiply(c, cStep, s.rows)
}
