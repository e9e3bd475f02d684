package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"github.com/seed4837efcb/groundwork/vectorstore/hnsw"
)

// cmdExits runs a command that has to end with a code: exits CODE COMMAND ...
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// objects decodes the objects of a script's file, one after the other.
func objects(ts *testscript.TestScript, name string) []any {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(name)))
	d.UseNumber()
	var out []any
	for d.More() {
		var v any
		ts.Check(d.Decode(&v))
		out = append(out, v)
	}
	if len(out) == 0 {
		ts.Fatalf("%s holds no JSON", name)
	}
	return out
}

// cmdValid checks every object in a file against the JSON Schema that it names,
// or that of NAME where it names none: valid FILE [NAME].
func cmdValid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: valid FILE [NAME]")
	}
	name := ""
	if len(args) == 2 {
		name = args[1]
	}
	for i, v := range objects(ts, args[0]) {
		if err := checkOutput(v, name); err != nil {
			ts.Fatalf("%s, object %d: %v", args[0], i, err)
		}
	}
}

// lookUp returns the value at a path such as hits.0.uri.
func lookUp(v any, path string) (any, error) {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[step]
			if !ok {
				return nil, fmt.Errorf("no field %s of %s", step, path)
			}
			v = next
		case []any:
			if step == "len" {
				v = json.Number(strconv.Itoa(len(x)))
				continue
			}
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil, fmt.Errorf("no element %s of %s: there are %d", step, path, len(x))
			}
			v = x[i]
		default:
			return nil, fmt.Errorf("%v has no %s of %s", v, step, path)
		}
	}
	return v, nil
}

// cmdValue compares one value in a file of JSON objects: value FILE PATH WANT.
// PATH may begin with "N:", the number of the object from 0 on; WANT is
// compared with how the value is printed, null for none.
func cmdValue(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] value FILE [N:]PATH WANT")
	}
	n, path := 0, args[1]
	if head, rest, ok := strings.Cut(path, ":"); ok {
		var err error
		n, err = strconv.Atoi(head)
		ts.Check(err)
		path = rest
	}
	all := objects(ts, args[0])
	if n >= len(all) {
		ts.Fatalf("%s holds %d objects", args[0], len(all))
	}
	v, err := lookUp(all[n], path)
	ts.Check(err)
	got := show(v)
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %q, want %q (not: %v)", args[1], got, args[2], neg)
	}
}

// cmdCites checks that the N-th answer of a file has a citation with all of the
// given values: cites FILE N FIELD=WANT ...
func cmdCites(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: cites FILE N FIELD=WANT ...")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	all := objects(ts, args[0])
	if n >= len(all) {
		ts.Fatalf("%s holds %d objects", args[0], len(all))
	}
	list, err := lookUp(all[n], "citations")
	ts.Check(err)
	for _, c := range list.([]any) {
		matches := true
		for _, arg := range args[2:] {
			field, want, _ := strings.Cut(arg, "=")
			got, err := lookUp(c, field)
			ts.Check(err)
			matches = matches && show(got) == want
		}
		if matches {
			return
		}
	}
	ts.Fatalf("no citation of %v", args[2:])
}

// show returns how a JSON value is printed.
func show(v any) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

// cmdQuotes checks that kbqa get prints the quote of every citation and the
// text of every hit in a file of answers: quotes FILE DIR [FLAG ...].
func cmdQuotes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: quotes FILE DIR [FLAG ...]")
	}
	checked := 0
	for _, v := range objects(ts, args[0]) {
		for _, kind := range []struct{ list, text string }{{"citations", "quote"}, {"hits", "text"}} {
			list, _ := v.(map[string]any)[kind.list].([]any)
			for _, c := range list {
				c := c.(map[string]any)
				get := append([]string{"get", args[1], c["uri"].(string), "--start", fmt.Sprint(c["start"]), "--end", fmt.Sprint(c["end"])}, args[2:]...)
				ts.Check(ts.Exec("kbqa", get...))
				if got := ts.ReadFile("stdout"); got != c[kind.text] {
					ts.Fatalf("kbqa %v printed %q, but the %s is %q", get, got, kind.text, c[kind.text])
				}
				checked++
			}
		}
	}
	if checked == 0 {
		ts.Fatalf("%s cites nothing", args[0])
	}
}

// cmdPDF writes a PDF of one page for each argument: pdf FILE TEXT ... Lines
// of a page are parted by "|".
func cmdPDF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pdf FILE PAGE ...")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), makePDF(args[1:]...), 0o666))
}

