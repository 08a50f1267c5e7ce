//go:build unix

package deliver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const arrivals = 60 // messages that arrive

// People read their mail, move it and have the mailbox written anew while more arrives: nothing is lost, nothing is in the mailbox twice.
func TestMailboxesThatAreReadAndChangedWhileMailArrives(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context, home, box, taken string) *exec.Cmd{
		"s-nail": func(ctx context.Context, _, box, taken string) *exec.Cmd { // takes the first message out
			c := exec.CommandContext(ctx, "s-nail", "-:/", "-N", "-#", "-f", "%:"+box) // as it opens the mailbox in $MAIL
			c.Stdin = strings.NewReader("copy 1 " + taken + "\ndelete 1\nquit\n")
			return c
		},
		"mutt": func(ctx context.Context, _, box, _ string) *exec.Cmd { // marks new messages as old; where one arrives meanwhile it does not quit
			return exec.CommandContext(ctx, "script", "-qec", "mutt -n -F /dev/null -f '"+box+"' -e 'set quit=yes delete=yes move=no mark_old=yes' -e 'push "+strings.Repeat("<quit>", 2*arrivals)+"'", "/dev/null")
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, need := range []string{name, "script"} {
				if _, err := exec.LookPath(need); err != nil {
					t.Skipf("[skip] %s is not installed; make test installs it", need)
				}
			}
			const messages = arrivals
			dir, home := t.TempDir(), t.TempDir()
			if err := os.Mkdir(filepath.Join(home, "Mail"), 0o700); err != nil { // or mutt asks
				t.Fatal(err)
			}
			l, mailbox, taken := box(dir), filepath.Join(dir, "bob"), filepath.Join(home, "taken")
			deliver := func(n int) {
				m := fmt.Sprintf("From: alice@example.com\nSubject: number %d.\nDate: Mon, 2 Nov 2026 12:00:05 +0000\n\nbody\n", n)
				for {
					got := l.Deliver(t.Context(), local(text(m)))[0]
					if got.OK() {
						return
					}
					if !got.Temporary() {
						t.Errorf("%d: %v %v", n, got, got.Err)
						return
					}
				}
			}
			deliver(0)
			var arriving sync.WaitGroup
			arriving.Go(func() {
				for n := 1; n < messages; n++ {
					deliver(n)
					time.Sleep(20 * time.Millisecond)
				}
			})
			arrived := make(chan struct{})
			go func() { arriving.Wait(); close(arrived) }()
			runs := 0
			for done := false; !done || runs < 3; runs++ {
				select {
				case <-arrived:
					done = true
				default:
				}
				ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
				c := read(ctx, home, mailbox, taken)
				c.Env = append(os.Environ(), "HOME="+home, "TERM=xterm", "MAILRC=/dev/null")
				if out, err := c.CombinedOutput(); err != nil && ctx.Err() != nil {
					t.Errorf("it hangs: %.300q", out)
					done = true
				}
				cancel()
			}
			arriving.Wait()
			in := func(file string) []string {
				b, err := os.ReadFile(file)
				if err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
				found := regexp.MustCompile(`(?m)^Subject: number \d+\.$`).FindAllString(string(b), -1)
				slices.Sort(found)
				return found
			}
			// A reader that has copied a message and then cannot have the mailbox leaves it there, and copies it again.
			left, copied := in(mailbox), slices.Compact(in(taken))
			if n := len(left); n != len(slices.Compact(slices.Clone(left))) {
				t.Errorf("the mailbox has a message twice after %d runs of %s: %q", runs, name, left)
			}
			all := append(left, copied...)
			slices.Sort(all)
			if n := len(slices.Compact(all)); n != messages {
				t.Errorf("%d messages are there after %d runs of %s, want %d", n, runs, name, messages)
			}
			t.Logf("%d runs of %s", runs, name)
		})
	}
}
