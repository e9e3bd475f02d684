package groundwork_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/seed4837efcb/groundwork"

// layers says which packages of this module each package may import; "std"
// is implied. A trailing "/*" stands for every package below. A package that
// is not listed may import nothing of the module. Add the edge here first, or
// do not add it: an import that only a test needs is not listed.
var layers = map[string][]string{
	"":                      {},
	"filter":                {},
	"lexical":               {},
	"isolate":               {},
	"embed":                 {},
	"models/*":              {},
	"internal/kernel":       {},
	"internal/kernel/*":     {},
	"internal/tokenizer":    {},
	"internal/tokenizer/*":  {},
	"internal/safetensors":  {},
	"internal/log":          {},
	"internal/log/logtest":  {"internal/log"},
	"internal/postings":     {"lexical"},
	"internal/transformer":  {"internal/kernel", "internal/tokenizer", "internal/safetensors"},
	"models/convert":        {"internal/safetensors", "internal/tokenizer"},
	"embed/local":           {"embed", "internal/kernel", "internal/safetensors", "internal/tokenizer", "internal/transformer"},
	"loaders":               {"", "isolate"},
	"loaders/text":          {"", "isolate", "loaders"},
	"loaders/markdown":      {"", "isolate", "loaders"},
	"loaders/html":          {"", "isolate", "loaders"},
	"loaders/pdf":           {"", "isolate", "loaders"},
	"chunkers":              {""},
	"vectorstore":           {"", "filter"},
	"vectorstore/memory":    {"", "filter", "lexical", "vectorstore", "internal/postings"},
	"vectorstore/hnsw":      {"", "filter", "lexical", "vectorstore", "internal/kernel", "internal/log", "internal/postings"},
	"vectorstore/storetest": {"", "filter", "lexical", "vectorstore", "vectorstore/memory"},
	"retriever":             {"", "embed", "filter", "lexical", "vectorstore"},
	"generator":             {"", "embed", "filter", "lexical", "vectorstore", "chunkers"},
	"generator/extractive":  {"", "embed", "filter", "lexical", "vectorstore", "chunkers", "generator"},
	"generator/openai":      {"generator"},
	"pipeline":              {"", "chunkers", "embed", "filter", "generator", "lexical", "loaders", "retriever", "vectorstore"},
	"eval":                  {},
	"eval/*":                {"*"},
	"eval/internal/*":       {"*"},
	"examples/*":            {"*"},
}

// modules says which package may import each module from outside.
var modules = map[string][]string{
	"golang.org/x/sys":          {"internal/kernel", "internal/log", "isolate", "vectorstore/hnsw", "examples/*"},
	"golang.org/x/text":         {"lexical", "loaders/text", "loaders/pdf", "internal/tokenizer/*", "examples/*"},
	"golang.org/x/net":          {"loaders/html"},
	"golang.org/x/term":         {"examples/*"},
	"github.com/yuin/goldmark":  {"loaders/markdown"},
	"go.yaml.in/yaml/v3":        {"loaders/markdown"},
	"github.com/ledongthuc/pdf": {"loaders/pdf"},
	"github.com/spf13/cobra":    {"examples/*"},
	"github.com/spf13/pflag":    {"examples/*"},
}

// imports returns the imports of every package in fsys, by the package's path
// below the module, test files and testdata left out.
func imports(fsys fs.FS) (map[string][]string, error) {
	found := map[string]map[string]bool{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(path.Dir(name), ".")
		if found[pkg] == nil {
			found[pkg] = map[string]bool{}
		}
		for _, spec := range file.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[pkg][p] = true
		}
		return nil
	})
	out := make(map[string][]string, len(found))
	for pkg, set := range found {
		out[pkg] = slices.Sorted(maps.Keys(set))
	}
	return out, err
}

// rule returns the value of the entry for pkg: its own, or that of the nearest
// folder above with a "/*".
func rule(rules map[string][]string, pkg string) (allowed []string, ok bool) {
	if allowed, ok = rules[pkg]; ok {
		return allowed, true
	}
	for dir := path.Dir(pkg); dir != "."; dir = path.Dir(dir) {
		if allowed, ok = rules[dir+"/*"]; ok {
			return allowed, true
		}
	}
	return nil, false
}

