package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// The benchmarks of the built programs. Each compares two things in turn, A B A B …, in one run and prints the
// ratio of the medians: on a shared machine absolute figures move by a factor of two, ratios hold.
//
//	go test -run '^$' -bench . -benchtime 1x ./app/e2e

// rounds is how often each side of a comparison runs.
const rounds = 5

// compare runs a and b in turn and reports how many times as long b took as a.
func compare(b *testing.B, nameA string, a func() time.Duration, nameB string, other func() time.Duration) float64 {
	b.Helper()
	var ta, tb []time.Duration
	for range rounds {
		ta, tb = append(ta, a()), append(tb, other())
	}
	slices.Sort(ta)
	slices.Sort(tb)
	ma, mb := ta[rounds/2], tb[rounds/2]
	ratio := mb.Seconds() / ma.Seconds()
	fmt.Printf("%s: %s %v (%v-%v), %s %v (%v-%v): speed of the first is %.2f × that of the second\n", b.Name(),
		nameA, ma.Round(10*time.Microsecond), ta[0].Round(10*time.Microsecond), ta[rounds-1].Round(10*time.Microsecond),
		nameB, mb.Round(10*time.Microsecond), tb[0].Round(10*time.Microsecond), tb[rounds-1].Round(10*time.Microsecond), ratio)
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(0, "ns/op")
	return ratio
}

// BenchmarkIngest compares durable ingest with go-smtp's server, which throws everything away.
func BenchmarkIngest(b *testing.B) {
	for _, l := range []load{
		{sessions: 1, messages: 2000, size: 2 << 10}, {sessions: 10, messages: 10000, size: 2 << 10}, {sessions: 50, messages: 10000, size: 2 << 10},
		{sessions: 10, messages: 2000, size: 50 << 10}, {sessions: 50, messages: 2000, size: 50 << 10},
	} {
		b.Run(fmt.Sprintf("%dKB/%dsessions", l.size>>10, l.sessions), func(b *testing.B) {
			ours, other := benchServer(b), discardServer(b)
			send := func(p *server) func() time.Duration {
				return func() time.Duration {
					took, err := l.send(p.smtp)
					if err != nil {
						b.Fatal(err)
					}
					if p.home != "" {
						p.settle(b) // what is done after the last reply must not count for the other
					}
					return took
				}
			}
			compare(b, "postroom, durable", send(ours), "go-smtp, discarding", send(other))
			per := float64(rounds*l.messages) / 1000
			fmt.Printf("%s: processor time for 1,000 messages: postroom, with its search index, %.0f ms, go-smtp %.0f ms\n", b.Name(), ours.cpu(b)/per, other.cpu(b)/per)
		})
	}
}

// BenchmarkFullStore compares a store with 100,000 records with an empty one.
func BenchmarkFullStore(b *testing.B) {
	full, empty := benchServer(b), benchServer(b)
	fill := load{sessions: 20, messages: 100_000, size: 2 << 10}
	if _, err := fill.send(full.smtp); err != nil {
		b.Fatal(err)
	}
	full.settle(b)
	b.Run("ingest", func(b *testing.B) {
		l := load{sessions: 10, messages: 5000, size: 2 << 10}
		send := func(p *server) func() time.Duration {
			return func() time.Duration {
				took, err := l.send(p.smtp)
				if err != nil {
					b.Fatal(err)
				}
				p.settle(b)
				return took
			}
		}
		compare(b, "100,000 records", send(full), "from empty", send(empty))
	})
	b.Run("page", func(b *testing.B) {
		page := func(p *server) func() time.Duration {
			return func() time.Duration {
				began := time.Now()
				for range 100 {
					p.get(b, "/v1/messages?limit=50")
				}
				return time.Since(began)
			}
		}
		compare(b, "100,000 records", page(full), "25,000 records", page(empty))
	})
	b.Run("search", func(b *testing.B) {
		search := func(text string) func() time.Duration {
			return func() time.Duration {
				began := time.Now()
				full.get(b, "/v1/messages?limit=50&text="+text)
				return time.Since(began)
			}
		}
		compare(b, "a rare word", search("n77777"), "a common word", search("invoice"))
	})
	b.Run("first-paint", func(b *testing.B) {
		full.stop()
		firstPaint(b, full.home)
	})
}

// BenchmarkMemory sends messages of 50 MB and reports how much memory the server took at most for it.
func BenchmarkMemory(b *testing.B) {
	p := benchServer(b)
	peak := func() float64 { return p.proc(b, "VmHWM:") }
	if _, err := (load{sessions: 1, messages: 1000, size: 2 << 10}).send(p.smtp); err != nil {
		b.Fatal(err)
	}
	before := peak()
	if _, err := (load{sessions: 4, messages: 8, size: 49 << 20}).send(p.smtp); err != nil {
		b.Fatal(err)
	}
	p.settle(b)
	fmt.Printf("%s: peak %0.f MB after 1,000 messages of 2 KB, %0.f MB after 8 of 49 MB, 4 at a time\n", b.Name(), before, peak())
	b.ReportMetric(peak()-before, "MB-more")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSendmail compares "sendmail -t -i" with a minimal static SMTP client.
func BenchmarkSendmail(b *testing.B) {
	p := benchServer(b)
	minimal := filepath.Join(b.TempDir(), "minimal")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", minimal, "./testdata/minimal")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	message := string(text(1, 2<<10))
	calls := func(name string, args ...string) func() time.Duration {
		return func() time.Duration {
			began := time.Now()
			for range 100 {
				cmd := exec.Command(name, args...)
				cmd.Env = []string{"POSTROOM_HOME=" + p.home}
				cmd.Stdin = strings.NewReader(message)
				if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
					b.Fatalf("%s: %v\n%s", name, err, out)
				}
			}
			return time.Since(began) / 100
		}
	}
	compare(b, "sendmail -t -i", calls(builtProgram(b, "sendmail"), "-t", "-i"), "minimal client", calls(minimal, p.smtp))
}

