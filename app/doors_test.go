//go:build unix

package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"postroom.dev/app/control"
)

func TestAHomeWhoseRunDirectoryIsGoneIsStillTaken(t *testing.T) {
	h := closedHome(t)
	r := openRoom(t, h)
	defer r.Close()
	run := filepath.Dir(h.PidFile())
	if err := os.RemoveAll(run); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(run, 0o700); err != nil { // as a second program does
		t.Fatal(err)
	}
	if _, err := lockHome(h); !errors.As(err, new(*Running)) {
		t.Errorf("a second program gets %v, want *Running", err)
	}
}

func TestSocketsThatWereTakenAwayAreMadeAgain(t *testing.T) {
	h := closedHome(t)
	r := openRoom(t, h)
	if err := os.RemoveAll(filepath.Dir(h.PidFile())); err != nil {
		t.Fatal(err)
	}
	if err := r.mendDoors(t.Context()); err != nil {
		t.Fatal(err)
	}
	desk, closer, err := openDesk(t.Context(), h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, running := desk.(*control.Client); !running {
		t.Errorf("%T, want the running program", desk)
	}
	closer.Close()
	conn, err := dialUnix(t.Context(), h.SubmitSocket())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{h.PidFile(), h.SubmitSocket(), h.ControlSocket()} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is left behind", path)
		}
	}
}

func TestAHomeThatWasTakenAwayIsNotMadeAgain(t *testing.T) {
	h := closedHome(t)
	r := openRoom(t, h)
	defer r.Close()
	away := h.Dir + ".away"
	if err := os.Rename(h.Dir, away); err != nil {
		t.Fatal(err)
	}
	if err := r.mendDoors(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(h.Dir); err == nil {
		t.Error("it was")
	}
	if err := os.Rename(away, h.Dir); err != nil {
		t.Fatal(err)
	}
}
