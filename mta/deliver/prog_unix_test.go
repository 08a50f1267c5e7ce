//go:build unix

package deliver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// asIs lets every command run.
func asIs(command string) (string, error) { return command, nil }

func runProgram(t *testing.T, o ProgOptions, command, message string) mta.Status {
	t.Helper()
	o.Now, o.Dir = func() time.Time { return time.Unix(0, 0).UTC() }, t.TempDir()
	if o.Command == nil {
		o.Command = asIs
	}
	env := &mta.Envelope{Sender: address.Address{Local: "ada", Domain: "example.com"},
		Recipients: []mta.Recipient{{Address: address.Address{Local: "|" + command}}}}
	return NewProg(o).Deliver(context.Background(), Job{Envelope: env, Rcpts: []int{0}, Content: text(message)})[0]
}

func TestAProgramGetsFromLineHeaderAndBodyWithBareLF(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	s := runProgram(t, ProgOptions{}, "cat > "+out, "Subject: x\r\n\r\nFrom here\r\na\rb\r\nend\r")
	got, err := os.ReadFile(out)
	want := "From ada@example.com Thu Jan  1 00:00:00 1970\nSubject: x\n\nFrom here\na\rb\nend\r"
	if err != nil || string(got) != want || s.Code != 250 {
		t.Errorf("%v, %v: %q, want %q", s, err, got, want)
	}
}

func TestExitStatusesMeanWhatTheyMeanToSendmail(t *testing.T) {
	for command, want := range map[string]string{
		"exit 0":          "250 2.0.0 ",
		"exit 1":          "554 5.3.0 unknown mailer error 1",
		"exit 64":         "500 5.0.0 Command line usage error",
		"exit 67":         "550 5.1.1 User unknown",
		"exit 69":         "554 5.0.0 Service unavailable",
		"exit 71":         "451 4.0.0 Operating system error",
		"exit 73":         "550 5.0.0 Can't create output",
		"exit 74":         "451 4.0.0 I/O error",
		"exit 75":         "451 4.0.0 prog mailer (/bin/sh) exited with EX_TEMPFAIL",
		"exit 78":         "554 5.3.5 Local configuration error",
		"exit 79":         "554 5.3.0 unknown mailer error 79",
		"kill -9 $$":      "451 4.3.0 prog mailer (/bin/sh) died: signal: killed",
		"/no/such/thing":  "554 5.3.0 unknown mailer error 127",
		"true; exec true": "250 2.0.0 ",
	} {
		if got := runProgram(t, ProgOptions{}, command, "x: y\n\n"+strings.Repeat("a line\n", 50000)); got.Error() != want {
			t.Errorf("%s: %v, want %s", command, got, want)
		}
	}
}

func TestWhatAProgramPrintsIsKeptUpToALimit(t *testing.T) {
	s := runProgram(t, ProgOptions{}, "echo no such list; echo sorry >&2; exit 67", "x: y\n\n")
	if s.Output != "no such list\nsorry\n" {
		t.Errorf("%q", s.Output)
	}
	s = runProgram(t, ProgOptions{}, "head -c 1000000 /dev/zero | tr '\\0' x; exit 1", "x: y\n\n")
	if len(s.Output) != maxOutput || s.Code != 554 {
		t.Errorf("%d octets, %d", len(s.Output), s.Code)
	}
}

func TestAProgramHasASmallEnvironment(t *testing.T) {
	t.Setenv("POSTROOM_SECRET", "x")
	s := runProgram(t, ProgOptions{Env: []string{"PATH=/usr/bin:/bin"}}, "env; exit 1", "x: y\n\n")
	if !strings.Contains(s.Output, "AGENT=sendmail\n") || strings.Contains(s.Output, "SECRET") {
		t.Errorf("%q", s.Output)
	}
}

