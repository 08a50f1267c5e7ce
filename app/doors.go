package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// doorInterval is the time between two looks whether the sockets are still there.
const doorInterval = 5 * time.Second

// writePid tells who runs on the home.
func (r *Room) writePid() error {
	text := fmt.Sprintf("%d\n%s\n", os.Getpid(), strings.Join(os.Args, " "))
	return os.WriteFile(r.home.PidFile(), []byte(text), 0o600)
}

// openSubmit lets the sendmail command in.
func (r *Room) openSubmit(ctx context.Context) error {
	l, err := listenUnix(r.home.SubmitSocket())
	if err != nil {
		return fmt.Errorf("submit socket: %w", err)
	}
	r.serve(ctx, r.submit, l)
	return nil
}

// openControl lets our own commands in.
func (r *Room) openControl() error {
	l, err := listenUnix(r.home.ControlSocket())
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	r.running.Go(func() {
		if err := r.control.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			r.problem("control socket: " + err.Error())
		}
	})
	return nil
}

// keepDoors opens the sockets again that somebody took away: a home below /tmp is cleaned up now and then. Each problem is told once.
func (r *Room) keepDoors(ctx context.Context) {
	told := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(doorInterval):
		}
		if err := r.mendDoors(ctx); err != nil && !told[err.Error()] {
			told[err.Error()] = true
			r.problem(err.Error())
		}
	}
}

// mendDoors makes what is missing in run/, but no home that was taken away as a whole.
func (r *Room) mendDoors(ctx context.Context) error {
	r.doors.Lock()
	defer r.doors.Unlock()
	if err := os.Mkdir(filepath.Dir(r.home.PidFile()), 0o700); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for path, open := range map[string]func() error{
		r.home.PidFile():       r.writePid,
		r.home.SubmitSocket():  func() error { return r.openSubmit(ctx) },
		r.home.ControlSocket(): r.openControl,
	} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := open(); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
