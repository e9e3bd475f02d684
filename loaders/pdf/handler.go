package pdf

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	lib "github.com/ledongthuc/pdf"

	"github.com/seed4837efcb/groundwork/isolate"
)

// handlerName names the job and its messages' version.
const handlerName = "groundwork/pdf/1"

// Handler returns what a worker needs to read PDF files: pass it to
// isolate.Main.
func Handler() isolate.Handler {
	return isolate.Handler{Name: handlerName, Do: extract}
}

// A message is a frame from the child: exactly one field is set.
type message struct {
	Info *info     `json:"info,omitempty"` // first, if the file can be opened
	Page *pageText `json:"page,omitempty"` // one for every page, in order
	Fail *failure  `json:"fail,omitempty"` // last, if reading ended early
}

type info map[string]string // the document information dictionary

type pageText struct {
	Text    string `json:"text"`
	Missing int    `json:"missing,omitempty"` // glyphs whose character is not known
	Total   int    `json:"total,omitempty"`   // all glyphs
	Err     string `json:"err,omitempty"`     // why the page is not complete
}

type failure struct {
	Encrypted bool   `json:"encrypted,omitempty"`
	Text      string `json:"text"`
}

// extract runs in the child: it sends every page as soon as it is read.
func extract(input []byte, emit func([]byte) error) error {
	send := func(m message) error {
		frame, err := json.Marshal(m)
		if err == nil {
			err = emit(frame)
		}
		return err
	}
	doc, err := open(input)
	if err != nil {
		return send(message{Fail: &failure{errors.Is(err, errEncrypted), err.Error()}})
	}
	if err := send(message{Info: doc.info()}); err != nil {
		return err
	}
	var lost error // the parent is gone
	err = doc.walk(func(p page) error {
		t := &pageText{}
		var err error
		if t.Text, t.Missing, t.Total, err = doc.text(p); err != nil {
			t.Err = err.Error()
		}
		if len(t.Text) > isolate.MaxFrame/8 { // JSON may write a byte as six
			t.Text = strings.ToValidUTF8(t.Text[:isolate.MaxFrame/8], "")
			t.Err = fmt.Sprintf("text of the page cut at %d bytes", len(t.Text))
		}
		lost = send(message{Page: t})
		return lost
	})
	if lost != nil {
		return lost
	}
	if err != nil {
		return send(message{Fail: &failure{false, err.Error()}})
	}
	return nil
}

// info returns the document information, which is often missing or damaged.
func (d *document) info() *info {
	out := info{}
	for _, key := range []string{"Title", "Author", "Subject", "Keywords", "CreationDate", "Producer"} {
		func() {
			defer func() { _ = recover() }()
			s := printable(textOf(d.reader.Trailer().Key("Info").Key(key)))
			if s = strings.Join(strings.Fields(s), " "); s != "" && len(s) <= 4096 {
				out[key] = s
			}
		}()
	}
	return &out
}

// textOf returns a text string (ISO 32000-1, 7.9.2.2), or "" if it is none.
func textOf(v lib.Value) string {
	raw := v.RawString()
	if s, ok := strings.CutPrefix(raw, "\xef\xbb\xbf"); ok && utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(v.Text(), "")
}
