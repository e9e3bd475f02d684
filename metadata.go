package groundwork

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
	"unicode/utf8"
)

// Metadata describes a document for filters and display. A value is a string,
// bool, float64, time.Time or []string, nothing else: one kind of number and
// one of list, so that every store and every round trip agrees. Keys are not
// empty and do not begin with "doc.", which names the document's own fields
// in filters.
type Metadata map[string]any

const maxMetadata = 64 << 10 // bytes of keys and values together

// NewMetadata returns a copy of values with every Go integer and float as
// float64, every time in UTC at whole microseconds, and []any of strings as
// []string. It reports a value of any other kind.
func NewMetadata(values map[string]any) (Metadata, error) {
	m := make(Metadata, len(values))
	for k, v := range values {
		n, err := normalize(v)
		if err != nil {
			return nil, fmt.Errorf("groundwork: metadata %q: %w", k, err)
		}
		m[k] = n
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return m, nil
}

func normalize(v any) (any, error) {
	switch v := v.(type) {
	case string, bool, float64:
		return v, nil
	case float32:
		return float64(v), nil
	case int:
		return float64(v), nil
	case int32:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case uint64:
		return float64(v), nil
	case time.Time:
		return v.UTC().Truncate(time.Microsecond), nil
	case []string:
		return slices.Clone(v), nil
	case []any:
		return normalizeList(v)
	}
	return nil, fmt.Errorf("%w: %T; use string, bool, float64, time.Time or []string", ErrInvalid, v)
}

func normalizeList(list []any) ([]string, error) {
	out := make([]string, len(list))
	for i, e := range list {
		s, ok := e.(string)
		if !ok {
			return nil, fmt.Errorf("%w: %T in a list; lists hold strings", ErrInvalid, e)
		}
		out[i] = s
	}
	return out, nil
}

// Validate reports the first key or value that a store would refuse.
func (m Metadata) Validate() error {
	size := 0
	for _, k := range slices.Sorted(maps.Keys(m)) {
		n, err := checkValue(m[k])
		if err == nil {
			err = checkKey(k)
		}
		if err != nil {
			return fmt.Errorf("groundwork: metadata %q: %w", k, err)
		}
		size += len(k) + n
	}
	if size > maxMetadata {
		return fmt.Errorf("groundwork: metadata: %w: %d bytes, the limit is %d", ErrInvalid, size, maxMetadata)
	}
	return nil
}

func checkKey(k string) error {
	switch {
	case k == "" || !utf8.ValidString(k):
		return fmt.Errorf("%w: key is empty or not valid UTF-8", ErrInvalid)
	case len(k) >= 4 && k[:4] == "doc.":
		return fmt.Errorf("%w: keys beginning with doc. are reserved", ErrInvalid)
	}
	return nil
}

func checkValue(v any) (size int, err error) {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return 0, fmt.Errorf("%w: not valid UTF-8", ErrInvalid)
		}
		return len(v), nil
	case bool:
		return 1, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, fmt.Errorf("%w: number is not finite", ErrInvalid)
		}
		return 8, nil
	case time.Time:
		if v.Location() != time.UTC || v.Nanosecond()%1000 != 0 || v.Year() < 0 || v.Year() > 9999 {
			return 0, fmt.Errorf("%w: time is not in UTC at whole microseconds of years 0 to 9999; use NewMetadata", ErrInvalid)
		}
		return 12, nil
	case []string:
		for _, s := range v {
			if !utf8.ValidString(s) {
				return 0, fmt.Errorf("%w: not valid UTF-8", ErrInvalid)
			}
			size += len(s)
		}
		return size, nil
	}
	return 0, fmt.Errorf("%w: %T; use string, bool, float64, time.Time or []string", ErrInvalid, v)
}

// Clone returns a copy of m that shares nothing with it.
func (m Metadata) Clone() Metadata {
	if m == nil {
		return nil
	}
	c := maps.Clone(m)
	for k, v := range c {
		if list, ok := v.([]string); ok {
			c[k] = slices.Clone(list)
		}
	}
	return c
}

// timeKey marks a time in JSON, which has no kind of its own for it.
const timeKey = "$time"

// MarshalJSON encodes m with sorted keys; a time is {"$time": RFC 3339}.
func (m Metadata) MarshalJSON() ([]byte, error) {
	if m == nil {
		return []byte("null"), nil
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		switch x := v.(type) {
		case time.Time:
			v = map[string]string{timeKey: x.Format(time.RFC3339Nano)}
		case []string:
			if x == nil {
				v = []string{} // null would be no list when it is read
			}
		}
		out[k] = v
	}
	return json.Marshal(out)
}

// UnmarshalJSON decodes what MarshalJSON wrote, with the same kinds.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("groundwork: metadata: %w", err)
	}
	if raw == nil {
		*m = nil
		return nil
	}
	for k, v := range raw {
		if obj, ok := v.(map[string]any); ok {
			t, err := parseTime(obj)
			if err != nil {
				return fmt.Errorf("groundwork: metadata %q: %w", k, err)
			}
			raw[k] = t
		}
	}
	n, err := NewMetadata(raw)
	if err != nil {
		return err
	}
	*m = n
	return nil
}

func parseTime(obj map[string]any) (time.Time, error) {
	s, ok := obj[timeKey].(string)
	if !ok || len(obj) != 1 {
		return time.Time{}, fmt.Errorf("%w: an object that is no time", ErrInvalid)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err
}
