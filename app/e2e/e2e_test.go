// Package e2e runs the built programs as users do: real mail programs in front,
// real files below, a real window under Xvfb. Other packages test parts; this one tests what is shipped.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen; it is not a measure of speed.
const patience = 60 * time.Second

var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	if os.Getenv(discardRole) != "" {
		fmt.Fprintln(os.Stderr, runDiscardServer())
		os.Exit(1)
	}
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// program gives the path of a built program: "postroom", "postroom-server", or "sendmail" (a link to the latter).
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := build(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func build(name string) (string, error) {
	built.Do(func() { built.dir, built.err = buildAll() })
	return filepath.Join(built.dir, name), built.err
}

func buildAll() (string, error) {
	dir, err := os.MkdirTemp("", "postroom-e2e")
	if err != nil {
		return "", err
	}
	// The program with the window looks out for data races where the tests do.
	for _, b := range []struct {
		env  string
		args []string
	}{
		{"CGO_ENABLED=1", []string{"build", fmt.Sprintf("-race=%v", raceDetector), "-tags", "uiwatch", "-o", filepath.Join(dir, "postroom"), "postroom.dev"}},
		{"CGO_ENABLED=0", []string{"build", "-tags", "nogui", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "postroom-server"), "postroom.dev"}},
	} {
		cmd := exec.Command("go", b.args...)
		cmd.Env = append(os.Environ(), b.env)
		if out, err := cmd.CombinedOutput(); err != nil {
			return dir, fmt.Errorf("go %s: %w\n%s", strings.Join(b.args, " "), err, out)
		}
	}
	// Other users run it in some tests.
	return dir, errors.Join(os.Symlink("postroom-server", filepath.Join(dir, "sendmail")), os.Chmod(dir, 0o755))
}

// need finds a program of the system. Where the project's set-up ran (CI), a missing one is a failure.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: make test installs it", name)
	}
	t.Skipf("%s is not installed; make test installs it", name)
	return ""
}

// run runs a command to its end with an environment that holds only env and PATH.
func run(t *testing.T, stdin string, env []string, name string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// mustRun is run for commands that have to succeed without a word of complaint.
func mustRun(t *testing.T, stdin string, env []string, name string, args ...string) string {
	t.Helper()
	out, errs, exit := run(t, stdin, env, name, args...)
	if exit != 0 {
		t.Fatalf("%s %s: exit status %d\n%s%s", name, strings.Join(args, " "), exit, out, errs)
	}
	return out
}

// post is a running Postroom.
type post struct {
	t      *testing.T
	home   string
	smtp   string // host:port
	cmd    *exec.Cmd
	exited chan error

	mu     sync.Mutex
	stderr bytes.Buffer
	stdout bytes.Buffer
}

// newHome makes a place for a home.
func newHome(t *testing.T) string { return filepath.Join(t.TempDir(), "home") }

// serve starts "postroom-server serve" on home.
func serve(t *testing.T, home string, args ...string) *post {
	t.Helper()
	return start(t, home, nil, program(t, "postroom-server"), append([]string{"--home", home, "serve", "--listen", "127.0.0.1:0"}, args...)...)
}

// start runs a Postroom and waits until its control socket answers.
func start(t *testing.T, home string, env []string, name string, args ...string) *post {
	t.Helper()
	p := &post{t: t, home: home, exited: make(chan error, 1)}
	p.cmd = exec.Command(name, args...)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(home)}, env...)
	p.cmd.Stdout = locked{p, &p.stdout}
	p.cmd.Stderr = locked{p, &p.stderr}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- p.cmd.Wait() }()
	t.Cleanup(func() { p.stop(syscall.SIGKILL) })
	p.wait("it answers", func() bool {
		select {
		case err := <-p.exited:
			p.exited <- err
			t.Fatalf("%s ended: %v\n%s%s", name, err, p.out(), p.err())
		default:
		}
		status, ok := p.status()
		if !ok {
			return false
		}
		for _, l := range status.Listeners {
			if l.Protocol == "SMTP" && l.Err == "" {
				if strings.HasSuffix(l.Address, ":0") {
					return false // it answers commands, and is about to listen
				}
				p.smtp = l.Address
			}
		}
		return true
	})
	return p
}

type locked struct {
	p *post
	b *bytes.Buffer
}

func (l locked) Write(b []byte) (int, error) {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	return l.b.Write(b)
}

func (p *post) out() string { p.mu.Lock(); defer p.mu.Unlock(); return p.stdout.String() }
func (p *post) err() string { p.mu.Lock(); defer p.mu.Unlock(); return p.stderr.String() }

// stop ends the program by a signal and waits for its end.
func (p *post) stop(sig syscall.Signal) error {
	_ = p.cmd.Process.Signal(sig)
	return p.ends()
}

