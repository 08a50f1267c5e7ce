package config

import (
	"reflect"
	"testing"
)

func TestEveryKeyIsKnownWithItsDefaultAndMeaning(t *testing.T) {
	var want []string
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for f := range typ.Fields() {
			name := f.Tag.Get("toml")
			switch {
			case f.Type.Kind() == reflect.Struct:
				walk(name, f.Type)
			case name == "listener":
			default:
				want = append(want, prefix+"."+name)
			}
		}
	}
	walk("", reflect.TypeFor[Settings]())
	have := map[string]Key{}
	for _, k := range Keys() {
		have[k.Section+"."+k.Name] = k
	}
	for _, name := range want {
		k, ok := have[name]
		if !ok || k.Default == "" || k.Meaning == "" {
			t.Errorf("%s is known as %+v", name, k)
		}
		delete(have, name)
	}
	for name := range have {
		t.Errorf("%s is no key", name)
	}
}
