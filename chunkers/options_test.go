package chunkers

import (
	"strings"
	"testing"
)

func TestOptionsThatCannotBeHonouredAreErrors(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{MaxTokens: -1}, "MaxTokens is -1"},
		{Options{TargetTokens: -1}, "TargetTokens is -1"},
		{Options{TargetTokens: 257}, "TargetTokens is 257"},
		{Options{OverlapTokens: -1}, "OverlapTokens is -1"},
		{Options{OverlapTokens: 100}, "OverlapTokens is 100"},
		{Options{MaxTokens: 2}, "special tokens alone are 2"},
		{Options{MaxTokens: 9, Count: func(string) int { return 9 }}, "special tokens alone are 9"},
	} {
		_, err := NewStructure(&tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewStructure(%+v) gave error %v, want one about %q", tt.o, err, tt.want)
		}
	}
}

func TestFingerprintsTellKindsAndOptionsApart(t *testing.T) {
	seen := map[string]string{}
	for name, o := range map[string]*Options{
		"nil": nil, "max": {MaxTokens: 300}, "target": {TargetTokens: 100}, "overlap": {OverlapTokens: 20}, "count": {Count: func(string) int { return 1 }},
	} {
		for kind, c := range makers(t, o) {
			if other, ok := seen[c.Fingerprint()]; ok {
				t.Errorf("%s with %s and %s share %q", kind, name, other, c.Fingerprint())
			}
			seen[c.Fingerprint()] = kind + " with " + name
		}
	}
	a, _ := NewStructure(nil)
	b, _ := NewStructure(&Options{MaxTokens: 256, TargetTokens: 200})
	if a.Fingerprint() != b.Fingerprint() {
		t.Errorf("defaults give %q, the same options spelled out %q", a.Fingerprint(), b.Fingerprint())
	}
}
