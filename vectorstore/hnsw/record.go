package hnsw

import (
	"encoding/binary"
	"encoding/json"

	"github.com/seed4837efcb/groundwork/internal/log"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// The kinds of log records. Their numbers are part of the format.
const (
	kindUpsert  log.Kind = 1 // id: the record's; body: see appendUpsert
	kindDelete  log.Kind = 2 // id: the record's; body: build
	kindState   log.Kind = 3 // id: the key; body: build, 1 byte (0 = deleted), value
	kindBuild   log.Kind = 4 // body: buildRecord as JSON
	kindPromote log.Kind = 5 // body: build
	kindFence   log.Kind = 6 // body: the fence, 64 bits
)

// A buildRecord tells of the creation of a build.
type buildRecord struct {
	ID    uint32            `json:"id"`
	Live  bool              `json:"live"` // made in the place of the live one, not beside it
	Space vectorstore.Space `json:"space"`
}

func (r buildRecord) record(ns string) log.Record {
	body, _ := json.Marshal(r) // of numbers and strings it cannot fail
	return log.Record{Kind: kindBuild, Namespace: ns, Body: body}
}

func promoteRecord(ns string, build uint32) log.Record {
	return log.Record{Kind: kindPromote, Namespace: ns, Body: buildBody(build)}
}

func fenceRecord(ns string, fence int64) log.Record {
	return log.Record{Kind: kindFence, Namespace: ns, Body: binary.LittleEndian.AppendUint64(nil, uint64(fence))}
}

func buildBody(build uint32) []byte { return binary.LittleEndian.AppendUint32(nil, build) }

// stateHead returns what stands before the value in a state record's body.
func stateHead(build uint32, value []byte) []byte {
	if value == nil {
		return append(buildBody(build), 0)
	}
	return append(buildBody(build), 1)
}

// bodyBuild returns the build of a delete, state or promote record.
func bodyBuild(body []byte) (uint32, bool) {
	if len(body) < 4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(body), true
}
