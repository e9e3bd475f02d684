package pdf

import (
	"bytes"
	"fmt"
	"slices"
)

// A found object, in the file or in an object stream.
type found struct {
	gen    int
	at     int    // offset in the file of a stream object that stays there
	inline []byte // the bytes of any other object
}

// rebuild returns data with all its objects once more, behind it, and a
// cross-reference table for them. A later object replaces an earlier one of
// its number, as in a file that was updated. Encryption is undone on the way.
func rebuild(data []byte) ([]byte, error) {
	s := newScan(data, nil)
	if raw := s.trailer["Encrypt"]; raw != nil {
		c, err := s.crypt(raw)
		if err != nil {
			return nil, err
		}
		if c != nil {
			s = newScan(data, c)
		}
	}
	if s.trailer["Root"] == nil && s.catalog != nil {
		s.trailer["Root"] = s.catalog
	}
	if s.trailer["Root"] == nil {
		return nil, fmt.Errorf("%w: no document catalog", errSyntax)
	}
	return s.write(), nil
}

func newScan(data []byte, plain *crypt) *scan {
	s := &scan{data: data, plain: plain, objects: map[int]found{}, trailer: map[name][]byte{}}
	s.run()
	return s
}

// crypt reads the encryption dictionary that stands, or is referred to, in the
// trailer. One that does not exist cannot have encrypted anything.
func (s *scan) crypt(raw []byte) (*crypt, error) {
	l := lexer{data: raw}
	if r, ok := l.ref(0); ok {
		l = lexer{data: s.objects[r.num].inline}
	}
	d, _ := l.object(0)
	encrypt, ok := d.(dict)
	if !ok {
		return nil, nil
	}
	l = lexer{data: s.trailer["ID"]}
	o, _ := l.object(0)
	ids, _ := o.(array)
	var id str
	if len(ids) > 0 {
		id, _ = ids[0].(str)
	}
	return newCrypt(encrypt, id)
}

// A scan collects the objects of a file in file order.
type scan struct {
	data    []byte
	plain   *crypt // nil if the file is not encrypted
	objects map[int]found
	trailer map[name][]byte // values as they are written
	catalog []byte          // reference to the last object that says it is one
	decoded int             // bytes of object streams
}

func (s *scan) run() {
	trailer := -1 // offset of the next one, found once
	for pos := 0; pos < len(s.data); {
		if trailer < pos {
			if trailer = bytes.Index(s.data[pos:], []byte("trailer")); trailer < 0 {
				trailer = len(s.data)
			} else {
				trailer += pos
			}
		}
		obj := bytes.Index(s.data[pos:trailer], []byte("obj"))
		switch {
		case obj >= 0:
			pos = s.object(pos + obj)
		case trailer < len(s.data):
			pos = trailer + len("trailer")
			s.addTrailer(pos)
		default:
			return
		}
	}
}

// object reads the object whose keyword "obj" is at pos and returns where to
// go on.
func (s *scan) object(pos int) int {
	next := pos + len("obj")
	num, gen, start, ok := s.label(pos)
	if !ok || num > maxObjects || gen > 65535 {
		return next
	}
	l := lexer{s.data, next}
	l.skipSpace()
	body := l.pos
	o, err := l.object(0)
	if err != nil && err != errSyntax {
		return next
	}
	if r, ok := l.ref(body); ok {
		o = r
	}
	end := l.pos
	d, isDict := o.(dict)
	l.skipSpace()
	if isDict && bytes.HasPrefix(s.data[l.pos:], []byte("stream")) {
		raw, after := streamAt(s.data, l.pos, d)
		f := found{gen: gen, at: start}
		if s.plain != nil && d["Type"] != name("XRef") {
			raw = s.plain.decrypt(s.plain.streams, num, gen, raw)
			f.inline = plainStream(s.plain.plainStrings(num, gen, s.data[body:end]), raw)
		}
		s.objects[num] = f
		s.stream(d, body, raw)
		return after
	}
	if o == keyword("endobj") {
		return next
	}
	f := found{gen: gen, inline: s.data[body:end]}
	if s.plain != nil {
		f.inline = s.plain.plainStrings(num, gen, f.inline)
	}
	s.objects[num] = f
	if isDict && d["Type"] == name("Catalog") {
		s.catalog = fmt.Appendf(nil, "%d %d R", num, gen)
	}
	return max(end, next)
}

