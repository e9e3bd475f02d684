package pdf

import (
	"bytes"
	"fmt"
	"slices"
)

// The library wants a file without a scratch: a header it knows at the first
// byte, %%EOF at the end, a cross-reference table that is right. Viewers do
// not. clean mends what is cheap to mend and rebuild makes a new table from the
// objects that can be found.

const (
	maxObjects  = 8_388_607 // the largest number of an object (ISO 32000-1, annex C)
	maxSections = 1024      // of cross-reference tables that point to each other
)

// clean returns data with its header and end where the library looks for them.
func clean(data []byte) []byte {
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i > 0 {
		data = data[i:]
	} else if i < 0 {
		data = append([]byte("%PDF-1.7\n"), data...)
	}
	if len(data) > 9 {
		copy(data, "%PDF-1.7\n")
	}
	if i := bytes.LastIndex(data, []byte("%%EOF")); i >= 0 {
		data = data[:i+5]
	}
	return data
}

// sound reports whether the cross-reference tables of data can be given to the
// library: it follows their chain without an end and believes every size.
func sound(data []byte) error {
	i := bytes.LastIndex(data, []byte("startxref"))
	if i < 0 || len(data)-i > 100 || len(data) < 100 {
		return fmt.Errorf("%w: no startxref at the end", errSyntax)
	}
	l := lexer{data, i + len("startxref")}
	at, ok := l.integer()
	seen := map[int]bool{}
	for ok {
		if at <= 0 || at >= len(data) || seen[at] || len(seen) == maxSections {
			return fmt.Errorf("%w: cross-reference table at %d", errSyntax, at)
		}
		seen[at] = true
		trailer, err := section(&lexer{data, at})
		if err != nil {
			return err
		}
		var prev float64
		if prev, ok = trailer["Prev"].(float64); ok {
			at = int(min(max(prev, 0), float64(len(data))))
		}
	}
	return nil
}

// section reads one cross-reference table or stream and returns its trailer.
func section(l *lexer) (dict, error) {
	l.skipSpace()
	start := l.pos
	if word := l.regular(); string(word) != "xref" {
		l.pos = start
		return streamSection(l)
	}
	for {
		o, err := l.object(0)
		if err != nil {
			return nil, err
		}
		if o == keyword("trailer") {
			break
		}
		first, ok1 := o.(float64)
		n, ok2 := l.integer()
		if !ok1 || !ok2 || first < 0 || int(first)+n > min(maxObjects, len(l.data)) {
			return nil, fmt.Errorf("%w: cross-reference section", errSyntax)
		}
		for range 3 * n {
			if _, err := l.object(0); err != nil {
				return nil, err
			}
		}
	}
	return trailerDict(l)
}

func trailerDict(l *lexer) (dict, error) {
	o, err := l.object(0)
	d, ok := o.(dict)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: no trailer", errSyntax)
	}
	return d, nil
}

// streamSection checks what the library would allocate for a cross-reference
// stream.
func streamSection(l *lexer) (dict, error) {
	_, ok1 := l.integer()
	_, ok2 := l.integer()
	l.skipSpace()
	if !ok1 || !ok2 || string(l.regular()) != "obj" {
		return nil, fmt.Errorf("%w: no cross-reference table", errSyntax)
	}
	d, err := trailerDict(l)
	if err != nil {
		return nil, err
	}
	largest := min(maxObjects, len(l.data))
	w, _ := d["W"].(array)
	index, _ := d["Index"].(array)
	for _, n := range w {
		if v := intOf(n, -1); v < 0 || v > 8 {
			return nil, fmt.Errorf("%w: /W of the cross-reference stream", errSyntax)
		}
	}
	for _, n := range append(slices.Clone(index), d["Size"]) {
		if v := intOf(n, -1); v < 0 || v > largest {
			return nil, fmt.Errorf("%w: /Size of the cross-reference stream", errSyntax)
		}
	}
	for i := 0; i+1 < len(index); i += 2 {
		if intOf(index[i], 0)+intOf(index[i+1], 0) > largest {
			return nil, fmt.Errorf("%w: /Index of the cross-reference stream", errSyntax)
		}
	}
	if len(w) < 3 {
		return nil, fmt.Errorf("%w: /W of the cross-reference stream", errSyntax)
	}
	return d, nil
}
