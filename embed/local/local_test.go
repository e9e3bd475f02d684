package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/embed"
	"github.com/seed4837efcb/groundwork/embed/local"
	"github.com/seed4837efcb/groundwork/internal/kernel"
	"github.com/seed4837efcb/groundwork/models/e5"
	"github.com/seed4837efcb/groundwork/models/minilm"
)

var models = map[string]func() map[string]string{"minilm": minilm.Files, "e5": e5.Files}

var sharedNames = map[string]string{"minilm": "all-minilm-l6-v2", "e5": "multilingual-e5-small"}

func open(t testing.TB, name string, o *local.Options) *local.Embedder {
	t.Helper()
	e, err := local.New(models[name](), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// miniLM is the embedder that most tests share.
var miniLM = sync.OnceValues(func() (*local.Embedder, error) { return local.New(minilm.Files(), nil) })

func openMiniLM(t testing.TB) *local.Embedder {
	t.Helper()
	e, err := miniLM()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func embedAll(t testing.TB, e *local.Embedder, texts []string) *embed.Batch {
	t.Helper()
	b, err := e.Embed(context.Background(), embed.Passage, texts)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != len(texts) || len(b.Tokens) != len(texts) {
		t.Fatalf("%d vectors and %d counts of %d texts", b.Len(), len(b.Tokens), len(texts))
	}
	return b
}

func cosine(a []float32, b []float64) float64 {
	var ab, aa, bb float64
	for i := range b {
		x := float64(a[i])
		ab, aa, bb = ab+x*b[i], aa+x*x, bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}

// checkGolden compares vectors with the reference ones by precision.
func checkGolden(t *testing.T, name string, texts []string, want [][]float64) {
	for _, p := range []local.Precision{local.Float32, local.Int8} {
		e := open(t, name, &local.Options{Precision: p, Truncate: true})
		b := embedAll(t, e, texts)
		lowest, sum := 2.0, 0.0
		for i := range texts {
			cos := cosine(b.Vector(i), want[i])
			lowest, sum = min(lowest, cos), sum+cos
		}
		mean := sum / float64(len(texts))
		t.Logf("%s %v: cosine to the reference: lowest %.7f, mean %.7f", name, p, lowest, mean)
		if p == local.Float32 && lowest < 0.99999 {
			t.Errorf("%s: lowest float32 cosine %.7f, want 0.99999", name, lowest)
		}
		if p == local.Int8 && mean < 0.998 {
			t.Errorf("%s: mean int8 cosine %.7f, want 0.998", name, mean)
		}
	}
}

func TestVectorsAreNearTheReference(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Texts  []string    `json:"texts"`
		MiniLM [][]float64 `json:"minilm"`
		E5     [][]float64 `json:"e5"`
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "minilm", golden.Texts, golden.MiniLM)
	checkGolden(t, "e5", golden.Texts, golden.E5)
}

func sharedDir(t testing.TB) string {
	dir := os.Getenv("GROUNDWORK_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(filepath.Join(dir, "golden")); err != nil {
		t.Skipf("no reference vectors: %v (set GROUNDWORK_SHARED)", err)
	}
	return dir
}

func TestVectorsOfAllReferenceTextsAreNear(t *testing.T) {
	dir := sharedDir(t)
	var texts []string
	readJSON(t, filepath.Join(dir, "golden", "texts.json"), &texts)
	for name, shared := range sharedNames {
		var golden []struct{ Vec []float64 }
		readJSON(t, filepath.Join(dir, "golden", shared+".json"), &golden)
		want := make([][]float64, len(golden))
		for i := range golden {
			want[i] = golden[i].Vec
		}
		checkGolden(t, name, texts, want)
	}
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// someTexts returns n texts of mixed lengths.
func someTexts(seed uint64, n int) []string {
	r := rand.New(rand.NewPCG(seed, 3))
	words := strings.Fields("the index keeps every vector in a graph of points and answers quote passages about backups passwords servers models grounds accounts don't 3.14 naïve 서울 quantization")
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range r.IntN(1 + r.IntN(60)) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		texts[i] = b.String()
	}
	return texts
}

func sameVector(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for d := range want {
		if math.Float32bits(got[d]) != math.Float32bits(want[d]) {
			t.Fatalf("%s: dimension %d is %v, want %v", what, d, got[d], want[d])
		}
	}
}

func TestAVectorHasTheSameBitsInAnyCompany(t *testing.T) {
	texts := someTexts(1, 200)
	e := openTiny(t, nil)
	alone := make([][]float32, len(texts))
	for i, text := range texts {
		alone[i] = embedAll(t, e, []string{text}).Data
	}
	order := rand.New(rand.NewPCG(5, 6)).Perm(len(texts))
	for _, workers := range []int{1, 2, 5} {
		e := openTiny(t, &local.Options{Workers: workers})
		for _, size := range []int{2, 7, len(texts)} {
			for from := 0; from < len(texts); from += size {
				var part []string
				to := min(len(texts), from+size)
				for _, i := range order[from:to] {
					part = append(part, texts[i])
				}
				b := embedAll(t, e, part)
				for j, i := range order[from:to] {
					sameVector(t, fmt.Sprintf("workers %d size %d text %d", workers, size, i), b.Vector(j), alone[i])
				}
			}
		}
	}
}

func TestVectorsHaveTheSameBitsOnEveryTier(t *testing.T) {
	compareTiers(t, openTiny(t, nil), someTexts(2, 30))
	compareTiers(t, openMiniLM(t), []string{"Where do the backups go?", "서울"})
}

func compareTiers(t *testing.T, e *local.Embedder, texts []string) {
	want := embedAll(t, e, texts)
	for _, tier := range kernel.Tiers() {
		restore := kernel.Mask(tier)
		if local.Tier() != tier.String() {
			t.Errorf("tier %s, want %v", local.Tier(), tier)
		}
		got := embedAll(t, e, texts)
		restore()
		sameVector(t, tier.String(), got.Data, want.Data)
	}
}

func TestVectorsHaveUnitLength(t *testing.T) {
	b := embedAll(t, openMiniLM(t), someTexts(3, 20))
	for i := range b.Len() {
		var sum float64
		for _, x := range b.Vector(i) {
			sum += float64(x) * float64(x)
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Errorf("text %d: squared length %v", i, sum)
		}
	}
}

func TestRolesArePrefixed(t *testing.T) {
	e := open(t, "e5", nil)
	ctx := context.Background()
	query, err := e.Embed(ctx, embed.Query, []string{"seoul"})
	if err != nil {
		t.Fatal(err)
	}
	passage := embedAll(t, e, []string{"seoul"})
	if slices.Equal(query.Data, passage.Data) {
		t.Error("a query and a passage have one vector")
	}
	if n := e.CountTokens(embed.Query, "seoul"); n != query.Tokens[0] {
		t.Errorf("CountTokens says %d, Embed %d", n, query.Tokens[0])
	}
	if ids := e.TokenIDs(embed.Query, "seoul"); len(ids) != query.Tokens[0] {
		t.Errorf("TokenIDs has %d tokens, Embed %d", len(ids), query.Tokens[0])
	}
	if _, err := e.Embed(ctx, 7, []string{"x"}); err == nil {
		t.Error("an unknown role was accepted")
	}
}

func TestATextTooLongIsAnErrorThatNamesTheFirst(t *testing.T) {
	e := openTiny(t, nil)
	long := strings.Repeat("word ", 300)
	for _, n := range []int{4, 100} {
		texts := someTexts(4, n)
		texts[n-1], texts[n/2] = long, long
		b, err := e.Embed(context.Background(), embed.Passage, texts)
		var textError *embed.TextError
		if !errors.As(err, &textError) || !errors.Is(err, embed.ErrTooLong) || b != nil {
			t.Fatalf("got %v, %v", b, err)
		}
		if textError.Index != n/2 {
			t.Errorf("text %d of %d is named, want %d", textError.Index, n, n/2)
		}
	}
}

func TestTruncateReportsWhatItCut(t *testing.T) {
	e := openTiny(t, &local.Options{Truncate: true, MaxTokens: 64})
	texts := []string{"short", strings.Repeat("word ", 100), "short", strings.Repeat("word ", 62), strings.Repeat("word ", 63)}
	b := embedAll(t, e, texts)
	want := []embed.Cut{{Index: 1, Tokens: 102, Kept: 64}, {Index: 4, Tokens: 65, Kept: 64}}
	if !slices.Equal(b.Cut, want) {
		t.Errorf("cut %v, want %v", b.Cut, want)
	}
	sameVector(t, "cut text", b.Vector(1), b.Vector(3))
}

func TestNoTextsGiveAnEmptyBatch(t *testing.T) {
	if b := embedAll(t, openMiniLM(t), nil); len(b.Data) != 0 {
		t.Errorf("%d values", len(b.Data))
	}
}

func TestACancelledCallEndsSoon(t *testing.T) {
	e := openTiny(t, nil)
	texts := slices.Repeat([]string{strings.Repeat("word ", 200)}, 30000)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(30*time.Millisecond, cancel)
	start := time.Now()
	b, err := e.Embed(ctx, embed.Passage, texts)
	if !errors.Is(err, context.Canceled) || b != nil {
		t.Fatalf("got %v, %v", b, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("returned after %v", took)
	}
	if _, err := e.Embed(ctx, embed.Query, []string{"x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	embedAll(t, e, texts[:1]) // the workers are all back
}

func TestCallsAtTheSameTimeGiveTheSameVectors(t *testing.T) {
	e := openTiny(t, &local.Options{Workers: 2})
	texts := someTexts(6, 300)
	want := embedAll(t, e, texts)
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(g)))
			for range 30 {
				n := 1 + r.IntN(3)
				if g == 0 {
					n = 150
				}
				from := r.IntN(len(texts) - n + 1)
				ctx, cancel := context.WithCancel(context.Background())
				if r.IntN(4) == 0 {
					time.AfterFunc(time.Duration(r.IntN(3))*time.Millisecond, cancel)
				}
				b, err := e.Embed(ctx, embed.Passage, texts[from:from+n])
				cancel()
				if errors.Is(err, context.Canceled) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if !slices.Equal(b.Data, want.Data[from*want.Dim:(from+n)*want.Dim]) {
					t.Errorf("texts %d to %d differ", from, from+n)
				}
			}
		})
	}
	group.Wait()
}

func TestQueriesAreServedWhileABulkCallRuns(t *testing.T) {
	e := openTiny(t, &local.Options{Workers: 1})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := 0
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			if _, err := e.Embed(context.Background(), embed.Query, []string{"how do I reset my password"}); err != nil {
				t.Error(err)
				return
			}
			served++
		}
	})
	// Four units at least; the only worker belongs to this call from the first
	// to the last layer of each.
	embedAll(t, e, slices.Repeat([]string{strings.Repeat("word ", 200)}, 400))
	cancel()
	group.Wait()
	if served < 4 {
		t.Errorf("%d queries were served meanwhile", served)
	}
}

