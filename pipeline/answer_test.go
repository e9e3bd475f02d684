package pipeline_test

import (
	"testing"

	"github.com/seed4837efcb/groundwork/pipeline"
)

func TestSentenceIsFollowedByItsCitations(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    pipeline.Sentence
		want string
	}{
		{"prose", pipeline.Sentence{Text: "Bees fly.", Citations: []int{1, 2}}, "Bees fly. [1][2]"},
		{"prose of two lines", pipeline.Sentence{Text: "Bees\nfly.", Citations: []int{3}}, "Bees\nfly. [3]"},
		{"without support", pipeline.Sentence{Text: "Bees swim."}, "Bees swim. [unsupported]"},
		{"a code fence", pipeline.Sentence{Text: "Run:\n```sh\nfly\n```", Citations: []int{1}}, "Run:\n```sh\nfly\n```\n[1]"},
		{"an indented fence", pipeline.Sentence{Text: "  ~~~\n  fly\n  ~~~", Citations: []int{1}}, "  ~~~\n  fly\n  ~~~\n[1]"},
		{"a table", pipeline.Sentence{Text: "| a |\n|---|\n| 1 |", Citations: []int{1, 2}}, "| a |\n|---|\n| 1 |\n[1][2]"},
	} {
		if got := tt.s.String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
