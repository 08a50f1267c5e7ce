package say

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTextsAreSaidInTheLanguageInUse(t *testing.T) {
	t.Cleanup(func() { Use(nil) })
	Use(Words{"Delete": "删除", "%s of %s": "%[2]s 之 %[1]s", "%d messages": "%d 封邮件"})
	for _, c := range []struct{ got, want string }{
		{T("Delete"), "删除"},
		{T("100% kept"), "100% kept"},
		{T("Keep"), "Keep"},
		{T("%s of %s", "a", "b"), "b 之 a"},
		{N(1, "%d message", "%d messages"), "1 封邮件"},
		{N(2, "%d message", "%d messages"), "2 封邮件"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	Use(nil)
	for _, c := range []struct{ got, want string }{
		{T("Delete"), "Delete"},
		{N(0, "%d message", "%d messages"), "0 messages"},
		{N(1, "%d message", "%d messages"), "1 message"},
		{N(1000, "%s new", "%s new", "1,000"), "1,000 new"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestLanguageIsTheChosenOneElseTheSystems(t *testing.T) {
	for _, c := range []struct{ chosen, locale, want string }{
		{"", "zh_CN.UTF-8", Chinese}, {"", "zh-Hant-TW", Chinese}, {"", "ZH", Chinese}, {"", "de_DE", English}, {"", "C", English}, {"", "", English},
		{English, "zh_CN.UTF-8", English}, {Chinese, "en_GB", Chinese}, {"tlh", "zh_CN", Chinese},
	} {
		if got := Choose(c.chosen, c.locale); got != c.want {
			t.Errorf("Choose(%q, %q) = %s, want %s", c.chosen, c.locale, got, c.want)
		}
	}
	env := map[string]string{"LANG": "en_US", "LC_MESSAGES": "zh_CN"}
	if got := Locale(func(n string) string { return env[n] }); got != "zh_CN" {
		t.Errorf("Locale = %q", got)
	}
}

func TestOneTextIsNotTranslatedInTwoWays(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	_, err := Read(fstest.MapFS{
		"translations/zh-Hans/a.json": file(`{"Delete":"删除"}`), "translations/zh-Hans/b.json": file(`{"Delete":"移除"}`),
	}, Chinese)
	if err == nil || !strings.Contains(err.Error(), `b.json: "Delete"`) {
		t.Errorf("error %v", err)
	}
	if _, err := Read(fstest.MapFS{"translations/zh-Hans/a.json": file(`{"Delete"}`)}, Chinese); err == nil {
		t.Error("a file that is no JSON was read")
	}
	if w, err := Read(fstest.MapFS{}, Chinese); err != nil || w != nil {
		t.Errorf("%v, %v of a language that is not there", w, err)
	}
}
