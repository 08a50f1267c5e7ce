package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestADirectoryNamedLikeAControlFileHidesNoQueue(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ made, want string }{
		{"qf", dir},
		{"df", dir},
		{"qf6AMC00AF000001", dir},
		{"q1", filepath.Join(dir, "q*")},
	} {
		if err := os.Mkdir(filepath.Join(dir, test.made), 0o700); err != nil {
			t.Fatal(err)
		}
		if got := queuePattern(dir); got != test.want {
			t.Errorf("with %s: %s, want %s", test.made, got, test.want)
		}
	}
}