// makePDF returns a PDF with the pages in Helvetica.
func makePDF(pages ...string) []byte {
	var kids []string
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"}
	for _, p := range pages {
		content := "BT /F1 12 Tf 14 TL 72 720 Td\n"
		for _, line := range strings.Split(p, "|") {
			content += "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line) + ") Tj T*\n"
		}
		content += "ET"
		n := len(objects) + 1
		kids = append(kids, fmt.Sprintf("%d 0 R", n))
		objects = append(objects, fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>", n+1),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(pages))
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	xref := "0000000000 65535 f \n"
	for i, o := range objects {
		xref += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	fmt.Fprintf(&b, "xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref, len(objects)+1, b.Len())
	return b.Bytes()
}

// cmdEncode writes a file of UTF-8 anew, with a byte order mark, with other line
// ends or in another encoding: encode HOW TO FROM.
func cmdEncode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: encode HOW TO FROM")
	}
	e := map[string]encoding.Encoding{
		"bom": unicode.UTF8BOM, "crlf": encoding.Nop, "cp949": korean.EUCKR,
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	}[args[0]]
	if e == nil {
		ts.Fatalf("no encoding %s", args[0])
	}
	text := ts.ReadFile(args[2])
	if args[0] == "crlf" {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	out, err := e.NewEncoder().String(text)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out), 0o666))
}

// cmdLong writes a batch of a line that is too long, a question that is too long,
// a line that is no UTF-8, and a good one: long FILE.
func cmdLong(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: long FILE")
	}
	text := `{"id": 1, "question": "` + strings.Repeat("a", maxBatchLine) + "\"}\n" +
		`{"id": 2, "question": "` + strings.Repeat("a", maxQuestion+1) + "\"}\n" +
		"{\"id\": 3, \"question\": \"\xff\"}\n" +
		`{"id": 4, "question": "honey` + strings.Repeat(" ", maxQuestion-5) + `"}`
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// cmdSource checks that the citations of some files are the files' own bytes,
// in the lines they name: source FILE DIR NAME ...
func cmdSource(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: source FILE DIR NAME ...")
	}
	checked := 0
	for _, line := range strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n") {
		var a askOutput
		ts.Check(json.Unmarshal([]byte(line), &a))
		for _, c := range a.Citations {
			if !slices.Contains(args[2:], c.URI) {
				continue
			}
			ts.Check(checkSource([]byte(ts.ReadFile(args[1]+"/"+c.URI)), c))
			checked++
		}
	}
	if checked < len(args)-3 {
		ts.Fatalf("only %d citations of %v", checked, args[2:])
	}
}

// checkSource compares a citation with the bytes of its file, which are UTF-8.
func checkSource(file []byte, c citationOutput) error {
	text := bytes.TrimPrefix(file, []byte("\ufeff"))
	if c.Start < 0 || c.End > len(text) || string(text[c.Start:c.End]) != c.Quote {
		return fmt.Errorf("%s [%d, %d): the file has other bytes than %q", c.URI, c.Start, c.End, c.Quote)
	}
	if line := 1 + bytes.Count(text[:c.Start], []byte("\n")); c.Line == nil || *c.Line != line {
		return fmt.Errorf("%s: the quote %q begins in line %d; the citation says another", c.URI, c.Quote, line)
	}
	return nil
}

// cmdLock holds the writer's lock of the index in a folder, as another process
// that indexes does, for a time or until the script ends: lock FOLDER [TIME].
func cmdLock(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: lock FOLDER [TIME]")
	}
	db, err := hnsw.Open(context.Background(), ts.MkAbs(args[0]+"/store"), nil)
	ts.Check(err)
	done := make(chan error, 1)
	if len(args) == 2 {
		d, err := time.ParseDuration(args[1])
		ts.Check(err)
		time.AfterFunc(d, func() { done <- db.Close() })
	} else {
		done <- nil
		ts.Defer(func() { ts.Check(db.Close()) })
	}
	ts.Defer(func() { ts.Check(<-done) })
}

// cmdTouch sets the modification times of files to now: touch FILE ...
func cmdTouch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: touch FILE ...")
	}
	setTimes(ts, args, time.Now())
}

// cmdAge sets back the modification times of files, so that they are older
// than the moment they are read: age FILE ...
func cmdAge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: age FILE ...")
	}
	setTimes(ts, args, time.Now().Add(-time.Hour))
}

func setTimes(ts *testscript.TestScript, names []string, to time.Time) {
	for _, name := range names {
		ts.Check(os.Chtimes(ts.MkAbs(name), to, to))
	}
}
