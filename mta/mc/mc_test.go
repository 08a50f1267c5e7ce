package mc

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func lines(list []Statement) (out []string) {
	for _, s := range list {
		out = append(out, s.String())
	}
	return out
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"dnl makes the rest of a line disappear", "FEATURE(`a')dnl FEATURE(`b')\nFEATURE(`c')", []string{"FEATURE(`a')", "FEATURE(`c')"}},
		{"a whole line behind dnl is no statement", "dnl FEATURE(`a')\n", nil},
		{"several calls stand on one line", "FEATURE(`a')FEATURE(`b')dnl\n", []string{"FEATURE(`a')", "FEATURE(`b')"}},
		{"an argument needs no quotes", "FEATURE(genericstable)", []string{"FEATURE(`genericstable')"}},
		{"empty arguments count", "FEATURE(`access_db', , `skip')", []string{"FEATURE(`access_db', `', `skip')"}},
		{"commas in quotes separate nothing", "DAEMON_OPTIONS(`Port=smtp, Name=MTA')", []string{"DAEMON_OPTIONS(`Port=smtp, Name=MTA')"}},
		{"commas in parentheses separate nothing", "X_Y(f(a,b),c)", []string{"X_Y(`f(a,b)', `c')"}},
		{"two pairs of quotes are taken away", "define(`confDEF_USER_ID', ``8:12'')", []string{"define(`confDEF_USER_ID', `8:12')"}},
		{"an argument goes on behind dnl", "define(`confPRIVACY_FLAGS',dnl\n`a,b')dnl", []string{"define(`confPRIVACY_FLAGS', `a,b')"}},
		{"an argument may have several lines", "define(`confX',\n  `a\nb')", []string{"define(`confX', `a\nb')"}},
		{"text joins quoted text", "define(`DIR', `MAIL_SETTINGS_DIR`'certs')", []string{"define(`DIR', `/etc/mail/certs')"}},
		{"what is defined is put in", "define(`MY', `example.com')MASQUERADE_AS(MY)", []string{"define(`MY', `example.com')", "MASQUERADE_AS(`example.com')"}},
		{"and where it was quoted, too", "define(`MY', `example.com')MASQUERADE_AS(`MY')", []string{"define(`MY', `example.com')", "MASQUERADE_AS(`example.com')"}},
		{"macros take arguments", "define(`D', `LOCAL_DOMAIN(`$1.example.com')')D(`a')dnl", []string{"define(`D', `LOCAL_DOMAIN($1.example.com)')", "LOCAL_DOMAIN(`a.example.com')"}},
		{"ifdef takes the side that holds", "define(`A')ifdef(`A', `FEATURE(`x')', `FEATURE(`y')')ifdef(`B', `FEATURE(`z')')", []string{"define(`A')", "FEATURE(`x')"}},
		{"ifelse compares", "ifelse(a, b, `FEATURE(`x')', c, c, `FEATURE(`y')', `FEATURE(`z')')", []string{"FEATURE(`y')"}},
		{"undefine takes away", "define(`A')undefine(`A')ifdef(`A', `FEATURE(`x')')", []string{"define(`A')", "undefine(`A')"}},
		{"a # is a comment before cf.m4", "# FEATURE(`x') it's\ninclude(`/usr/share/sendmail/cf/m4/cf.m4')dnl\n", []string{"include(`/usr/share/sendmail/cf/m4/cf.m4')"}},
		{"a # hides nothing behind cf.m4", "include(`../m4/cf.m4')dnl\n# FEATURE(`x')\n", []string{"include(`../m4/cf.m4')", "FEATURE(`x')"}},
		{"text in divert(-1) goes nowhere", "divert(-1)\nR$* it\ndivert(0)dnl\nO X=1", []string{"O X=1"}},
		{"other quotes are used once they are chosen", "changequote([, ])FEATURE([it's])changequote`'FEATURE(`x')", []string{"FEATURE(`it's')", "FEATURE(`x')"}},
		{"quotes nest", "FEATURE(`dnsbl', `a', `\"550 \" $`'&{client_addr}')", []string{"FEATURE(`dnsbl', `a', `\"550 \" $&{client_addr}')"}},
		{"CRLF ends lines", "FEATURE(`a')dnl x\r\nO Y=1\r\n", []string{"FEATURE(`a')", "O Y=1"}},
		{"an unknown macro is told of", "SOMETHING_NEW(`x')", []string{"SOMETHING_NEW(`x')"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := Parse("a.mc", tt.text, nil)
			if len(problems) > 0 {
				t.Errorf("problems: %v", problems)
			}
			if diff := cmp.Diff(tt.want, lines(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStatementsKnowTheirPlace(t *testing.T) {
	text := "divert(0)dnl\ndefine(`A',\n`b')dnl\nFEATURE(`x')\nLOCAL_RULE_0\nRa\t$#b\n\nLOCAL_CONFIG\nCwexample.com\nifdef(`A',`\n\nMAILER(`smtp')')\n"
	got, problems := Parse("a.mc", text, nil)
	want := []Statement{
		{File: "a.mc", Line: 2, Name: "define", Args: []string{"A", "b"}},
		{File: "a.mc", Line: 4, Name: "FEATURE", Args: []string{"x"}},
		{File: "a.mc", Line: 5, Name: "LOCAL_RULE_0", Section: "LOCAL_RULE_0"},
		{File: "a.mc", Line: 6, Args: []string{"Rb\t$#b"}, Section: "LOCAL_RULE_0"},
		{File: "a.mc", Line: 8, Name: "LOCAL_CONFIG", Section: "LOCAL_CONFIG"},
		{File: "a.mc", Line: 9, Args: []string{"Cwexample.com"}, Section: "LOCAL_CONFIG"},
		{File: "a.mc", Line: 10, Name: "MAILER", Args: []string{"smtp"}, Section: "LOCAL_CONFIG"},
	}
	want[3].Args = []string{"Ra\t$#b"} // "Ra" is another word than "a"
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Error(diff, problems)
	}
}

func TestInclude(t *testing.T) {
	files := map[string]string{"/a.m4": "FEATURE(`x')\nFEATURE(`y')dnl\n", "/loop.m4": "include(`/loop.m4')"}
	open := func(path string) (string, error) {
		if text, ok := files[path]; ok {
			return text, nil
		}
		return "", errors.New(path + ": no such file or directory")
	}
	t.Run("an included file's statements name it", func(t *testing.T) {
		got, problems := Parse("a.mc", "dnl\ninclude(`/a.m4')dnl\nMAILER(`smtp')", open)
		want := []Statement{
			{File: "a.mc", Line: 2, Name: "include", Args: []string{"/a.m4"}},
			{File: "/a.m4", Line: 1, Name: "FEATURE", Args: []string{"x"}},
			{File: "/a.m4", Line: 2, Name: "FEATURE", Args: []string{"y"}},
			{File: "a.mc", Line: 3, Name: "MAILER", Args: []string{"smtp"}},
		}
		if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
			t.Error(diff, problems)
		}
	})
	t.Run("a file that is not there is a problem, for sinclude none", func(t *testing.T) {
		_, problems := Parse("a.mc", "include(`/b.m4')\nsinclude(`/b.m4')", open)
		if len(problems) != 1 || problems[0].Line != 1 || !strings.Contains(problems[0].Text, "/b.m4") {
			t.Error(problems)
		}
	})
	t.Run("a file that includes itself ends", func(t *testing.T) {
		if _, problems := Parse("a.mc", "include(`/loop.m4')", open); len(problems) == 0 {
			t.Error("no problem")
		}
	})
}

func TestProblems(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a quote that never ends", "\nFEATURE(`a)\n", "a.mc:2: a quote begins here that never ends; close it with '"},
		{"a call that is never closed", "\n\nFEATURE(`a'\n", "a.mc:3: FEATURE( is never closed; close it with )"},
		{"a macro that names itself", "define(`a', `a')a", "a.mc:1: its macros are put in more than 20000 times; look for one that names itself"},
		{"a macro that makes much of little", "define(`a', `" + strings.Repeat("x", 3000) + "')" + strings.Repeat("a ", 1000), "a.mc:1: more than 2097152 octets when its macros are put in; look for a macro that names itself"},
		{"a macro that doubles", "define(`a', `a`'a')a", "a.mc:1: too many files and macros inside each other; look for one that names itself"},
		{"calls without end inside each other", strings.Repeat("X_Y(", 60), "a.mc:1: too many calls inside each other; look for a macro that names itself"},
		{"programs are not run", "esyscmd(`rm -rf /')", "a.mc:1: m4's esyscmd is not run; write what it comes to"},
		{"macros behind which the line ends", "\nEXPOSED_USER(`a')EXPOSED_USER(`b')dnl\nGENERICS_DOMAIN(`c') dnl x\n", "a.mc:2: what stands behind EXPOSED_USER(…) on its line disappears: EXPOSED_USER(`b')dnl; begin a new line for it"},
		{"a divert without a number", "divert(x)", "a.mc:1: divert(x) is no number; write divert(-1) or divert(0)"},
		{"a file that is too large", strings.Repeat("x", MaxSize+1), "a.mc:1: larger than 1048576 octets; this is hardly a .mc file; name another"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := Parse("a.mc", tt.text, nil)
			if len(problems) == 0 || problems[0].String() != tt.want {
				t.Errorf("got %v, want %s", problems, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.mc")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("define(`a', `$*$@$#$0`'a')a(`b',`c')\nifelse(a,b,`c')changequote([,])undivert(1)dnl")
	f.Add("include(")
	f.Add("EXPOSED_USER(`a')EXPOSED_USER(`b')dnl\nchangecom(#)# x\nsinclude(`x')$")
	f.Add("divert(-1)LOCAL_CONFIG\nFEATURE(`x', ``y''")
	f.Fuzz(func(t *testing.T, text string) {
		include := func(path string) (string, error) { return text, nil }
		statements, problems := Parse("a.mc", text, include)
		if len(statements) > MaxStatements || len(problems) > MaxProblems {
			t.Fatalf("%d statements, %d problems", len(statements), len(problems))
		}
		for _, s := range statements {
			if s.Line < 1 || s.File == "" {
				t.Fatalf("%q stands nowhere", s)
			}
		}
	})
}
