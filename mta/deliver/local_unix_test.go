//go:build unix

package deliver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"postroom.dev/mta"
)

// The test program is also what delivers in another process: DELIVER_CHILD says what, DELIVER_DIR where to.
func TestMain(m *testing.M) {
	switch os.Getenv("DELIVER_CHILD") {
	case "":
		os.Exit(m.Run())
	case "many":
		childMany()
	case "middle":
		childMiddle()
	case "full":
		childFull()
	}
}

func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "DELIVER_CHILD="+what, "DELIVER_DIR="+dir)
	c.Stderr = os.Stderr
	return c
}

// numbered is a message that shows whether it is whole.
func numbered(who string, n int) text {
	return text(fmt.Sprintf("Subject: %s %d\n\n", who, n) + strings.Repeat("From here on it is long\n", 20+n*7%900) + "end " + who + " " + strconv.Itoa(n) + "\n")
}

func whole(entry string) bool {
	var who, n string
	if _, err := fmt.Sscanf(entry, "Subject: %s %s\n", &who, &n); err != nil {
		return false
	}
	return strings.HasSuffix(entry, "\nend "+who+" "+n+"\n") && strings.Count(entry, "Subject:") == 1
}

func local(content mta.Content) Job {
	env := &mta.Envelope{Recipients: make([]mta.Recipient, 1)}
	env.Recipients[0].Address.Local = "bob"
	return Job{Envelope: env, Rcpts: []int{0}, Content: content}
}

const manyEach = 25

func childMany() {
	l := box(os.Getenv("DELIVER_DIR"))
	for n := range manyEach {
		if got := l.Deliver(context.Background(), local(numbered(fmt.Sprint("p", os.Getpid()), n))); !got[0].OK() {
			fmt.Println(got[0], got[0].Err)
			os.Exit(1)
		}
	}
	os.Exit(0)
}

// Processes, goroutines and a reader that takes each of the locks all work on one mailbox.
func TestManyWritersAndAReader(t *testing.T) {
	dir := t.TempDir()
	var children []*exec.Cmd
	for range 2 {
		c := child(t, "many", dir)
		c.Stdout = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, c)
	}
	l := box(dir)
	var all, reader sync.WaitGroup
	for g := range 3 {
		all.Go(func() {
			for n := range manyEach {
				if got := l.Deliver(t.Context(), local(numbered(fmt.Sprint("g", g), n))); !got[0].OK() {
					t.Error(got[0], got[0].Err)
				}
			}
		})
	}
	stop := make(chan struct{})
	reader.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				readLocked(t, filepath.Join(dir, "bob"), n%3)
			}
		}
	})
	all.Wait()
	for _, c := range children {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	reader.Wait()
	entries := unquote(t, read(t, dir, "bob"))
	seen := map[string]bool{}
	for _, e := range entries {
		if !whole(e) || seen[e] {
			t.Errorf("not whole, or twice: %.60q", e)
		}
		seen[e] = true
	}
	if len(entries) != 5*manyEach {
		t.Errorf("%d entries", len(entries))
	}
}

// readLocked reads a mailbox under one kind of lock and checks that nothing is half written.
func readLocked(t *testing.T, path string, kind int) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return // not there yet
	}
	defer f.Close()
	if kind == 1 && !lockRangeHolds {
		return
	}
	switch kind {
	case 0:
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			return
		}
	case 1:
		if lockRange(int(f.Fd())) != nil {
			return
		}
	case 2:
		d, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintln(d, os.Getppid())
		defer func() { _ = d.Close(); _ = os.Remove(d.Name()) }()
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Error(err)
	}
	for _, e := range unquote(t, string(b)) {
		if !whole(e) {
			t.Errorf("lock %d: half an entry: %.60q", kind, e)
		}
	}
}

// childMiddle says "middle" when half of a message is in the mailbox, and stays there.
func childMiddle() {
	l := box(os.Getenv("DELIVER_DIR"))
	l.Deliver(context.Background(), local(&stopping{text: text(strings.Repeat(string(numbered("dead", 1)), 100))}))
}

type stopping struct {
	text
	n int
}

type stoppingReader struct{ textReader }

func (c *stopping) Open() (mta.Reader, error) {
	r, err := c.text.Open()
	if c.n++; c.n == 2 {
		return stoppingReader{r.(textReader)}, err
	}
	return r, err
}

func (r stoppingReader) Read(p []byte) (int, error) {
	if int64(r.Len()) < r.Size()/2 {
		fmt.Println("middle")
		select {}
	}
	return r.textReader.Read(p)
}

