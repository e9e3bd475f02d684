package groundwork

import (
	"regexp"
	"strings"
	"testing"
)

// The ids below were computed by another program from the definition. Users
// hold indexes and links with such ids: they may never change.

func TestDocumentIDsAreFixedForever(t *testing.T) {
	for _, c := range []struct{ source, uri, want string }{
		{"docs", "guide/intro.md", "2a18e4ce-7c12-88f7-a971-314ea15b536b"},
		{"", "x", "13685f48-fc70-8d4a-9f28-aef8b1d8a1aa"},
		{"docs", "안내/시작.md", "c9f52cc8-e575-8781-831d-fe4b6c1671a2"},
	} {
		if got := DocumentID(c.source, c.uri); got != c.want {
			t.Errorf("DocumentID(%q, %q) = %s, want %s", c.source, c.uri, got, c.want)
		}
	}
}

func TestChunkIDsAreFixedForever(t *testing.T) {
	doc := DocumentID("docs", "guide/intro.md")
	key := KeyOf("Title\nText")
	if got, want := key.String(), "2c21b2810f4dce981862a2ada3aa1a4a"; got != want {
		t.Errorf("KeyOf = %s, want %s", got, want)
	}
	for occurrence, want := range []string{"450af12e-589c-874a-93b6-f12797ba60a0", "4ba5090f-6005-82a1-a4a7-c5c158062f40"} {
		if got := ChunkID(doc, key, occurrence); got != want {
			t.Errorf("occurrence %d: ChunkID = %s, want %s", occurrence, got, want)
		}
	}
}

func TestForeignIDsAreFixedForever(t *testing.T) {
	for s, want := range map[string]string{
		"42":                     "ebdda122-ce58-8e0f-8090-0147b8447902",
		"":                       "896bbb1d-c8c5-81b1-901a-cd0f4acb6b30",
		strings.Repeat("x", 200): "c5678154-fcb8-8bfa-9de1-7c02eca92823",
		// A canonical UUID stays as it is, whatever its version.
		"f81d4fae-7dec-11d0-a765-00a0c91e6bf6": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		"00000000-0000-0000-0000-000000000000": "00000000-0000-0000-0000-000000000000",
	} {
		if got := NewID(s); got != want {
			t.Errorf("NewID(%q) = %s, want %s", s, got, want)
		}
		if got := NewID(NewID(s)); got != NewID(s) {
			t.Errorf("NewID twice of %q = %s", s, got)
		}
	}
	if NewID("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6") == "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" {
		t.Error("an id in capitals was folded; it is a foreign one")
	}
}

func TestRevisionIsTheHashOfTheBytes(t *testing.T) {
	for source, want := range map[string]string{
		"":        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"hello\n": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
	} {
		if got := Revision([]byte(source)); got != want {
			t.Errorf("Revision(%q) = %s, want %s", source, got, want)
		}
	}
}

func TestPartsOfAnIDNeverRunIntoEachOther(t *testing.T) {
	seen := map[string][2]string{}
	long := strings.Repeat("a", 130) // its length takes two bytes
	for _, parts := range [][2]string{
		{"a", "bc"}, {"ab", "c"}, {"", "abc"}, {"abc", ""}, {"a\x02bc", ""}, {"a", "\x02bc"}, {long, "b"}, {long + "b", ""}, {"", long + "b"},
	} {
		id := DocumentID(parts[0], parts[1])
		if other, ok := seen[id]; ok {
			t.Errorf("%q and %q have one id", parts, other)
		}
		seen[id] = parts
	}
	if DocumentID("a", "b") == NewID("a"+"b") || ChunkID(DocumentID("a", "b"), Key{}, 0) == DocumentID("a", "b") {
		t.Error("ids of two kinds are equal")
	}
}

func TestIDsAreUUIDsOfVersion8(t *testing.T) {
	v8 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for i := range 1000 {
		for _, id := range []string{DocumentID("s", strings.Repeat("u", i)), NewID(strings.Repeat("n", i)), ChunkID("d", Key{}, i)} {
			if !v8.MatchString(id) || !IsID(id) {
				t.Fatalf("%s is no UUID of version 8", id)
			}
		}
	}
}

func TestIsIDTakesTheCanonicalFormAlone(t *testing.T) {
	const good = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
	if !IsID(good) {
		t.Errorf("%s is refused", good)
	}
	for _, bad := range []string{
		"", "f81d4fae", strings.ToUpper(good), strings.ReplaceAll(good, "-", ""), "{" + good + "}", "urn:uuid:" + good, good + "\n", " " + good[1:],
		"g" + good[1:], good[:8] + "0" + good[9:], good[:35], good + "0", strings.Replace(good, "a", "\u00e0", 1), strings.Replace(good, "7dec", "7-ec", 1),
	} {
		if IsID(bad) {
			t.Errorf("%q is accepted", bad)
		}
	}
}
