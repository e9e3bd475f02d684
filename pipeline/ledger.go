package pipeline

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed4837efcb/groundwork"
	"github.com/seed4837efcb/groundwork/vectorstore"
)

// The ledger is what the Indexer knows about every item it ever met. Its rows
// are State entries, so that they commit with the chunks they speak of:
//
//	item/<id>      one item: what it looked like when it was read, and its documents
//	doc/<id>       one document: its text and structure, for get, verify and repair
//	vector/<key>   a vector whose document is not complete yet; gone with its commit
//	intent/<id>    the chunk ids a write is about to touch, where a store cannot commit at once
//	clock          the highest version given out
const (
	itemPrefix   = "item/"
	docPrefix    = "doc/"
	vectorPrefix = "vector/"
	intentPrefix = "intent/"
	clockKey     = "clock"
)

// Format is the number of the ledger's and documents' encoding, for
// vectorstore.Space.Format.
const Format = 1

// A Status tells what became of an item.
type Status string

// What can become of an item.
const (
	Indexed Status = "indexed"
	Skipped Status = "skipped"
	Failed  Status = "failed"
)

// A Problem says why an item is not indexed, or is served stale.
type Problem struct {
	Stage  string `json:"stage"`  // "list", "open", "decode", "parse", "isolate", "chunk", "embed"
	Reason string `json:"reason"` // of a skip: a loaders.SkipReason; otherwise the cause
	Remedy string `json:"remedy,omitempty"`
}

// An Item is a row of the ledger.
type Item struct {
	Source      string               `json:"source"`
	URI         string               `json:"uri"`
	Size        int64                `json:"size"`
	ModTime     time.Time            `json:"mod_time,omitzero"`
	ReadAt      time.Time            `json:"read_at,omitzero"`
	Version     string               `json:"version,omitempty"`
	Revision    string               `json:"revision,omitempty"` // of the bytes last read
	Fingerprint string               `json:"fingerprint,omitempty"`
	Encoding    string               `json:"encoding,omitempty"`    // that its text was read with
	EncodingBy  string               `json:"encoding_by,omitempty"` // what told it, a loaders.Basis
	Doubt       []string             `json:"doubt,omitempty"`       // the encodings that its letters leave open
	Leaning     string               `json:"leaning,omitempty"`     // of these, the one that its letters lean to
	Preferred   string               `json:"preferred,omitempty"`   // of these, the one that was asked for
	Status      Status               `json:"status"`
	Stale       bool                 `json:"stale,omitempty"` // indexed, but newer content could not be read, or not be embedded
	Problem     *Problem             `json:"problem,omitempty"`
	Awaiting    bool                 `json:"awaiting,omitempty"` // some of its chunks have no vector yet
	Documents   []ItemDocument       `json:"documents,omitempty"`
	Warnings    []groundwork.Warning `json:"warnings,omitempty"`
}

// An ItemDocument is a document that came out of an item.
type ItemDocument struct {
	ID       string  `json:"id"`
	URI      string  `json:"uri"`
	Revision string  `json:"revision"`
	Keys     KeyList `json:"keys,omitempty"` // of its chunks, in order
}

// ChunkIDs returns the ids of the document's chunks, in order.
func (d *ItemDocument) ChunkIDs() []string {
	ids := make([]string, len(d.Keys))
	seen := make(map[groundwork.Key]int, len(d.Keys))
	for i, k := range d.Keys {
		ids[i] = groundwork.ChunkID(d.ID, k, seen[k])
		seen[k]++
	}
	return ids
}

// Chunks returns how many chunks the item has.
func (it *Item) Chunks() int {
	n := 0
	for i := range it.Documents {
		n += len(it.Documents[i].Keys)
	}
	return n
}

func (it *Item) chunkIDs() []string {
	var ids []string
	for i := range it.Documents {
		ids = append(ids, it.Documents[i].ChunkIDs()...)
	}
	return ids
}

func (it *Item) key() string { return itemKey(it.Source, it.URI) }

func itemKey(source, uri string) string { return itemPrefix + groundwork.DocumentID(source, uri) }

// A KeyList is a list of chunk keys. In JSON it is one base64 string.
type KeyList []groundwork.Key

// MarshalText encodes l as base64 of the keys' bytes.
func (l KeyList) MarshalText() ([]byte, error) {
	raw := make([]byte, 0, 16*len(l))
	for _, k := range l {
		raw = append(raw, k[:]...)
	}
	return base64.StdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText decodes what MarshalText wrote.
func (l *KeyList) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil || len(raw)%16 != 0 {
		return fmt.Errorf("pipeline: ledger: key list of %d bytes: %w", len(raw), groundwork.ErrInvalid)
	}
	*l = make(KeyList, 0, len(raw)/16)
	for len(raw) > 0 {
		*l = append(*l, groundwork.Key(raw[:16]))
		raw = raw[16:]
	}
	return nil
}

