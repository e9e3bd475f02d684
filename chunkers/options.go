package chunkers

import (
	"fmt"
	"math"
)

const (
	defaultMax    = 256
	defaultTarget = 200

	// bytesPerToken bounds a piece of text in bytes as well: a model that has
	// one token for a word it does not know, or none for white space, would
	// otherwise take megabytes into one chunk. Real text has 2 to 8 bytes a
	// token.
	bytesPerToken = 32
)

// limits are Options that were checked, with defaults filled in.
type limits struct {
	max, target, overlap int
	count                func(string) int
	base                 int // tokens that any text costs: role prefix, special tokens
	counter              string
}

// newLimits returns o with its defaults, or tells what is wrong with it.
func newLimits(o *Options) (limits, error) {
	if o == nil {
		o = &Options{}
	}
	l := limits{max: o.MaxTokens, target: o.TargetTokens, overlap: o.OverlapTokens, count: o.Count, counter: "model"}
	if l.count == nil {
		l.count, l.counter = EstimateTokens, estimateVersion
	}
	if l.max == 0 {
		l.max = defaultMax
	}
	if l.target == 0 {
		l.target = min(defaultTarget, l.max)
	}
	return l.check()
}

func (l limits) check() (limits, error) {
	switch {
	case l.max < 0 || l.max > math.MaxInt32:
		return l, fmt.Errorf("chunkers: MaxTokens is %d; want 0 for %d, or a positive number", l.max, defaultMax)
	case l.target < 0 || l.target > l.max:
		return l, fmt.Errorf("chunkers: TargetTokens is %d; want at most MaxTokens, which is %d", l.target, l.max)
	case l.overlap < 0 || 2*l.overlap >= l.target && l.overlap > 0:
		return l, fmt.Errorf("chunkers: OverlapTokens is %d; want less than half of TargetTokens, which is %d", l.overlap, l.target)
	}
	if l.base = max(0, l.count("")); l.base >= l.target {
		return l, fmt.Errorf("chunkers: TargetTokens is %d, and the model's prefix and special tokens alone are %d; raise it", l.target, l.base)
	}
	return l, nil
}

// size returns how many tokens text adds to a chunk. Above max it need not be
// exact: a text that is too large by its bytes is not counted at all.
func (l *limits) size(text string) int {
	bytes := len(text) / bytesPerToken
	if bytes > l.max {
		return bytes
	}
	return max(bytes, l.count(text)-l.base)
}

// room is what MaxTokens leaves for the text and what stands around it.
func (l *limits) room() int { return l.max - l.base }

// fingerprint describes kind and every option that shapes the chunks. Which
// model counts is part of that model's own fingerprint.
func (l *limits) fingerprint(kind string) string {
	return fmt.Sprintf("%s max=%d target=%d overlap=%d count=%s", kind, l.max, l.target, l.overlap, l.counter)
}
