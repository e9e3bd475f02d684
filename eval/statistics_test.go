package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSpearman(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y []float64
		want float64
	}{
		{"one order", []float64{1, 2, 3}, []float64{10, 100, 1000}, 1},
		{"the opposite order", []float64{1, 2, 3}, []float64{3, 2, 1}, -1},
		// 1 - 6 Σd² / (n (n² - 1)) with d = 1, 1, 0, 2, 2
		{"without ties", []float64{1, 2, 3, 4, 5}, []float64{2, 1, 3, 6, 4}, 1 - 6*4./120},
		// ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4
		{"ties share their mean rank", []float64{1, 2, 2, 3}, []float64{1, 2, 3, 4}, 4.5 / math.Sqrt(4.5*5)},
	} {
		got, err := Spearman(c.x, c.y)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name, got, c.want)
	}
}

func TestSpearmanOfWhatHasNoOrderIsNotANumber(t *testing.T) {
	for _, x := range [][]float64{nil, {1, 1, 1}, {1, math.NaN(), 2}} {
		got, err := Spearman(x, make([]float64, len(x)))
		if err != nil || !math.IsNaN(got) {
			t.Errorf("%v: %v, %v", x, got, err)
		}
	}
	if _, err := Spearman([]float64{1}, nil); err == nil {
		t.Error("lengths that differ were accepted")
	}
}

func TestBootstrapFindsADifferenceThatIsThereAndNoOther(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	var a, better, same []float64
	for range 300 {
		v := r.Float64()
		a = append(a, v)
		better = append(better, v+0.1+0.2*r.NormFloat64())
		same = append(same, v+0.2*r.NormFloat64())
	}
	got, err := PairedBootstrap(a, better, nil)
	if err != nil || got.Low <= 0.05 || got.High >= 0.15 || got.Low > got.Mean || got.Mean > got.High {
		t.Errorf("interval %+v, %v", got, err)
	}
	got, err = PairedBootstrap(a, same, nil)
	if err != nil || got.Low > 0 || got.High < 0 {
		t.Errorf("interval %+v, %v", got, err)
	}
}

// Of 200 experiments without a difference, about one in ten should fall
// outside an interval of 0.9.
func TestBootstrapIntervalsHoldTheirLevel(t *testing.T) {
	outside := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		a, b := make([]float64, 100), make([]float64, 100)
		for i := range a {
			a[i], b[i] = r.NormFloat64(), r.NormFloat64()
		}
		got, err := PairedBootstrap(a, b, &BootstrapOptions{Samples: 400, Level: 0.9, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if got.Low > 0 || got.High < 0 {
			outside++
		}
	}
	if outside < 8 || outside > 40 {
		t.Errorf("%d of 200 outside", outside)
	}
}

func TestBootstrapIsRepeatable(t *testing.T) {
	a, b := []float64{1, 2, 3, 4}, []float64{2, 2, 5, 4}
	first, _ := PairedBootstrap(a, b, &BootstrapOptions{Samples: 50, Seed: 7})
	again, _ := PairedBootstrap(a, b, &BootstrapOptions{Samples: 50, Seed: 7})
	if first != again {
		t.Errorf("%+v and %+v", first, again)
	}
}

func TestBootstrapRefuses(t *testing.T) {
	one := []float64{1}
	for name, err := range map[string]error{
		"no values":         second(PairedBootstrap(nil, nil, nil)),
		"different lengths": second(PairedBootstrap(one, nil, nil)),
		"negative samples":  second(PairedBootstrap(one, one, &BootstrapOptions{Samples: -1})),
		"a level of 1":      second(PairedBootstrap(one, one, &BootstrapOptions{Level: 1})),
		"no level":          second(PairedBootstrap(one, one, &BootstrapOptions{Level: math.NaN()})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second(_ Interval, err error) error { return err }
