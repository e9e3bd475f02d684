package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// diff names the first place where got differs from want, or is empty. Nil and
// empty lists and maps are equal, times are if they are the same instant in
// UTC.
func diff(want, got any) string {
	return diffValue("", reflect.ValueOf(want), reflect.ValueOf(got))
}

func diffValue(at string, want, got reflect.Value) string {
	if want.IsValid() != got.IsValid() || want.IsValid() && want.Type() != got.Type() {
		return differ(at, want, got)
	}
	if !want.IsValid() {
		return ""
	}
	switch want.Kind() {
	case reflect.Interface:
		return diffValue(at, want.Elem(), got.Elem())
	case reflect.Slice, reflect.Array:
		return diffList(at, want, got)
	case reflect.Map:
		return diffMap(at, want, got)
	case reflect.Struct:
		return diffStruct(at, want, got)
	}
	if !want.Equal(got) {
		return differ(at, want, got)
	}
	return ""
}

func diffList(at string, want, got reflect.Value) string {
	if want.Len() != got.Len() {
		return differ(at, want, got)
	}
	if w, ok := want.Interface().([]byte); ok && bytes.Equal(w, got.Bytes()) {
		return "" // long ones are slow by reflection
	}
	for i := range want.Len() {
		if d := diffValue(fmt.Sprintf("%s[%d]", at, i), want.Index(i), got.Index(i)); d != "" {
			return d
		}
	}
	return ""
}

func diffMap(at string, want, got reflect.Value) string {
	if want.Len() != got.Len() {
		return differ(at, want, got)
	}
	for _, k := range want.MapKeys() {
		if d := diffValue(fmt.Sprintf("%s[%q]", at, k), want.MapIndex(k), got.MapIndex(k)); d != "" {
			return d
		}
	}
	return ""
}

func diffStruct(at string, want, got reflect.Value) string {
	if w, ok := want.Interface().(time.Time); ok {
		if g := got.Interface().(time.Time); !w.Equal(g) || g.Location() != time.UTC {
			return differ(at, want, got)
		}
		return ""
	}
	for i := range want.NumField() {
		name := strings.TrimPrefix(at+"."+want.Type().Field(i).Name, ".")
		if d := diffValue(name, want.Field(i), got.Field(i)); d != "" {
			return d
		}
	}
	return ""
}

func differ(at string, want, got reflect.Value) string {
	return fmt.Sprintf("%s is %s, want %s", at, show(got), show(want))
}

func show(v reflect.Value) string {
	switch {
	case !v.IsValid():
		return "missing"
	case v.Kind() == reflect.String:
		return fmt.Sprintf("%q", short(v.String()))
	case v.Kind() == reflect.Map:
		return short(fmt.Sprintf("%v with the keys %v", v.Type(), v.MapKeys()))
	}
	return short(fmt.Sprintf("%v", v.Interface()))
}
