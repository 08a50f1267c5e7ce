package deliver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

func noon() time.Time { return time.Date(2026, 11, 2, 12, 0, 5, 0, time.UTC) }

func box(dir string) *Local {
	return NewLocal(LocalOptions{Dir: dir, Now: noon, LockWait: 20 * time.Second})
}

func read(t testing.TB, elem ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMailbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	l := box(dir)
	const from = "From alice@example.com Mon Nov  2 12:00:05 2026\nReturn-Path: <alice@example.com>\n"
	var want string
	for _, c := range []struct{ name, in, out string }{
		{"as it is", "Subject: a\n\nbody\n", "Subject: a\n\nbody\n"},
		{"CR LF becomes LF", "Subject: a\r\n\r\nbody\r\n", "Subject: a\n\nbody\n"},
		{"a last line gets an end", "Subject: a\n\nbody", "Subject: a\n\nbody\n"},
		{"From is quoted, reversibly", "Subject: a\n\nFrom here\n>From\n>From there\n From\nFrom\nFrom:x\nFro", "Subject: a\n\n>From here\n>From\n>>From there\n From\nFrom\nFrom:x\nFro\n"},
		{"empty", "", ""},
		{"a single CR stays, and CR CR LF is one with a line end", "a\rb\r\r\nc\r", "a\rb\r\nc\r\n"},
	} {
		got := results(l.Deliver(t.Context(), job(t, "", c.in, "bob@example.com")))
		if got[0] != "250 2.0.0 " {
			t.Fatal(c.name, got)
		}
		want += from + c.out + "\n"
		if d := cmp.Diff(want, read(t, dir, "bob")); d != "" {
			t.Fatalf("%s: %s", c.name, d)
		}
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "bob"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "bob.lock")); err == nil {
		t.Error("the lock file is still there")
	}
}

func TestFromLine(t *testing.T) {
	for _, c := range []struct {
		sender address.Address
		want   string
	}{
		{address.Address{}, "From MAILER-DAEMON Mon Nov  2 12:00:05 2026\nReturn-Path: <>\n"},
		{address.Address{Local: "alice"}, "From alice Mon Nov  2 12:00:05 2026\nReturn-Path: <alice>\n"},
		{address.Address{Local: "a b", Domain: "x"}, "From \"a_b\"@x Mon Nov  2 12:00:05 2026\nReturn-Path: <\"a b\"@x>\n"},
		{address.Address{Local: "a\nFrom b", Domain: "x"}, "From \"a_From_b\"@x Mon Nov  2 12:00:05 2026\nReturn-Path: <\"a From b\"@x>\n"},
	} {
		var b strings.Builder
		env := &mta.Envelope{Sender: c.sender}
		if err := writeMbox(&b, fromLine(env, noon()), env, text("")); err != nil || b.String() != c.want+"\n" {
			t.Errorf("%q, %v", b.String(), err)
		}
	}
}

func TestUserNames(t *testing.T) {
	dir := t.TempDir()
	l := box(filepath.Join(dir, "mail"))
	for name, ok := range map[string]bool{
		"bob": true, "bob+x": true, "a b": true, "jürgen": true, "a..b": true, strings.Repeat("x", 200): true,
		"": false, ".": false, "..": false, ".bob": false, "../bob": false, "a/b": false, `a\b`: false, "a\x00b": false, "a\nb": false,
		"bob.lock": false, "c:x": false, strings.Repeat("x", 201): false,
	} {
		j := job(t, "", hello, "bob")
		j.Envelope.Recipients[0].Address.Local = name
		got := results(l.Deliver(t.Context(), j))[0]
		if want := map[bool]string{true: "250 2.0.0 ", false: "550 5.1.1 User unknown"}[ok]; got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
	all, _ := os.ReadDir(dir)
	if len(all) != 1 {
		t.Errorf("beside the directory: %v", all)
	}
}

// Each recipient has an answer of its own.
func TestOneMailboxThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	got := results(box(dir).Deliver(t.Context(), job(t, "", hello, "a", "b", "c")))
	if d := cmp.Diff([]string{"250 2.0.0 ", "451 4.2.0 mailbox of b cannot be written", "250 2.0.0 "}, got); d != "" {
		t.Error(d)
	}
}

