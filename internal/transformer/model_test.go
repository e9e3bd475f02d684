package transformer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/internal/safetensors"
)

// small is a shape whose widths are no multiples of 16.
var small = Config{Vocabulary: 50, Hidden: 40, Layers: 3, Heads: 4, Intermediate: 72, Positions: 70, Types: 2, FirstPosition: 2, Epsilon: 1e-5}

// A checkpoint is a set of float32 tensors by name.
type checkpoint map[string]safetensors.Tensor

func (c checkpoint) set(name string, values []float32, shape ...int) {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	c[name] = safetensors.Tensor{Name: name, DType: safetensors.F32, Shape: shape, Data: string(data)}
}

func (c checkpoint) get(name string) []float64 {
	values, err := c[name].AppendFloat32(nil)
	if err != nil {
		panic(err)
	}
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// randomCheckpoint returns weights in the proportions of trained ones.
func randomCheckpoint(r *rand.Rand, c Config) checkpoint {
	p := checkpoint{}
	random := func(name string, mean, spread float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(mean + r.NormFloat64()*spread)
		}
		p.set(name, values, shape...)
	}
	linear := func(name string, outputs, inputs int) {
		random(name+".weight", 0, 1/math.Sqrt(float64(inputs)), outputs, inputs)
		random(name+".bias", 0, 0.1, outputs)
	}
	norm := func(name string) {
		random(name+".LayerNorm.weight", 1, 0.2, c.Hidden)
		random(name+".LayerNorm.bias", 0, 0.2, c.Hidden)
	}
	random("embeddings.word_embeddings.weight", 0, 1, c.Vocabulary, c.Hidden)
	random("embeddings.position_embeddings.weight", 0, 1, c.Positions, c.Hidden)
	random("embeddings.token_type_embeddings.weight", 0, 1, c.Types, c.Hidden)
	norm("embeddings")
	for i := range c.Layers {
		l := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"} {
			linear(l+part, c.Hidden, c.Hidden)
		}
		linear(l+"intermediate.dense", c.Intermediate, c.Hidden)
		linear(l+"output.dense", c.Hidden, c.Intermediate)
		norm(l + "attention.output")
		norm(l + "output")
	}
	return p
}

func (c checkpoint) file(t testing.TB) *safetensors.File {
	t.Helper()
	var tensors []safetensors.Tensor
	for _, tensor := range c {
		tensors = append(tensors, tensor)
	}
	var out strings.Builder
	if err := safetensors.Write(&out, tensors, nil); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(out.String())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (c checkpoint) load(t testing.TB, config Config, p Precision, calibration [][]int32) *Model {
	t.Helper()
	m, err := Load(c.file(t), config, p, calibration)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// plainForward is the encoder by its definition, in float64.
func plainForward(p checkpoint, c Config, ids []int32) [][]float64 {
	linear := func(name string, x [][]float64, outputs int) [][]float64 {
		w, b := p.get(name+".weight"), p.get(name+".bias")
		y := make([][]float64, len(x))
		for i := range x {
			for o := range outputs {
				sum := b[o]
				for k, v := range x[i] {
					sum += v * w[o*len(x[i])+k]
				}
				y[i] = append(y[i], sum)
			}
		}
		return y
	}
	norm := func(name string, x, add [][]float64) {
		gain, bias := p.get(name+".LayerNorm.weight"), p.get(name+".LayerNorm.bias")
		for i := range x {
			var mean, variance float64
			for d := range x[i] {
				x[i][d] += add[i][d]
				mean += x[i][d] / float64(c.Hidden)
			}
			for _, v := range x[i] {
				variance += (v - mean) * (v - mean) / float64(c.Hidden)
			}
			for d, v := range x[i] {
				x[i][d] = (v-mean)/math.Sqrt(variance+c.Epsilon)*gain[d] + bias[d]
			}
		}
	}
	words, positions, types := p.get("embeddings.word_embeddings.weight"), p.get("embeddings.position_embeddings.weight"), p.get("embeddings.token_type_embeddings.weight")
	x, add := make([][]float64, len(ids)), make([][]float64, len(ids))
	for i, id := range ids {
		x[i] = slices.Clone(words[int(id)*c.Hidden:][:c.Hidden])
		add[i] = slices.Clone(positions[(i+c.FirstPosition)*c.Hidden:][:c.Hidden])
		for d := range add[i] {
			add[i][d] += types[d]
		}
	}
	norm("embeddings", x, add)
	for n := range c.Layers {
		l := fmt.Sprintf("encoder.layer.%d.", n)
		q, k, v := linear(l+"attention.self.query", x, c.Hidden), linear(l+"attention.self.key", x, c.Hidden), linear(l+"attention.self.value", x, c.Hidden)
		norm(l+"attention.output", x, linear(l+"attention.output.dense", plainAttention(q, k, v, c.Heads), c.Hidden))
		h := linear(l+"intermediate.dense", x, c.Intermediate)
		for i := range h {
			for d, v := range h[i] {
				h[i][d] = v * 0.5 * math.Erfc(-v/math.Sqrt2)
			}
		}
		norm(l+"output", x, linear(l+"output.dense", h, c.Hidden))
	}
	return x
}

func plainAttention(q, k, v [][]float64, heads int) [][]float64 {
	width := len(q[0])
	dim := width / heads
	out := make([][]float64, len(q))
	for i := range q {
		out[i] = make([]float64, width)
		for h := range heads {
			weights, sum := make([]float64, len(k)), 0.0
			for j := range k {
				s := 0.0
				for d := h * dim; d < (h+1)*dim; d++ {
					s += q[i][d] * k[j][d]
				}
				weights[j] = math.Exp(s / math.Sqrt(float64(dim)))
				sum += weights[j]
			}
			for j := range v {
				for d := h * dim; d < (h+1)*dim; d++ {
					out[i][d] += weights[j] / sum * v[j][d]
				}
			}
		}
	}
	return out
}

func randomIDs(r *rand.Rand, c Config, n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(r.IntN(c.Vocabulary))
	}
	return ids
}

func TestForwardIsThatOfTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := randomCheckpoint(r, small)
	for _, n := range []int{1, 2, 17, 50, 68} {
		ids := randomIDs(r, small, n)
		want := plainForward(p, small, ids)
		for precision, bound := range map[Precision]float64{Float32: 1e-4, Int8: 0.25} {
			m := p.load(t, small, precision, [][]int32{randomIDs(r, small, 40)})
			s := m.NewState(small.MaxTokens())
			if err := m.Forward(s, ids, []int{n}, nil); err != nil {
				t.Fatal(err)
			}
			for i := range ids {
				for d, v := range s.Hidden(m, i) {
					if math.Abs(float64(v)-want[i][d]) > bound {
						t.Fatalf("precision %d, %d tokens: token %d dimension %d is %v, want %v", precision, n, i, d, v, want[i][d])
					}
				}
			}
		}
	}
}

