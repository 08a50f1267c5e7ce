package account

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFullNames(t *testing.T) {
	for gecos, want := range map[string]string{"Alice Example,Room 1,,": "Alice Example", "& Smith": "Carol Smith", "": "", "A;b": "A", " x ": "x"} {
		if got := (Account{Name: "carol", GECOS: gecos}).FullName(); got != want {
			t.Errorf("%q: %q, want %q", gecos, got, want)
		}
	}
}

func TestUsersOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	os.WriteFile(path, []byte("# comment\nroot:x:0:0:root:/root:/bin/sh\nbroken:x\nalice:x:1000:1000:Alice Example,,,:/home/alice:/bin/sh\n"), 0o600)
	p := File(path)
	if u, ok := p.ByUID(1000); !ok || u.Name != "alice" || u.FullName() != "Alice Example" {
		t.Errorf("%+v, %v", u, ok)
	}
	if u, ok := p.ByName("root"); !ok || u.GECOS != "root" {
		t.Errorf("%+v, %v", u, ok)
	}
	if u, ok := p.ByUID(1); ok {
		t.Errorf("%+v", u)
	}
	if _, ok := File(path + "x").ByName("root"); ok {
		t.Error("found in a file that is not there")
	}
}
