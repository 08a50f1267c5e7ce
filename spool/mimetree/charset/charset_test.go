package charset

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecodeKnowsTheNamesOfMail(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{" \"UTF-8\" ", "é", "é"},
		{"ISO-8859-1", "\x80", "€"},
		{"us-ascii", "é", "é"},
		{"iso-8859-15", "\xa4", "€"},
		{"koi8-r", "\xd0\xd2", "пр"},
		{"big5", "\xa4\xa4", "中"},
		{"euc-kr", "\xc7\xd1", "한"},
		{"cp949", "\xc7\xd1", "한"},
		{"ms932", "\x93\xfa", "日"},
		{"cp1252", "\x80", "€"},
		{"cp437", "\x81", "ü"},
		{"gbk", "\xd6\xd0\xd6", "中\uFFFD"},
		{"utf-7", "1 +- 1 +AOk-\xff", "1 + 1 é\uFFFD"},
		{"iso-8859-8-i", "\xe0", "א"},
	} {
		got, err := Decode(c.name, []byte(c.in))
		if err != nil || got != c.want {
			t.Errorf("Decode(%q, %q) = %q, %v; want %q", c.name, c.in, got, err, c.want)
		}
	}
	if got, err := Decode("no-such", []byte("caf\xe9")); got != "café" || !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown name: %q, %v", got, err)
	}
}

func TestTextOutsideWordsMayHaveACharset(t *testing.T) {
	for in, want := range map[string]string{
		"\xd6\xd0":                 "中",
		"é":                        "é",
		"\xd6\xd0 =?utf-8?q?x?=":   "中 x",
		"=?utf-8?q?x?= \xd6\xd0=?": "x 中=?",
	} {
		if got := DecodeWordsIn("gbk", in); got != want {
			t.Errorf("DecodeWordsIn(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWordsAreReadInTimeInProportion(t *testing.T) {
	for _, unit := range []string{"=?", "=?a?q?", "=?a?q??=", "=?utf-8?b?4?= ", "?=", "=?a?x?", "=? "} {
		if got := DecodeWords(strings.Repeat(unit, 1<<20/len(unit))); !utf8.ValidString(got) {
			t.Errorf("%q: not UTF-8", unit)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "=?gb18030?b?1tDOxA==?=", "=?iso-2022-jp*ja?B?GyRCRnw?=", "=?a?q?", "+ZeU-", "\x1b$B\xff"} {
		for _, name := range []string{"", "utf-7", "utf-16", "iso-2022-jp", "hz", "gb18030", "x"} {
			f.Add(name, s)
		}
	}
	f.Fuzz(func(t *testing.T, name, s string) {
		if got := DecodeWordsIn(name, s); !utf8.ValidString(got) {
			t.Errorf("DecodeWordsIn(%q, %q) is not UTF-8", name, s)
		}
		if got, _ := Decode(name, []byte(s)); !utf8.ValidString(got) {
			t.Errorf("Decode(%q, %q) is not UTF-8", name, s)
		}
		if !strings.Contains(s, "=?") && utf8.ValidString(s) && DecodeWords(s) != s {
			t.Errorf("plain %q was changed", s)
		}
	})
}
