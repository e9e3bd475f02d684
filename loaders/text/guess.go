package text

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed4837efcb/groundwork/loaders"
)

const (
	sampleSize  = 16 << 10 // bytes that are enough to rate an encoding
	leastRating = 0.42     // below which letters are not those of a language
	leastLead   = 0.15     // over the second best
	maxInvalid  = 0.005    // share of invalid places in an encoding that was guessed

	// A declaration is wrong if another encoding leads by that much, over that
	// many characters; between encodings of single bytes, letters tell less.
	contradiction       = 0.5
	contradictionSingle = 1.0
	contradictionRunes  = 6

	// Rare letters are no proof against a language in a text of so few
	// characters; what most other texts are may decide.
	shortRunes = 24

	// In a text of n characters, leads below weakLead/n are chance: it may be
	// that, or the next.
	weakLead = 1.2
)

// A trial is an encoding and how well a text fits it.
type trial struct {
	charset
	text    string // the sample
	invalid int
	rating  float64
}

// high counts the characters of the sample that are not ASCII.
func (t *trial) high() int {
	n := 0
	for _, r := range t.text {
		if r >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// contradicts reports whether the letters speak against c, which a text
// declares, and clearly for another encoding.
func contradicts(trials []trial, c charset) bool {
	best := &trials[0]
	if best.rating < leastRating || best.high() < contradictionRunes || best.name == c.name {
		return false
	}
	lead := contradiction
	if c.single && best.single {
		lead = contradictionSingle
	}
	for i := range trials {
		if t := &trials[i]; t.name == c.name {
			return t.text != best.text && t.rating <= best.rating-lead
		}
	}
	return best.rating >= 1-leastLead && !best.single // nobody knows how common the letters of c are
}

// guess decodes data in the encoding that its letters speak for. Where they
// speak for others too, it is the preferred one, or else the best with the
// others named in Or, unless it hardly is the best.
func (d *Decoder) guess(trials []trial, data []byte) (loaders.Decoded, error) {
	near := candidates(trials)
	if len(near) == 0 {
		return loaders.Decoded{}, fmt.Errorf("%w: no encoding makes words of it", loaders.ErrEncoding)
	}
	by, or := loaders.ByLetters, near[1:]
	if len(near) > 1 || near[0].rating < leastRating {
		i := slices.IndexFunc(near, func(t trial) bool { return t.name == d.prefer })
		switch {
		case i >= 0:
			near, by, or = near[i:], loaders.ByMajority, nil
		case near[0].rating < leastRating || near[1].rating > near[0].rating-leastLead:
			return loaders.Decoded{}, &loaders.DoubtError{Encodings: names(near)}
		}
	}
	dec := decode(data, near[0].charset, by)
	if isInvalid(dec, maxInvalid) {
		return loaders.Decoded{}, fmt.Errorf("%w: it begins like %s, but %d places are not valid in it", loaders.ErrEncoding, near[0].name, dec.Invalid)
	}
	dec.Or = names(or)
	return dec, nil
}

// candidates returns the best trial and those near it that read the text
// otherwise; none if no trial makes sense. Of a short text sense is not asked,
// only that it is valid.
func candidates(trials []trial) []trial {
	best := &trials[0]
	rare := best.rating < leastRating
	if rare && best.high() > shortRunes {
		return nil
	}
	var near []trial
	for _, t := range trials {
		lead := best.rating - t.rating
		chance := t.invalid == 0 && t.rating > 0 && (!t.single || t.rating >= leastRating)
		switch {
		case lead >= leastLead && !(chance && lead < weakLead/float64(t.high())):
		case rare && !chance:
		case slices.ContainsFunc(near, func(u trial) bool { return u.text == t.text }):
		default:
			near = append(near, t)
		}
	}
	return near
}

func names(trials []trial) []string {
	var out []string
	for _, t := range trials {
		out = append(out, t.name)
	}
	return out
}

// rateAll rates all encodings that may be guessed, the best first.
func rateAll(data []byte) []trial {
	sample := sampleOf(data)
	pairs := pairedRuns(sample)
	var trials []trial
	for _, c := range charsets() {
		if c.rate == nil {
			continue
		}
		part := sample
		if strings.HasPrefix(c.name, "utf-16") {
			if len(data)%2 != 0 {
				continue
			}
			part = data[:min(len(data), sampleSize)]
		}
		dec := decode(part, c, loaders.ByLetters)
		t := trial{charset: c, text: dec.Text, invalid: dec.Invalid}
		t.rating = c.rate(t.text)
		if c.single {
			t.rating -= pairPenalty * float64(min(pairs, 5))
		}
		trials = append(trials, t)
	}
	slices.SortStableFunc(trials, func(a, b trial) int { return cmp.Compare(b.rating, a.rating) })
	return trials
}

// pairPenalty is what an encoding of single bytes loses for every run that
// pairedRuns counts; half of the runs of such a text are odd.
const pairPenalty = 0.15

// pairedRuns counts the runs of bytes that are not ASCII, if all of them are
// even, as those of characters of two bytes mostly are; otherwise it is 0.
func pairedRuns(sample []byte) int {
	runs, length := 0, 0
	for i := 0; i <= len(sample); i++ {
		if i < len(sample) && sample[i] >= 0x80 {
			length++
			continue
		}
		if length%2 != 0 {
			return 0
		}
		if length > 0 {
			runs++
		}
		length = 0
	}
	return runs
}

// sampleOf returns the part of data that tells most: from the first byte that
// is not ASCII, which begins a character in every encoding here, to the end of
// a line.
func sampleOf(data []byte) []byte {
	i := max(0, bytes.IndexFunc(data, func(r rune) bool { return r >= 0x80 }))
	if i > 0 {
		i-- // a letter with a mark is rated by what stands before it
	}
	sample := data[i:]
	if len(sample) > sampleSize {
		sample = sample[:sampleSize]
		if n := bytes.LastIndexByte(sample, '\n'); n > sampleSize/2 {
			sample = sample[:n]
		}
	}
	return sample
}