func TestAtTheTimeLimitTheWholeGroupIsKilled(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	pid := 0
	for limit := 300 * time.Millisecond; pid == 0; limit *= 2 { // in which the shell is to start
		s := runProgram(t, ProgOptions{Limit: limit}, "sleep 600 & echo $! > "+pidFile+"; wait", "x: y\n\n")
		if want := "451 4.3.0 prog mailer (/bin/sh) was killed: it took longer than " + limit.String(); s.Error() != want {
			t.Fatalf("%v, want %s", s, want)
		}
		number, err := os.ReadFile(pidFile)
		if limit > time.Minute && err != nil {
			t.Fatal(err)
		}
		pid, _ = strconv.Atoi(strings.TrimSpace(string(number)))
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) { // whoever reaps it is not us
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Errorf("process %d goes on", pid)
}

func TestOnlyAllowedProgramsRun(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "bin")
	other := filepath.Join(t.TempDir(), "other")
	for _, dir := range []string{bin, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	filter, own, open := filepath.Join(bin, "filter"), filepath.Join(other, "own"), filepath.Join(bin, "open")
	for _, path := range []string{filter, own, open, filepath.Join(other, "third")} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	safety := Safety{Programs: []string{bin, own}}
	for _, test := range []struct{ rule, command, want string }{
		{"a path in an allowed directory", filter + " -x 'a b'", "'" + filter + "' -x 'a b'"},
		{"a name in it", "filter -x", "'" + filter + "' -x"},
		{"a path elsewhere whose name is in it", "/usr/bin/filter", "'" + filter + "' "},
		{"behind exec", "exec filter", "'" + filter + "' "},
		{"a program by its own path", own, "'" + own + "' "},
		{"not by its name alone", "own", "not allowed; add own to"},
		{"not its neighbour", filepath.Join(other, "third"), "not allowed"},
		{"not the shell", "/bin/sh -c ls", "not allowed"},
		{"not two commands", filter + "; rm -rf /", "signs"},
		{"not a pipe", filter + "|sh", "signs"},
		{"not a substitution", filter + " $(id)", "signs"},
		{"not a substitution of the old kind", filter + " `id`", "signs"},
		{"not a line more", filter + "\nid", "signs"},
		{"not the directory itself", "..", "not allowed"},
		{"not nothing", "", "not allowed"},
		{"not one that others may write", "open", "World writable file; chmod go-w " + open},
	} {
		got, err := safety.Command(test.command)
		if err != nil {
			got = err.Error()
			if s := (mta.Status{}); !errors.As(err, &s) || s.Code != 550 {
				t.Errorf("%s: %#v", test.rule, err)
			}
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %q, want %q", test.rule, got, test.want)
		}
	}
	if _, err := (Safety{}).Command(filter); err == nil {
		t.Error("nothing is allowed, and it runs")
	}
}

func TestFilesGetMailInAllowedDirectoriesOnly(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.Mkdir(at("sub"), 0o700), os.WriteFile(at("tool"), nil, 0o755), os.WriteFile(at("suid"), nil, 0o600), os.Chmod(at("suid"), 0o600|os.ModeSetuid),
		os.Symlink(outside, at("way")), os.WriteFile(filepath.Join(outside, "x"), nil, 0o600), os.Symlink(filepath.Join(outside, "x"), at("link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	m := NewFile(LocalOptions{Now: func() time.Time { return time.Unix(0, 0).UTC() }}, Safety{Files: []string{dir}}.Path)
	for _, test := range []struct {
		rule, path string
		code       int
	}{
		{"a new file", at("archive"), 250},
		{"and again", at("archive"), 250},
		{"below the directory", at("sub/archive"), 250},
		{"in no directory", at("none/archive"), 550},
		{"outside", filepath.Join(outside, "y"), 550},
		{"outside by dots", at("sub/../../y"), 550},
		{"outside by a linked directory", at("way/y"), 550},
		{"a link", at("link"), 550},
		{"a directory", at("sub"), 550},
		{"a program", at("tool"), 550},
		{"a setuid file", at("suid"), 550},
		{"a relative path", "archive", 550},
	} {
		env := &mta.Envelope{Recipients: []mta.Recipient{{Address: address.Address{Local: test.path}}}}
		s := m.Deliver(context.Background(), Job{Envelope: env, Rcpts: []int{0}, Content: text("Subject: x\r\n\r\nFrom me\r\n")})[0]
		if s.Code != test.code {
			t.Errorf("%s: %v, want %d", test.rule, s, test.code)
		}
	}
	entry := "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\nReturn-Path: <>\nSubject: x\n\n>From me\n\n"
	if got, err := os.ReadFile(at("archive")); string(got) != entry+entry {
		t.Errorf("%v: %q", err, got)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
}
