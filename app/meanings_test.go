package app

import (
	"encoding/json"
	"io/fs"
	"testing"

	"postroom.dev/app/config"
	"postroom.dev/assets"
	"postroom.dev/ui/say"
)

func TestWhatASettingMeansIsSaidInEveryLanguage(t *testing.T) {
	for _, l := range say.Languages()[1:] {
		b, err := fs.ReadFile(assets.FS(), "translations/"+l.Tag+"/meanings.json")
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]string{}
		if err := json.Unmarshal(b, &left); err != nil {
			t.Fatal(err)
		}
		said := map[string]bool{}
		for _, k := range config.Keys() {
			if left[k.Meaning] == "" && !said[k.Meaning] {
				t.Errorf("%s: %s.%s: %q is not translated", l.Tag, k.Section, k.Name, k.Meaning)
			}
			said[k.Meaning] = true
			delete(left, k.Meaning)
		}
		for text := range left {
			t.Errorf("%s: %q is translated and no key's meaning", l.Tag, text)
		}
	}
}
