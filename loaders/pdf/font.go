package pdf

import (
	"strings"
	"unicode/utf8"

	lib "github.com/ledongthuc/pdf"
)

// A font turns the bytes of a shown string into characters and widths.
type font struct {
	toUnicode *cmap
	table     [256]string  // simple fonts: character by code
	widths    [256]float64 // simple fonts: width by code
	composite *composite   // nil for simple fonts
	scale     float64      // of widths, to text space
	vertical  bool         // lines run from top to bottom
}

// A composite font has codes of several bytes (ISO 32000-1, 9.7).
type composite struct {
	charset charset // how codes without a ToUnicode entry are characters
	cmap    *cmap   // embedded encoding, or nil: codes are glyph numbers
	widths  map[int]float64
	width   float64 // of every other glyph
	ascii   bool    // glyph numbers 1 to 95 are the characters from space on
}

// A char is one code of a shown string.
type char struct {
	text   string // "" if it is a glyph without a known character
	width  float64
	space  bool // the single-byte code 32, which word spacing widens
	hidden bool // text is not the glyph's own: another text stands for it
}

const unknownWidth = 500 // thousandths of the font size, near the mean of Latin fonts

// loadFont reads a font dictionary. What it cannot read it guesses.
func (d *document) loadFont(v lib.Value) *font {
	key := v.String() // the references in it name what else belongs to the font
	if f := d.fonts[key]; f != nil {
		return f
	}
	f := &font{scale: 0.001}
	func() {
		defer func() { _ = recover() }() // damaged: as much of it as was read
		f.read(d, v)
	}()
	if len(d.fonts) >= 512 {
		clear(d.fonts)
	}
	d.fonts[key] = f
	return f
}

func (f *font) read(d *document, v lib.Value) {
	f.table = baseTable("")
	for i := range f.widths {
		f.widths[i] = unknownWidth
	}
	if tu, err := d.key(v, "ToUnicode"); err == nil && tu.Kind() == lib.Stream {
		if data, err := d.stream(tu); err == nil {
			f.toUnicode = readCMap(data)
		}
	}
	if v.Key("Subtype").Name() == "Type0" {
		f.composite = &composite{width: 1000}
		f.readComposite(d, v)
		return
	}
	f.readEncoding(v)
	f.readWidths(v)
}

func (f *font) readEncoding(v lib.Value) {
	enc := v.Key("Encoding")
	base := enc.Name()
	if enc.Kind() == lib.Dict {
		base = enc.Key("BaseEncoding").Name()
	}
	symbolic := v.Key("FontDescriptor").Key("Flags").Int64()&4 != 0
	if base == "" && v.Key("Subtype").Name() == "Type1" && !symbolic {
		base = "StandardEncoding"
	}
	f.table = baseTable(base)
	if strings.Contains(v.Key("BaseFont").Name(), "Symbol") {
		f.table[0xb7] = "•"
	}
	if enc.Kind() == lib.Dict {
		applyDifferences(&f.table, enc, lib.Font{V: v})
	}
}

func (f *font) readWidths(v lib.Value) {
	if std := standardWidths(v.Key("BaseFont").Name()); std != nil {
		copy(f.widths[0x20:], std)
	}
	if v.Key("Subtype").Name() == "Type3" {
		if m := v.Key("FontMatrix"); m.Len() == 6 && m.Index(0).Float64() != 0 {
			f.scale = m.Index(0).Float64()
		}
	}
	list := v.Key("Widths")
	if list.Kind() != lib.Array {
		return
	}
	missing := v.Key("FontDescriptor").Key("MissingWidth").Float64()
	for i := range f.widths {
		f.widths[i] = missing
	}
	first := v.Key("FirstChar").Int64()
	for i := range min(list.Len(), 256) {
		if c := first + int64(i); c >= 0 && c < 256 {
			f.widths[c] = list.Index(i).Float64()
		}
	}
}

