package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"postroom.dev/app/config"
)

// How long a home may be locked with nobody answering on it: a command holds the lock while it reads, and
// a program has it before it answers and after it has stopped to.
const (
	lockWait  = 10 * time.Second
	lockRetry = 10 * time.Millisecond
)

// errLocked says that another program has the home.
var errLocked = errors.New("locked")

// Running says that another program has the home.
type Running struct {
	Home string
	PID  string // "" when it is a command that reads the store of a home on which no program runs, or one whose run/ was taken away
}

func (r *Running) Error() string {
	if r.PID == "" {
		return fmt.Sprintf("%s: another Postroom is at work in it; try again when it has ended", r.Home)
	}
	return fmt.Sprintf("already active on %s (pid %s); several instances on one home are not supported: stop that one, or choose another home with --home DIR", r.Home, r.PID)
}

// homeLock holds a home: run/lock, and where the system can lock a directory the home itself, because those who clean up take run/ away, too.
type homeLock struct{ file, dir *os.File }

// Close lets go of the home.
func (l homeLock) Close() error {
	err := l.file.Close()
	if l.dir != nil {
		err = errors.Join(err, l.dir.Close())
	}
	return err
}

// lockHome locks the home, or gives a *Running.
func lockHome(home config.Home) (lock homeLock, err error) {
	if lock.file, err = lockFile(home.Lock()); err == nil {
		if lock.dir, err = lockDir(home.Dir); err != nil {
			lock.file.Close()
		}
	}
	if errors.Is(err, errLocked) {
		pid := ""
		if text, err := os.ReadFile(home.PidFile()); err == nil {
			pid, _, _ = strings.Cut(string(text), "\n")
		}
		return lock, &Running{Home: home.Dir, PID: pid}
	}
	return lock, err
}

// takeHome is lockHome for those who can wait. A program that answers on the home will not go away: that is a *Running at once.
func takeHome(home config.Home) (homeLock, error) {
	for end := time.Now().Add(lockWait); ; time.Sleep(lockRetry) {
		lock, err := lockHome(home)
		if running := (*Running)(nil); !errors.As(err, &running) || answering(home) || time.Now().After(end) {
			return lock, err
		}
	}
}

// answering says whether a program answers on the home.
func answering(home config.Home) bool {
	conn, err := dialUnix(context.Background(), home.ControlSocket())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
