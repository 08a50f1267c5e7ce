package stats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

var start = time.Date(2026, 11, 22, 22, 51, 19, 0, time.UTC)

type world struct {
	*Keeper
	counts, hosts string
	now           time.Time
}

func newWorld(t *testing.T) *world {
	dir := t.TempDir()
	w := &world{counts: filepath.Join(dir, "new", "sendmail.st"), hosts: filepath.Join(dir, "hoststat"), now: start}
	w.Keeper = New(w.counts, w.hosts, func() time.Time { return w.now })
	return w
}

func (w *world) flush(t *testing.T) {
	t.Helper()
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (w *world) read(t *testing.T) Counts {
	t.Helper()
	c, err := ReadCounts(w.counts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The lines were printed by sendmail 8.17.1.9's mailstats.
func TestCountsArePrintedAsMailstatsDoes(t *testing.T) {
	w := newWorld(t)
	for i := range 13 {
		size := int64(1)
		if i < 5 {
			size = 1025 // two units
		}
		w.Received("local", size)
		if i < 8 {
			w.Delivered("local", size)
		}
	}
	w.Delivered("esmtp", 1024)
	w.Rejected("local")
	w.ConnectionIn(false)
	w.ConnectionIn(true)
	for range 5 {
		w.ConnectionOut()
	}
	w.flush(t)
	for want, f := range map[string]Form{
		`Statistics from Sun Nov 22 22:51:19 2026
 M   msgsfr  bytes_from   msgsto    bytes_to  msgsrej msgsdis msgsqur  Mailer
 3       13         18K        8         13K        1       0       0  local
 5        0          0K        1          1K        0       0       0  esmtp
=====================================================================
 T       13         18K        9         14K        1       0       0
 C        1                    5                    1
`: {},
		`1795387879 1795387889
 3       13         18        8         13        1       0       0  local
 5        0          0        1          1        0       0       0  esmtp
 T       13         18        9         14        1       0       0
 C        1        5      1
`: {Program: true},
		`Statistics from Sun Nov 22 22:51:19 2026
 M   msgsfr  bytes_from   msgsto    bytes_to  msgsrej msgsdis msgsqur
 3       13         18K        8         13K        1       0       0
 5        0          0K        1          1K        0       0       0
=====================================================================
 T       13         18K        9         14K        1       0       0
 C        1                    5                    1
`: {Nameless: true},
	} {
		var b bytes.Buffer
		c := w.read(t)
		if err := c.Print(&b, f, start.Add(10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%+v: %s", f, diff)
		}
	}
}

func TestClearedCountsBeginWithTheNextOne(t *testing.T) {
	w := newWorld(t)
	w.Received("local", 1)
	w.flush(t)
	if err := Clear(w.counts); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c := w.read(t)
	if err := c.Print(&b, Form{Program: true}, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%[1]d %[1]d\n T        0          0        0          0        0       0       0\n C        0        0      0\n", start.Add(time.Hour).Unix())
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
	w.now = start.Add(2 * time.Hour)
	w.Discarded("local")
	w.Quarantined("local")
	w.flush(t)
	if diff := cmp.Diff(Counts{Since: w.now, Mailers: []Mailer{{Name: "local", Discarded: 1, Quarantined: 1}}}, w.read(t)); diff != "" {
		t.Error(diff)
	}
}

func TestMailersHaveSendmailsNumbers(t *testing.T) {
	c := Counts{Mailers: []Mailer{{Name: "catch"}, {Name: "local"}, {Name: "discard"}}}
	for name, want := range map[string]int{"prog": 0, "local": 3, "esmtp": 5, "relay": 8, "catch": 9, "discard": 10} {
		if got := c.Number(name); got != want {
			t.Errorf("%s is %d, not %d", name, got, want)
		}
	}
}

// The lines were printed by sendmail 8.17.1.9.
func TestHostsArePrintedAsHoststatDoes(t *testing.T) {
	w := newWorld(t)
	w.Host("127.0.0.20", mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted", RemoteMTA: "[127.0.0.20]"})
	w.Host("127.0.0.21", mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "No such user", RemoteMTA: "[127.0.0.21]"})
	w.now = start.Add(4 * time.Second)
	w.Host("[127.0.0.33]", mta.Status{Code: 451, Text: "Connection refused"})
	w.Host("nx.invalid", mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 2}, Text: "Host unknown"})
	w.Host("", mta.Status{Code: 250})
	w.flush(t)
	for want, verbose := range map[string]bool{
		` -------------- Hostname --------------- How long ago ---------Results---------
 127.0.0.20                                  00:00:13 250 2.0.0 accepted
 127.0.0.21                                  00:00:13 OK
 127.0.0.33                                  00:00:09 Deferred: Connection refu
`: false,
		` -------------- Hostname --------------- How long ago ---------Results---------
 127.0.0.20                                  00:00:13 250 2.0.0 accepted
 127.0.0.21                                  00:00:13 OK
 127.0.0.33                                  00:00:09 Deferred: Connection refused
`: true,
	} {
		hosts, err := ReadHosts(w.hosts)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := PrintHosts(&b, hosts, start.Add(13*time.Second), verbose); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Error(diff)
		}
	}
	var b bytes.Buffer
	if err := PrintHosts(&b, nil, start, false); err != nil || b.Len() > 0 {
		t.Errorf("%q, %v where there are no hosts", b.String(), err)
	}
}

func TestPurgeForgetsWhatHasExpired(t *testing.T) {
	w := newWorld(t)
	sent := mta.Status{Code: 250, Text: "ok"}
	w.Host("old.example", sent)
	w.flush(t)
	w.now = start.Add(time.Hour)
	w.Host("MX.New.Example.", sent)
	w.flush(t)
	if err := Purge(w.hosts, w.now, 30*time.Minute); err != nil {
		t.Fatal(err)
	}
	hosts, err := ReadHosts(w.hosts)
	if diff := cmp.Diff([]Host{{Name: "mx.new.example", Used: w.now, Result: "250 ok"}}, hosts); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := Purge(filepath.Join(t.TempDir(), "none"), w.now, 0); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

func TestHostileHostsStayOnTheirLine(t *testing.T) {
	w := newWorld(t)
	w.Host("h\n evil", mta.Status{Code: 250, Text: "a\nb\x1b[2J\xff" + strings.Repeat("x", 1000)})
	w.flush(t)
	hosts, err := ReadHosts(w.hosts)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := PrintHosts(&b, hosts, start, true); err != nil || strings.Count(b.String(), "\n") != 2 || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestTooManyHostsForgetTheOldest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hoststat")
	var hosts []Host
	for i := range MaxHosts + 5 {
		hosts = append(hosts, Host{Name: fmt.Sprint(i), Used: start.Add(time.Duration(i) * time.Second)})
	}
	if err := writeHosts(path, hosts); err != nil {
		t.Fatal(err)
	}
	kept, err := ReadHosts(path)
	if err != nil || len(kept) != MaxHosts {
		t.Fatalf("%d, %v", len(kept), err)
	}
	for _, h := range kept {
		if h.Used.Before(start.Add(5 * time.Second)) {
			t.Errorf("%s was kept", h.Name)
		}
	}
}

func TestNothingIsLostUnderConcurrency(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	var owner, wait sync.WaitGroup
	owner.Go(func() { w.Run(ctx, time.Millisecond, func(err error) { t.Error(err) }) })
	for range 8 {
		wait.Go(func() {
			for range 500 {
				w.Delivered("esmtp", 10)
				w.Host("mx.example", mta.Status{Code: 250, Text: "ok"})
			}
		})
	}
	wait.Wait()
	stop()
	owner.Wait()
	if m := w.read(t).Mailers[0]; m.To != 4000 || m.ToK != 4000 {
		t.Errorf("%+v", m)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(w.counts), "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func TestADamagedFileBeginsAgain(t *testing.T) {
	w := newWorld(t)
	w.Delivered("esmtp", 1)
	w.Host("mx", mta.Status{Code: 250})
	w.flush(t)
	for _, path := range []string{w.counts, w.hosts} {
		for _, damage := range []string{"", "abc\n", "{}", `{"Postroom":"other"}`, strings.Repeat(" ", maxFile+1)} {
			if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
				t.Fatal(err)
			}
			w.Delivered("esmtp", 1)
			w.Host("mx", mta.Status{Code: 250})
			if err := w.Flush(); !errors.Is(err, ErrFormat) {
				t.Fatalf("%.20q: %v", damage, err)
			}
			w.flush(t)
		}
	}
	if m := w.read(t).Mailers[0]; m.To != 1+5 {
		t.Errorf("%+v", m) // five since the counts' last damage, which kept one
	}
}

func TestWhatCannotBeWrittenIsKept(t *testing.T) {
	w := newWorld(t)
	if err := os.WriteFile(filepath.Dir(w.counts), nil, 0o600); err != nil { // a file where the directory should be
		t.Fatal(err)
	}
	w.Delivered("esmtp", 1)
	if err := w.Flush(); err == nil {
		t.Fatal("written nowhere")
	}
	w.Delivered("esmtp", 1)
	if err := os.Remove(filepath.Dir(w.counts)); err != nil {
		t.Fatal(err)
	}
	w.flush(t)
	if m := w.read(t).Mailers[0]; m.To != 2 {
		t.Errorf("%+v", m)
	}
}

func TestANilKeeperCountsNothing(t *testing.T) {
	var k *Keeper
	k.Received("local", 1)
	k.ConnectionOut()
	k.Host("h", mta.Status{Code: 250})
	if err := k.Flush(); err != nil {
		t.Error(err)
	}
	if _, err := ReadCounts(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzReadFiles(f *testing.F) {
	f.Add([]byte(`{"Postroom":"statistics","Since":"2026-11-22T22:51:19Z","Mailers":[{"Name":"local","From":1}],"In":1}`))
	f.Add([]byte(`{"Postroom":"hosts","Hosts":[{"Name":"mx","Used":"2026-11-22T22:51:19Z","Result":"OK"}]}`))
	path := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if c, err := ReadCounts(path); err == nil {
			if err := c.Print(&out, Form{}, start); err != nil {
				t.Error(err)
			}
			if n := strings.Count(out.String(), "\n"); n > len(c.Mailers)+5 {
				t.Errorf("%d lines for %d mailers", n, len(c.Mailers))
			}
		}
		out.Reset()
		if h, err := ReadHosts(path); err == nil && len(h) > 0 {
			if err := PrintHosts(&out, h, start, false); err != nil {
				t.Error(err)
			}
			if n := strings.Count(out.String(), "\n"); n != len(h)+1 {
				t.Errorf("%d lines for %d hosts", n, len(h))
			}
		}
	})
}
