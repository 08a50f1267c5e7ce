package app

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"postroom.dev/app/config"
)

// closedHome makes a home on which a program ran and ended.
func closedHome(t *testing.T) config.Home {
	t.Helper()
	h := config.Home{Dir: filepath.Join(t.TempDir(), "home")}
	if err := openRoom(t, h).Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

func openRoom(t *testing.T, h config.Home) *Room {
	t.Helper()
	r, err := Open(h, Options{Listen: []string{"127.0.0.1:0"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCommandsOnAClosedHomeWaitForEachOther(t *testing.T) {
	h := closedHome(t)
	var calls sync.WaitGroup
	for range 4 { // the last one waits for all others
		calls.Go(func() {
			_, closer, err := openDesk(t.Context(), h.Dir)
			if err != nil {
				t.Errorf("a command beside others: %v", err)
				return
			}
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}

func TestAProgramThatStartsWaitsForACommandToEnd(t *testing.T) {
	h := closedHome(t)
	_, command, err := openDesk(t.Context(), h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { command.Close() })
	if err := openRoom(t, h).Close(); err != nil {
		t.Error(err)
	}
}

func TestACommandWaitsForAProgramThatStarts(t *testing.T) {
	h := closedHome(t)
	lock, err := lockHome(h) // as a program does before it answers
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { lock.Close() })
	_, closer, err := openDesk(t.Context(), h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	closer.Close()
}

func TestASecondProgramIsRefusedAtOnce(t *testing.T) {
	h := closedHome(t)
	first := openRoom(t, h)
	defer first.Close()
	began := time.Now()
	_, err := Open(h, Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if running := (*Running)(nil); !errors.As(err, &running) {
		t.Fatalf("the second program got %v, want *Running", err)
	}
	if took := time.Since(began); took >= lockWait {
		t.Errorf("it waited %v for a program that answers", took)
	}
}