// server is a postroom-server that a benchmark runs.
type server struct {
	home, smtp string
	cmd        *exec.Cmd
}

func builtProgram(b *testing.B, name string) string {
	b.Helper()
	path, err := build(name)
	if err != nil {
		b.Fatal(err)
	}
	return path
}

func benchServer(b *testing.B) *server {
	b.Helper()
	p := &server{home: filepath.Join(b.TempDir(), "home")}
	p.cmd = exec.Command(builtProgram(b, "postroom-server"), "--home", p.home, "serve", "--listen", "127.0.0.1:0")
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.stop)
	for deadline := time.Now().Add(patience); p.smtp == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatal("the server does not answer")
		}
		if _, err := dialHome(p.home, "control.sock"); err != nil {
			continue
		}
		for _, l := range p.status(b).Listeners {
			if l.Protocol == "SMTP" {
				p.smtp = l.Address
			}
		}
	}
	return p
}

func (p *server) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// get asks the control socket and gives the answer's body.
func (p *server) get(b *testing.B, path string) []byte {
	b.Helper()
	body, err := controlGet(p.home, path)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func (p *server) status(b *testing.B) (s status) {
	b.Helper()
	if err := json.Unmarshal(p.get(b, "/v1/status"), &s); err != nil {
		b.Fatal(err)
	}
	return s
}

// settle waits until search knows all messages: a search does.
func (p *server) settle(b *testing.B) {
	b.Helper()
	p.get(b, "/v1/messages?limit=1&text=settle")
}

// cpu is the processor time that the server took until now, in milliseconds.
func (p *server) cpu(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	return (user + system) * 10 // the kernel counts in 1/100 s for everybody, proc(5)
}

// proc reads a figure of the server's memory, in MB.
func (p *server) proc(b *testing.B, field string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), field)
	var kb float64
	if _, err := fmt.Sscan(after, &kb); err != nil {
		b.Fatal(err)
	}
	return kb / 1024
}

// firstPaint measures from the program's start to the first paint of its mail.
func firstPaint(b *testing.B, home string) {
	write := filepath.Join(home, "etc", "postroom.toml")
	if err := os.WriteFile(write, []byte("[smtp]\nlisten = [\"127.0.0.1:0\"]\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	screen := display(b, "1280x800")
	var took []time.Duration
	for range rounds {
		cmd := exec.Command(builtProgram(b, "postroom"), "--home", home)
		cmd.Env = []string{"DISPLAY=" + screen, "HOME=" + filepath.Dir(home), "PATH=" + os.Getenv("PATH")}
		cmd.Stderr = os.Stderr
		began := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for deadline := began.Add(patience); ; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				b.Fatal("the window does not paint")
			}
			var s status
			if body, err := controlGet(home, "/v1/status"); err == nil && json.Unmarshal(body, &s) == nil && !s.Painted.IsZero() {
				took = append(took, s.Painted.Sub(began))
				break
			}
		}
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	slices.Sort(took)
	fmt.Printf("%s: first paint after %v (%v-%v)\n", b.Name(), took[rounds/2].Round(time.Millisecond), took[0].Round(time.Millisecond), took[rounds-1].Round(time.Millisecond))
	b.ReportMetric(took[rounds/2].Seconds(), "s-paint")
	b.ReportMetric(0, "ns/op")
}

// discardRole is the environment variable that makes the test binary a server of go-smtp's that throws everything away:
// a process of its own, as ours is.
const discardRole = "POSTROOM_E2E_DISCARD"

func discardServer(b *testing.B) *server {
	b.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), discardRole+"=1")
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	w.Close()
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); r.Close() })
	p := &server{cmd: cmd}
	if _, err := fmt.Fscanln(r, &p.smtp); err != nil {
		b.Fatal(err)
	}
	return p
}

func runDiscardServer() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	s := smtp.NewServer(discard{})
	s.Domain, s.MaxLineLength = "localhost", 0
	return errors.Join(s.Serve(l))
}

type discard struct{}

func (discard) NewSession(*smtp.Conn) (smtp.Session, error) { return discard{}, nil }
func (discard) Reset()                                      {}
func (discard) Logout() error                               { return nil }
func (discard) Mail(string, *smtp.MailOptions) error        { return nil }
func (discard) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (discard) Data(r io.Reader) error                      { _, err := io.Copy(io.Discard, r); return err }
