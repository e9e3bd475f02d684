package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// record returns record i at version 1 with a random vector and every field
// of its chunk set.
func (e *env) record(i int) vectorstore.Record {
	return vectorstore.Record{Chunk: chunk(i, fmt.Sprintf("passage number %d of the collection", i)), Vector: e.vector(), Version: 1}
}

// records returns records 0 to n-1.
func (e *env) records(n int) []vectorstore.Record {
	list := make([]vectorstore.Record, n)
	for i := range list {
		list[i] = e.record(i)
	}
	return list
}

func (e *env) vector() []float32 { return randomVector(e.rng, e.space.Dim) }

func randomVector(rng *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// axis returns a vector along axis i.
func (e *env) axis(i int) []float32 {
	v := make([]float32, e.space.Dim)
	v[i%e.space.Dim] = 1
	return v
}

func chunk(i int, text string) groundwork.Chunk {
	at := 100 * (i + 1)
	return groundwork.Chunk{
		ID:         id(i),
		Key:        groundwork.KeyOf(text),
		DocumentID: groundwork.DocumentID("storetest", fmt.Sprintf("docs/%d.md", i/3)),
		URI:        fmt.Sprintf("docs/%d.md", i/3),
		Title:      fmt.Sprintf("Document %d", i/3),
		MIME:       "text/markdown",
		Revision:   groundwork.Revision([]byte(text)),
		Text:       text,
		Span:       groundwork.Span{Start: at, End: at + len(text)},
		Lead:       []groundwork.Span{{Start: 1, End: 9}, {Start: 10, End: 20}},
		Headings:   []string{"Chapter", "Section"},
		Marks:      []groundwork.Mark{{Offset: at, Kind: groundwork.MarkLine, Number: i + 1}, {Offset: at + 1, Kind: groundwork.MarkCell, Label: "Sheet!B2"}},
		Metadata:   groundwork.Metadata{"number": float64(i), "lang": "en"},
	}
}

// withText returns r with another text; the title, which text search also
// reads, is made empty, and so are the headings.
func withText(r vectorstore.Record, text string) vectorstore.Record {
	r.Text, r.Title, r.Headings = text, "", nil
	r.Span.End = r.Span.Start + len(text)
	r.Key = groundwork.KeyOf(text)
	return r
}

// at returns r at another version.
func at(version int64, r vectorstore.Record) vectorstore.Record {
	r.Version = version
	return r
}

// metaValues are values of every kind, hostile ones among them.
var metaValues = []any{
	"", "ko", "en", "a\"b", "it's", `back\slash`, "'; DROP TABLE chunk; --", "$1 %s {{.}} ${x}", "\x00nul", "한국어", "e\u0301", "\u00e9", "\U0001f600",
	true, false,
	0.0, math.Copysign(0, -1), 1.0, -2.5, 2024.0, 1e300, -1e-300, math.MaxFloat64, math.SmallestNonzeroFloat64, float64(1 << 53), 0.1 + 0.2,
	time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 5, 1, 23, 59, 59, 999_999_000, time.UTC),
	time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 1_000, time.UTC),
	[]string{}, []string(nil), []string{"ko"}, []string{"a\"b", "ko", "\x00nul"}, []string{""}, []string{"en", "en"},
}

// metaKeys are names of fields, hostile ones among them.
var metaKeys = []string{"lang", "year", "a.b", "a'b", `a"b`, `a\b`, "a b", "키", "x; DROP TABLE chunk", "$.lang", "id", "text", "version", "\x00", "doc"}

func randomMetadata(rng *rand.Rand) groundwork.Metadata {
	m := groundwork.Metadata{}
	for range rng.IntN(5) {
		m[pick(rng, metaKeys)] = pick(rng, metaValues)
	}
	return m
}

// words are what random texts are made of.
var words = strings.Fields("server index vector query store filter chunk model token replica snapshot journal 설치를 설정한다 검색을 문서의 색인을 FastAPI에서 서버가 저장소")

func randomText(rng *rand.Rand) string {
	var list []string
	for range 1 + rng.IntN(12) {
		list = append(list, pick(rng, words))
	}
	return strings.Join(list, " ")
}
