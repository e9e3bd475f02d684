//go:build unix

package loaders

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpecialFilesAreNeverOpened(t *testing.T) {
	root := makeTree(t, map[string]string{"a.txt": "a", "link": "->pipe"})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	s := mustDir(t, root, nil)
	items, errs := list(t, s)
	if diff := cmp.Diff([]string{"a.txt", "special pipe", "symlink link"}, append(items, errs...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, uri := range []string{"pipe", "link"} { // opening a pipe would wait for a writer
		if f, err := s.Open(context.Background(), Item{URI: uri}); err == nil {
			f.Close()
			t.Errorf("%s was opened", uri)
		}
	}
}

func TestFoldersAndFilesWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	root := makeTree(t, map[string]string{"a.txt": "a", "locked/b.txt": "b", "secret.txt": "s"})
	for name, mode := range map[string]os.FileMode{"locked": 0, "secret.txt": 0} {
		p := filepath.Join(root, name)
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(p, 0o700) })
	}
	s := mustDir(t, root, nil)
	items, errs := list(t, s)
	if diff := cmp.Diff([]string{"a.txt", "secret.txt", `unknown "locked/"`}, append(items, errs...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var file *FileError
	if _, err := s.Open(context.Background(), Item{URI: "secret.txt"}); !asFileError(err, &file) || file.Remedy == "" {
		t.Errorf("secret.txt: %v", err)
	}
}
