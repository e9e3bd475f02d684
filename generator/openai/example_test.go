package openai_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/generator"
	"github.com/seed4837efcb/groundwork/generator/openai"
)

func Example() {
	// In place of this, a model server such as Ollama at http://localhost:11434.
	server := httptest.NewServer(http.HandlerFunc(says("Copies are kept for 30 days. [1]")))
	defer server.Close()

	g, err := openai.New(server.URL, "llama3.2", nil)
	if err != nil {
		panic(err)
	}
	passages := []groundwork.Hit{hit("Copies are kept for 30 days.")}
	for e, err := range g.Generate(context.Background(), generator.Request{Question: "How long are copies kept?", Passages: passages}) {
		if err != nil {
			panic(err)
		}
		switch e := e.(type) {
		case generator.Delta:
			fmt.Print(e.Text)
		case generator.Stop:
			fmt.Println("\n" + string(e.Reason))
		}
	}
	// Output:
	// Copies are kept for 30 days. [1]
	// done
}
