package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/generator/extractive"
)

// made returns pairs whose answers are drawn from a known calibration: with
// probability Support(e) a side with evidence e is one that answers.
func made(c extractive.Calibration, n int) []pair {
	r := rand.New(rand.NewPCG(3, 9))
	var with, without []side
	for len(with) < n || len(without) < n {
		e := extractive.Evidence{Meaning: r.Float64()*2 - 0.5, Words: r.Float64(), Missing: r.Float64() * 0.5}
		s := side{Evidence: e, Support: c.Support(e)}
		if r.Float64() < s.Support {
			with = append(with, s)
		} else {
			without = append(without, s)
		}
	}
	out := make([]pair, n)
	for i := range out {
		out[i] = pair{Set: "made", With: with[i], Without: without[i]}
	}
	return out
}

func TestFitFindsTheCalibrationThatTheCasesCameFrom(t *testing.T) {
	want := extractive.Calibration{Base: -2.5, Meaning: 3, Words: 2, Missing: -2}
	got := fit(samples(made(want, 20_000), true))
	// The base is also moved by how many answer, which the pairs set to half.
	for name, v := range map[string][2]float64{"meaning": {got.Meaning, want.Meaning}, "words": {got.Words, want.Words}, "missing": {got.Missing, want.Missing}} {
		if math.Abs(v[0]-v[1]) > 0.2 {
			t.Errorf("%s is %.2f, want %.2f", name, v[0], v[1])
		}
	}
	if words := fit(samples(made(want, 2000), false)); words.Meaning != 0 || words.Words < 1 {
		t.Errorf("fitted to words alone: %+v", words)
	}
}

func TestRatesCountWhatIsBelowTheThreshold(t *testing.T) {
	pairs := []pair{
		{Set: "a", With: side{Support: 0.9}, Without: side{Support: 0.1}},
		{Set: "a", With: side{Support: 0.3}, Without: side{Support: 0.4}},
		{Set: "b", With: side{Support: 0.8}, Without: side{Support: 0.2}},
	}
	if got := ratesAt(of(pairs, "a"), supportOf, 0.35); got != (rates{0.5, 0.5}) {
		t.Errorf("rates of a are %+v", got)
	}
	if got := meanRates(pairs, supportOf, 0.35); got != (rates{0.25, 0.75}) {
		t.Errorf("mean rates are %+v", got)
	}
	if got := area(of(pairs, "a"), supportOf); got != 0.75 {
		t.Errorf("area is %v, want 0.75", got)
	}
	if got := thresholdFor(pairs, supportOf, 0.1); math.Abs(got-0.3) > 0.006 {
		t.Errorf("threshold is %v, want 0.3", got)
	}
}

func TestThePictureIsAnSVG(t *testing.T) {
	svg := draw(made(extractive.Calibration{Base: -1, Words: 2}, 50), "model")
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Count(svg, "<path fill=\"none\" stroke=\"#0072b2\"") != 1 {
		t.Error("the set has no curve")
	}
}
