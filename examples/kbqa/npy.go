package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// npyVectors writes a NumPy file, format version 1.0. The number of rows
// stands in the header, so the rows are kept until the end.
type npyVectors struct {
	out  io.Writer
	dim  int
	rows int
	data bytes.Buffer
}

func (w *npyVectors) write(_ any, _ string, vector []float32) error {
	w.rows++
	return binary.Write(&w.data, binary.LittleEndian, vector)
}

func (w *npyVectors) end() error {
	const prefix = "\x93NUMPY\x01\x00"
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", w.rows, w.dim)
	pad := 63 - (len(prefix)+2+len(header))%64 // magic, length, header and newline fill blocks of 64
	header += strings.Repeat(" ", pad) + "\n"
	head := append([]byte(prefix), byte(len(header)), byte(len(header)>>8))
	if _, err := w.out.Write(append(head, header...)); err != nil {
		return err
	}
	_, err := w.data.WriteTo(w.out)
	return err
}
