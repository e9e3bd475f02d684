package transformer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

// shared returns the folder of reference models and vectors, or skips.
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
	IDs []int32   `json:"ids"`
	Vec []float64 `json:"vec"`
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
	start := time.Now()
	m, err := Load(file, c, p, [][]int32{golden[9].IDs, golden[14].IDs, golden[34].IDs})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: loaded in %v", name, time.Since(start))
	return m
}

func cosine(a []float32, b []float64) float64 {
	var ab, aa, bb float64
	for i := range b {
		x := float64(a[i])
		ab, aa, bb = ab+x*b[i], aa+x*x, bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}

func embedAlone(t testing.TB, m *Model, s *State, ids []int32) []float32 {
	if err := m.Forward(s, ids, []int{len(ids)}, nil); err != nil {
		t.Fatal(err)
	}
	v := make([]float32, m.Config().Hidden)
	m.Pool(v, s, 0, len(ids), Mean)
	return v
}

func TestVectorsAreNearTheReference(t *testing.T) {
	dir := shared(t)
	for _, name := range goldenModels {
		golden := readGolden(t, dir, name)
		for _, p := range []Precision{Float32, Int8} {
			m := loadShared(t, dir, name, p)
			s := m.NewState(m.Config().MaxTokens())
			lowest, sum := 2.0, 0.0
			for _, g := range golden {
				cos := cosine(embedAlone(t, m, s, g.IDs), g.Vec)
				lowest, sum = min(lowest, cos), sum+cos
			}
			mean := sum / float64(len(golden))
			t.Logf("%s precision %d: lowest cosine %.7f, mean %.7f", name, p, lowest, mean)
			if p == Float32 && lowest < 0.99999 {
				t.Errorf("%s: a float32 cosine is %.7f", name, lowest)
			}
			if p == Int8 && mean < 0.998 {
				t.Errorf("%s: the mean int8 cosine is %.7f", name, mean)
			}
		}
	}
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
							embedAlone(b, m, s, ids)
						}
						b.ReportMetric(float64(length)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
					})
				}
			}
		}
	}
}
