// Command host embeds the PDF loader and writes a line to the file it is given
// each time it is started. With "worker" it lets copies of itself in; the
// copies never get to the counting, because Main does not return in them.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

func main() {
	var worker *isolate.Worker
	if len(os.Args) != 4 || os.Args[1] != "bare" {
		worker = isolate.Main(pdf.Handler())
	}
	counter, err := os.OpenFile(os.Args[2], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(counter, os.Args[1:])
	loader, err := pdf.New(&pdf.Options{Worker: worker})
	if err != nil {
		panic(err)
	}
	file, err := os.Open(os.Args[3])
	if err != nil {
		panic(err)
	}
	for doc, err := range loader.Load(context.Background(), loaders.Item{URI: "x.pdf"}, file) {
		if err != nil {
			fmt.Println(err)
		} else {
			fmt.Println(doc.Text)
		}
	}
	worker.Close()
}
