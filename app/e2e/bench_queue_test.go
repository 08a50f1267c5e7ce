//go:build linux

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"postroom.dev/mta/realsendmail"
	"postroom.dev/spool/queue"
)

// The queue's speed beside real sendmail's, on the same disk. POSTROOM_SENDMAIL names the real one (scripts/real-sendmail).
//
//	go test -run '^$' -bench Queue -benchtime 1x ./app/e2e

// queueCF takes the queue directory and the port on 127.0.0.1 that gets all mail.
const queueCF = `V10/Berkeley
Cwlocalhost mail.example.com
Djmail.example.com
DnMAILER-DAEMON
O QueueDirectory=%s
O QueueFileMode=0600
O QueueLA=1000
O RefuseLA=1000
O SuperSafe=True
O Timeout.ident=0
O ResolverOptions=-DNSRCH
O HostsFile=/etc/hosts
O PidFile=/dev/null
O ControlSocketName
Troot
HReceived: by $j id $i
Scanonify=3
Sparse=0
R$* < $+ > $*	$2
R$*	$#esmtp $@ [127.0.0.1] $: $1
Mlocal,	P=/bin/false, F=lsDFMAw5:/|@qPrmn9, S=0, R=0, T=DNS/RFC822/X-Unix, A=false
Mprog,	P=/bin/sh, F=lsDFMoqeu9, S=0, R=0, T=X-Unix/X-Unix/X-Unix, A=sh -c $u
Mesmtp,	P=[IPC], F=mDFMuXa, S=0, R=0, E=\r\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h %d
`

// timedCommand runs a command to its end and gives how long it took.
func timedCommand(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	var complaints strings.Builder
	cmd.Stderr = &complaints
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, complaints.String())
	}
	return time.Since(began)
}

// realCommand gives a function that makes commands of real sendmail, whose queue is dir and who sends all mail to port.
func realCommand(b *testing.B, dir string, port int) func(args ...string) *exec.Cmd {
	b.Helper()
	path, run := realsendmail.Path(b), realsendmail.Commands(b)
	cf := filepath.Join(b.TempDir(), "sendmail.cf")
	if err := os.WriteFile(cf, fmt.Appendf(nil, queueCF, dir, port), 0o644); err != nil {
		b.Fatal(err)
	}
	return func(args ...string) *exec.Cmd {
		cmd := run(path, append([]string{"-C", cf}, args...)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}
		return cmd
	}
}

// fillQueue writes n messages of 2 KB, which nobody has tried, as both programs write them.
func fillQueue(b *testing.B, dir string, n int) {
	b.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	body := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 2<<10/45))
	header := strings.Repeat("H??X-Header: with some text behind it, as headers have\n", 6)
	now := time.Now().Unix()
	for i := range n {
		id := fmt.Sprintf("6AM9dEmd%06d", i)
		control := fmt.Sprintf("V8\nT%d\nK0\nN0\nP%d\nFs\n$_bob@localhost\n${daemon_flags}c u\nSbob%d@example.com\nrRFC822; u%d@ok.example\nRPN:u%d@ok.example\n"+
			"H?P?Return-Path: <\x81g>\nH??Received: (from bob@localhost)\n\tby mail.example.com (8.17.1/8.17.1/Submit) id %s;\n\tSun, 22 Nov 2026 09:39:14 GMT\n"+
			"H?D?Date: Sun, 22 Nov 2026 09:39:14 GMT\nH?F?From: bob%d@example.com\nH?M?Message-Id: <%d.%s@mail.example.com>\n%sH??Subject: number %d\n.\n",
			now-int64(i%1000), 30000+i*7919%100000, i, i, i, id, i, now, id, header, i)
		for name, text := range map[string][]byte{"qf": []byte(control), "df": body} {
			if err := os.WriteFile(filepath.Join(dir, name+id), text, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkQueueList compares mailq, of a running Postroom and without one, with real sendmail's.
func BenchmarkQueueList(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 50_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := benchServer(b)
			dir := filepath.Join(p.home, "spool", "mqueue")
			real := realCommand(b, dir, 9)
			time.Sleep(time.Second) // its first queue run is over: what comes now waits for the next one
			fillQueue(b, dir, n)
			list := func(make func() *exec.Cmd) func() time.Duration {
				return func() time.Duration {
					cmd := make()
					out := &strings.Builder{}
					cmd.Stdout = out
					took := timedCommand(b, cmd)
					if !strings.Contains(out.String(), fmt.Sprintf("Total requests: %d\n", n)) {
						b.Fatalf("%v: %.300s", cmd.Args, out)
					}
					return took
				}
			}
			ours := func(args ...string) func() time.Duration {
				return list(func() *exec.Cmd {
					cmd := exec.Command(builtProgram(b, "sendmail"), append([]string{"-bp"}, args...)...)
					cmd.Env = []string{"POSTROOM_HOME=" + p.home, "TZ="}
					return cmd
				})
			}
			theirs := list(func() *exec.Cmd { return real("-bp") })
			warm := ours()
			warm() // the index is made
			b.Run("running", func(b *testing.B) { compare(b, "postroom", warm, "sendmail", theirs) })
			b.Run("alone", func(b *testing.B) { compare(b, "postroom", ours("-oQ"+dir), "sendmail", theirs) })
		})
	}
}

