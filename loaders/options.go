package loaders

import "fmt"

// The limits of the plain-text loaders where [Options] names none.
const (
	DefaultMaxBytes = 100 << 20 // bytes of an item
	DefaultMaxText  = 64 << 20  // bytes of a document's text
)

// Options of the plain-text loaders. The zero value is useful, and nil stands
// for it.
type Options struct {
	// Decoder turns the bytes into UTF-8. nil means [Unicode], which knows
	// UTF-8, UTF-16 and UTF-32; loaders/text has one for older encodings.
	Decoder Decoder

	// MaxBytes bounds what is read of an item, in bytes. 0 means
	// DefaultMaxBytes. What lies behind it is left out with a warning.
	MaxBytes int64

	// MaxText bounds a document's text, in bytes. 0 means DefaultMaxText.
	MaxText int
}

// withDefaults returns o with every unset field set, or what is wrong with it.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.MaxBytes < 0 || c.MaxText < 0 {
		return c, fmt.Errorf("loaders: options: negative limit (MaxBytes %d, MaxText %d); 0 means the default", c.MaxBytes, c.MaxText)
	}
	if c.Decoder == nil {
		c.Decoder = Unicode{}
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.MaxText == 0 {
		c.MaxText = DefaultMaxText
	}
	return c, nil
}

// fingerprint names a loader together with the options that change what it
// reads.
func (o *Options) fingerprint(name string) string {
	return fmt.Sprintf("%s;bytes=%d;text=%d;%s", name, o.MaxBytes, o.MaxText, o.Decoder.Fingerprint())
}
