package local

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// numerics is raised whenever a change of the arithmetic changes the bits of a
// vector: an index must not mix the two.
const numerics = 1

// hashWeights returns the SHA-256 of the weights through a channel: it is
// taken from the card, or computed while the weights are packed.
func hashWeights(d *description) <-chan string {
	result := make(chan string, 1)
	if sum, ok := d.card.SHA256[weightsFile]; ok {
		result <- sum
		return result
	}
	go func() {
		hash := sha256.New()
		_, _ = io.WriteString(hash, d.weights) // a hash does not fail
		result <- hex.EncodeToString(hash.Sum(nil))
	}()
	return result
}

func fingerprint(d *description, weights string, p Precision) string {
	hash := sha256.New()
	config := sha256.Sum256([]byte(d.config))
	fmt.Fprintf(hash, "numerics %d\nweights %s\nconfig %x\ntokenizer %s\npooling %s\nquery %q\npassage %q\nprecision %s\n",
		numerics, weights, config, d.tokenizer.Fingerprint(), poolingName(d.pooling),
		d.card.QueryPrefix, d.card.PassagePrefix, p)
	return "local:" + hex.EncodeToString(hash.Sum(nil)[:16])
}
