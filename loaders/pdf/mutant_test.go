package pdf_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork/isolate"
	"github.com/seed4837efcb/groundwork/loaders"
	"github.com/seed4837efcb/groundwork/loaders/pdf"
)

// mutate returns data with one to four edits: bytes changed, cut, doubled or
// moved, and numbers made huge.
func mutate(r *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	for range 1 + r.IntN(4) {
		i := r.IntN(len(data))
		j := min(len(data), i+1+r.IntN(32))
		switch r.IntN(5) {
		case 0:
			data[i] = byte(r.IntN(256))
		case 1:
			data = append(data[:i], data[j:]...)
		case 2:
			data = append(data[:j], append(bytes.Clone(data[i:j]), data[j:]...)...)
		case 3:
			k := r.IntN(len(data))
			part := bytes.Clone(data[i:j])
			copy(data[k:], part)
		case 4:
			for ; i < len(data) && (data[i] < '0' || data[i] > '9'); i++ {
			}
			data = append(data[:i], append([]byte(strconv.Itoa(r.IntN(1<<40))), data[i:]...)...)
		}
		if len(data) == 0 {
			return []byte{'x'}
		}
	}
	return data
}

// TestMutantsEndInTime reads damaged files: 200 of them, or as many as the
// environment variable GROUNDWORK_MUTANTS says.
func TestMutantsEndInTime(t *testing.T) {
	n := 200
	if s := os.Getenv("GROUNDWORK_MUTANTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	packed := filtered("/Filter /FlateDecode", deflate(shown("Some text", "in two lines")), deflate(shown("Another page")))
	packed.objects[2] = "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 8 0 R /DescendantFonts [<< /W [1 [500 600] 3 9 700] >>] >>"
	packed.stream("", "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <0000> <ffff> <0020> endbfrange")
	packed.stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", deflate("9 0 << /A [1 2 (x)] >>"))
	seeds := [][]byte{file(shown("Some text", "in two lines"), shown("Another page")), packed.bytes(), kidsCycle()}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	l := newLoader(t, &pdf.Options{MaxTime: 5 * time.Second})
	count := map[string]int{}
	for range n {
		data := mutate(r, seeds[r.IntN(len(seeds))])
		_, err := load(t, l, data)
		var fe *loaders.FileError
		var skip *loaders.SkipError
		switch {
		case err == nil:
			count["read"]++
		case errors.Is(err, isolate.ErrCrash):
			count["crashed"]++
			t.Logf("%v: %q", err, data[:min(len(data), 300)])
		case errors.Is(err, loaders.ErrLimit):
			count["limit"]++
		case errors.As(err, &fe):
			count["refused"]++
		case errors.As(err, &skip):
			count["empty"]++
		default:
			t.Errorf("error %v is of no known kind", err)
		}
	}
	t.Logf("of %d: %v", n, count)
}
