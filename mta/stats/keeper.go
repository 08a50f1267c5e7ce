package stats

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"
	"unicode"

	"postroom.dev/mta"
)

// Keeper counts. Any goroutine may use it; a nil *Keeper counts nothing.
type Keeper struct {
	counts, hosts string
	now           func() time.Time

	mu     sync.Mutex
	delta  Counts // what was counted since the last Flush
	any    bool
	spoken map[string]Host

	flushing sync.Mutex // one Flush at a time
}

// New gives a Keeper for the statistics file and the host status file with these paths.
func New(counts, hosts string, now func() time.Time) *Keeper {
	return &Keeper{counts: counts, hosts: hosts, now: now, spoken: map[string]Host{}}
}

// Received counts a message of so many octets from a sender whose own mail goes through mailer: "local", "esmtp".
func (k *Keeper) Received(mailer string, size int64) {
	k.count(mailer, func(m *Mailer) { m.From++; m.FromK += kilo(size) })
}

// Delivered counts one recipient of a message of so many octets.
func (k *Keeper) Delivered(mailer string, size int64) {
	k.count(mailer, func(m *Mailer) { m.To++; m.ToK += kilo(size) })
}

// Rejected, Discarded and Quarantined count one recipient, or one message where none was accepted.
func (k *Keeper) Rejected(mailer string) { k.count(mailer, func(m *Mailer) { m.Rejected++ }) }

// Discarded counts what a rule threw away.
func (k *Keeper) Discarded(mailer string) { k.count(mailer, func(m *Mailer) { m.Discarded++ }) }

// Quarantined counts what is held.
func (k *Keeper) Quarantined(mailer string) { k.count(mailer, func(m *Mailer) { m.Quarantined++ }) }

// ConnectionIn counts a connection that came in; refused says that it was turned away.
func (k *Keeper) ConnectionIn(refused bool) {
	k.change(func() {
		if refused {
			k.delta.Rejected++
		} else {
			k.delta.In++
		}
	})
}

// ConnectionOut counts a connection to another host.
func (k *Keeper) ConnectionOut() { k.change(func() { k.delta.Out++ }) }

// Host remembers how a host answered. Name is the one that was asked for; where st says which host
// answered, that one counts. A recipient's refusal is no fault of the host: it is "OK".
func (k *Keeper) Host(name string, st mta.Status) {
	if st.RemoteMTA != "" {
		name = st.RemoteMTA
	}
	name = strings.ToLower(strings.Trim(strings.TrimSuffix(name, "."), "[]"))
	var result string
	switch {
	case name == "" || st.Code == 0:
		return
	case st.OK():
		result = mta.Status{Code: st.Code, Enhanced: st.Enhanced, Text: st.Text}.Error()
	case st.RemoteMTA != "":
		result = "OK"
	case st.Temporary():
		result = "Deferred: " + st.Text
	default:
		return // it was never spoken to
	}
	k.change(func() {
		if len(k.spoken) < MaxHosts {
			k.spoken[name] = Host{Name: clean(name, 255), Used: k.now(), Result: clean(result, 200)}
		}
	})
}

func (k *Keeper) count(mailer string, add func(*Mailer)) {
	k.change(func() {
		if m := k.delta.mailer(mailer); m != nil {
			add(m)
		}
	})
}

func (k *Keeper) change(do func()) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	do()
	k.any = true
}

// Run flushes every so often until ctx ends, and then once more. Errors go to problem, which may be nil: counting goes on.
func (k *Keeper) Run(ctx context.Context, every time.Duration, problem func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		if err := k.Flush(); err != nil && problem != nil {
			problem(err)
		}
	}
}

// Flush adds what was counted to the files. What could not be written is kept for the next Flush. A file that is damaged
// begins again: Flush says so and succeeds next time.
func (k *Keeper) Flush() error {
	if k == nil {
		return nil
	}
	k.flushing.Lock()
	defer k.flushing.Unlock()
	k.mu.Lock()
	delta, spoken, any := k.delta, k.spoken, k.any
	k.delta, k.spoken, k.any = Counts{}, map[string]Host{}, false
	k.mu.Unlock()
	if !any {
		return nil
	}
	countErr := k.flushCounts(delta)
	hostErr := k.flushHosts(spoken)
	if countErr == nil && hostErr == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.any = true
	if countErr != nil {
		delta.add(k.delta)
		k.delta = delta
	}
	if hostErr != nil {
		for name, h := range spoken {
			if _, newer := k.spoken[name]; !newer {
				k.spoken[name] = h
			}
		}
	}
	return fmt.Errorf("stats: %w", errors.Join(countErr, hostErr))
}

func (k *Keeper) flushCounts(delta Counts) error {
	c, err := ReadCounts(k.counts)
	if errors.Is(err, ErrFormat) {
		return errors.Join(err, writeCounts(k.counts, Counts{}))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if c.Since.IsZero() {
		c.Since = k.now()
	}
	c.add(delta)
	return writeCounts(k.counts, c)
}

func (k *Keeper) flushHosts(spoken map[string]Host) error {
	if len(spoken) == 0 {
		return nil
	}
	hosts, err := ReadHosts(k.hosts)
	if errors.Is(err, ErrFormat) {
		return errors.Join(err, writeHosts(k.hosts, nil))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var all []Host
	for _, h := range hosts {
		if _, newer := spoken[h.Name]; !newer {
			all = append(all, h)
		}
	}
	for _, h := range spoken {
		all = append(all, h)
	}
	return writeHosts(k.hosts, all)
}

// kilo gives octets in units of 1,024, rounded up.
func kilo(size int64) int64 { return (size + 1023) / 1024 }

// clean makes what a host said fit for a line of at most n octets.
func clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