func TestTheFingerprintFollowsWhatChangesVectors(t *testing.T) {
	base := openTiny(t, nil).Model().Fingerprint
	if same := openTiny(t, &local.Options{Workers: 3, Truncate: true, MaxTokens: 50}).Model().Fingerprint; same != base {
		t.Error("options that do not change a vector show")
	}
	seen := map[string]string{base: "the base"}
	check := func(what string, e *local.Embedder) {
		f := e.Model().Fingerprint
		if seen[f] != "" {
			t.Errorf("%s has the fingerprint of %s", what, seen[f])
		}
		seen[f] = what
	}
	check("float32", openTiny(t, &local.Options{Precision: local.Float32}))
	for what, change := range map[string]func(files map[string]string){
		"a prefix":        replaceIn("groundwork.json", `"query_prefix": ""`, `"query_prefix": "q: "`),
		"pooling":         replaceIn("groundwork.json", `"mean"`, `"cls"`),
		"a configuration": replaceIn("config.json", `1e-12`, `1e-5`),
		"another weight": func(files map[string]string) {
			w := []byte(files["model.safetensors"])
			w[len(w)-2] ^= 1
			files["model.safetensors"] = string(w)
		},
	} {
		files := tinyFiles()
		change(files)
		e, err := local.New(files, nil)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		check(what, e)
	}
}

