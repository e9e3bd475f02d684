package transformer

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

// shared returns the folder of reference models, or skips.
func shared(t testing.TB) string {
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(filepath.Join(dir, "golden")); err != nil {
		t.Skipf("no reference vectors: %v (set GROUNDWORK_SHARED)", err)
	}
	return dir
}

type goldenText struct {
	IDs []int32 `json:"ids"`
}

func readGolden(t testing.TB, dir, name string) []goldenText {
	data, err := os.ReadFile(filepath.Join(dir, "golden", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden []goldenText
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	return golden
}

var goldenModels = []string{"all-minilm-l6-v2", "multilingual-e5-small"}

func loadShared(t testing.TB, dir, name string, p Precision) *Model {
	folder := filepath.Join(dir, "models", name)
	config, err := os.ReadFile(filepath.Join(folder, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(folder, "*.safetensors"))
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(string(data))
	if err != nil {
		t.Fatal(err)
	}
	golden := readGolden(t, dir, name)
	m, err := Load(file, c, p, [][]int32{golden[9].IDs, golden[14].IDs, golden[34].IDs})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func BenchmarkForward(b *testing.B) {
	dir := shared(b)
	for _, name := range goldenModels {
		for _, p := range []Precision{Int8, Float32} {
			m := loadShared(b, dir, name, p)
			s := m.NewState(512)
			for _, length := range []int{16, 256} {
				for _, tier := range kernel.Tiers() {
					if strings.HasPrefix(tier.String(), "portable") && (length > 16 || p == Float32) {
						continue
					}
					b.Run(fmt.Sprintf("%s/precision%d/%v/%d", name, p, tier, length), func(b *testing.B) {
						defer kernel.Mask(tier)()
						ids := make([]int32, length)
						for i := range ids {
							ids[i] = int32(1000 + 7*i)
						}
						for b.Loop() {
							vector(b, m, s, ids)
						}
						b.ReportMetric(float64(length)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
					})
				}
			}
		}
	}
}
