package groundwork

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestNewMetadataNormalizes(t *testing.T) {
	kst := time.FixedZone("KST", 9*3600)
	list := []string{"a"}
	got, err := NewMetadata(map[string]any{
		"int": 1, "int32": int32(2), "int64": int64(3), "uint64": uint64(4), "float32": float32(0.5), "float64": 0.1,
		"string": "s", "bool": true, "time": time.Date(2024, 5, 1, 9, 0, 0, 1999, kst), "list": list, "any": []any{"x", "y"}, "none": []any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Metadata{
		"int": 1.0, "int32": 2.0, "int64": 3.0, "uint64": 4.0, "float32": 0.5, "float64": 0.1,
		"string": "s", "bool": true, "time": time.Date(2024, 5, 1, 0, 0, 0, 1000, time.UTC), "list": []string{"a"}, "any": []string{"x", "y"}, "none": []string{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("metadata is %#v, want %#v", got, want)
	}
	list[0] = "changed"
	if got["list"].([]string)[0] != "a" {
		t.Error("the list is the caller's")
	}
}

func TestMetadataRefusesWhatStoresCannotKeep(t *testing.T) {
	for what, v := range map[string]map[string]any{
		"nil":             {"a": nil},
		"complex":         {"a": 1i},
		"bytes":           {"a": []byte("x")},
		"map":             {"a": map[string]any{}},
		"list of numbers": {"a": []any{"x", 1}},
		"NaN":             {"a": math.NaN()},
		"infinity":        {"a": math.Inf(-1)},
		"value not UTF-8": {"a": "\xff"},
		"item not UTF-8":  {"a": []string{"ok", "\xff"}},
		"key not UTF-8":   {"\xff": "a"},
		"empty key":       {"": "a"},
		"reserved key":    {"doc.title": "a"},
		"year 10000":      {"a": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"year -1":         {"a": time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)},
		"too much":        {"a": strings.Repeat("x", maxMetadata)},
	} {
		if m, err := NewMetadata(v); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: metadata is %v, error %v, want ErrInvalid", what, m, err)
		}
	}
	if _, err := NewMetadata(map[string]any{"a": strings.Repeat("x", maxMetadata-1), "doc": "d", "docs.x": ""}); err == nil {
		t.Error("the limit is not on all keys and values together")
	}
	if _, err := NewMetadata(map[string]any{"a": strings.Repeat("x", maxMetadata-11), "doc": "d", "docs.x": ""}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestValidateWantsNormalizedValues(t *testing.T) {
	for what, m := range map[string]Metadata{
		"int":         {"a": 1},
		"local time":  {"a": time.Now().In(time.FixedZone("x", 60)).Truncate(time.Microsecond)},
		"nanoseconds": {"a": time.Unix(0, 1).UTC()},
		"any list":    {"a": []any{"x"}},
	} {
		if err := m.Validate(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: error is %v, want ErrInvalid", what, err)
		}
	}
	if err := Metadata(nil).Validate(); err != nil {
		t.Errorf("nil: %v", err)
	}
}

func everyKind() Metadata {
	return Metadata{
		"string": "a\"b\u2028한", "empty": "", "bool": true, "number": -0.1, "big": 1e300, "small": 5e-324, "whole": 1.0, "2^53": float64(1 << 53),
		"time": time.Date(2024, 5, 1, 9, 30, 0, 123456000, time.UTC), "midnight": time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		"first": time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), "last": time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		"list": []string{"a", "", "b"}, "none": []string{}, "looks like a time": "2024-05-01T00:00:00Z", "$time": "not a time", "a.b": "c",
	}
}

func TestMetadataKeepsItsKindsInJSON(t *testing.T) {
	for _, want := range []Metadata{everyKind(), {}, nil} {
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := Metadata{"left": "over"}
		if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %#v, %v; want %#v", data, got, err, want)
		}
	}
	data, err := json.Marshal(Metadata{"zero": math.Copysign(0, -1)})
	var got Metadata
	if err != nil || json.Unmarshal(data, &got) != nil || !math.Signbit(got["zero"].(float64)) {
		t.Errorf("-0 is written as %s and read as %v", data, got)
	}
}

func TestMetadataJSONIsFixed(t *testing.T) {
	got, err := json.Marshal(Metadata{"b": 2.5, "a": "x", "t": time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), "l": []string{"y"}})
	if want := `{"a":"x","b":2.5,"l":["y"],"t":{"$time":"2024-05-01T00:00:00Z"}}`; err != nil || string(got) != want {
		t.Errorf("JSON is %s, %v; want %s", got, err, want)
	}
}

func TestMetadataJSONRefusesOtherKinds(t *testing.T) {
	for _, data := range []string{
		`[]`, `"a"`, `1`, `{"a":null}`, `{"a":{}}`, `{"a":{"$time":1}}`, `{"a":{"$time":"yesterday"}}`, `{"a":{"$time":"2024-05-01T00:00:00Z","b":1}}`,
		`{"a":[1]}`, `{"a":[["b"]]}`, `{"a":1e999}`, `{"":1}`, `{"doc.id":"x"}`, `{"a":{"$time":"9999-12-31T23:59:59-01:00"}}`, `{`, ``,
	} {
		m := Metadata{"kept": "yes"}
		if err := json.Unmarshal([]byte(data), &m); err == nil {
			t.Errorf("%s is read as %v", data, m)
		} else if m["kept"] != "yes" {
			t.Errorf("%s: the metadata changed although reading failed", data)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	m := everyKind()
	c := m.Clone()
	if !reflect.DeepEqual(m, c) {
		t.Errorf("clone is %v, want %v", c, m)
	}
	c["list"].([]string)[0] = "changed"
	c["new"] = true
	if !reflect.DeepEqual(m, everyKind()) {
		t.Error("a change of the clone reached the original")
	}
	if Metadata(nil).Clone() != nil {
		t.Error("the clone of nil is not nil")
	}
}

func FuzzMetadataJSON(f *testing.F) {
	seed, err := json.Marshal(everyKind())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"a":{"$time":"2024-05-01T09:00:00.5+09:00"},"b":[],"c":-0}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m, again Metadata
		if json.Unmarshal(data, &m) != nil {
			return
		}
		if err := m.Validate(); err != nil {
			t.Fatalf("%s is read as something invalid: %v", data, err)
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("%s is written as %s and read as %v, %v", data, written, again, err)
		}
	})
}
