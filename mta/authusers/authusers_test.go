package authusers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const alice = "alice:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

func parsed(t *testing.T, text string) *Users {
	t.Helper()
	u, problems := Parse("auth-users", strings.NewReader(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return u
}

// The salt and password are those of RFC 7677 §3.
func TestALineIsTheFormOfRFC5803(t *testing.T) {
	salt := []byte("\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81")
	if got, err := Line("alice", "pencil", salt, false); err != nil || got != alice {
		t.Errorf("%v\n got %s\nwant %s", err, got, alice)
	}
	for _, c := range []struct{ name, password, wrong string }{
		{"", "x", "the user's name is empty"},
		{"a:b", "x", `"a:b" cannot be a user's name`},
		{"#a", "x", `"#a" cannot be a user's name`},
		{" a", "x", `" a" cannot be a user's name`},
		{"a\nb", "x", `"a\nb" cannot be a user's name`},
		{strings.Repeat("a", 256), "x", "the user's name is too long (255 octets max)"},
		{"a", "", "the password is empty"},
		{"a", "x\ny", "the password has a control character"},
		{"a", strings.Repeat("x", MaxLine), "the password is too long (lines have 4096 octets at most)"},
	} {
		if _, err := Line(c.name, c.password, salt, true); err == nil || err.Error() != c.wrong {
			t.Errorf("%q %.20q: %v, want %s", c.name, c.password, err, c.wrong)
		}
	}
}

func TestLinesThatCannotBeReadAreProblems(t *testing.T) {
	for _, c := range []struct{ line, problem string }{
		{"alice", "no colon behind the name"},
		{":{PLAIN}x", "the user's name is empty"},
		{"bob:secret", "bob has a secret that is neither SCRAM-SHA-256$… nor {PLAIN}…"},
		{"bob:{PLAIN}", "bob has no password"},
		{strings.Replace(alice, "4096", "4095", 1), "alice: 4096 to 1000000 iterations belong in the secret"},
		{strings.Replace(alice, "4096", "1000001", 1), "alice: 4096 to 1000000 iterations belong in the secret"},
		{strings.Replace(alice, "WG5d", "WG5", 1), "alice: the secret is damaged"},
		{strings.Replace(alice, "$WG5d", "$", 1), "alice: the secret is damaged"},
		{alice + "x", "alice: the secret is damaged"},
		{"tim:{PLAIN}other", "tim is there twice"},
		{"x:{PLAIN}" + strings.Repeat("x", MaxLine), "line too long (4096 octets max)"},
	} {
		u, problems := Parse("auth-users", strings.NewReader("# users\n\ntim:{PLAIN}tanstaaf\r\n"+c.line+"\nlast:{PLAIN}x"))
		if len(problems) != 1 || problems[0].Text != c.problem || problems[0].Line != 4 || problems[0].Cure == "" {
			t.Errorf("%.40s: %v, want %s", c.line, problems, c.problem)
		}
		if u.Len() != 2 || u.check("tim", "tanstaaf") != nil || u.check("last", "x") != nil {
			t.Errorf("%.40s: %d users", c.line, u.Len())
		}
	}
}

func TestAFileHasAsManyUsersAsTheLimitSays(t *testing.T) {
	var b strings.Builder
	for i := range MaxUsers + 1 {
		fmt.Fprintf(&b, "u%d:{PLAIN}x\n", i)
	}
	u, problems := Parse("auth-users", strings.NewReader(b.String()))
	if u.Len() != MaxUsers || len(problems) != 1 || problems[0].Line != MaxUsers+1 {
		t.Errorf("%d users, %v", u.Len(), problems)
	}
	u, problems = Parse("auth-users", strings.NewReader("# "+strings.Repeat("x\n#", MaxSize/3)+"\nlate:{PLAIN}x\n"))
	if u.Len() != 0 || len(problems) != 1 {
		t.Errorf("%d users, %v", u.Len(), problems)
	}
}

func TestWhatIsOfferedIsWhatCanBeVerified(t *testing.T) {
	for _, c := range []struct {
		users *Users
		want  string
	}{
		{nil, ""}, {parsed(t, ""), ""}, {Anyone(), "CRAM-MD5 LOGIN PLAIN"},
		{parsed(t, alice), "SCRAM-SHA-256 LOGIN PLAIN"},
		{parsed(t, alice+"\nbob:{PLAIN}x\n"), "SCRAM-SHA-256 CRAM-MD5 LOGIN PLAIN"},
	} {
		if got := strings.Join(c.users.Mechanisms(), " "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		for _, m := range []string{Scram, CramMD5, Login, Plain, "FOO"} {
			if x := c.users.Begin(m, "h", nonce); (x != nil) != strings.Contains(" "+c.want+" ", " "+m+" ") {
				t.Errorf("%q: %s begins: %v", c.want, m, x != nil)
			}
		}
	}
}

func TestSetLeavesTheOtherLinesAsTheyAre(t *testing.T) {
	const before = "# users\n\nalice:old\n alice:not hers\nbob:x"
	for _, c := range []struct {
		name, line, want string
		found            bool
	}{
		{"alice", "alice:new", "# users\n\nalice:new\n alice:not hers\nbob:x", true},
		{"carol", "carol:new", before + "\ncarol:new\n", false},
		{"bob", "bob:y", "# users\n\nalice:old\n alice:not hers\nbob:y\n", true},
		{"alice", "", "# users\n\n alice:not hers\nbob:x", true},
		{"carol", "", before, false},
	} {
		got, found := Set([]byte(before), c.name, c.line)
		if diff := cmp.Diff(c.want, string(got)); diff != "" || found != c.found {
			t.Errorf("%s %q: found %v\n%s", c.name, c.line, found, diff)
		}
	}
	if got, _ := Set([]byte("a:1\nb:2\na:3\n"), "a", "a:4"); string(got) != "a:4\nb:2\n" {
		t.Errorf("a name that is there twice: %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(alice + "\ntim:{PLAIN}tanstaaf\n")
	f.Add("# x\r\na:b\n:\n::\n")
	f.Add(strings.Replace(alice, "$WG", "$$", 1))
	f.Fuzz(func(t *testing.T, text string) {
		u, problems := Parse("f", strings.NewReader(text))
		if lines := strings.Count(text, "\n") + 1; u.Len()+len(problems) > lines+1 {
			t.Errorf("%d users and %d problems in %d lines", u.Len(), len(problems), lines)
		}
		for name := range u.byName {
			if err := CheckName(name); err != nil {
				t.Error(err)
			}
			line, err := Line(name, "pass", []byte("salt"), true)
			if err != nil {
				t.Fatal(err)
			}
			changed, found := Set([]byte(text), name, line)
			again, _ := Parse("f", strings.NewReader(string(changed)))
			if !found || again.check(name, "pass") != nil {
				t.Errorf("%q cannot log in after a change: %q", name, changed)
			}
		}
	})
}
