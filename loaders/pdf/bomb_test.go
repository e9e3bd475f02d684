package pdf_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

// bombs are small files that make a reader hang, overflow its stack or eat all
// memory. A function builds each, so that only one is held at a time.
var bombs = map[string]func() []byte{
	"packed run of [":  func() []byte { return filtered("/Filter /FlateDecode", deflated('[', 2_000_000)).bytes() },
	"packed run of <<": func() []byte { return filtered("/Filter /FlateDecode", deflated('<', 2_000_000)).bytes() },
	"packed run of (":  func() []byte { return filtered("/Filter /FlateDecode", deflated('(', 2_000_000)).bytes() },
	"open hex string":  func() []byte { return file("BT /F1 9 Tf <4142") },
	"open array":       func() []byte { return file("BT /F1 9 Tf [(a) (b)") },
	"open string":      func() []byte { return file(shown("seen") + " BT (") },
	"Flate bomb":       func() []byte { return filtered("/Filter /FlateDecode", deflated(' ', 100<<20)).bytes() },
	"Flate bomb of text": func() []byte {
		return filtered("/Filter /FlateDecode", deflate("BT /F1 9 Tf "+strings.Repeat("(aaaaaaaa) Tj ", 1_000_000))).bytes()
	},
	"Flate of Flate": func() []byte {
		return filtered("/Filter [/FlateDecode /FlateDecode]", deflate(deflated(' ', 100<<20))).bytes()
	},
	"many filters": func() []byte {
		return filtered("/Filter ["+strings.Repeat("/ASCIIHexDecode ", 1000)+"]", "00>").bytes()
	},
	"run length bomb": func() []byte {
		return filtered("/Filter [/FlateDecode /RunLengthDecode]", deflate(strings.Repeat("\x81 ", 2_000_000))).bytes()
	},
	"previous table cycle": previousCycle,
	"kids cycle":           kidsCycle,
	"kids fan":             kidsFan,
	"parent cycle":         parentCycle,
	"huge page count":      func() []byte { return replace(file(shown("seen")), "/Count 1", "/Count 9000000000000000000") },
	"huge table start":     func() []byte { return replace(file(shown("seen")), "xref\n0 ", "xref\n9000000000 ") },
	"huge table size":      func() []byte { return replace(file(shown("seen")), "/Size 6", "/Size 999999999999") },
	"huge stream table":    func() []byte { return streamTable("/Size 1000000000 /W [1 2 1]") },
	"huge width in table":  func() []byte { return streamTable("/Size 10 /W [1 60000000000 1]") },
	"huge index in table":  func() []byte { return streamTable("/Size 10 /W [1 2 1] /Index [0 1000000000]") },
	"nested objects":       func() []byte { return append([]byte("%PDF-1.7\n"), strings.Repeat("1 0 obj ", 200_000)...) },
	"many trailers": func() []byte {
		return append([]byte("%PDF-1.7\n"), strings.Repeat("trailer << /Root 1 0 R >> ", 50_000)...)
	},
	"many streams": func() []byte {
		return append([]byte("%PDF-1.7\n"), strings.Repeat("1 0 obj << >> stream ", 200_000)...)
	},
	"forms within forms": formFan,
	"huge mapping": func() []byte {
		return withCMap("1 begincodespacerange <00> <ff> endcodespacerange 900000000000 beginbfrange " + strings.Repeat("<0000> <ffff> <0041> ", 20000) + "endbfrange")
	},
	"endless mapping":       func() []byte { return withCMap("900000000000 beginbfchar endbfchar") },
	"huge width list":       widthBomb,
	"saved states":          func() []byte { return file(strings.Repeat("q ", 300_000) + shown("seen")) },
	"marked content":        func() []byte { return file(strings.Repeat("/A BMC ", 100_000) + shown("seen")) },
	"length reference loop": func() []byte { return replace(file(shown("seen")), "/Length 5", "/Length 5 0 R /X 5") },
	"object stream of itself": func() []byte {
		b := filtered("", shown("seen"))
		b.stream(fmt.Sprintf("/Type /ObjStm /N 900000000 /First 5 /Extends %d 0 R", len(b.objects)+1), "7 0  << >>")
		return b.bytes()
	},
}

var slow = map[string]bool{
	"Flate bomb": true, "Flate bomb of text": true, "Flate of Flate": true, "forms within forms": true, "kids fan": true, "many trailers": true,
}