func TestUnreadableMessageLeavesTheMailbox(t *testing.T) {
	dir := t.TempDir()
	l := box(dir)
	l.Deliver(t.Context(), job(t, "", hello, "bob"))
	before := read(t, dir, "bob")
	j := job(t, "", "", "bob")
	for name, c := range map[string]mta.Content{
		"at once":             torn{text(hello)},
		"when read again":     &fickle{long: text(strings.Repeat(hello, 1<<15))},
		"shorter at the end":  &fickle{long: text(strings.Repeat(hello, 1<<15)), short: text(hello)},
		"longer at the end":   &fickle{long: text(hello), short: text(strings.Repeat(hello, 1<<15))},
		"not open any longer": &fickle{long: text(hello), gone: true},
	} {
		j.Content = c
		if got := l.Deliver(t.Context(), j); !got[0].Temporary() || got[0].Err == nil {
			t.Errorf("%s: %v", name, got)
		}
		if read(t, dir, "bob") != before {
			t.Fatalf("%s: the mailbox changed", name)
		}
	}
}

// fickle is long when it is read first, and something else after that.
type fickle struct {
	long, short text
	gone        bool
	n           int
}

func (c *fickle) Size() int64 { return c.long.Size() }

func (c *fickle) Open() (mta.Reader, error) {
	switch c.n++; {
	case c.n == 1:
		return c.long.Open()
	case c.gone:
		return nil, errors.New("gone")
	case c.short == "":
		return torn{c.long}.Open()
	}
	return c.short.Open()
}

func TestLockFiles(t *testing.T) {
	for _, c := range []struct {
		name, lock string
		age        time.Duration
		want       string
	}{
		{"of a living process", fmt.Sprint(os.Getppid()), 0, "450 4.2.0 mailbox of bob is locked"},
		{"of unknown origin", "", 0, "450 4.2.0 mailbox of bob is locked"},
		{"of a dead process", "999999999\n", 0, "250 2.0.0 "},
		{"of a process that had our number", fmt.Sprintln(os.Getpid()), 0, "250 2.0.0 "},
		{"forgotten", "", time.Hour, "250 2.0.0 "},
		{"with nonsense", "999999999\n7 x y\n", 0, "250 2.0.0 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			lock := filepath.Join(dir, "bob.lock")
			if err := os.WriteFile(lock, []byte(c.lock), 0o600); err != nil {
				t.Fatal(err)
			}
			old := time.Now().Add(-c.age)
			if err := os.Chtimes(lock, old, old); err != nil {
				t.Fatal(err)
			}
			l := NewLocal(LocalOptions{Dir: dir, Now: noon, LockWait: 100 * time.Millisecond})
			if got := results(l.Deliver(t.Context(), job(t, "", hello, "bob"))); got[0] != c.want {
				t.Error(got)
			}
			if _, err := os.Stat(lock); (err == nil) != (c.want[0] != '2') {
				t.Errorf("lock file: %v", err)
			}
		})
	}
}

func TestContextEndsTheWaitForALock(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bob.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got := results(box(dir).Deliver(ctx, job(t, "", hello, "bob"))); got[0] != "451 4.3.2 delivery was interrupted" {
		t.Error(got)
	}
}

