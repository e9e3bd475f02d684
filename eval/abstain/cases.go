package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/seed4837efcb/groundwork/generator/extractive"
)

func writeCases(name string, all []pair) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := writeLines(f, all); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func writeLines(w io.Writer, all []pair) error {
	enc := json.NewEncoder(w)
	for _, p := range all {
		if err := enc.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

// readCases reads what writeCases wrote and weighs its evidence by the default
// calibration.
func readCases(name string) ([]pair, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []pair
	d := json.NewDecoder(bufio.NewReader(f))
	for {
		var p pair
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, s := range []*side{&p.With, &p.Without} {
			s.Support = extractive.DefaultCalibration().Support(s.Evidence)
		}
		all = append(all, p)
	}
}
