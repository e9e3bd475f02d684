// Command convert makes the files of models/minilm and models/e5 from the
// published ones, bit for bit the same each time:
//
//	go run ./models/convert -src DIR -out models
//
// DIR holds the folders all-minilm-l6-v2 and multilingual-e5-small with the
// weights (safetensors), the tokenizer.json and the config.json of each model.
// Nothing is fetched.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	src := flag.String("src", "", "folder with all-minilm-l6-v2 and multilingual-e5-small")
	out := flag.String("out", "models", "folder with minilm and e5, which receive the files")
	flag.Parse()
	if *src == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := convertAll(*src, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