// What a note of a crash may and may not take away.
func TestRecovery(t *testing.T) {
	const first = "From x Mon Nov  2 12:00:05 2026\n"
	const whole = first + "Return-Path: <x>\nSubject: s\n\nbody\n\n"
	const kept = "From y Mon Nov  2 12:00:05 2026\n\nold\n\n"
	note := func(size, length int) string { return fmt.Sprintf("999999999\n%d %d %q\n", size, length, first) }
	for _, c := range []struct{ name, mailbox, note, want string }{
		{"a piece goes", kept + whole[:50], note(len(kept), len(whole)), kept},
		{"a piece of its first line goes", kept + whole[:10], note(len(kept), len(whole)), kept},
		{"a piece in an empty mailbox goes", whole[:50], note(0, len(whole)), ""},
		{"what is whole stays", kept + whole, note(len(kept), len(whole)), kept + whole},
		{"nothing was written", kept, note(len(kept), len(whole)), kept},
		{"a mailbox that has become shorter stays", kept, note(len(kept)+50, len(whole)), kept},
		{"something else in that place stays", kept + kept[:30], note(len(kept), len(whole)), kept + kept[:30] + "\n\n"},
		{"another's entry behind the piece stays", kept + whole[:45] + "\nFrom z x\n\n", note(len(kept), 500), kept + whole[:45] + "\nFrom z x\n\n"},
		{"a broken note does nothing", kept + whole[:50], "999999999\n" + fmt.Sprint(len(kept)) + " 12", kept + whole[:50] + "\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, s := range map[string]string{"bob": c.mailbox, "bob.lock": c.note} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := box(dir).Deliver(t.Context(), job(t, "", hello, "bob")); !got[0].OK() {
				t.Fatal(got)
			}
			const next = "From alice@example.com Mon Nov  2 12:00:05 2026\nReturn-Path: <alice@example.com>\n" + hello + "\n"
			if d := cmp.Diff(c.want+next, read(t, dir, "bob")); d != "" {
				t.Error(d)
			}
		})
	}
}

// A piece that ends anywhere is found, whatever block the end of an entry falls into.
func TestRecoveryLooksAcrossBlocks(t *testing.T) {
	const first = "From x Mon Nov  2 12:00:05 2026\n"
	for _, n := range []int{1 << 10, 32<<10 - 8, 32<<10 - 3, 32 << 10, 64<<10 - 5, 64<<10 + 1} {
		tail := first + strings.Repeat("x", n-len(first)) + "\nFrom z\n"
		path := filepath.Join(t.TempDir(), "m")
		if err := os.WriteFile(path, []byte(tail), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		b := &mbox{path: path, file: f}
		if ours, err := b.isOurs(0, int64(len(tail)), first); ours || err != nil {
			t.Errorf("%d: the second entry was not seen, %v", n, err)
		}
		if ours, err := b.isOurs(0, int64(len(tail)-8), first); !ours || err != nil {
			t.Errorf("%d: not ours, %v", n, err)
		}
		_ = f.Close()
	}
}

// unquote takes an mbox apart again.
func unquote(t testing.TB, mbox string) (entries []string) {
	t.Helper()
	if mbox != "" && !strings.HasPrefix(mbox, fromWord) {
		t.Errorf("mailbox does not begin with From: %.60q", mbox)
	}
	for i, entry := range strings.Split("\n"+mbox, "\n"+fromWord)[1:] {
		if last := strings.HasSuffix(mbox, entry); !last && !strings.HasSuffix(entry, "\n") || last && !strings.HasSuffix(mbox, "\n\n") {
			t.Errorf("entry %d does not end in an empty line: %.60q", i, entry)
		}
		var body strings.Builder
		n := 0
		for line := range strings.Lines(entry) {
			if n++; n <= 2 { // From_ and Return-Path
				continue
			}
			if line[0] == '>' && strings.HasPrefix(strings.TrimLeft(line, ">"), fromWord) {
				line = line[1:]
			}
			body.WriteString(line)
		}
		entries = append(entries, body.String())
	}
	if n := len(entries); n > 0 { // the others lost it to the From_ line behind them
		entries[n-1] = strings.TrimSuffix(entries[n-1], "\n")
	}
	return entries
}

// Unquoting gives back the message, however it was cut when it was written.
func FuzzQuoting(f *testing.F) {
	for _, s := range []string{"", "From ", ">From x\n>>>>From", "Fro\nFrom\r\n\r\nFrom a\r", "\r\n.\r\n", "\n\n\n", ">\n>F\n>>From \n"} {
		f.Add(s, uint64(len(s)))
	}
	f.Fuzz(func(t *testing.T, s string, seed uint64) {
		var b strings.Builder
		b.WriteString("From x y\nReturn-Path: <x>\n")
		q := quoter{w: &b}
		r := rand.New(rand.NewPCG(seed, 1))
		for p := []byte(s); len(p) > 0; {
			n := 1 + r.IntN(len(p))
			if _, err := q.Write(p[:n]); err != nil {
				t.Fatal(err)
			}
			p = p[n:]
		}
		if err := q.end(); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(s, "\r\n", "\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		got := unquote(t, b.String())
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q", want, got)
		}
	})
}
