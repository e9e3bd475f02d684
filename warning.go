package groundwork

import "fmt"

// A Code names what a [Warning] is about. Programs branch on it; people read
// Detail.
type Code string

// The warnings that packages of this module give. A program must expect
// others.
const (
	Truncated    Code = "truncated"     // a limit was hit; what came before it was used
	Partial      Code = "partial"       // something of the source could not be read
	Skipped      Code = "skipped"       // a file was left out; Detail says why
	Encoding     Code = "encoding"      // the text encoding was guessed or held invalid bytes
	Doubt        Code = "doubt"         // the text encoding may be another than the one that was taken
	NoText       Code = "no-text"       // readable, but without text, such as a scanned page
	Stale        Code = "stale"         // an older version of the source is being served
	Script       Code = "script"        // the model does not know the script of the text
	LegDropped   Code = "leg-dropped"   // one way of searching took no part in the result
	Short        Code = "short"         // fewer results than asked for although more may exist
	Degraded     Code = "degraded"      // served by a fallback, or approximate where exact was meant
	Damaged      Code = "damaged"       // stored data failed their checksum and were left out
	Pending      Code = "pending"       // part of the sources is not indexed yet
	Unverified   Code = "unverified"    // a statement or citation did not pass the check
	ModelChanged Code = "model-changed" // what is stored was made with another model
)

// A Warning is something that a result's reader should know and that is no
// error. Warnings travel in results; nothing is printed.
type Warning struct {
	Code   Code   `json:"code"`
	Stage  string `json:"stage"` // "load", "chunk", "embed", "store", "retrieve", "generate"
	URI    string `json:"uri,omitempty"`
	Detail string `json:"detail"`
}

// String returns the warning on one line.
func (w Warning) String() string {
	if w.URI == "" {
		return fmt.Sprintf("%s: %s: %s", w.Stage, w.Code, w.Detail)
	}
	return fmt.Sprintf("%s: %s: %s: %s", w.Stage, w.URI, w.Code, w.Detail)
}
