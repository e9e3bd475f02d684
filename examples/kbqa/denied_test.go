//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user who has no rights; the superuser has them all, so as such
// the program is started as nobody.
const nobody = 65534

// asNobody prepares the folder at home for a user without rights and returns
// how to start a command as that user.
func asNobody(t *testing.T, home string) func(*exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return func(*exec.Cmd) {}
	}
	err := filepath.WalkDir(home, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(home); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode()&0o001 == 0 {
			t.Skipf("nobody may not enter %s", dir)
		}
	}
	return func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// newNobodysProgram returns a program in a folder that others may enter. ready,
// called once its documents are written, returns how to run it as nobody.
func newNobodysProgram(t *testing.T) (p *program, ready func() func(verb string, args ...string) (code int, stdout, stderr string)) {
	t.Helper()
	home, err := os.MkdirTemp("", "kbqa") // others may not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	chmod(t, home, 0o755)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(home, "kbqa")
	copyFile(t, self, binary)
	p = &program{t: t, docs: filepath.Join(home, "docs"), index: filepath.Join(home, "index")}
	return p, func() func(string, ...string) (int, string, string) {
		user := asNobody(t, home)
		return func(verb string, args ...string) (int, string, string) {
			t.Helper()
			cmd := p.command(verb, args...)
			cmd.Path, cmd.Err = binary, nil
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			user(cmd)
			if err := cmd.Run(); cmd.ProcessState == nil {
				t.Fatal(err)
			}
			return cmd.ProcessState.ExitCode(), out.String(), errs.String()
		}
	}
}

// TestWhatCannotBeReadIsKept takes the rights to a folder and to a file away.
func TestWhatCannotBeReadIsKept(t *testing.T) {
	t.Parallel()
	p, ready := newNobodysProgram(t)
	p.model = "minilm"
	for _, name := range []string{"open.md", "closed/a.md", "closed/b.md", "closed/deep/c.md"} {
		p.write(name, "# "+name+"\n\n"+sentences(name, 3))
	}
	run := ready()
	kbqa := func(verb string, args ...string) (stdout, stderr string) {
		t.Helper()
		code, out, errs := run(verb, args...)
		if code != 0 {
			t.Fatalf("kbqa %s %q: exit code %d\n%s", verb, args, code, errs)
		}
		return out, errs
	}
	if r := decode[indexOutput](t, first(kbqa("index", "--json", "--model", "minilm", p.docs))); r.Added != 4 {
		t.Fatalf("%+v, want 4 added", r)
	}

	chmod(t, filepath.Join(p.docs, "closed"), 0)
	defer os.Chmod(filepath.Join(p.docs, "closed"), 0o777) // to be removed
	p.write("open.md", "# open.md\n\nrewritten")
	chmod(t, filepath.Join(p.docs, "open.md"), 0)
	out, errs := kbqa("index", "--json", p.docs)
	r := decode[indexOutput](t, out)
	if r.Removed != 0 || r.Deleted != 0 || r.Coverage.Indexed != 4 || len(r.Failed) != 1 || !r.Failed[0].Stale {
		t.Errorf("%+v, want nothing removed and one file stale", r)
	}
	for _, want := range []string{"closed", "what was indexed below it is kept", "open.md: open: ", "the version indexed before is kept"} {
		if !strings.Contains(errs, want) {
			t.Errorf("stderr does not say %q: %s", want, errs)
		}
	}
	for _, name := range []string{"open.md", "closed/a.md", "closed/deep/c.md"} {
		out, _ := kbqa("search", "--json", "-k", "1", "--where", fmt.Sprintf("doc.uri = %q", name), p.docs, "village")
		if s := decode[searchOutput](t, out); len(s.Hits) != 1 || s.Hits[0].URI != name || !strings.Contains(s.Hits[0].Text, "In "+name) {
			t.Errorf("%s is not found any more: %s", name, out)
		}
	}
	if out, _ := kbqa("status", "--files=failed", p.docs); !strings.Contains(out, "open.md\tindexed\topen\t") || !strings.Contains(out, "give this user the right to read it") {
		t.Errorf("status does not tell what failed and what to do: %q", out)
	}

	chmod(t, filepath.Join(p.docs, "closed"), 0o777)
	chmod(t, filepath.Join(p.docs, "open.md"), 0o666)
	r = decode[indexOutput](t, first(kbqa("index", "--json", p.docs)))
	if r.Changed != 1 || r.Embedded != 1 || r.Unchanged != 3 || r.Coverage.Indexed != 4 {
		t.Errorf("with the rights back: %+v, want one changed", r)
	}
	kbqa("verify", p.docs)
}

func first(stdout, _ string) string { return stdout }

func chmod(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// copyFile copies a program.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o777); err != nil {
		t.Fatal(err)
	}
}
