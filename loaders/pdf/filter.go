package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"
)

const (
	maxFilters = 4         // of one stream
	maxStream  = 64 << 20  // decoded bytes of one stream
	maxDecoded = 512 << 20 // decoded bytes of a file
)

var errBomb = errors.New("stream decodes to more than the limit")

// decode undoes the filters of a stream (ISO 32000-1, 7.4). Data that is
// damaged further on is returned as far as it goes.
func decode(data []byte, filters []name, parms []dict) ([]byte, error) {
	if len(filters) > maxFilters {
		return nil, fmt.Errorf("%w: %d filters", errBomb, len(filters))
	}
	for i, f := range filters {
		var err error
		if data, err = decodeOne(data, f); err != nil {
			return nil, err
		}
		if len(data) > maxStream {
			return nil, errBomb
		}
		if i < len(parms) {
			if data, err = unpredict(data, parms[i]); err != nil {
				return nil, err
			}
		}
	}
	return data, nil
}

func decodeOne(data []byte, filter name) ([]byte, error) {
	switch filter {
	case "FlateDecode", "Fl":
		return inflate(data)
	case "LZWDecode", "LZW":
		return unLZW(data)
	case "ASCII85Decode", "A85":
		return un85(data), nil
	case "ASCIIHexDecode", "AHx":
		l := lexer{data: data}
		return l.hex(), nil
	case "RunLengthDecode", "RL":
		return unRunLength(data)
	case "Crypt":
		return data, nil
	}
	return nil, fmt.Errorf("%w: filter %q holds no text", errSyntax, string(filter))
}

func inflate(data []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSyntax, err)
	}
	out, err := io.ReadAll(io.LimitReader(r, maxStream+1))
	if len(out) == 0 && err != nil && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%w: %w", errSyntax, err)
	}
	return out, nil
}

func un85(data []byte) []byte {
	data, _, _ = bytes.Cut(data, []byte("~"))
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<"))
	out, _ := io.ReadAll(ascii85.NewDecoder(bytes.NewReader(data)))
	return out
}

func unRunLength(data []byte) ([]byte, error) {
	var out []byte
	for i := 0; i < len(data); {
		n := int(data[i])
		i++
		switch {
		case n == 128:
			return out, nil
		case n < 128:
			end := min(i+n+1, len(data))
			out = append(out, data[i:end]...)
			i = end
		case i < len(data):
			out = append(out, bytes.Repeat(data[i:i+1], 257-n)...)
			i++
		}
		if len(out) > maxStream {
			return nil, errBomb
		}
	}
	return out, nil
}

// unLZW undoes LZW with early change, as PDF uses it. Strings of the table are
// spans of the output: every entry is the last string and the byte after it.
func unLZW(data []byte) ([]byte, error) {
	const clear, end = 256, 257
	var out []byte
	var table [4096]struct{ start, n int }
	next, width, last := 258, 9, struct{ start, n int }{}
	bits, have := 0, 0
	for _, b := range data {
		bits, have = bits<<8|int(b), have+8
		if have < width {
			continue
		}
		code := bits >> (have - width) & (1<<width - 1)
		have -= width
		bits &= 1<<have - 1
		start := len(out)
		switch {
		case code == clear:
			next, width, last.n = 258, 9, 0
			continue
		case code == end:
			return out, nil
		case code < 256:
			out = append(out, byte(code))
		case code < next:
			e := table[code]
			out = append(out, out[e.start:e.start+e.n]...)
		case code == next && last.n > 0:
			out = append(append(out, out[last.start:last.start+last.n]...), out[last.start])
		default:
			return out, nil
		}
		if len(out) > maxStream {
			return nil, errBomb
		}
		if last.n > 0 && next < len(table) {
			table[next] = struct{ start, n int }{last.start, last.n + 1}
			next++
		}
		last.start, last.n = start, len(out)-start
		if next >= 1<<width-1 && width < 12 {
			width++
		}
	}
	return out, nil
}

// unpredict undoes a PNG or TIFF predictor.
func unpredict(data []byte, parms dict) ([]byte, error) {
	predictor := intOf(parms["Predictor"], 1)
	if predictor < 2 {
		return data, nil
	}
	columns, colors, bits := intOf(parms["Columns"], 1), intOf(parms["Colors"], 1), intOf(parms["BitsPerComponent"], 8)
	if columns < 1 || columns > 1<<20 || colors < 1 || colors > 32 || bits < 1 || bits > 16 {
		return nil, fmt.Errorf("%w: predictor of %d columns", errSyntax, columns)
	}
	pixel, row := max(1, colors*bits/8), (columns*colors*bits+7)/8
	if predictor == 2 {
		for start := 0; bits == 8 && start < len(data); start += row {
			for i := start + pixel; i < min(start+row, len(data)); i++ {
				data[i] += data[i-pixel]
			}
		}
		return data, nil
	}
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for len(data) > 1 {
		kind := data[0]
		line := append([]byte(nil), data[1:min(1+row, len(data))]...)
		data = data[1+len(line):]
		unPNG(kind, line, above, pixel)
		out = append(out, line...)
		copy(above, line)
	}
	return out, nil
}

// unPNG undoes the filter of one line (PNG, section 9.2).
func unPNG(kind byte, line, above []byte, pixel int) {
	for i := range line {
		var left, corner int
		if i >= pixel {
			left, corner = int(line[i-pixel]), int(above[i-pixel])
		}
		up := int(above[i])
		switch kind {
		case 1:
			line[i] += byte(left)
		case 2:
			line[i] += byte(up)
		case 3:
			line[i] += byte((left + up) / 2)
		case 4:
			line[i] += byte(paeth(left, up, corner))
		}
	}
}

func paeth(a, b, c int) int {
	p := a + b - c
	pa, pb, pc := abs(p-a), abs(p-b), abs(p-c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }

func intOf(o any, otherwise int) int {
	if n, ok := o.(float64); ok && n >= -1<<31 && n <= 1<<31 {
		return int(n)
	}
	return otherwise
}
