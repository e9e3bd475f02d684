package openai

import "fmt"

// A Secret is a key. It shows itself in no format and no encoding; convert it
// to string to use it.
type Secret string

const redacted = "[secret]"

// String returns a placeholder.
func (Secret) String() string { return redacted }

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText returns a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
