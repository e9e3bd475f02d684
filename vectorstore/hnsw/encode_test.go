package hnsw

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

func fullRecord() vectorstore.Record {
	return vectorstore.Record{
		Chunk: groundwork.Chunk{
			ID: groundwork.NewID("a"), DocumentID: groundwork.NewID("d"), Key: groundwork.KeyOf("x"),
			URI: "docs/한글.md", Title: "제목", MIME: "text/markdown", Revision: "abc", Text: "text",
			Span: groundwork.Span{Start: 3, End: 7}, Lead: []groundwork.Span{{Start: 0, End: 2}}, Headings: []string{"h", ""},
			Marks: []groundwork.Mark{{Offset: 3, Kind: groundwork.MarkPage, Number: 2}, {Offset: 4, Kind: groundwork.MarkCell, Label: "A!B2"}},
			Metadata: groundwork.Metadata{
				"s": "v", "t": true, "f": false, "n": -1.5, "l": []string{"a", ""}, "e": []string{}, "nil": []string(nil),
				"d": time.Date(1, 2, 3, 4, 5, 6, 7000, time.UTC), "z": time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
			},
		},
		Vector:  []float32{1, -2, math.MaxFloat32, math.SmallestNonzeroFloat32},
		Version: 9,
	}
}

func decodeAll(body []byte) (r vectorstore.Record, err error) {
	u, err := parseUpsert(body)
	if err != nil {
		return r, err
	}
	if len(u.vector) > 0 {
		r.Vector = floats(nil, u.vector)
	}
	if err := decodeOrigin(&r.Chunk, u.origin); err != nil {
		return r, err
	}
	return r, decodePassage(&r.Chunk, u.passage)
}

func TestRecordsSurviveEncoding(t *testing.T) {
	empty := fullRecord()
	empty.Chunk = groundwork.Chunk{Headings: []string{}, Lead: []groundwork.Span{}, Marks: []groundwork.Mark{}, Metadata: groundwork.Metadata{}}
	empty.Vector = nil
	for name, want := range map[string]vectorstore.Record{"full": fullRecord(), "empty lists": empty, "nothing": {}} {
		got, err := decodeAll(appendUpsert(nil, 7, string(appendOrigin(nil, &want.Chunk)), want.Vector, &want.Chunk))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want.ID, want.Version = "", 0 // in the log record, not in its body
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestIDsKeepTheirOrderInBinary(t *testing.T) {
	a, b := groundwork.NewID("1"), groundwork.NewID("2")
	ua, ok1 := parseID(a)
	ub, ok2 := parseID(b)
	if !ok1 || !ok2 || ua.String() != a || ub.String() != b {
		t.Errorf("%s and %s came back as %v and %v", a, b, ua, ub)
	}
	if (a < b) != (cmpIDs(ua, ub) < 0) {
		t.Error("the orders differ")
	}
	if _, ok := parseID("A" + a[1:]); ok {
		t.Error("an id that is not canonical was parsed")
	}
}

func cmpIDs(a, b uuid) int { return newView(1, nil).ids.cmp(a, b) }

// FuzzDecode gives the decoders any bytes: they end with a record or an error,
// and what they accept encodes to something that decodes to the same.
func FuzzDecode(f *testing.F) {
	r := fullRecord()
	f.Add(appendUpsert(nil, 7, string(appendOrigin(nil, &r.Chunk)), r.Vector, &r.Chunk))
	f.Add([]byte{1, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeAll(data)
		if err != nil {
			return
		}
		again, err := decodeAll(appendUpsert(nil, 0, string(appendOrigin(nil, &got.Chunk)), got.Vector, &got.Chunk))
		if err != nil {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
		if len(again.Text) != len(got.Text) || len(again.Metadata) != len(got.Metadata) || len(again.Marks) != len(got.Marks) {
			t.Errorf("%v came back as %v", got, again)
		}
	})
}
