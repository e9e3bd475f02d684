package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed4837efcb/groundwork/generator/extractive"
)

// The picture: a square plot with a legend on its right.
const (
	square = 360 // of the square
	left   = 60
	top    = 40
	width  = left + square + 190
	height = top + square + 60
)

var colors = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"} // told apart by colour-blind readers too (Okabe and Ito)

// draw returns an SVG of the sets' curves: caught against refused, with a
// circle at the default.
func draw(all []pair, model string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, "<title>Unanswerable questions caught against answerable ones refused, %s</title>\n", model)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="14">%s</text>`+"\n", left, model)
	axes(&b)
	for i, name := range setsOf(all) {
		curve(&b, i, name, of(all, name))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func axes(b *strings.Builder) {
	fmt.Fprintf(b, `<g stroke="#ccc">`)
	for i := 0; i <= 10; i += 2 {
		at := float64(i) / 10
		fmt.Fprintf(b, `<path d="M%.1f %dv%dM%d %.1fh%d" fill="none"/>`, x(at), top, square, left, y(at), square)
	}
	fmt.Fprintf(b, "</g>\n<g fill=\"#333\">")
	for i := 0; i <= 10; i += 2 {
		at := float64(i) / 10
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%.1f</text><text x="%d" y="%.1f" text-anchor="end">%.1f</text>`,
			x(at), top+square+18, at, left-8, y(at)+4, at)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">answerable questions refused</text>`, left+square/2, top+square+42)
	fmt.Fprintf(b, `<text transform="translate(18 %d) rotate(-90)" text-anchor="middle">unanswerable questions caught</text>`, top+square/2)
	fmt.Fprintf(b, `<path d="M%d %dL%d %d" stroke="#999" stroke-dasharray="4 4"/></g>`+"\n", left, top+square, left+square, top)
}

func x(share float64) float64 { return left + square*share }
func y(share float64) float64 { return top + square*(1-share) }

func curve(b *strings.Builder, i int, name string, pairs []pair) {
	color := colors[i%len(colors)]
	var at []float64
	for _, p := range pairs {
		at = append(at, p.With.Support, p.Without.Support)
	}
	slices.Sort(at)
	fmt.Fprintf(b, `<path fill="none" stroke="%s" stroke-width="2" d="M%.1f %.1f`, color, x(0), y(0))
	for _, t := range append(slices.Compact(at), 1) {
		r := ratesAt(pairs, supportOf, t)
		fmt.Fprintf(b, "L%.1f %.1f", x(r.refused), y(r.caught))
	}
	fmt.Fprintf(b, `"/>`+"\n")
	r := ratesOf(pairs)
	fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="5" fill="%s"/>`, x(r.refused), y(r.caught), color)
	row := top + 20 + 44*i
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="5" fill="%s"/><text x="%d" y="%d">%s</text>`, left+square+24, row-4, color, left+square+36, row, name)
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="#555">at %.2f: %.0f %% / %.0f %%</text>`+"\n", left+square+36, row+16, extractive.DefaultMinSupport, 100*r.refused, 100*r.caught)
}
