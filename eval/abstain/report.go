package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/seed4837efcb/groundwork/generator/extractive"
)

// rates are what a threshold does: the share of answerable questions that are
// refused, and of unanswerable ones that are caught.
type rates struct{ refused, caught float64 }

// ratesOf returns those of the default threshold.
func ratesOf(pairs []pair) rates { return ratesAt(pairs, supportOf, extractive.DefaultMinSupport) }

func ratesAt(pairs []pair, support func(side) float64, threshold float64) rates {
	var r rates
	for _, p := range pairs {
		if support(p.With) < threshold {
			r.refused++
		}
		if support(p.Without) < threshold {
			r.caught++
		}
	}
	n := float64(max(1, len(pairs)))
	return rates{r.refused / n, r.caught / n}
}

func supportOf(s side) float64 { return s.Support }

// meanRates returns the mean over the sets.
func meanRates(all []pair, support func(side) float64, threshold float64) rates {
	var mean rates
	names := setsOf(all)
	for _, name := range names {
		r := ratesAt(of(all, name), support, threshold)
		mean.refused += r.refused / float64(len(names))
		mean.caught += r.caught / float64(len(names))
	}
	return mean
}

func setsOf(all []pair) []string {
	var names []string
	for _, p := range all {
		if !slices.Contains(names, p.Set) {
			names = append(names, p.Set)
		}
	}
	return names
}

// area returns the area under the curve of the pairs: the chance that an
// answerable question has more support than an unanswerable one.
func area(pairs []pair, support func(side) float64) float64 {
	won := 0.0
	for _, a := range pairs {
		for _, b := range pairs {
			switch x, y := support(a.With), support(b.Without); {
			case x > y:
				won++
			case x == y:
				won += 0.5
			}
		}
	}
	return won / float64(max(1, len(pairs)*len(pairs)))
}

func report(w io.Writer, all []pair) {
	names := setsOf(all)
	fmt.Fprintf(w, "\nDefault calibration: refused though answerable / caught\n\n| support needed |")
	for _, name := range names {
		fmt.Fprintf(w, " %s (%d) |", name, len(of(all, name)))
	}
	fmt.Fprintf(w, " mean |\n|---|%s\n", dashes(len(names)+1))
	for _, t := range []float64{0.1, 0.15, 0.2, 0.25, extractive.DefaultMinSupport, 0.35, 0.4, 0.45, 0.5} {
		fmt.Fprintf(w, "| %.2f |", t)
		for _, name := range names {
			tell(w, ratesAt(of(all, name), supportOf, t))
		}
		tell(w, meanRates(all, supportOf, t))
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\n| set | area under the curve | fitted to the others |\n|---|---|---|\n")
	for _, name := range names {
		own := of(all, name)
		fmt.Fprintf(w, "| %s | %.3f |", name, area(own, supportOf))
		if others := except(all, name); len(others) > 0 {
			fmt.Fprintf(w, " %.3f |", area(own, by(fit(samples(others, true)))))
		}
		fmt.Fprintln(w)
	}
	fitted := fit(samples(all, true))
	fmt.Fprintf(w, "\nfitted:            %+v\n", rounded(fitted))
	fmt.Fprintf(w, "fitted to words:   %+v\n", rounded(fit(samples(all, false))))
	fmt.Fprintf(w, "support at which 1 in 20 answerable ones is refused: %.3f by the default, %.3f by the fitted calibration\n",
		thresholdFor(all, supportOf, 0.05), thresholdFor(all, by(fitted), 0.05))
	gold(w, all)
}

func dashes(n int) string {
	out := ""
	for range n {
		out += "---|"
	}
	return out
}

func tell(w io.Writer, r rates) { fmt.Fprintf(w, " %.3f / %.3f |", r.refused, r.caught) }

func except(all []pair, set string) []pair {
	return slices.DeleteFunc(slices.Clone(all), func(p pair) bool { return p.Set == set })
}

// by returns the support that c gives.
func by(c extractive.Calibration) func(side) float64 {
	return func(s side) float64 { return c.Support(s.Evidence) }
}

func rounded(c extractive.Calibration) string {
	return fmt.Sprintf("{Base: %.2f, Meaning: %.2f, Words: %.2f, Missing: %.2f}", c.Base, c.Meaning, c.Words, c.Missing)
}

// thresholdFor returns the highest support, in steps of 0.005, at which at
// most the given share of the answerable questions is refused, in the mean
// over the sets.
func thresholdFor(all []pair, support func(side) float64, most float64) float64 {
	t := 0.0
	for ; t < 1; t += 0.005 {
		if meanRates(all, support, t+0.005).refused > most {
			break
		}
	}
	return t
}

// gold prints how many answers hold the gold answer, where a set has any.
func gold(w io.Writer, all []pair) {
	fmt.Fprintf(w, "\n| set | questions | answers that hold the gold answer, never abstaining | answered by default | of these hold it |\n|---|---|---|---|---|\n")
	for _, name := range setsOf(all) {
		n, holds, answered, right := 0, 0, 0, 0
		for _, p := range of(all, name) {
			if p.Gold == nil {
				continue
			}
			n++
			given := p.With.Support >= extractive.DefaultMinSupport
			if given {
				answered++
			}
			if *p.Gold {
				holds++
				if given {
					right++
				}
			}
		}
		if n > 0 {
			fmt.Fprintf(w, "| %s | %d | %.3f | %d | %.3f |\n", name, n, float64(holds)/float64(n), answered, float64(right)/float64(max(1, answered)))
		}
	}
}
