package loaders

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// EscapePath returns the URI that [Dir] lists a path by, '/'-separated and
// relative to its root: the path as it is, but for names that are not valid
// UTF-8, in which escaped is true.
func EscapePath(path string) (uri string, escaped bool) {
	names := strings.Split(path, "/")
	for i, name := range names {
		var e bool
		names[i], e = escapeName(name)
		escaped = escaped || e
	}
	return strings.Join(names, "/"), escaped
}

// escapeName returns name as part of a URI. A name in valid UTF-8 stands as it
// is. In any other the invalid bytes, and every '%', are percent-encoded, so
// that unescapeName can undo it.
func escapeName(name string) (uri string, escaped bool) {
	if utf8.ValidString(name) {
		return name, false
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && n == 1 || r == '%' {
			fmt.Fprintf(&b, "%%%02X", name[i])
		} else {
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	return b.String(), true
}

// unescapePath returns the path whose escaped names make up uri. Names that
// escapeName did not touch are found by exists, which is asked for every name
// that holds a '%'.
func unescapePath(uri string, exists func(name string) bool) string {
	done := ""
	for elem := range strings.SplitSeq(uri, "/") {
		name := path.Join(done, elem)
		if raw := unescapeName(elem); raw != elem && !exists(name) {
			name = path.Join(done, raw)
		}
		done = name
	}
	return done
}

// unescapeName undoes escapeName. A '%' without two hexadecimal digits stays.
func unescapeName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '%' && i+2 < len(name) {
			if c, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// validURI reports whether uri is a clean relative path: no empty element, no
// "." and no "..".
func validURI(uri string) bool {
	return uri != "" && uri != "." && !strings.HasPrefix(uri, "/") && path.Clean(uri) == uri &&
		uri != ".." && !strings.HasPrefix(uri, "../") && strings.IndexByte(uri, 0) < 0
}
