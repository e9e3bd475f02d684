package loaders_test

import (
	"context"
	"errors"
	"fmt"
	"testing/fstest"

	"github.com/seed4837efcb/groundwork/loaders"
)

// Read every file of a folder and say what was left out.
func Example() {
	ctx := context.Background()
	folder := fstest.MapFS{
		"guide/power.txt": {Data: []byte("Power loss\n\nWhat was acknowledged survives.\n")},
		"faq.json":        {Data: []byte(`[{"q": "Where is the index?", "a": "In the data folder."}]`)},
		"logo.png":        {Data: []byte("\x89PNG\r\n\x1a\n")},
		"debug.log":       {Data: []byte("noise")},
		".gitignore":      {Data: []byte("*.log\n")},
	}
	source, err := loaders.FS(folder, nil) // loaders.Dir("path", nil) for a real one
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := loaders.Plain(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := func(err error) {
		var skip *loaders.SkipError
		if errors.As(err, &skip) {
			fmt.Println(skip.URI, "skipped:", skip.Reason)
		} else if err != nil {
			fmt.Println(err)
		}
	}
	for item, err := range source.List(ctx) {
		if err != nil {
			report(err)
			continue
		}
		file, err := source.Open(ctx, item)
		if err != nil {
			report(err)
			continue
		}
		for doc, err := range set.Load(ctx, item, file) {
			if err != nil {
				report(err)
				continue
			}
			fmt.Printf("%s: %s, %q, %d bytes\n", doc.URI, doc.MIME, doc.Title, len(doc.Text))
		}
		file.Close()
	}
	// Output:
	// .gitignore skipped: hidden
	// debug.log skipped: ignored
	// faq.json: application/json, "", 46 bytes
	// guide/power.txt: text/plain, "Power loss", 44 bytes
	// logo.png skipped: unsupported
}
