package asmgen

import (
	"bytes"
	"flag"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var generate = flag.Bool("generate", false, "write the files instead of comparing them")

const kernelDir = "../.."

func TestCommittedFilesAreTheGeneratedOnes(t *testing.T) {
	for name, text := range Files() {
		path := filepath.Join(kernelDir, name)
		if strings.HasSuffix(name, ".go") {
			formatted, err := format.Source(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text = formatted
		}
		if *generate {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), text) {
			t.Errorf("%s is not what the generator writes; run go generate ./internal/kernel", name)
		}
	}
}
