package lexical_test

import (
	"fmt"

	"github.com/seed4837efcb/groundwork/lexical"
)

func ExampleStandard() {
	text := "FastAPI에서 e-mails"
	for _, t := range lexical.Standard().Analyze(nil, text) {
		fmt.Printf("%s (%s)\n", t.Term, text[t.Start:t.End])
	}
	// Output:
	// fastapi (FastAPI)
	// fast (Fast)
	// api (API)
	// 에 (에)
	// 에서 (에서)
	// email (e-mails)
	// e (e)
	// mail (mails)
}

func ExampleScripts() {
	fmt.Println(lexical.Scripts("FastAPI에서"))
	// Output: map[Hangul:2 Latin:7]
}