func (f *font) readComposite(d *document, v lib.Value) {
	c := f.composite
	enc := v.Key("Encoding")
	encName := enc.Name()
	if enc.Kind() == lib.Stream {
		if data, err := d.stream(enc); err == nil {
			c.cmap = readCMap(data)
		}
		encName = enc.Key("CMapName").Name()
	}
	f.vertical = strings.HasSuffix(encName, "V")
	c.charset = charsetOf(encName)
	kid := v.Key("DescendantFonts").Index(0)
	if dw := kid.Key("DW"); dw.Kind() != lib.Null {
		c.width = dw.Float64()
	}
	switch kid.Key("CIDSystemInfo").Key("Ordering").RawString() {
	case "Japan1", "Korea1", "KR", "GB1", "CNS1":
		c.ascii = true
	}
	c.readWidths(kid.Key("W"))
}

// readWidths reads /W: "first [w w …]" and "first last w".
func (c *composite) readWidths(w lib.Value) {
	c.widths = map[int]float64{}
	for i, n := 0, 0; i+1 < w.Len() && n < maxMappings; {
		first, second := int(w.Index(i).Int64()), w.Index(i+1)
		if second.Kind() == lib.Array {
			for j := range min(second.Len(), 65536) {
				c.widths[first+j] = second.Index(j).Float64()
			}
			n += second.Len()
			i += 2
			continue
		}
		last, width := int(second.Int64()), w.Index(i+2).Float64()
		for cid := first; cid <= last && cid-first < 65536 && n < maxMappings; cid++ {
			c.widths[cid] = width
			n++
		}
		i += 3
	}
}

// chars calls visit for every code of a shown string.
func (f *font) chars(s str, visit func(char)) {
	if f.composite != nil {
		f.composite.chars(f, s, visit)
		return
	}
	for _, b := range s {
		text := f.table[b]
		if f.toUnicode != nil {
			if t, ok := f.toUnicode.text[uint32(b)]; ok {
				text = t
			}
		}
		visit(char{text: printable(text), width: f.widths[b] * f.scale, space: b == ' '})
	}
}

func (c *composite) chars(f *font, s str, visit func(char)) {
	for len(s) > 0 {
		n := min(c.length(s), len(s))
		raw := s[:n]
		s = s[n:]
		num := code(raw)
		cid := int(num)
		if c.cmap != nil {
			cid = c.cmap.cid[num]
		}
		width, ok := c.widths[cid]
		if !ok {
			width = c.width
			if c.charset != nil && n == 1 {
				width = unknownWidth
			}
		}
		visit(char{text: printable(c.text(f, raw, num, cid)), width: width * f.scale, space: n == 1 && raw[0] == ' '})
	}
}

func (c *composite) text(f *font, raw str, num uint32, cid int) string {
	if f.toUnicode != nil {
		if t, ok := f.toUnicode.text[num]; ok {
			return t
		}
	}
	if c.charset != nil {
		return c.charset.decode(raw)
	}
	if c.ascii && cid >= 1 && cid <= 95 {
		return string(rune(cid + 31))
	}
	return ""
}

// length returns how many bytes the next code takes.
func (c *composite) length(s str) int {
	if c.charset != nil {
		return c.charset.length(s)
	}
	if c.cmap != nil && c.cmap.lengths[1] && (!c.cmap.lengths[2] || s[0] < 0x80) {
		return 1
	}
	return 2
}

// printable drops what is no character: controls, private and invalid ones.
func printable(s string) string {
	if s == "" || s[0] >= 0x20 && s[0] < 0x7f && len(s) == 1 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0xa0 || r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < 0x20 || r == 0x7f || r == 0xad || // soft hyphens are not seen
			r >= 0x80 && r < 0xa0 || r == utf8.RuneError,
			0xe000 <= r && r <= 0xf8ff, r == 0xfeff, r == 0xfffe, r == 0xffff:
			return -1
		}
		return r
	}, s)
}
