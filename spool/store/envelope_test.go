package store

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"postroom.dev/mta"
)

// fill gives v any value: every field of it, so that one that appendEnvelope does not know yet is missed. What json leaves out stays empty.
func fill(t *rapid.T, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		at := time.Unix(rapid.Int64Range(-60_000_000_000, 250_000_000_000).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		v.Set(reflect.ValueOf(at.In(time.FixedZone("", 60*rapid.IntRange(-600, 600).Draw(t, "zone")))))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(t, v.Field(i))
			}
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 10), func(b []byte) string { return string(b) })).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8().Draw(t, "octet")))
	default:
		t.Fatalf("a field of kind %v", v.Kind())
	}
}

func TestAnEnvelopeIsReadBackAsJSONWouldHaveIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var env mta.Envelope
		fill(t, reflect.ValueOf(&env).Elem())
		want, err := json.Marshal(&env)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendEnvelope(nil, &env)
		if err != nil {
			t.Fatal(err)
		}
		var a, b mta.Envelope
		if err := json.Unmarshal(got, &a); err != nil {
			t.Fatalf("%v: %s", err, got)
		}
		if err := json.Unmarshal(want, &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, a, cmp.Comparer(func(x, y time.Time) bool { return x.Equal(y) && x.Format(time.RFC3339) == y.Format(time.RFC3339) })); diff != "" {
			t.Errorf("appendEnvelope must write every field:\n%s", diff)
		}
	})
}

func TestAnEnvelopeOfAnImpossibleYearIsRefused(t *testing.T) {
	for _, year := range []int{-1, 10_000} {
		if _, err := appendEnvelope(nil, &mta.Envelope{Arrival: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
			t.Errorf("the year %d was taken", year)
		}
	}
}
