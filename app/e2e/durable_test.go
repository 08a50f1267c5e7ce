package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestKillRightAfterTheLast250LosesNothing(t *testing.T) {
	const messages = 2000
	home := newHome(t)
	p := serve(t, home)
	if _, err := (load{sessions: 10, messages: messages, size: 2048}).send(p.smtp); err != nil {
		t.Fatal(err)
	}
	p.stop(syscall.SIGKILL)

	p = serve(t, home)
	all := p.list()
	if len(all) != messages {
		t.Fatalf("%d of %d messages survived", len(all), messages)
	}
	var to []string
	for _, m := range all {
		to = append(to, m.Recipients[0].Address)
	}
	slices.Sort(to)
	if to = slices.Compact(to); len(to) != messages {
		t.Errorf("%d different recipients, want %d", len(to), messages)
	}
	for _, n := range []int{0, 1, messages / 2, messages - 1} {
		if got := p.postroom("raw", "--rcpt", fmt.Sprintf("n%d@example.com", n)); got != string(text(n%64, 2048)) {
			t.Errorf("message %d is not what was sent:\n%.200q", n, got)
		}
	}
}

func TestKillUnderLoadLosesNothingThatWasAccepted(t *testing.T) {
	home := newHome(t)
	p := serve(t, home)
	var mu sync.Mutex
	accepted := map[string]bool{}
	enough := make(chan bool)
	l := load{sessions: 10, messages: 100_000, size: 2048, delivered: func(n int) {
		mu.Lock()
		defer mu.Unlock()
		accepted[fmt.Sprintf("n%d@example.com", n)] = true
		if len(accepted) == 1000 {
			close(enough)
		}
	}}
	ended := make(chan error)
	go func() { _, err := l.send(p.smtp); ended <- err }()
	<-enough
	p.stop(syscall.SIGKILL)
	if err := <-ended; err == nil {
		t.Fatal("the load came to its end before the kill")
	}
	p = serve(t, home)
	stored := map[string]bool{}
	for _, m := range p.list() {
		if stored[m.Recipients[0].Address] {
			t.Errorf("%s is there twice", m.Recipients[0].Address)
		}
		stored[m.Recipients[0].Address] = true
	}
	for to := range accepted {
		if !stored[to] {
			t.Errorf("the message to %s was accepted and is lost", to)
		}
	}
}

func TestStoppingGentlyEndsWellAndStartsAgain(t *testing.T) {
	home := newHome(t)
	p := serve(t, home)
	if _, err := (load{sessions: 1, messages: 5, size: 500}).send(p.smtp); err != nil {
		t.Fatal(err)
	}
	if err := p.stop(syscall.SIGTERM); err != nil || p.err() != "" {
		t.Errorf("SIGTERM: %v, stderr %q", err, p.err())
	}
	// Without a program on the home the commands read the store themselves.
	if n := strings.Count(p.postroom("list", "--json"), "\n"); n != 5 {
		t.Errorf("%d messages, want 5", n)
	}
	if n := strings.Count(p.postroom("search", "subject:message", "--json"), "\n"); n != 5 {
		t.Errorf("%d messages found, want 5", n)
	}
}
