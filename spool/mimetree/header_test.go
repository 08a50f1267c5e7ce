package mimetree

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFieldText(t *testing.T) {
	for in, want := range map[string]string{
		" plain ":               "plain",
		" a\r\n b\n\tc":         "a b c",
		" =?utf-8?B?5Lit5paH?=": "中文",
		" =?utf-8?B?5Lit?=\r\n =?UTF-8?b?5paH?= x": "中文 x",
		" =?utf-8?Q?=E4=B8?= =?utf-8?Q?=AD?=":      "中",
		" =?GB2312?B?1tDOxA==?=":                   "中文",
		" =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=":      "日本",
		" =?utf-8*en?q?a_b?=":                      "a b",
		" =?utf-8?q?with blank?=":                  "with blank",
		" =?utf-8?q?a=0d=0ab=00?=":                 "a  b",
		" =?utf-8?x?abc?= =?utf-8?q?never":         "=?utf-8?x?abc?= =?utf-8?q?never",
		" =?nope?q?caf=E9?=":                       "café",
		" re: =?utf-8?q?x?=y":                      "re: xy",
		" caf\xe9":                                 "café",
		" caf\xc3\xa9 =?utf-8?q?x?=":               "café x",
		" \U0001F600 =?utf-8?B?8J+YgA==?=":         "\U0001F600 \U0001F600",
		" a\x00\x1bb":                              "a  b",
	} {
		got := Field{Body: in}.Text()
		if got != want {
			t.Errorf("Text of %q = %q, want %q", in, got, want)
		}
	}
}

func TestParseHeaderKeepsFieldsAsTheyStand(t *testing.T) {
	head := "Subject : one\r\n two\r\nX-Empty:\r\nsubject: second\r\n\r\nbody"
	fields, body, problems := ParseHeader([]byte(head))
	want := []Field{{"Subject", " one\r\n two", 0}, {"X-Empty", "", 21}, {"subject", " second", 31}}
	if d := cmp.Diff(want, fields); d != "" || problems != nil {
		t.Error(d, problems)
	}
	if head[body:] != "body" {
		t.Errorf("body begins at %d", body)
	}
	if f, ok := Get(fields, "SUBJECT"); !ok || f.Offset != 0 {
		t.Errorf("Get gives %v, %v", f, ok)
	}
	if _, ok := Get(fields, "To"); ok {
		t.Error("Get finds what is not there")
	}
}

func TestFilenames(t *testing.T) {
	for _, c := range []struct{ name, head, want string }{
		{"plain", "Content-Disposition: attachment; filename=a.pdf", "a.pdf"},
		{"quoted", `Content-Disposition: attachment; filename="a; b.pdf"`, "a; b.pdf"},
		{"quote missing", `Content-Disposition: attachment; filename="a b.pdf`, "a b.pdf"},
		{"blanks unquoted", "Content-Disposition: attachment; filename=a b.pdf; size=1", "a b.pdf"},
		{"RFC 2231", "Content-Disposition: attachment; filename*=UTF-8''%E4%B8%AD.pdf", "中.pdf"},
		{"RFC 2231 beats plain", "Content-Disposition: attachment; filename=x.pdf; filename*=gbk'zh'%D6%D0.pdf", "中.pdf"},
		{"continuations in any order", "Content-Disposition: attachment;\n filename*1*=%AD;\n filename*0*=utf-8''%E4%B8;\n filename*2=\".pdf\"", "中.pdf"},
		{"plain continuations", "Content-Disposition: attachment; filename*0=\"ab\"; filename*1=\"cd.pdf\"", "abcd.pdf"},
		{"encoded word", "Content-Disposition: attachment; filename=\"=?utf-8?B?5Lit?=.pdf\"", "中.pdf"},
		{"encoded words, folded", "Content-Type: application/pdf;\n name=\"=?utf-8?B?5Lit?=\n =?utf-8?B?5paH?=.pdf\"", "中文.pdf"},
		{"raw 8-bit", "Content-Disposition: attachment; filename=\"caf\xe9.pdf\"", "café.pdf"},
		{"name of Content-Type", "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment", "a.pdf"},
		{"path", `Content-Disposition: attachment; filename="../../etc/passwd"`, ".._.._etc_passwd"},
		{"Windows path", `Content-Disposition: attachment; filename="C:\dir\a.pdf"`, "C:_dir_a.pdf"},
		{"dots", `Content-Disposition: attachment; filename=".."`, "__"},
		{"control and override characters", "Content-Disposition: attachment; filename*=utf-8''a%00%0A%E2%80%AEfdp.exe", "a  _fdp.exe"},
		{"missing semicolon", `Content-Disposition: attachment filename="a.pdf"`, "a.pdf"},
		{"no disposition word", `Content-Disposition: filename="a.pdf"`, "a.pdf"},
		{"too long keeps its extension", "Content-Disposition: attachment; filename=" + strings.Repeat("a", 400) + ".pdf", strings.Repeat("a", 251) + ".pdf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, _ := Parse(strings.NewReader(c.head+"\n\nx"), int64(len(c.head)+3))
			if root.Filename != c.want {
				t.Errorf("%q, want %q", root.Filename, c.want)
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	for _, c := range []struct {
		body, word string
		params     map[string]string
	}{
		{" Text/HTML; Charset=UTF-8", "text/html", map[string]string{"charset": "UTF-8"}},
		{" text/plain; charset=us-ascii (Plain text)", "text/plain", map[string]string{"charset": "us-ascii"}},
		{" text/plain charset=utf-8 format=flowed", "text/plain", map[string]string{"charset": "utf-8", "format": "flowed"}},
		{" text/plain (c); a=1; a=2;;; =3; b", "text/plain", map[string]string{"a": "1"}},
		{" multipart/mixed; boundary=\"a b\\\"c\" type=x", "multipart/mixed", map[string]string{"boundary": `a b"c`, "type": "x"}},
		{" multipart/mixed; boundary==_x==", "multipart/mixed", map[string]string{"boundary": "=_x=="}},
		{"", "", nil},
		{" ;;;", "", nil},
		{" a*0=", "", map[string]string{"a": ""}},
	} {
		v := parseValue(c.body)
		if v.word != c.word {
			t.Errorf("%q: word %q", c.body, v.word)
		}
		if d := cmp.Diff(c.params, v.params); d != "" {
			t.Errorf("%q: %s", c.body, d)
		}
	}
}
