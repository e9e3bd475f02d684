package loaders

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seed4837efcb/groundwork"
)

func asFileError(err error, target **FileError) bool { return errors.As(err, target) }

// rowsOf cuts a table as a chunker does: at its line marks if it has any,
// otherwise at line ends.
func rowsOf(doc *groundwork.Document) []string {
	table := doc.Blocks[len(doc.Blocks)-1].Span
	var starts []int
	for _, m := range doc.Marks {
		if m.Kind == groundwork.MarkLine && table.Start <= m.Offset {
			starts = append(starts, m.Offset)
		}
	}
	if len(starts) <= 1 && doc.Verbatim && len(doc.Marks) == 0 {
		return strings.SplitAfter(strings.TrimSuffix(table.In(doc.Text), "\n"), "\n")
	}
	var rows []string
	for i, s := range starts {
		end := table.End
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		rows = append(rows, doc.Text[s:end])
	}
	return rows
}

func TestTableHasItsHeaderAndAllRows(t *testing.T) {
	tests := []struct {
		name, file, data string
		header           string
		rows             int
	}{
		{"commas", "a.csv", "name,age\nKim,30\nLee,25\n", "name,age\n", 3},
		{"semicolons", "a.csv", "name;price\r\nTea;3,50\r\nMilk;1,20\r\n", "name;price\r\n", 3},
		{"tabs", "a.tsv", "a\tb\n1\t2\n", "a\tb\n", 2},
		{"a line that names the separator", "a.csv", "sep=|\nname|age\nKim|30\n", "name|age\n", 2},
		{"numbers are no header", "a.csv", "1,2\n3,4\n", "", 2},
		{"a title line is no header", "a.csv", "Numbers and squares,,\n,,\n1,1,\n", "", 3},
		{"one column has no header", "a.csv", "name\nKim\n", "", 2},
		{"one row has no header", "a.csv", "name,age\n", "", 1},
		{"cells with line ends", "a.csv", "q,a\n\"one\ntwo\",\"x \"\"y\"\"\nz\"\nb,c\n", "q,a\n", 3},
		{"a quote inside a cell", "a.csv", "size,name\n5\" pipe,steel\n6,iron\n", "size,name\n", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := load(t, tt.file, tt.data, nil)
			if err != nil {
				t.Fatal(err)
			}
			table := doc.Blocks[len(doc.Blocks)-1]
			if got := table.Header.In(doc.Text); got != tt.header {
				t.Errorf("header %q, want %q", got, tt.header)
			}
			if got := rowsOf(doc); len(got) != tt.rows {
				t.Errorf("%d rows, want %d: %q", len(got), tt.rows, got)
			}
			if table.Kind != groundwork.BlockTable || !doc.Verbatim {
				t.Errorf("block %+v, verbatim %v", table, doc.Verbatim)
			}
			if i := strings.LastIndex(doc.Text, "b,c"); i > 0 && doc.Position(i).Line != 5 {
				t.Errorf("line %d, want 5", doc.Position(i).Line)
			}
		})
	}
}