// permits reports whether a list of packages, some ending in "/*", names pkg.
func permits(list []string, pkg string) bool {
	for _, p := range list {
		if p == "*" || p == pkg || strings.HasSuffix(p, "/*") && strings.HasPrefix(pkg, strings.TrimSuffix(p, "*")) {
			return true
		}
	}
	return false
}

// violations lists every import that the rules do not permit.
func violations(found map[string][]string) []string {
	var out []string
	for _, pkg := range slices.Sorted(maps.Keys(found)) {
		allowed, listed := rule(layers, pkg)
		if !listed {
			out = append(out, fmt.Sprintf("package %q is not in the list of layers", pkg))
		}
		for _, imp := range found[pkg] {
			switch {
			case imp == "C":
				out = append(out, fmt.Sprintf("%q uses cgo", pkg))
			case imp == module || strings.HasPrefix(imp, module+"/"):
				target := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
				if !permits(allowed, target) {
					out = append(out, fmt.Sprintf("%q may not import %q", pkg, target))
				}
			case strings.Contains(strings.SplitN(imp, "/", 2)[0], "."):
				if !permitsModule(pkg, imp) {
					out = append(out, fmt.Sprintf("%q may not import %q", pkg, imp))
				}
			}
		}
	}
	return out
}

func permitsModule(pkg, imp string) bool {
	for mod, pkgs := range modules {
		if (imp == mod || strings.HasPrefix(imp, mod+"/")) && permits(pkgs, pkg) {
			return true
		}
	}
	return false
}

func TestLayersHold(t *testing.T) {
	found, err := imports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations(found) {
		t.Error(v)
	}
}

// TestLayersFindViolations plants imports that break the rules.
func TestLayersFindViolations(t *testing.T) {
	file := func(imp string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("package p\n\nimport _ " + strconv.Quote(imp) + "\n")}
	}
	planted := fstest.MapFS{
		"filter/bad.go":           file(module + "/vectorstore"),
		"pipeline/bad.go":         file(module + "/vectorstore/hnsw"),
		"chunkers/bad.go":         file("github.com/yuin/goldmark"),
		"surprise/new.go":         file("fmt"),
		"embed/cgo.go":            file("C"),
		"loaders/fine_test.go":    file(module + "/pipeline"),
		"loaders/markdown/ok.go":  file("github.com/yuin/goldmark/ast"),
		"pipeline/testdata/ok.go": file(module + "/examples/kbqa"),
	}
	found, err := imports(planted)
	if err != nil {
		t.Fatal(err)
	}
	got := violations(found)
	want := []string{
		`"chunkers" may not import "github.com/yuin/goldmark"`,
		`"embed" uses cgo`,
		`"filter" may not import "vectorstore"`,
		`"pipeline" may not import "vectorstore/hnsw"`,
		`package "surprise" is not in the list of layers`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("violations:\n got %q\nwant %q", got, want)
	}
}

// TestEmbeddedProgramLinksNoHeavyModule follows the imports of the smallest
// service through this module and names the modules it may link.
func TestEmbeddedProgramLinksNoHeavyModule(t *testing.T) {
	found, err := imports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.FromSlash("examples/embedded")); err != nil {
		t.Fatalf("the smallest service is gone: %v", err)
	}
	seen := map[string]bool{}
	var visit func(pkg string)
	visit = func(pkg string) {
		if seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, imp := range found[pkg] {
			if rest, ok := strings.CutPrefix(imp, module); ok {
				visit(strings.TrimPrefix(rest, "/"))
				continue
			}
			for _, heavy := range []string{"google.golang.org/grpc", "github.com/jackc/pgx", "github.com/tmc/langchaingo", "github.com/tetratelabs/wazero"} {
				if strings.HasPrefix(imp, heavy) {
					t.Errorf("examples/embedded links %s through %q", heavy, pkg)
				}
			}
		}
	}
	visit("examples/embedded")
}