// Items returns the ledger's rows by item id, from one committed state of
// store. A row that is damaged is an error; Repair drops it.
func Items(ctx context.Context, store vectorstore.Store) (map[string]*Item, error) {
	items, damaged, err := readItems(ctx, store)
	if err == nil {
		err = damaged
	}
	if err != nil {
		return nil, fmt.Errorf("pipeline: read ledger: %w", err)
	}
	return items, nil
}

// readItems is Items without the rows that are damaged; the first of them is
// the error damaged.
func readItems(ctx context.Context, store vectorstore.Store) (items map[string]*Item, damaged, err error) {
	items = make(map[string]*Item)
	for e, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Prefix: itemPrefix}) {
		it := new(Item)
		if err == nil {
			err = decodeItem(e, it)
		}
		switch {
		case err == nil:
			items[strings.TrimPrefix(e.Key, itemPrefix)] = it
		case !errors.Is(err, vectorstore.ErrDamaged):
			return nil, nil, err
		case damaged == nil:
			damaged = err
		}
	}
	return items, damaged, nil
}

func decodeItem(e vectorstore.Entry, it *Item) error {
	if err := json.Unmarshal(e.Value, it); err != nil {
		return fmt.Errorf("%w: row %s: %w", vectorstore.ErrDamaged, e.Key, err)
	}
	return nil
}

func (it *Item) entry() (vectorstore.Entry, error) {
	value, err := json.Marshal(it)
	return vectorstore.Entry{Key: it.key(), Value: value}, err
}

// ReadDocument returns the stored document with the given id, as it was when
// it was indexed, or ErrNoDocument.
func ReadDocument(ctx context.Context, store vectorstore.Store, id string) (*groundwork.Document, error) {
	for e, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Keys: []string{docPrefix + id}}) {
		if err != nil {
			return nil, fmt.Errorf("pipeline: read document: %w", err)
		}
		doc, err := decodeDocument(e.Value)
		if err != nil {
			return nil, fmt.Errorf("pipeline: read document %s: %w", id, err)
		}
		return doc, nil
	}
	return nil, fmt.Errorf("pipeline: read document %s: %w", id, ErrNoDocument)
}

// encodeDocument writes everything but the text as JSON, then the text as it
// is: escaping a large text would double the work.
func encodeDocument(doc *groundwork.Document) ([]byte, error) {
	head := *doc
	head.Text = ""
	header, err := json.Marshal(&head)
	if err != nil {
		return nil, err
	}
	out := binary.AppendUvarint(nil, uint64(len(header)))
	out = append(out, header...)
	return append(out, doc.Text...), nil
}

func decodeDocument(data []byte) (*groundwork.Document, error) {
	n, size := binary.Uvarint(data)
	if size <= 0 || n > uint64(len(data)-size) {
		return nil, fmt.Errorf("%w: stored document of %d bytes", vectorstore.ErrDamaged, len(data))
	}
	header, text := data[size:size+int(n)], data[size+int(n):]
	doc := new(groundwork.Document)
	if err := json.Unmarshal(header, doc); err != nil {
		return nil, fmt.Errorf("%w: %w", vectorstore.ErrDamaged, err)
	}
	doc.Text = string(text)
	return doc, nil
}

// readClock returns the highest version given out so far.
func readClock(ctx context.Context, store vectorstore.Store) (int64, error) {
	for e, err := range vectorstore.State(ctx, store, vectorstore.StateScan{Keys: []string{clockKey}}) {
		if err != nil {
			return 0, fmt.Errorf("pipeline: read clock: %w", err)
		}
		if len(e.Value) != 8 {
			return 0, fmt.Errorf("pipeline: read clock: %w", vectorstore.ErrDamaged)
		}
		return int64(binary.BigEndian.Uint64(e.Value)), nil
	}
	return 0, nil
}

func clockEntry(version int64) vectorstore.Entry {
	return vectorstore.Entry{Key: clockKey, Value: binary.BigEndian.AppendUint64(nil, uint64(version))}
}

// nextVersion returns a version above last, near the time of day in
// microseconds, so that writers of different processes order by time.
func nextVersion(last int64, now time.Time) int64 { return max(last+1, now.UnixMicro()) }
