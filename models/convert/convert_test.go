package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode"

	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

func published(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "models")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no published models: %v; set GROUNDWORK_SHARED to the folder that holds them", err)
	}
	return dir
}

func TestConvertReproducesTheCommittedFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("converts all the weights")
	}
	src := published(t)
	out := t.TempDir()
	for _, name := range []string{"minilm", "e5"} {
		if err := os.Mkdir(filepath.Join(out, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := convertAll(src, out); err != nil {
		t.Fatal(err)
	}
	for _, model := range []string{"minilm", "e5"} {
		for _, name := range []string{"model.safetensors", "tokenizer.bin", "config.json", "groundwork.json"} {
			got, err := os.ReadFile(filepath.Join(out, model, name))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join("..", model, name))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s/%s: conversion gives other bytes than the repository has", model, name)
			}
		}
	}
}

func TestCardsNameScriptsAsUnicodeDoes(t *testing.T) {
	for _, card := range []Card{miniLMCard(), e5Card()} {
		if !slices.IsSorted(card.Scripts) || len(card.Scripts) == 0 {
			t.Errorf("%s: scripts %v are not sorted", card.ID, card.Scripts)
		}
		for _, name := range card.Scripts {
			if unicode.Scripts[name] == nil {
				t.Errorf("%s: no script is called %q", card.ID, name)
			}
		}
	}
}

// A float16 has 11 bits of precision, so no normal weight may move by more than
// 2^-11 of itself and no row of a matrix by more than that of its length.
func TestHalfPrecisionStaysCloseToThePublishedWeights(t *testing.T) {
	if testing.Short() {
		t.Skip("compares all the weights")
	}
	published := parse(t, filepath.Join(published(t), "all-minilm-l6-v2", "model.safetensors"))
	ours := parse(t, filepath.Join("..", "minilm", "model.safetensors"))
	worst, subnormal, total := 0.0, 0, 0
	for _, name := range ours.Names() {
		want, got := values(t, published, name), values(t, ours, name)
		if len(want) != len(got) {
			t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
		}
		for i := range want {
			w, difference := math.Abs(float64(want[i])), math.Abs(float64(got[i])-float64(want[i]))
			total++
			if w < 0x1p-14 {
				subnormal++
				if difference > 0x1p-25 {
					t.Fatalf("%s[%d]: %g became %g", name, i, want[i], got[i])
				}
				continue
			}
			worst = max(worst, difference/w)
		}
	}
	t.Logf("%d weights, %d below 2^-14, largest relative change %g", total, subnormal, worst)
	if worst > 0x1p-11 || total < 22_000_000 {
		t.Errorf("largest relative change %g of %d weights, want at most 2^-11", worst, total)
	}
	for _, name := range published.Names() {
		if _, err := ours.Tensor(name); err != nil && name != "embeddings.position_ids" {
			t.Error(err)
		}
	}
}

func parse(t *testing.T, path string) *safetensors.File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func values(t *testing.T, f *safetensors.File, name string) []float32 {
	t.Helper()
	x, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := x.AppendFloat32(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
