package alias

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
)

// forwards are .forward files by user.
var forwards = map[string]string{
	"dave":  "alice, u@ok.example\n",
	"copy":  "\\copy, u@ok.example\n",
	"own":   "own\n# a comment\nu@ok.example\n",
	"one":   "two\n",
	"two":   "one\n",
	"empty": "# nobody\n",
	"prog":  "\"|/bin/cat\", /tmp/file\n",
	"chain": "dave\n",
	"bad":   "a@b@c\n",
}

func openForward(user string) (Forwarding, error) {
	path := "/home/" + user + "/.forward"
	switch text, ok := forwards[user]; {
	case ok:
		return Forwarding{Path: path, Text: io.NopCloser(strings.NewReader(text))}, nil
	case user == "loose":
		return Forwarding{Path: path, Note: "others may write it"}, nil
	case user == "broken":
		return Forwarding{Path: path}, &fs.PathError{Op: "open", Path: path, Err: errors.New("stale handle")}
	}
	return Forwarding{}, nil
}

func TestForward(t *testing.T) {
	db, _ := Parse("aliases", strings.NewReader("team: dave, loose, \\dave\nalice2: alice\n"), nil)
	for _, test := range []struct{ rule, name, want string }{
		{"a user's mail goes where the file says", "dave", "user alice, mailbox u@ok.example"},
		{"a copy stays where the user is named with a backslash", "copy", "user copy, mailbox u@ok.example"},
		{"and where the user is named at all", "own", "user own, mailbox u@ok.example"},
		{"two users that forward to one another keep their mail", "one", "user two"},
		{"a file that names nobody is the mailbox", "empty", "user empty"},
		{"programs and files are told apart", "prog", "program /bin/cat, file /tmp/file"},
		{"a file leads to the next user's", "chain", "user alice, mailbox u@ok.example"},
		{"an alias leads to a file, a backslash past it", "team", "user alice, mailbox u@ok.example, user loose, user dave"},
		{"a file that cannot be read now makes mail wait", "broken", "bad 451 Cannot open /home/broken/.forward: Stale handle"},
		{"what is no address fails", "bad", "bad 553 Invalid route address"},
		{"a user without a file is no business of ours", "nobody", ""},
	} {
		t.Run(test.rule, func(t *testing.T) {
			leaves, found := Expander{Aliases: db, Forward: openForward}.Expand(test.name)
			var all []string
			for _, l := range leaves {
				switch l.Kind {
				case Bad:
					all = append(all, fmt.Sprintf("bad %d %s", l.Status.Code, l.Status.Text))
				case Program, File:
					all = append(all, string(l.Kind)+" "+l.Path)
				default:
					all = append(all, string(l.Kind)+" "+l.Address.String())
				}
				if found && len(l.Steps) == 0 && l.Kind != Bad {
					t.Errorf("%v has no steps", l)
				}
			}
			if !found {
				all = nil
			}
			if got := strings.Join(all, ", "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAForwardThatIsNotUsedIsTold(t *testing.T) {
	db, _ := Parse("aliases", strings.NewReader(""), nil)
	leaves, found := Expander{Aliases: db, Forward: openForward}.Expand("loose")
	if found || len(leaves) != 1 || len(leaves[0].Steps) != 1 || leaves[0].Steps[0].Note != "others may write it" || leaves[0].Steps[0].File != "/home/loose/.forward" {
		t.Errorf("%v %+v", found, leaves)
	}
	leaves, _ = Expander{Aliases: db, Forward: openForward}.Expand("own")
	if s := leaves[1].Steps; len(s) != 1 || s[0].Rule != RuleForward || s[0].Line != 3 || s[0].In != "own" || s[0].Out != "u@ok.example" {
		t.Errorf("%+v", s)
	}
}