func replace(data []byte, old, new string) []byte {
	return []byte(strings.Replace(string(data), old, new, 1))
}

func previousCycle() []byte {
	b := filtered("", shown("seen"))
	b.trailer = "/Prev 0000000000"
	s := string(b.bytes())
	return []byte(strings.Replace(s, "/Prev 0000000000", fmt.Sprintf("/Prev %010d", strings.Index(s, "xref\n0")), 1))
}

func kidsCycle() []byte {
	b := filtered("", shown("seen"))
	b.objects[1] = "<< /Type /Pages /Kids [2 0 R 4 0 R] /Count 2 >>"
	return b.bytes()
}

// kidsFan has a page tree of 16 levels with 16 times the same child each.
func kidsFan() []byte {
	b := filtered("", shown("seen"))
	for range 16 {
		n := len(b.objects) + 1
		b.add("<< /Type /Pages /Count 1 /Kids [%s] >>", strings.Repeat(fmt.Sprintf("%d 0 R ", n+1), 16))
	}
	b.add("<< /Type /Pages /Kids [] /Count 0 >>")
	b.objects[1] = "<< /Type /Pages /Kids [6 0 R] /Count 1 >>"
	return b.bytes()
}

func parentCycle() []byte {
	b := filtered("", shown("seen"))
	b.objects[1] = "<< /Type /Pages /Kids [4 0 R] /Count 1 /Parent 4 0 R >>"
	return b.bytes()
}

func streamTable(dict string) []byte {
	body := "%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
	data := deflate(strings.Repeat("\x00", 40))
	return []byte(fmt.Sprintf("%s3 0 obj\n<< /Type /XRef /Root 1 0 R %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n%s\nstartxref\n%d\n%%%%EOF",
		body, dict, len(data), data, strings.Repeat("% pad\n", 20), len(body)))
}

// formFan has forms that each draw the next one twenty times.
func formFan() []byte {
	b := filtered("", "/X Do "+shown("seen"))
	for range 12 {
		n := len(b.objects) + 1
		b.stream(fmt.Sprintf("/Subtype /Form /Resources << /XObject << /X %d 0 R >> >>", n+1), strings.Repeat("/X Do ", 20))
	}
	b.stream("/Subtype /Form", "BT ET")
	b.objects[1] = strings.Replace(b.objects[1], "/Font", "/XObject << /X 6 0 R >> /Font", 1)
	return b.bytes()
}

func withCMap(cmap string) []byte {
	b := filtered("", shown("seen"))
	n := b.stream("", cmap)
	b.objects[2] = fmt.Sprintf("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode %d 0 R >>", n)
	return b.bytes()
}

func widthBomb() []byte {
	b := filtered("", "BT /F1 9 Tf <00410042> Tj ET")
	b.objects[2] = "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /W [" +
		strings.Repeat("0 900000000000 500 ", 50_000) + "] >>] >>"
	return b.bytes()
}

// resident returns the memory of this process in bytes, 0 if unknown.
func resident() int64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func TestNoFileEndsHangsOrBloatsTheHost(t *testing.T) {
	const limit = 5 * time.Second
	l := newLoader(t, &pdf.Options{MaxTime: limit, Memory: 512 << 20})
	for _, name := range sorted(bombs) {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && slow[name] {
				t.Skip("takes seconds to build or to refuse")
			}
			data := bombs[name]()
			before, start := resident(), time.Now()
			doc, err := load(t, l, data)
			took, rise := time.Since(start), resident()-before
			if took > limit+2*time.Second {
				t.Errorf("took %v", took)
			}
			if rise > 64<<20+8*int64(len(data)) {
				t.Errorf("memory of the host rose by %d MiB for %d bytes", rise>>20, len(data))
			}
			var fe *loaders.FileError
			var skip *loaders.SkipError
			if err != nil && !errors.As(err, &fe) && !errors.As(err, &skip) {
				t.Errorf("error %v is of no known kind", err)
			}
			if doc != nil {
				t.Logf("%d bytes, %v: text of %d bytes, %v", len(data), took, len(doc.Text), doc.Warnings)
			} else {
				t.Logf("%d bytes, %v: %.200v", len(data), took, err)
			}
		})
	}
	if got := text(t, file(shown("alive"))); got != "alive" {
		t.Errorf("after all that the text is %q", got)
	}
}