func TestAProcessKilledInTheMiddleLeavesWholeMessages(t *testing.T) {
	dir := t.TempDir()
	l := box(dir)
	for round := range 3 {
		if got := l.Deliver(t.Context(), local(numbered("a", round))); !got[0].OK() {
			t.Fatal(got)
		}
		before := read(t, dir, "bob")
		c := child(t, "middle", dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "middle\n" {
			t.Fatal(line, err)
		}
		_ = c.Process.Kill()
		_ = c.Wait()
		torn := read(t, dir, "bob")
		if len(torn) <= len(before) || !strings.HasPrefix(torn, before) {
			t.Fatalf("%d octets, then %d: the process was not in the middle", len(before), len(torn))
		}
	}
	if got := l.Deliver(t.Context(), local(numbered("z", 1))); !got[0].OK() {
		t.Fatal(got)
	}
	entries := unquote(t, read(t, dir, "bob"))
	if len(entries) != 4 {
		t.Errorf("%d entries", len(entries))
	}
	for _, e := range entries {
		if !whole(e) {
			t.Errorf("half an entry: %.80q", e)
		}
	}
}

func TestKilledAnywhere(t *testing.T) {
	dir := t.TempDir()
	for round := range 8 {
		c := child(t, "many", dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(30+round*9) * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	if got := box(dir).Deliver(t.Context(), local(numbered("z", 1))); !got[0].OK() {
		t.Fatal(got)
	}
	for _, e := range unquote(t, read(t, dir, "bob")) {
		if !whole(e) {
			t.Errorf("half an entry: %.80q", e)
		}
	}
}

// childFull may not make files of more than 64 KiB: to write more is as on a full disk.
func childFull() {
	signal.Ignore(syscall.SIGXFSZ)
	limit := unix.Rlimit{Cur: 64 << 10, Max: 64 << 10}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
	}
	l := box(os.Getenv("DELIVER_DIR"))
	for _, size := range []int{100, 10000, 100} {
		s := l.Deliver(context.Background(), local(text(strings.Repeat("Subject: x\n", size))))[0]
		fmt.Println(s.Error())
	}
}

func TestFullDiskLeavesTheMailbox(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, "full", dir).Output()
	if want := "250 2.0.0 \n452 4.2.2 mailbox of bob: No space left on device\n250 2.0.0 \n"; err != nil || string(out) != want {
		t.Errorf("%q, %v", out, err)
	}
	entries := unquote(t, read(t, dir, "bob"))
	if len(entries) != 2 || entries[0] != entries[1] || len(entries[0]) != 100*len("Subject: x\n") {
		t.Errorf("%d entries", len(entries))
	}
}

func TestPipeInPlaceOfAMailbox(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, "bob"), 0o600); err != nil {
		t.Skip(err)
	}
	if got := results(box(dir).Deliver(t.Context(), local(text(hello)))); got[0] != "451 4.2.0 mailbox of bob cannot be written" {
		t.Error(got)
	}
}

// What people read mail with finds every message.
func TestReaders(t *testing.T) {
	dir := t.TempDir()
	l := box(dir)
	for i := range 3 {
		m := fmt.Sprintf("From: Alice <alice@example.com>\nTo: bob\nSubject: number %d\nDate: Mon, 2 Nov 2026 12:00:05 +0000\n\nFrom the start\n", i)
		if got := l.Deliver(t.Context(), local(text(m))); !got[0].OK() {
			t.Fatal(got)
		}
	}
	mailbox := filepath.Join(dir, "bob")
	t.Run("mailx", func(t *testing.T) {
		if _, err := exec.LookPath("mail"); err != nil {
			t.Skip("no mail command here")
		}
		c := exec.Command("mail", "-N", "-f", mailbox)
		c.Stdin = strings.NewReader("headers\ntype 3\nexit\n")
		c.Env = append(os.Environ(), "HOME="+dir, "MAILRC=/dev/null")
		out, err := c.CombinedOutput()
		for _, want := range []string{"number 0", "number 1", "number 2", ">From the start"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%q is missing, %v:\n%s", want, err, out)
			}
		}
	})
	t.Run("mutt", func(t *testing.T) {
		for _, need := range []string{"mutt", "script"} {
			if _, err := exec.LookPath(need); err != nil {
				t.Skipf("no %s here", need)
			}
		}
		if err := os.Mkdir(filepath.Join(dir, "Mail"), 0o700); err != nil { // or it asks
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := exec.CommandContext(ctx, "script", "-qec", "mutt -n -F /dev/null -R -f '"+mailbox+"' -e 'push <exit>'", "/dev/null")
		c.Env = append(os.Environ(), "HOME="+dir, "TERM=xterm")
		keys, open, err := os.Pipe() // the keyboard: nobody types, and it does not end
		if err != nil {
			t.Fatal(err)
		}
		defer keys.Close()
		defer open.Close()
		c.Stdin = keys
		out, err := c.CombinedOutput()
		if !strings.Contains(string(out), "Msgs:3 ") {
			t.Errorf("mutt sees no 3 messages: %v\n%q", err, out)
		}
	})
}