func TestATextHasTheSameBitsInAnyCompanyAndOnEveryTier(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := randomCheckpoint(r, small).load(t, small, Int8, [][]int32{randomIDs(r, small, 40)})
	alone := make([][]float32, 6)
	texts := make([][]int32, len(alone))
	s := m.NewState(300)
	for i := range texts {
		texts[i] = randomIDs(r, small, 1+r.IntN(68))
		alone[i] = vector(t, m, s, texts[i])
	}
	for _, tier := range kernel.Tiers() {
		restore := kernel.Mask(tier)
		order := r.Perm(len(texts))[:4]
		var ids []int32
		var ends []int
		for _, i := range order {
			ids = append(ids, texts[i]...)
			ends = append(ends, len(ids))
		}
		err := m.Forward(s, ids, ends, nil)
		restore()
		if err != nil {
			t.Fatal(err)
		}
		start := 0
		for j, i := range order {
			got := make([]float32, small.Hidden)
			m.Pool(got, s, start, ends[j], Mean)
			start = ends[j]
			for d := range got {
				if math.Float32bits(got[d]) != math.Float32bits(alone[i][d]) {
					t.Fatalf("%v: text %d dimension %d is %v, alone %v", tier, i, d, got[d], alone[i][d])
				}
			}
		}
	}
}

func vector(t testing.TB, m *Model, s *State, ids []int32) []float32 {
	t.Helper()
	if err := m.Forward(s, ids, []int{len(ids)}, nil); err != nil {
		t.Fatal(err)
	}
	v := make([]float32, m.Config().Hidden)
	m.Pool(v, s, 0, len(ids), Mean)
	return v
}