// ends waits for the end of the program that was told to end.
func (p *post) ends() error {
	select {
	case err := <-p.exited:
		p.exited <- err
		return err
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		p.t.Errorf("still running after %v\nstderr: %s", patience, p.err())
		return nil
	}
}

// wait polls until ok.
func (p *post) wait(what string, ok func() bool) {
	p.t.Helper()
	if !poll(patience, 20*time.Millisecond, ok) {
		p.t.Fatalf("waited %v in vain until %s\nstdout: %s\nstderr: %s", patience, what, p.out(), p.err())
	}
}

// poll asks again and again, with pauses, and gives up when that took so much time. A turn counts for a second at most: on a machine
// that stands still for a while, or has no time for the program that is waited for, there are fewer turns, and none is missed.
func poll(longest, pause time.Duration, ok func() bool) bool {
	for longest > 0 {
		began := time.Now()
		if ok() {
			return true
		}
		time.Sleep(pause)
		longest -= min(time.Since(began), time.Second)
	}
	return ok()
}

// env is the environment in which programs find this home.
func (p *post) env() []string {
	return []string{"POSTROOM_HOME=" + p.home, "HOME=" + filepath.Dir(p.home)}
}

// postroom runs one of our commands on this home.
func (p *post) postroom(args ...string) string {
	p.t.Helper()
	return mustRun(p.t, "", p.env(), program(p.t, "postroom-server"), args...)
}

// listed is what a test looks at in the JSON of list and show.
type listed struct {
	ID          int64
	QueueID     string `json:"queue_id"`
	Sender      string
	Recipients  []struct{ Address, State string }
	Subject     string
	From, To    string
	Size        int64
	Attachments int
	Read        bool
	Origin      struct {
		Protocol, Client, HELO, TLS, User string
		PID, UID                          int
		Argv                              []string
	}
	Text, HTML string
	Parts      []struct {
		Number, Type, Filename string
		Size                   int64
	}
	Problems []struct{ Text string }
	Steps    []struct{ Rule, Note string }
}

func (p *post) list(args ...string) []listed {
	p.t.Helper()
	return p.decode(p.postroom(append([]string{"list", "--json"}, args...)...))
}

func (p *post) decode(text string) (list []listed) {
	p.t.Helper()
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var m listed
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			p.t.Fatal(err)
		}
		list = append(list, m)
	}
}

// newest waits until there are n messages and shows the newest.
func (p *post) newest(n int) listed {
	p.t.Helper()
	var all []listed
	p.wait(fmt.Sprintf("there are %d messages", n), func() bool { all = p.list(); return len(all) >= n })
	if len(all) != n {
		p.t.Fatalf("%d messages, want %d", len(all), n)
	}
	return p.decode(p.postroom("show", "--json", fmt.Sprint(all[0].ID)))[0]
}

type status struct {
	Listeners []struct{ Protocol, Address, Err string }
	Counts    struct{ All, Unread int }
	Problems  []string
	Painted   time.Time
}

// status asks the control socket itself.
func (p *post) status() (s status, ok bool) {
	body, err := controlGet(p.home, "/v1/status")
	ok = err == nil && json.Unmarshal(body, &s) == nil
	return s, ok
}

// controlGet asks the control socket of a home, and gives the answer's body.
func controlGet(home, path string) ([]byte, error) {
	conn, err := dialHome(home, "control.sock")
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nHost: postroom\r\n\r\n", path)
	text, err := io.ReadAll(conn)
	if err != nil {
		return nil, err
	}
	head, body, _ := strings.Cut(string(text), "\r\n\r\n")
	if !strings.Contains(head, " 200 ") {
		return nil, fmt.Errorf("%s: %s", path, head)
	}
	return []byte(body), nil
}

// dialHome connects to a socket of the home, whose path may be too long for a socket's address.
func dialHome(home, name string) (net.Conn, error) {
	dir, err := os.Open(filepath.Join(home, "run"))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), name))
}

// talk sends lines to the SMTP server, one after each reply, and gives the replies to each.
func (p *post) talk(lines ...string) []string {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.smtp)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	buf := make([]byte, 64<<10)
	reply := func() string {
		text := ""
		for !lastLine.MatchString(text) {
			n, err := conn.Read(buf)
			text += string(buf[:n])
			if err != nil {
				return text + "(" + err.Error() + ")"
			}
		}
		return text
	}
	replies := []string{reply()}
	for _, line := range lines {
		if _, err := io.WriteString(conn, line+"\r\n"); err != nil {
			p.t.Fatalf("%.80q: %v", line, err)
		}
		replies = append(replies, reply())
	}
	return replies
}

// lastLine is the last line of a reply, RFC 5321 §4.2.1.
var lastLine = regexp.MustCompile(`(?m)^[0-9]{3} .*\r\n$`)