// plainStream returns a stream object with other data than its dictionary
// tells the length of.
func plainStream(dict, data []byte) []byte {
	dict = bytes.TrimSuffix(bytes.TrimSpace(dict), []byte(">>"))
	return fmt.Appendf(nil, "%s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

// label reads backwards the numbers before "obj" at pos.
func (s *scan) label(pos int) (num, gen, start int, ok bool) {
	gen, i, ok1 := s.numberBefore(pos)
	num, start, ok2 := s.numberBefore(i)
	return num, gen, start, ok1 && ok2
}

func (s *scan) numberBefore(end int) (n, start int, ok bool) {
	i := end
	for i > 0 && end-i < 16 && isSpace(s.data[i-1]) {
		i--
	}
	last := i
	for i > 0 && last-i < 9 && s.data[i-1] >= '0' && s.data[i-1] <= '9' {
		i--
	}
	for _, c := range s.data[i:last] {
		n = n*10 + int(c-'0')
	}
	return n, i, i < last && last < end
}

// stream looks into the streams that describe objects.
func (s *scan) stream(d dict, body int, raw []byte) {
	switch d["Type"] {
	case name("XRef"):
		s.addTrailer(body)
	case name("ObjStm"):
		filters, parms := filtersOf(d)
		data, err := decode(raw, filters, parms)
		if s.decoded += len(data); err == nil && s.decoded <= maxDecoded/2 {
			s.addPacked(d, data)
		}
	}
}

// addPacked adds the objects of an object stream (ISO 32000-1, 7.5.7).
func (s *scan) addPacked(d dict, data []byte) {
	first := intOf(d["First"], -1)
	if first < 0 || first > len(data) {
		return
	}
	l := lexer{data, 0}
	for range min(intOf(d["N"], 0), len(data)) {
		num, ok1 := l.integer()
		offset, ok2 := l.integer()
		if !ok1 || !ok2 || num > maxObjects || first+offset > len(data) {
			return
		}
		o := lexer{data, first + offset}
		o.skipSpace()
		start := o.pos
		v, err := o.object(0)
		if err != nil {
			continue
		}
		o.ref(start)
		s.objects[num] = found{inline: data[start:o.pos]}
		if d, ok := v.(dict); ok && d["Type"] == name("Catalog") {
			s.catalog = fmt.Appendf(nil, "%d 0 R", num)
		}
	}
}

// addTrailer takes over the entries of the trailer dictionary at pos.
func (s *scan) addTrailer(pos int) {
	l := lexer{s.data, pos}
	o, _ := l.object(0)
	d, _ := o.(dict)
	for _, key := range []name{"Root", "Info", "Encrypt", "ID"} {
		if d[key] != nil {
			if raw := rawEntry(s.data[pos:l.pos], key); raw != nil {
				s.trailer[key] = raw
			}
		}
	}
}

// rawEntry returns the bytes of an entry's value in a dictionary.
func rawEntry(data []byte, key name) []byte {
	for i := 0; ; {
		j := bytes.Index(data[i:], []byte("/"+string(key)))
		if j < 0 {
			return nil
		}
		i += j + 1 + len(key)
		l := lexer{data, i}
		if i < len(data) && !isSpace(data[i]) && !isDelim(data[i]) {
			continue // a longer name
		}
		l.skipSpace()
		start := l.pos
		if _, ok := l.ref(start); !ok {
			if _, err := l.object(0); err != nil {
				return nil
			}
		}
		return data[start:l.pos]
	}
}

// write returns the file with its new end.
func (s *scan) write() []byte {
	out := bytes.NewBuffer(append(slices.Clone(s.data), '\n'))
	var table bytes.Buffer
	table.WriteString("xref\n0 1\n0000000000 65535 f \n")
	largest := 0
	for _, num := range sortedKeys(s.objects) {
		o := s.objects[num]
		at := o.at
		if o.inline != nil {
			at = out.Len()
			fmt.Fprintf(out, "%d %d obj\n%s\nendobj\n", num, o.gen, o.inline)
		}
		fmt.Fprintf(&table, "%d 1\n%010d %05d n \n", num, at, o.gen)
		largest = max(largest, num)
	}
	start := out.Len()
	out.Write(table.Bytes())
	fmt.Fprintf(out, "trailer\n<< /Size %d", largest+1)
	delete(s.trailer, "Encrypt")
	for _, key := range sortedKeys(s.trailer) {
		fmt.Fprintf(out, " /%s %s", key, s.trailer[key])
	}
	fmt.Fprintf(out, " >>\nstartxref\n%d\n%%%%EOF", start)
	return out.Bytes()
}