// BenchmarkQueueSubmit compares one "sendmail -odq -t -i" of 2 KB.
func BenchmarkQueueSubmit(b *testing.B) {
	p, dir := benchServer(b), filepath.Join(b.TempDir(), "mqueue")
	p.stop() // nobody takes from the client queue what this puts there
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	real := realCommand(b, dir, 9)
	const calls = 20
	message := string(text(1, 2<<10))
	submit := func(make func() *exec.Cmd) func() time.Duration {
		return func() (took time.Duration) {
			for range calls {
				cmd := make()
				cmd.Stdin = strings.NewReader(message)
				took += timedCommand(b, cmd)
			}
			return took / calls
		}
	}
	compare(b, "postroom", submit(func() *exec.Cmd {
		cmd := exec.Command(builtProgram(b, "sendmail"), "-odq", "-t", "-i")
		cmd.Env = []string{"POSTROOM_HOME=" + p.home}
		return cmd
	}), "sendmail", submit(func() *exec.Cmd { return real("-odq", "-t", "-i") }))
}

// accepting is an SMTP server that takes everything, acknowledges at once, and counts.
type accepting struct {
	port  int
	taken atomic.Int64
}

func acceptAll(b *testing.B) *accepting {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	a := &accepting{port: l.Addr().(*net.TCPAddr).Port}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go a.session(conn.(*net.TCPConn)) // ends when the client goes
		}
	}()
	b.Cleanup(func() { l.Close(); <-ended })
	return a
}

func (a *accepting) session(conn *net.TCPConn) {
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	say := func(line string) {
		_, _ = out.WriteString(line + "\r\n")
		if in.Buffered() == 0 {
			_ = out.Flush()
		}
		_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) })
	}
	say("220 sink ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch strings.ToUpper(line[:min(4, len(line))]) {
		case "EHLO":
			say("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE")
		case "DATA":
			say("354 go on")
			for line, err = in.ReadString('\n'); err == nil && line != ".\r\n"; {
				line, err = in.ReadString('\n')
			}
			if err != nil {
				return
			}
			a.taken.Add(1)
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			_ = out.Flush()
			return
		default:
			say("250 ok")
		}
	}
}

// BenchmarkQueueRun compares one run of a queue against an accepting server.
func BenchmarkQueueRun(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkQueueRun(b, n) })
	}
}

func benchmarkQueueRun(b *testing.B, n int) {
	sink := acceptAll(b)
	base := b.TempDir()
	theirDir := filepath.Join(base, "theirs")
	real := realCommand(b, theirDir, sink.port)
	run := func(dir string, cmd func() *exec.Cmd) func() time.Duration {
		return func() time.Duration {
			fillQueue(b, dir, n)
			before := sink.taken.Load()
			c := cmd()
			c.Stdout = io.Discard
			took := timedCommand(b, c)
			q, err := queue.Open(dir)
			if err != nil {
				b.Fatal(err)
			}
			left := 0
			for range q.Entries() {
				left++
			}
			if got := sink.taken.Load() - before; got != int64(n) || left != 0 {
				b.Fatalf("%v: %d of %d messages arrived, %d files are left", c.Args, got, n, left)
			}
			return took
		}
	}
	homes := 0
	ours := func() time.Duration { // a home of its own for each run: the same ids would be known in the last one
		homes++
		home := filepath.Join(base, fmt.Sprint("home", homes))
		settings := fmt.Sprintf("[smtp]\nlisten = []\n[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:%d\"\n", sink.port)
		if err := os.MkdirAll(filepath.Join(home, "etc"), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, "etc", "postroom.toml"), []byte(settings), 0o600); err != nil {
			b.Fatal(err)
		}
		return run(filepath.Join(home, "spool", "mqueue"), func() *exec.Cmd {
			cmd := exec.Command(builtProgram(b, "sendmail"), "-qf")
			cmd.Env = []string{"POSTROOM_HOME=" + home}
			return cmd
		})()
	}
	compare(b, "postroom", ours, "sendmail", run(theirDir, func() *exec.Cmd { return real("-qf") }))
}