func TestPauseIsCalledBeforeEachLayerAndCanStop(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := randomCheckpoint(r, small).load(t, small, Int8, nil)
	s := m.NewState(10)
	calls, stop := 0, errors.New("stop")
	err := m.Forward(s, randomIDs(r, small, 5), []int{5}, func() error {
		if calls++; calls == 3 {
			return stop
		}
		return nil
	})
	if err != stop || calls != 3 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestOutliersAreFoundAndHelp(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	p := randomCheckpoint(r, small)
	gain := make([]float32, small.Hidden)
	for d := range gain {
		gain[d] = 1
	}
	gain[7], gain[31] = 40, -30
	p.set("encoder.layer.0.attention.output.LayerNorm.weight", gain, small.Hidden)
	ids := randomIDs(r, small, 30)
	want := plainForward(p, small, ids)
	distance := func(m *Model) (sum float64) {
		s := m.NewState(30)
		if err := m.Forward(s, ids, []int{30}, nil); err != nil {
			t.Fatal(err)
		}
		for i := range ids {
			for d, v := range s.Hidden(m, i) {
				sum += math.Pow(float64(v)-want[i][d], 2)
			}
		}
		return sum
	}
	without := p.load(t, small, Int8, nil)
	with := p.load(t, small, Int8, [][]int32{randomIDs(r, small, 40)})
	if got := fmt.Sprint(with.layers[0].up.int8.Outliers()); got != "[7 31]" {
		t.Errorf("outliers %s, want [7 31]", got)
	}
	if a, b := distance(without), distance(with); b > 0.8*a {
		t.Errorf("squared distance %g without, %g with them", a, b)
	}
}

func TestOutlierRule(t *testing.T) {
	for _, test := range []struct {
		peaks []float32
		want  string
	}{
		{[]float32{1, 1, 1, 1, 1}, "[]"},
		{[]float32{1, 4, 1, 4.1, 1}, "[3]"},
		{[]float32{9, 1, 1, 8, 1, 1, 7, 1, 6, 1, 1, 5, 1}, "[0 3 6 8]"},
		{[]float32{0, 0, 0, 2}, "[3]"},
	} {
		if got := fmt.Sprint(outliers(test.peaks)); got != test.want {
			t.Errorf("%v: got %s, want %s", test.peaks, got, test.want)
		}
	}
}

func TestDetachedWeightsOutliveTheFile(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	m := randomCheckpoint(r, small).load(t, small, Int8, nil)
	s, ids := m.NewState(10), randomIDs(r, small, 10)
	before := vector(t, m, s, ids)
	m.Detach()
	if !slices.Equal(vector(t, m, s, ids), before) {
		t.Error("the vector changed")
	}
}

func TestPrefixedTensorsAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	plain, prefixed := randomCheckpoint(r, small), checkpoint{}
	for name, tensor := range plain {
		tensor.Name = "roberta." + name
		prefixed[tensor.Name] = tensor
	}
	a, b := plain.load(t, small, Int8, nil), prefixed.load(t, small, Int8, nil)
	ids := randomIDs(r, small, 9)
	if !slices.Equal(vector(t, a, a.NewState(9), ids), vector(t, b, b.NewState(9), ids)) {
		t.Error("the vectors differ")
	}
}

func TestEveryTensorIsChecked(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	whole := randomCheckpoint(r, small)
	for name := range whole {
		for what, change := range map[string]func(t *safetensors.Tensor){
			"missing":    nil,
			"reshaped":   func(t *safetensors.Tensor) { t.Shape, t.Data = []int{1, 3}, t.Data[:12] },
			"integers":   func(t *safetensors.Tensor) { t.DType = safetensors.I32 },
			"not finite": func(t *safetensors.Tensor) { t.Data = t.Data[:len(t.Data)-4] + "\x00\x00\xc0\x7f" },
		} {
			broken := checkpoint{}
			for n, tensor := range whole {
				broken[n] = tensor
			}
			if change == nil {
				delete(broken, name)
			} else {
				tensor := broken[name]
				change(&tensor)
				broken[name] = tensor
			}
			if _, err := Load(broken.file(t), small, Int8, nil); err == nil || !strings.HasPrefix(err.Error(), "transformer: load: ") {
				t.Errorf("%s %s: error %v", name, what, err)
			}
		}
	}
}

func TestPoolings(t *testing.T) {
	c := Config{Vocabulary: 1, Hidden: 2, Layers: 1, Heads: 1, Intermediate: 1, Positions: 4, Types: 1, Epsilon: 1e-5}
	m := randomCheckpoint(rand.New(rand.NewPCG(1, 1)), c).load(t, c, Float32, nil)
	s := m.NewState(3)
	copy(s.Hidden(m, 0), []float32{9, 9})
	copy(s.Hidden(m, 1), []float32{3, 0})
	copy(s.Hidden(m, 2), []float32{-1, 4})
	for p, want := range map[Pooling][2]float64{
		Mean:  {2 / math.Sqrt(20), 4 / math.Sqrt(20)},
		First: {1, 0},
		Max:   {0.6, 0.8},
	} {
		got := make([]float32, 2)
		m.Pool(got, s, 1, 3, p)
		for d := range got {
			if math.Abs(float64(got[d])-want[d]) > 1e-6 {
				t.Errorf("pooling %d: got %v, want %v", p, got, want)
			}
		}
	}
}
