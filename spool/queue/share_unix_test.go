//go:build unix

package queue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"postroom.dev/spool/qf"
)

// createEnv makes the test program a submitter that creates messages in this directory until it is killed.
const createEnv = "POSTROOM_TEST_CREATE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(createEnv); dir != "" {
		fmt.Println(createForEver(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func createForEver(dir string) error {
	q, err := Open(dir)
	if err != nil {
		return err
	}
	ids := qf.NewIDs(time.Now, os.Getpid(), os.Getpid())
	for {
		id := ids.Next()
		c := message()
		c.Header = append(c.Header, qf.Header{Text: "X-Id: " + id})
		if err := q.Create(context.Background(), c, id, strings.NewReader(strings.Repeat(body, 5000)+id)); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

func TestKilledSubmitterLosesNothingItAnswered(t *testing.T) {
	q := open(t, t.TempDir())
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), createEnv+"="+q.Dir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answered := make(map[string]bool)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, ok := qf.IDTime(lines.Text()); !ok {
			t.Errorf("the submitter says %q", lines.Text())
			break
		}
		if answered[lines.Text()] = true; len(answered) == 40 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait() // it was killed
	if len(answered) < 40 {
		t.Fatalf("only %d answers", len(answered))
	}
	for f, err := range q.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if f.Kind != "qf" {
			continue // what the kill cut off
		}
		delete(answered, f.ID)
		e, err := q.Lock(f.ID)
		if err != nil || len(e.Problems) > 0 || string(e.Control.HeaderBytes()) != "Subject: x\n\ty\nX-Id: "+f.ID+"\n" {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		if df, err := os.ReadFile(q.path("df", f.ID)); err != nil || string(df) != strings.Repeat(body, 5000)+f.ID {
			t.Errorf("%s: body of %d octets, %v", f.ID, len(df), err)
		}
		e.Close()
	}
	if len(answered) > 0 {
		t.Errorf("answered and lost: %v", answered)
	}
}

func TestSendmailsLockIsRespected(t *testing.T) {
	q := waiting(t)
	for how, name := range map[int]string{unix.LOCK_EX: "a runner's", unix.LOCK_SH: "a lister's"} {
		f, err := os.OpenFile(q.path("qf", id), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Flock(int(f.Fd()), how); err != nil {
			t.Fatal(err)
		}
		if _, err := q.Lock(id); !errors.Is(err, ErrLocked) {
			t.Errorf("%s lock: %v", name, err)
		}
		f.Close()
	}
	e := lock(t, q)
	f, err := os.Open(q.path("qf", id))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != unix.EWOULDBLOCK {
		t.Errorf("a lister does not see our lock: %v", err)
	}
	e.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		t.Errorf("our lock outlives the entry: %v", err)
	}
}

func TestAListersLockIsWaitedForAndNotARunners(t *testing.T) {
	q := waiting(t)
	for name, c := range map[string]struct {
		others, then int // the lock that somebody has, and from the third wait on
		waits        int
		err          error
	}{
		"nobody's":                        {unix.LOCK_UN, unix.LOCK_UN, 0, nil},
		"a lister's":                      {unix.LOCK_SH, unix.LOCK_UN, 3, nil},
		"a lister's that does not go":     {unix.LOCK_SH, unix.LOCK_SH, looks, ErrLocked},
		"a runner's":                      {unix.LOCK_EX, unix.LOCK_EX, 0, ErrLocked},
		"a lister's, and then a runner's": {unix.LOCK_SH, unix.LOCK_EX, 3, ErrLocked},
	} {
		t.Run(name, func(t *testing.T) {
			other, err := os.Open(q.path("qf", id))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			mine, err := os.Open(q.path("qf", id))
			if err != nil {
				t.Fatal(err)
			}
			defer mine.Close()
			mustDo(t, unix.Flock(int(other.Fd()), c.others))
			waits := 0
			err = outwait(func(how int) error { return tryLock(mine, how) }, func() {
				if waits++; waits == 3 {
					mustDo(t, unix.Flock(int(other.Fd()), c.then|unix.LOCK_NB)) // not kept away by who waits
				}
			})
			if waits != c.waits || !errors.Is(err, c.err) {
				t.Errorf("%d waits, %v", waits, err)
			}
		})
	}
}

func TestEachMessageGoesToOneRunner(t *testing.T) {
	const messages, runners = 60, 4
	dir := t.TempDir()
	ids := qf.NewIDs(time.Now, 1, 0)
	for range messages {
		if err := open(t, dir).Create(t.Context(), message(), ids.Next(), strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range runners {
		wg.Go(func() {
			q, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			for f, err := range q.Entries() {
				e, lockErr := q.Lock(f.ID)
				if errors.Is(lockErr, ErrLocked) || errors.Is(lockErr, ErrGone) {
					continue
				}
				if err != nil || lockErr != nil || len(e.Problems) > 0 {
					t.Errorf("%+v: %v, %v", f, err, lockErr)
					return
				}
				e.Control.Tries++
				if err := e.Update(e.Control); err != nil {
					t.Error(err)
				}
				if e.Control.Tries > 1 {
					t.Errorf("%s was taken twice", f.ID)
				}
				if err := e.Remove(); err != nil {
					t.Error(err)
				}
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if taken.Load() != messages {
		t.Errorf("%d of %d messages taken", taken.Load(), messages)
	}
}

func TestRewriteHasNoUnlockedMoment(t *testing.T) {
	q := waiting(t)
	e := lock(t, q)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if other, err := q.Lock(id); !errors.Is(err, ErrLocked) {
				t.Errorf("another runner got %v, %v", other, err)
				return
			}
		}
	})
	for range 100 {
		e.Control.Tries++
		if err := e.Update(e.Control); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

func TestOddNamesAreShownAndNeverFollowed(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir)
	for _, name := range []string{"qfwhole", "dfwhole", "qfnodata", "dforphan", "tforphan", "Tfold", "hfheld", "dfheld", "Qflost", "dflost", "xfwhole",
		"qf1234567890123456789", "df1234567890123456789", "qfodd \xff", "dfodd \xff", "core", "nfx", "qf", "dfdir", "dflink", "dfpipe", "dfsocket", "qfbaddata"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text(t, message())), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustDo(t, os.Mkdir(filepath.Join(dir, "qfdir"), 0o700))
	mustDo(t, os.Mkdir(filepath.Join(dir, "dfbaddata"), 0o700))
	mustDo(t, os.Symlink("qfwhole", filepath.Join(dir, "qflink")))
	mustDo(t, unix.Mkfifo(filepath.Join(dir, "qfpipe"), 0o600))
	l, err := net.Listen("unix", filepath.Join(dir, "qfsocket"))
	mustDo(t, err)
	defer l.Close()

	var got []string
	for f, err := range q.Entries() {
		mustDo(t, err)
		got = append(got, fmt.Sprintf("%s%s: %v", f.Kind, f.ID, f.Problem))
	}
	want := []string{
		"qf1234567890123456789: queue: not a queue id: qf1234567890123456789 has more than 18 characters",
		"qfbaddata: queue: not a regular file: dfbaddata is a directory",
		"qfdir: queue: not a regular file: qfdir is a directory",
		"hfheld: <nil>",
		"qflink: queue: not a regular file: qflink is a symbolic link",
		"Qflost: queue: sendmail could not read Qflost and gave it up",
		"qfnodata: queue: the body is missing: dfnodata",
		"qfodd \xff: <nil>",
		"Tfold: queue: Tfold was in the way of a rewrite",
		"dforphan: queue: dforphan stands without a control file",
		"tforphan: queue: tforphan stands without a control file",
		"qfpipe: queue: not a regular file: qfpipe is a pipe",
		"qfsocket: queue: not a regular file: qfsocket is a socket",
		"qfwhole: <nil>",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for id, want := range map[string]error{
		"whole": nil, "odd \xff": nil, "nodata": nil, "dir": ErrKind, "link": ErrKind, "pipe": ErrKind, "socket": ErrKind,
		"1234567890123456789": ErrID, "nobody": ErrGone, "held": ErrGone,
	} {
		e, err := q.Lock(id)
		if !errors.Is(err, want) {
			t.Errorf("Lock(%q): %v", id, err)
		}
		if err == nil {
			if _, err := e.Content(); id == "nodata" && !errors.Is(err, ErrNoData) || id != "nodata" && err != nil {
				t.Errorf("content of %q: %v", id, err)
			}
			e.Close()
		}
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLooseModesAreRefusedWithTheCure(t *testing.T) {
	q := waiting(t)
	path := q.path("qf", id)
	for mode, want := range map[os.FileMode]error{0o600: nil, 0o640: nil, 0o644: nil, 0o700: nil, 0o660: ErrUnsafe, 0o602: ErrUnsafe, 0o666: ErrUnsafe} {
		mustDo(t, os.Chmod(path, mode))
		e, err := q.Lock(id)
		if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), "chmod 0600 "+path) {
			t.Errorf("mode %o: %v", mode, err)
		}
		if err == nil {
			e.Close()
		}
	}
	mustDo(t, os.Chmod(path, 0o660))
	e, err := open(t, q.Dir(), Mode(0o660)).Lock(id)
	if err != nil {
		t.Fatalf("a client queue's file: %v", err)
	}
	e.Close()
}

func TestClientQueueFilesAreForTheGroupWhateverTheUmask(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	q := open(t, t.TempDir(), Mode(0o660))
	if err := q.Create(t.Context(), message(), id, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"qf", "df"} {
		if info, err := os.Stat(q.path(kind, id)); err != nil || info.Mode() != 0o660 {
			t.Errorf("%s: %v, %v", kind, info.Mode(), err)
		}
	}
}

func TestOpenRefusesWhatIsNoSafeQueue(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	file := filepath.Join(dir, "file")
	mustDo(t, os.WriteFile(file, nil, 0o600))
	if _, err := Open(file); err == nil || !strings.Contains(err.Error(), file+": not a directory") {
		t.Errorf("file: %v", err)
	}
	for _, sub := range []string{"q", "q/df"} {
		path := filepath.Join(dir, sub)
		mustDo(t, os.Mkdir(path, 0o700))
		mustDo(t, os.Chmod(path, 0o777))
		if _, err := Open(filepath.Join(dir, "q")); !errors.Is(err, ErrUnsafe) || !strings.Contains(err.Error(), "chmod o-w "+path) {
			t.Errorf("%s: %v", sub, err)
		}
		mustDo(t, os.Chmod(path, 0o770))
		if _, err := Open(filepath.Join(dir, "q")); err != nil {
			t.Errorf("%s: %v", sub, err)
		}
	}
}
