package stats

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/stats"
)

var now = time.Date(2026, 11, 22, 22, 51, 19, 0, time.UTC)

const counted = `Statistics from Sun Nov 22 22:51:19 2026
 M   msgsfr  bytes_from   msgsto    bytes_to  msgsrej msgsdis msgsqur  Mailer
 3        1          1K        0          0K        0       0       0  local
=====================================================================
 T        1          1K        0          0K        0       0       0
 C        0                    0                    0
`

const forProgram = "1795387879 1795387879\n 3        1          1        0          0        0       0       0  local\n" +
	" T        1          1        0          0        0       0       0\n C        0        0      0\n"

// fill makes the files of a system that took one message and spoke to one host, and gives a command on them.
func fill(t *testing.T) (c Command, out, complaint *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	out, complaint = new(bytes.Buffer), new(bytes.Buffer)
	c = Command{
		Name: "mailstats", Counts: filepath.Join(dir, "sendmail.st"), Client: filepath.Join(dir, "sm-client.st"), Hosts: filepath.Join(dir, "hoststat"),
		Now: now, Stdout: out, Stderr: complaint,
	}
	k := stats.New(c.Counts, c.Hosts, func() time.Time { return now })
	k.Received("local", 100)
	k.Host("mx.ok.example", mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "accepted"})
	if err := k.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "damaged"), []byte("abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return c, out, complaint
}

// Words and codes are those of sendmail 8.17.1.9.
func TestMailstats(t *testing.T) {
	const wrong = "usage: mailstats [-C cffile] [-c] [-P] [-f stfile] [-o] [-p]\n"
	dir := func(c Command, name string) string { return filepath.Join(filepath.Dir(c.Counts), name) }
	for name, x := range map[string]struct {
		args      func(Command) []string
		code      int
		out, said func(Command) string
	}{
		"without options":      {nil, 0, text(counted), nil},
		"for programs":         {words("-P"), 0, text(forProgram), nil},
		"joined letters":       {words("-oP"), 0, text(nameless), nil},
		"a file":               {func(c Command) []string { return []string{"-f" + c.Counts} }, 0, text(counted), nil},
		"a file apart":         {func(c Command) []string { return []string{"-f", c.Counts} }, 0, text(counted), nil},
		"a missing file":       {words("-f", "/nonexist"), 66, nil, text("mailstats: /nonexist: No such file or directory\n")},
		"a missing cf file":    {words("-C", "/nope"), 66, nil, text("mailstats: /nope: No such file or directory\n")},
		"submission program":   {words("-c"), 66, nil, func(c Command) string { return "mailstats: " + c.Client + ": No such file or directory\n" }},
		"not a file of ours":   {func(c Command) []string { return []string{"-f", dir(c, "damaged")} }, 71, nil, func(c Command) string { return "mailstats: incorrect magic number in " + dir(c, "damaged") + "\n" }},
		"an unknown option":    {words("-x"), 64, nil, text("mailstats: invalid option -- 'x'\n" + wrong)},
		"a value that missing": {words("-f"), 64, nil, text("mailstats: option requires an argument -- 'f'\n" + wrong)},
		"an operand":           {words("all"), 64, nil, text(wrong)},
		"an operand after --":  {words("--", "-p"), 64, nil, text(wrong)},
	} {
		t.Run(name, func(t *testing.T) {
			c, out, complaint := fill(t)
			if x.args != nil {
				c.Args = x.args(c)
			}
			if code := c.Mailstats(); code != x.code {
				t.Errorf("exit %d, not %d", code, x.code)
			}
			var want, said string
			if x.out != nil {
				want = x.out(c)
			}
			if x.said != nil {
				said = x.said(c)
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(said, complaint.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const nameless = "1795387879 1795387879\n 3        1          1        0          0        0       0       0\n" +
	" T        1          1        0          0        0       0       0\n C        0        0      0\n"

func text(s string) func(Command) string       { return func(Command) string { return s } }
func words(w ...string) func(Command) []string { return func(Command) []string { return w } }

func TestMailstatsClears(t *testing.T) {
	c, out, _ := fill(t)
	c.Args = []string{"-p"}
	if code := c.Mailstats(); code != 0 || out.String() != forProgram {
		t.Errorf("exit %d: %s", code, out)
	}
	counts, err := stats.ReadCounts(c.Counts)
	if diff := cmp.Diff(stats.Counts{}, counts); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestHoststatAndPurgestat(t *testing.T) {
	c, out, complaint := fill(t)
	const want = ` -------------- Hostname --------------- How long ago ---------Results---------
 mx.ok.example                               00:10:00 250 2.0.0 accepted
`
	c.Now = now.Add(10 * time.Minute)
	if code := c.Purgestat(); code != 0 { // nothing has expired
		t.Errorf("exit %d", code)
	}
	if code := c.Hoststat(); code != 0 || out.String() != want {
		t.Errorf("exit %d: %s", code, out)
	}
	out.Reset()
	c.Now = now.Add(31 * time.Minute)
	if code := c.Purgestat(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if code := c.Hoststat(); code != 0 || out.Len() > 0 {
		t.Errorf("exit %d: %s", code, out)
	}
	c.Hosts = filepath.Join(t.TempDir(), "none")
	if a, b := c.Hoststat(), c.Purgestat(); a != 0 || b != 0 || out.Len()+complaint.Len() > 0 {
		t.Errorf("without a file: exit %d and %d, %s%s", a, b, out, complaint)
	}
	c.Name, c.Hosts = "/usr/bin/hoststat", filepath.Join(filepath.Dir(c.Counts), "damaged")
	if code := c.Hoststat(); code != 71 || complaint.String() != "hoststat: incorrect magic number in "+c.Hosts+"\n" {
		t.Errorf("exit %d: %s", code, complaint)
	}
}
