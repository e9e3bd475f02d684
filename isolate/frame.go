package isolate

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The two ends speak in frames: a kind, a length of four bytes (big endian),
// and the payload.
//
//	parent → child   'j' header, then Size bytes of input outside of frames
//	child → parent   'h' once at its start
//	                 'f' a result, any number of times
//	                 then 'd' done, 'e' the handler's error, 'u' unknown handler, or 'p' a panic
const (
	kindHello   = 'h'
	kindJob     = 'j'
	kindFrame   = 'f'
	kindDone    = 'd'
	kindError   = 'e'
	kindUnknown = 'u'
	kindPanic   = 'p'
)

const (
	hello    = "groundwork isolate 1"
	maxInput = 1 << 30
)

// header describes a job to the child.
type header struct {
	Handler string `json:"handler"`
	Memory  int64  `json:"memory"` // bytes
	CPU     int64  `json:"cpu"`    // seconds
	Size    int    `json:"size"`   // bytes of input that follow
}

var errFrame = errors.New("malformed frame")

func writeFrame(w io.Writer, kind byte, payload []byte) error {
	if len(payload) > MaxFrame {
		return fmt.Errorf("isolate: frame of %d bytes; the limit is %d", len(payload), MaxFrame)
	}
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// readFrame returns io.EOF only where a frame could begin.
func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > MaxFrame {
		return 0, nil, fmt.Errorf("isolate: %w: %d bytes", errFrame, n)
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return head[0], payload, nil
}

func writeJob(w io.Writer, h header, input []byte) error {
	payload, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := writeFrame(w, kindJob, payload); err != nil {
		return err
	}
	_, err = w.Write(input)
	return err
}

func readJob(r io.Reader) (h header, input []byte, err error) {
	kind, payload, err := readFrame(r)
	if err != nil {
		return h, nil, err
	}
	if kind != kindJob {
		return h, nil, fmt.Errorf("isolate: %w: kind %q where a job begins", errFrame, kind)
	}
	if err := json.Unmarshal(payload, &h); err != nil {
		return h, nil, fmt.Errorf("isolate: %w: %w", errFrame, err)
	}
	if h.Size < 0 || h.Size > maxInput {
		return h, nil, fmt.Errorf("isolate: %w: input of %d bytes", errFrame, h.Size)
	}
	input = make([]byte, h.Size)
	_, err = io.ReadFull(r, input)
	return h, input, err
}
