package groundwork_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsTheProgramThatIsCompiled compares the README's program with
// examples/quickstart, which go build and go vet check.
func TestReadmeShowsTheProgramThatIsCompiled(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("examples/quickstart/main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(string(program), "func main() {\n")
	body, _, ok2 := strings.Cut(body, "\n}\n")
	if !ok || !ok2 {
		t.Fatal("examples/quickstart has no main function")
	}
	_, block, ok := strings.Cut(string(readme), "```go\n")
	block, _, ok2 = strings.Cut(block, "```\n")
	if !ok || !ok2 {
		t.Fatal("README.md shows no program")
	}
	if want := "func main() {\n" + body + "\n}\n"; block != want {
		t.Errorf("README.md shows\n%s\nexamples/quickstart has\n%s", block, want)
	}
}
