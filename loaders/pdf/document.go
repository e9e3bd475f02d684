package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	lib "github.com/ledongthuc/pdf"
)

// A document is a file that the library has opened, in the child process.
type document struct {
	data    []byte
	reader  *lib.Reader
	decoded int // bytes of all streams so far
	fonts   map[string]*font
}

var (
	errEncrypted = errors.New("with a password, or by a method that is not supported")
	errMalformed = errors.New("not a PDF file that can be read")
)

// open opens data, which it may modify. A file whose cross-reference table
// cannot be used is rebuilt; so is an encrypted one, because the library knows
// few kinds of encryption, and one with object streams, because the library
// decodes the whole stream again for every object in it.
func open(data []byte) (*document, error) {
	data = clean(data)
	err := sound(data)
	var d *document
	if err == nil && !bytes.Contains(data, []byte("/Encrypt")) && !bytes.Contains(data, []byte("/ObjStm")) {
		if d, err = openSound(data); err == nil && d.intact() {
			return d, nil
		}
	}
	rebuilt, err2 := rebuild(data)
	if err2 == nil {
		var again *document
		if again, err2 = openSound(rebuilt); err2 == nil {
			return again, nil
		}
	}
	if d != nil {
		return d, nil
	}
	if err == nil || errors.Is(err2, errEncrypted) {
		err = err2
	}
	if errors.Is(err, errEncrypted) {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %w", errMalformed, err)
}

// intact reports whether there are pages and everything on the way to their
// contents is where the cross-reference table says.
func (d *document) intact() bool {
	pages := 0
	err := d.walk(func(p page) error {
		pages++
		return p.err
	})
	return err == nil && pages > 0
}

func openSound(data []byte) (d *document, err error) {
	defer recoverAs(&err)
	r, err := lib.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	if r.Trailer().Key("Root").Kind() != lib.Dict {
		return nil, fmt.Errorf("%w: no document catalog", errMalformed)
	}
	return &document{data: data, reader: r, fonts: map[string]*font{}}, nil
}

// recoverAs turns a panic of the library, which is how it reports damage, into
// an error.
func recoverAs(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", errMalformed, r)
	}
}

const (
	maxTree  = 64     // depth of the page tree
	maxNodes = 50_000 // of the page tree
)

// A page is a leaf of the page tree with what it inherits.
type page struct {
	contents, resources lib.Value
	err                 error // why contents could not be found
}

// walk calls visit for every page in order until it returns an error. The
// counts that the tree states are not believed.
func (d *document) walk(visit func(page) error) error {
	nodes := 0
	root, err := d.key(d.reader.Trailer().Key("Root"), "Pages")
	if err != nil {
		return err
	}
	return d.walkNode(root, lib.Value{}, 0, &nodes, visit)
}

func (d *document) walkNode(node, resources lib.Value, depth int, nodes *int, visit func(page) error) error {
	if *nodes++; *nodes > maxNodes || depth > maxTree {
		return fmt.Errorf("%w: the page tree has no end", errMalformed)
	}
	if own, err := d.key(node, "Resources"); err == nil && own.Kind() == lib.Dict {
		resources = own
	}
	kids, err := d.key(node, "Kids")
	if err != nil {
		return err
	}
	if kids.Kind() != lib.Array {
		if node.Kind() != lib.Dict || node.Key("Type").Name() == "Pages" {
			return nil
		}
		contents, err := d.key(node, "Contents")
		return visit(page{contents, resources, err})
	}
	for i := range kids.Len() {
		kid, err := d.index(kids, i)
		if err != nil {
			err = visit(page{err: err})
		} else {
			err = d.walkNode(kid, resources, depth+1, nodes, visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// key and index are the library's, with an error where it panics.

func (d *document) key(v lib.Value, key string) (out lib.Value, err error) {
	defer recoverAs(&err)
	return v.Key(key), nil
}

func (d *document) index(v lib.Value, i int) (out lib.Value, err error) {
	defer recoverAs(&err)
	return v.Index(i), nil
}

// stream returns the decoded bytes of a stream, or of an array of streams with
// a line end between them.
func (d *document) stream(v lib.Value) (data []byte, err error) {
	defer recoverAs(&err)
	if d.decoded > maxDecoded {
		return nil, errBomb
	}
	switch v.Kind() {
	case lib.Stream:
		data, err = d.one(v)
	case lib.Array:
		for i := range min(v.Len(), maxElements) {
			part, e := d.index(v, i)
			if e == nil && part.Kind() == lib.Stream {
				var more []byte
				if more, e = d.one(part); len(data)+len(more) > maxStream {
					return data, errBomb
				}
				data = append(append(data, more...), '\n')
			}
			if err == nil {
				err = e
			}
		}
	}
	if d.decoded += len(data); d.decoded > maxDecoded {
		return nil, errBomb
	}
	return data, err
}

// one decodes one stream. The library would too, but it knows two filters and
// no limit.
func (d *document) one(v lib.Value) ([]byte, error) {
	at, ok := offset(v)
	if !ok {
		return nil, fmt.Errorf("%w: stream without a place", errMalformed)
	}
	raw, _ := streamBody(d.data, at, int(min(v.Key("Length").Int64(), int64(len(d.data)))))
	if len(raw) == 0 {
		return nil, nil
	}
	filters, parms := d.filters(v)
	return decode(raw, filters, parms)
}

// offset returns where a stream's bytes begin in the file. The library tells
// in the stream's text form only: header, '@', offset.
func offset(v lib.Value) (int, bool) {
	s := v.String()
	n, err := strconv.Atoi(s[strings.LastIndexByte(s, '@')+1:])
	return n, err == nil
}

func (d *document) filters(v lib.Value) (filters []name, parms []dict) {
	f, p := v.Key("Filter"), v.Key("DecodeParms")
	if f.Kind() == lib.Name {
		return []name{name(f.Name())}, []dict{parmsOf(p)}
	}
	for i := range min(f.Len(), maxFilters+1) {
		filters = append(filters, name(f.Index(i).Name()))
		parms = append(parms, parmsOf(p.Index(i)))
	}
	return filters, parms
}

func parmsOf(v lib.Value) dict {
	d := dict{}
	for _, key := range []string{"Predictor", "Columns", "Colors", "BitsPerComponent"} {
		if n := v.Key(key); n.Kind() == lib.Integer {
			d[name(key)] = float64(n.Int64())
		}
	}
	return d
}