func TestTheModelIsDescribed(t *testing.T) {
	m := openMiniLM(t).Model()
	if m.ID != "all-MiniLM-L6-v2" || m.Dim != 384 || m.MaxTokens != 256 || !slices.Equal(m.Scripts, []string{"Latin"}) {
		t.Errorf("model %+v", m)
	}
	m.Scripts[0] = "changed"
	if openMiniLM(t).Model().Scripts[0] != "Latin" {
		t.Error("the scripts can be changed from outside")
	}
}

// replaceIn returns an edit of one file that must find what it replaces.
func replaceIn(name, old, new string) func(map[string]string) {
	return func(files map[string]string) {
		if !strings.Contains(files[name], old) {
			panic("nothing to replace in " + name + ": " + old)
		}
		files[name] = strings.Replace(files[name], old, new, 1)
	}
}

func TestModelFilesAreChecked(t *testing.T) {
	for name, change := range map[string]func(map[string]string){
		"no weights":             func(f map[string]string) { delete(f, "model.safetensors") },
		"no config":              func(f map[string]string) { delete(f, "config.json") },
		"no card":                func(f map[string]string) { delete(f, "groundwork.json") },
		"no tokenizer":           func(f map[string]string) { delete(f, "tokenizer.bin") },
		"cut weights":            func(f map[string]string) { f["model.safetensors"] = f["model.safetensors"][:1<<20] },
		"cut tokenizer":          func(f map[string]string) { f["tokenizer.bin"] = f["tokenizer.bin"][:1000] },
		"foreign tokenizer":      func(f map[string]string) { f["tokenizer.bin"] = e5.Files()["tokenizer.bin"] },
		"another width":          replaceIn("config.json", `"hidden_size": 384`, `"hidden_size": 768`),
		"another depth":          replaceIn("config.json", `"num_hidden_layers": 6`, `"num_hidden_layers": 7`),
		"another vocabulary":     replaceIn("config.json", `"vocab_size": 30522`, `"vocab_size": 30523`),
		"another activation":     replaceIn("config.json", `"gelu"`, `"relu"`),
		"another architecture":   replaceIn("config.json", `"model_type": "bert"`, `"model_type": "t5"`),
		"heads that do not fit":  replaceIn("config.json", `"num_attention_heads": 12`, `"num_attention_heads": 7`),
		"a giant":                replaceIn("config.json", `"intermediate_size": 1536`, `"intermediate_size": 99999999999`),
		"unknown pooling":        replaceIn("groundwork.json", `"mean"`, `"median"`),
		"vectors not normalised": replaceIn("groundwork.json", `"normalize": true`, `"normalize": false`),
		"too many tokens":        replaceIn("groundwork.json", `"max_tokens": 256`, `"max_tokens": 5000`),
	} {
		files := minilm.Files()
		change(files)
		if _, err := local.New(files, nil); err == nil || !strings.HasPrefix(err.Error(), "local: new: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for _, o := range []local.Options{{Workers: -1}, {MaxTokens: -1}, {MaxTokens: 257}, {MaxTokens: 2}, {Precision: 9}} {
		if _, err := local.New(minilm.Files(), &o); err == nil {
			t.Errorf("options %+v were accepted", o)
		}
	}
}

func TestPrecisionsAreReadAsWritten(t *testing.T) {
	for _, p := range []local.Precision{local.Int8, local.Float32} {
		if got, err := local.ParsePrecision(p.String()); got != p || err != nil {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	if _, err := local.ParsePrecision("int4"); err == nil {
		t.Error("int4 was accepted")
	}
}

func BenchmarkNew(b *testing.B) {
	for name := range models {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				open(b, name, nil)
			}
		})
	}
}

func BenchmarkEmbed(b *testing.B) {
	for name := range models {
		for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
			e := open(b, name, &local.Options{Workers: workers, Truncate: true})
			for kind, texts := range map[string][]string{
				"long":  slices.Repeat([]string{strings.Repeat("the quick brown fox jumps over a lazy dog ", 40)}, 32),
				"mixed": someTexts(7, 64),
				"query": {"how do I reset the password of my account when the mail does not arrive?"},
			} {
				b.Run(fmt.Sprintf("%s/%s/workers%d", name, kind, workers), func(b *testing.B) {
					tokens := 0
					for b.Loop() {
						batch := embedAll(b, e, texts)
						for _, n := range batch.Tokens {
							tokens += min(n, e.Model().MaxTokens)
						}
					}
					b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
				})
			}
		}
	}
}
