package e5

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
		"model.safetensors": {67009912, "725b10c5db1ab650d155ff28a2f56f7bbaa2fb4aa36706c6e31572b33d7b1afc"},
		"tokenizer.bin":     {5374108, "f245d11f841bcf95f056a64da1b9950711f1cf2c6d4fa23f414508f009eed903"},
		"config.json":       {397, "6866bb38869df41795b7ecbad25cfad9a4f2aa5335c2b4517c9e7e86a1abfeb9"},
		"groundwork.json":   {1021, "293fac872e51cb8cbb327c691453e495320851b20e7379333092f4683171f033"},
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
