//go:build unix

package deliver

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sink starts Postfix's smtp-sink, which writes what it takes into files of dir, and gives a Job.Host for it.
func sink(t *testing.T, dir string, args ...string) string {
	t.Helper()
	path := os.Getenv("POSTROOM_SMTP_SINK")
	if path == "" {
		var err error
		if path, err = exec.LookPath("smtp-sink"); err != nil {
			t.Skipf("[skip] smtp-sink is not installed; POSTROOM_SMTP_SINK=$(scripts/smtp-sink) unpacks it: %v", err)
		}
	}
	l := listen(t) // a port that is free; smtp-sink cannot choose one
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	if os.Getuid() == 0 {
		args = append(args, "-u", "root")
	}
	args = append(args, "-d", filepath.Join(dir, "%H%M%S."), "-h", "mx.sink.example", fmt.Sprintf("127.0.0.1:%d", port), "10")
	cmd := exec.Command(path, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = c.Close()
			return fmt.Sprintf("[127.0.0.1]:%d", port)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// taken are the messages that a sink took.
func taken(t *testing.T, dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	var all []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	return strings.Join(all, "\n----\n")
}

func TestPostfixTakesWhatWeSend(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		reuse bool
		want  string // the status; @ for the host
		text  string // part of what was taken
	}{
		{"as it is", nil, true, "250 2.0.0 Ok (@)", "h\xc3\xa4llo and some more"},
		{"without pipelining", []string{"-p"}, true, "250 2.0.0 Ok (@)", "h\xc3\xa4llo and some more"},
		{"without ESMTP", []string{"-e", "-f", "EHLO"}, true, "250 2.0.0 Ok (@)", "X-MIME-Autoconverted: from 8bit to quoted-printable by mail.example.com id 6AM800AA000001\n\nh=C3=A4llo"},
		{"of seven bits", []string{"-8"}, true, "250 2.0.0 Ok (@)", "X-MIME-Autoconverted: from 8bit to quoted-printable by mail.example.com id 6AM800AA000001\n\nh=C3=A4llo"},
		{"RCPT deferred", []string{"-r", "RCPT"}, true, "450 4.3.0 Error: command failed (@)", ""},
		{"RCPT refused", []string{"-f", "RCPT"}, true, "500 5.3.0 Error: command failed (@)", ""},
		{"MAIL deferred", []string{"-r", "MAIL"}, true, "450 4.3.0 Error: command failed (@)", ""},
		{"DATA deferred", []string{"-r", "DATA"}, true, "450 4.3.0 Error: command failed (@)", ""},
		{"text refused", []string{"-f", "."}, true, "500 5.3.0 Error: command failed (@)", ""},
		{"gone at RCPT", []string{"-q", "RCPT"}, false, "451 4.4.2 Connection reset by @", ""},
		{"gone after the dot", []string{"-q", "."}, false, "451 4.4.2 Connection reset by @", ""},
		{"its own words", []string{"-B", "552 5.2.2 full up to here", "-f", "RCPT"}, true, "552 5.2.2 full up to here (@)", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			host := sink(t, dir, c.args...)
			m := mailer(t, options(t))
			var verbose strings.Builder
			for n := range 2 {
				j := job(t, host, mime8, "u@x.example", "v@x.example")
				j.Verbose = func(line string) { verbose.WriteString(line + "\n") }
				want := strings.ReplaceAll(c.want, "@", host)
				if d := cmp.Diff([]string{want, want}, results(m.Deliver(t.Context(), j))); d != "" {
					t.Fatalf("message %d: %s\n%s", n+1, d, verbose.String())
				}
			}
			if reused := strings.Contains(verbose.String(), "Using cached ESMTP connection"); reused != c.reuse {
				t.Errorf("one connection for both: %v\n%s", reused, verbose.String())
			}
			_ = m.Close()
			if got := taken(t, dir); strings.Count(got, c.text) != 2 && c.text != "" {
				t.Errorf("it took:\n%s", got)
			}
		})
	}
}
