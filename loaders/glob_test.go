package loaders

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestIgnorePatternsFollowGitsRules(t *testing.T) {
	tests := []struct {
		file string // ignore file at the root
		path string // a trailing slash makes it a folder
		want bool
	}{
		{"*.log", "a.log", true},
		{"*.log", "deep/er/a.log", true},
		{"*.log", "a.logs", false},
		{"/*.log", "deep/a.log", false},
		{"doc/*.txt", "doc/a.txt", true},
		{"doc/*.txt", "doc/x/a.txt", false},
		{"doc/*.txt", "x/doc/a.txt", false},
		{"build/", "build/", true},
		{"build/", "build", false},
		{"build/", "x/build/", true},
		{"/build/", "x/build/", false},
		{"**/foo", "foo", true},
		{"**/foo", "a/b/foo", true},
		{"**/foo/bar", "a/foo/bar", true},
		{"abc/**", "abc/x/y", true},
		{"abc/**", "abc/", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "a/xb", false},
		{"a/**/b", "ab", false},
		{"foo**", "foobar", true},
		{"a**b/c", "axxb/c", true},
		{"a**b/c", "ax/xb/c", false},
		{"**", "anything/", true},
		{"*\n!keep", "keep", false},
		{"!keep\n*", "keep", true},
		{"# note", "# note", false},
		{`\# note`, "# note", true},
		{`\!x`, "!x", true},
		{"name   ", "name", true},
		{`name\ `, "name ", true},
		{"name\r", "name", true},
		{"\ufeffname", "name", true},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[]]x", "]x", true},
		{"[[:digit:]]x", "7x", true},
		{"[[:nope:]]x", "7x", false},
		{"[a", "[a", false},
		{`a\`, `a\`, false},
		{`a\*`, "a*", true},
		{`a\*`, "ab", false},
		{"?.md", "가.md", true},
		{"x/[/]y", "x//y", false},
		{"", "x", false},
		{"/", "x/", false},
		{"   ", "x", false},
	}
	for _, tt := range tests {
		r := &rules{patterns: parseIgnore(tt.file, ".gitignore", nil)}
		name, isDir := strings.CutSuffix(tt.path, "/")
		if _, got := r.ignored(name, isDir); got != tt.want {
			t.Errorf("%q on %q: ignored = %v, want %v", tt.file, tt.path, got, tt.want)
		}
	}
}

// strayStars finds asterisks that git's page calls regular ones although git
// reads them otherwise: it strips the literal start of a pattern first, and
// "a**/b" is left as "**/b".
var strayStars = regexp.MustCompile(`[^/\n!]\*\*|[^\n]!\*\*`)

// TestIgnorePatternsAgreeWithGit asks git itself about random patterns.
func TestIgnorePatternsAgreeWithGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git to compare with")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	repo := t.TempDir()
	run := func(stdin string, args ...string) string {
		cmd := exec.Command(git, append([]string{"-C", repo}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		cmd.Stdin = strings.NewReader(stdin)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: nothing is ignored
			t.Fatalf("git %v: %v: %s", args, err, errs.String())
		}
		return out.String()
	}
	run("", "init", "-q")

	var names []string
	for range 120 {
		names = append(names, randomFrom(rng, []string{"a", "b", "ab", "/", "/", "a.b", "*", "!", "[", "-", " "}, 6))
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !validURI(n) || strings.HasSuffix(n, " ") })
	for range 60 {
		file := ""
		for range 1 + rng.IntN(3) {
			file += randomFrom(rng, []string{"a", "b", "*", "**", "**/", "/", "/**", "?", "[ab]", "[!a]", "[a-", "]", "!", `\`, ".", " ", "#"}, 6) + "\n"
		}
		if strayStars.MatchString(file) {
			continue
		}
		if err := os.WriteFile(filepath.Join(repo, ".gitignore"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		ignored := strings.Split(run(strings.Join(names, "\x00")+"\x00", "check-ignore", "--no-index", "--stdin", "-z"), "\x00")
		r := &rules{patterns: parseIgnore(file, ".gitignore", nil)}
		for _, name := range names {
			want := slices.Contains(ignored, name)
			if got := excludedWithParents(r, name); got != want {
				t.Errorf("%q on %q: ignored = %v, git says %v", file, name, got, want)
			}
		}
	}
}

// excludedWithParents decides as a walk does: a folder that is excluded takes
// everything below with it. The last element is a file.
func excludedWithParents(r *rules, name string) bool {
	for i, c := range name {
		if c == '/' {
			if _, ok := r.ignored(name[:i], true); ok {
				return true
			}
		}
	}
	_, ok := r.ignored(name, false)
	return ok
}

func randomFrom(rng *rand.Rand, parts []string, n int) string {
	var b strings.Builder
	for range 1 + rng.IntN(n) {
		b.WriteString(parts[rng.IntN(len(parts))])
	}
	return b.String()
}

func TestHostilePatternsEndInTime(t *testing.T) {
	pattern := strings.Repeat("*a", 500) + strings.Repeat("**/", 100) + "x"
	name := strings.Repeat("a", 4000)
	start := time.Now()
	r := &rules{patterns: parseIgnore(pattern, "x", nil)}
	r.ignored(name, false)
	if d := time.Since(start); d > time.Minute {
		t.Errorf("matching took %v", d)
	}
}

func FuzzIgnore(f *testing.F) {
	for _, s := range []string{"*.log", "!a/**/b/", "[[:alpha:]-z]", `\`, "a**/[!]]", "**"} {
		f.Add(s, "a/b.log")
	}
	f.Fuzz(func(t *testing.T, file, name string) {
		r := &rules{patterns: parseIgnore(file, "f", nil)}
		origin, ignored := r.ignored(name, len(name)%2 == 0)
		if ignored && origin == "" {
			t.Errorf("%q ignored by nothing", name)
		}
	})
}
