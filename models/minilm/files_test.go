package minilm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
)

// The files are pinned here, so that none of them changes by accident.
func TestFilesAreTheOnesReleased(t *testing.T) {
	files := Files()
	pinned := map[string]struct {
		size   int
		sha256 string
	}{
		"model.safetensors": {45499648, "4084c39e1a389d5109c541d09d51bd5f85f9d47ff1692b083aea3a74c8ab649e"},
		"tokenizer.bin":     {383188, "813037e53ceb9c795550ae2623687d5caf2cadcf52a9da529d6b1a01a54554aa"},
		"config.json":       {612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"},
		"groundwork.json":   {621, "1a54607c1e1b13edbfbb7a93f90d1757004c3dc4a799ccc52c641de9efb3fbb4"},
	}
	if len(files) != len(pinned) {
		t.Errorf("%d files, want %d", len(files), len(pinned))
	}
	for name, want := range pinned {
		sum := sha256.Sum256([]byte(files[name]))
		if got := hex.EncodeToString(sum[:]); got != want.sha256 || len(files[name]) != want.size {
			t.Errorf("%s: %d bytes of SHA-256 %s, want %d of %s", name, len(files[name]), got, want.size, want.sha256)
		}
	}
	var card struct{ SHA256 map[string]string }
	if err := json.Unmarshal([]byte(files["groundwork.json"]), &card); err != nil {
		t.Fatal(err)
	}
	for name, sum := range card.SHA256 {
		if sum != pinned[name].sha256 {
			t.Errorf("groundwork.json has %s for %s, want %s", sum, name, pinned[name].sha256)
		}
	}
}

func TestFilesHandsOutAMapOfItsOwn(t *testing.T) {
	delete(Files(), "config.json")
	if Files()["config.json"] == "" {
		t.Error("deleting from one map emptied the next")
	}
}
