package app

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom.dev/app/config/account"
)

func TestForwardFilesAreReadAsSendmailTrustsThem(t *testing.T) {
	if os.PathListSeparator != ':' {
		t.Skip("no .forward files here")
	}
	home := filepath.Join(t.TempDir(), "dave")
	spare := filepath.Join(t.TempDir(), "spare")
	for _, dir := range []string{home, spare} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f := forwarder{"$z/.forward:" + spare + "/$u:relative/$u", func(name string) (account.Account, bool) {
		return account.Account{Home: home, UID: "0"}, name == "dave"
	}}
	for _, step := range []struct {
		rule string
		do   func() error
		user string
		want string // what the file says, or the note
	}{
		{"no file, no forwarding", func() error { return nil }, "dave", ""},
		{"the user's file", func() error { return os.WriteFile(filepath.Join(home, ".forward"), []byte("alice\n"), 0o644) }, "dave", "alice\n"},
		{"not that of others", func() error { return nil }, "eve", ""},
		{"one that others may write is told and not used", func() error { return os.Chmod(filepath.Join(home, ".forward"), 0o664) }, "dave",
			"Group writable file; not used, cure: chmod go-w " + filepath.Join(home, ".forward")},
		{"nor one in a directory that others may write", func() error {
			return firstError(os.Chmod(filepath.Join(home, ".forward"), 0o600), os.Chmod(home, 0o777))
		}, "dave", "Group writable directory; not used, cure: chmod go-w " + home},
		{"the next path counts then", func() error { return os.WriteFile(filepath.Join(spare, "dave"), []byte("bob\n"), 0o600) }, "dave", "bob\n"},
		{"names that are paths are nobody's", func() error { return nil }, "../spare/dave", ""},
		{"a directory is no file", func() error {
			return firstError(os.Remove(filepath.Join(spare, "dave")), os.Mkdir(filepath.Join(spare, "dave"), 0o700), os.RemoveAll(filepath.Join(home, ".forward")))
		}, "dave", "not a regular file; not used"},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		got, err := f.open(step.user)
		if err != nil {
			t.Fatalf("%s: %v", step.rule, err)
		}
		said := got.Note
		if got.Text != nil {
			b, err := io.ReadAll(got.Text)
			if err != nil {
				t.Fatal(err)
			}
			got.Text.Close()
			said = string(b)
		}
		if said != step.want || said != "" && !strings.HasPrefix(got.Path, filepath.Dir(home)) && !strings.HasPrefix(got.Path, spare) {
			t.Errorf("%s: %s says %q, want %q", step.rule, got.Path, said, step.want)
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
