package isolate

import (
	"bytes"
	"testing"
)

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("h\x00\x00\x00\x01x"))
	f.Add([]byte("j\xff\xff\xff\xff"))
	f.Add([]byte("j\x00\x00\x00\x02{}"))
	f.Add([]byte(`j` + "\x00\x00\x00\x0c" + `{"size":-12}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if kind, payload, err := readFrame(bytes.NewReader(data)); err == nil {
			var b bytes.Buffer
			if err := writeFrame(&b, kind, payload); err != nil || !bytes.HasPrefix(data, b.Bytes()) {
				t.Errorf("wrote %q, %v; read %q", b.Bytes(), err, data)
			}
		}
		if len(data) < 1<<10 { // an honest size allocates what it names
			_, _, _ = readJob(bytes.NewReader(data))
		}
	})
}

func TestJobsPassThroughThePipe(t *testing.T) {
	var b bytes.Buffer
	want := header{Handler: "x", Memory: 1, CPU: 2, Size: 5}
	if err := writeJob(&b, want, []byte("input")); err != nil {
		t.Fatal(err)
	}
	got, input, err := readJob(&b)
	if err != nil || got != want || string(input) != "input" {
		t.Errorf("%+v %q %v", got, input, err)
	}
	if _, _, err := readJob(bytes.NewReader([]byte("j\x00\x00\x00\x1c" + `{"size":1000000000000000000}`))); err == nil {
		t.Error("an input of 10^18 bytes was accepted")
	}
}