// The rows of a random table are those that encoding/csv wrote and reads.
func TestRowsAreThoseOfTheStandardReader(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	for range 300 {
		var buf bytes.Buffer
		w := csv.NewWriter(&buf)
		w.UseCRLF = rng.IntN(2) == 0
		n := 2 + rng.IntN(6)
		for range n {
			var rec []string
			for range 3 {
				rec = append(rec, randomFrom(rng, []string{"a", "한", "\"", "\n", ",", ";", "x y", "1"}, 5))
			}
			if err := w.Write(rec); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		data := buf.String()
		doc := &groundwork.Document{Text: data, MIME: mimeCSV, Verbatim: true}
		table := csvTable{text: data, comma: ',', unclosed: -1}
		table.scan()
		if table.rows != n || table.limit != "" || table.unclosed >= 0 {
			t.Fatalf("%q: %+v, want %d rows", data, table, n)
		}
		doc.Marks = table.marks(len(data))
		doc.Blocks = []groundwork.Block{{Kind: groundwork.BlockTable, Span: groundwork.Span{End: len(data)}}}
		r := csv.NewReader(strings.NewReader(data))
		start := 0
		for i, row := range rowsOf(doc) {
			if _, err := r.Read(); err != nil {
				t.Fatalf("%q: %v", data, err)
			}
			if end := int(r.InputOffset()); data[start:end] != row {
				t.Fatalf("%q: row %d is %q, want %q", data, i, row, data[start:end])
			} else {
				start = end
			}
		}
	}
}

func TestQuoteWithoutEndIsACharacter(t *testing.T) {
	data := "q,a\n\"one,1\ntwo,2\nthree,3\n"
	doc, err := load(t, "a.csv", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !warned(doc, groundwork.Partial) || doc.Text != data || len(rowsOf(doc)) != 4 {
		t.Errorf("warnings %v, rows %q", doc.Warnings, rowsOf(doc))
	}
}

func TestTableLimits(t *testing.T) {
	field := func(n int) string { return "a,b\n" + strings.Repeat("x", n) + ",y\nlast,row\n" }
	row := func(n int) string { // eight fields that make n bytes with their separators
		s := strings.Repeat(strings.Repeat("x", 1<<20-1)+",", 8)
		return "a,b\n" + s[:n] + "\nlast,row\n"
	}
	columns := func(n int) string { return strings.Repeat(",", n-1) + "\nlast,row\n" }
	for _, tt := range []struct {
		name, data string
		cut        bool
	}{
		{"field at the limit", field(MaxCSVField), false},
		{"field over the limit", field(MaxCSVField + 1), true},
		{"quoted field at the limit", "a,b\n\"" + strings.Repeat("\n", MaxCSVField-2) + "\",y\nlast,row\n", false},
		{"row under the limit", row(MaxCSVRow - 1), false},
		{"row at the limit", row(MaxCSVRow), false},
		{"row over the limit", row(MaxCSVRow)[:MaxCSVRow+4] + "z\nlast,row\n", true},
		{"columns at the limit", columns(MaxCSVColumns), false},
		{"columns over the limit", columns(MaxCSVColumns + 1), true},
	} {
		doc, err := load(t, "a.csv", tt.data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if warned(doc, groundwork.Truncated) != tt.cut || strings.HasSuffix(doc.Text, "last,row\n") == tt.cut {
			t.Errorf("%s: %d of %d bytes, warnings %v", tt.name, len(doc.Text), len(tt.data), doc.Warnings)
		}
	}
}

func TestHostileTablesEndInTime(t *testing.T) {
	for name, data := range map[string]string{
		"quotes without end": strings.Repeat("\"a\n", 1<<18) + "\"",
		"one long quote":     "\"" + strings.Repeat("a\n", 1<<20+5),
		"quote a line":       strings.Repeat("x,\"\n", 1<<18),
		"cells of line ends": strings.Repeat("\"\n\",b\n", 1<<18),
		"line ends":          strings.Repeat("\n", 1<<20) + "a",
	} {
		start := time.Now()
		doc, err := load(t, "a.csv", data, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s took %v", name, d)
		}
		if len(doc.Marks) > maxCSVMarks+2 {
			t.Errorf("%s: %d marks", name, len(doc.Marks))
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\nb\";c\n", "sep=\t\na\tb\n", "\"", "a,\"b\"c\n", "\n\n,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if len(data) == 0 {
			return
		}
		l, _ := NewCSV(nil)
		doc, err := loadWith(t, l, Item{Source: "s", URI: "a.csv"}, data)
		if err != nil {
			return
		}
		rows := strings.Join(rowsOf(doc), "")
		if want := doc.Blocks[len(doc.Blocks)-1].Span.In(doc.Text); strings.TrimSuffix(want, "\n") != strings.TrimSuffix(rows, "\n") && len(doc.Marks) > 1 {
			t.Errorf("rows %q do not make up the table %q", rows, want)
		}
	})
}
