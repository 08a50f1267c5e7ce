package store

import (
	"testing"

	"postroom.dev/spool"
	"postroom.dev/spool/spooltest"
)

// mustOpen opens the store in dir and closes it at the test's end.
func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	for name, durability := range map[string]Durability{"power": Power, "process": Process} {
		t.Run(name, func(t *testing.T) {
			spooltest.Store(t, func(t *testing.T) spool.Store {
				s, err := Open(t.TempDir(), Options{Durability: durability})
				if err != nil {
					t.Fatal(err)
				}
				return s
			})
		})
	}
}
