package kernel

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Registers and instructions that AVX2 does not have: 512-bit and mask
// registers, those from 16 on, and the byte dot products. VNNI's own kernels
// are the only place for them.
var aboveAVX2 = regexp.MustCompile(`\b(Z\d+|K[0-7]|[XY](1[6-9]|2\d|3[01])|VPDP\w+)\b`)

func TestKernelsUseTheInstructionsOfTheirTier(t *testing.T) {
	files, err := filepath.Glob("*_amd64.s")
	if err != nil || len(files) == 0 {
		t.Fatalf("no assembly found: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkTiers(t, file, string(text))
	}
}

func checkTiers(t *testing.T, file, text string) {
	name := "a macro"
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "//")
		if rest, ok := strings.CutPrefix(line, "TEXT ·"); ok {
			name, _, _ = strings.Cut(rest, "(")
			if !strings.HasSuffix(name, "AVX2") && !strings.HasSuffix(name, "AVX512VNNI") {
				t.Errorf("%s:%d: the name of %s states no tier", file, i+1, name)
			}
			continue
		}
		if above := aboveAVX2.FindString(line); above != "" && !strings.HasSuffix(name, "AVX512VNNI") {
			t.Errorf("%s:%d: %s uses %s", file, i+1, name, above)
		}
	}
}
