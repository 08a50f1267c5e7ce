//go:build unix

package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// found gives what Entries says of one file.
func found(t *testing.T, q *Queue, kind string) Found {
	t.Helper()
	for f, err := range q.Entries() {
		mustDo(t, err)
		if f.Kind == kind {
			return f
		}
	}
	t.Fatalf("no %s in %v", kind, listing(t, q))
	return Found{}
}

// later is a time after which everything in a test is old.
func later() time.Time { return time.Now().Add(time.Hour) }

func TestRepairMovesAsideWhatIsNoMail(t *testing.T) {
	for _, kind := range []string{"df", "tf", "xf", "Tf"} {
		q := open(t, t.TempDir())
		for n, name := range []string{kind + id, kind + id + ".1"} {
			mustDo(t, os.WriteFile(q.path(kind, id), []byte("left by a crash"), 0o600))
			f := found(t, q, kind)
			if _, err := q.Repair(f, time.Now().Add(-time.Hour)); !errors.Is(err, ErrYoung) {
				t.Errorf("%s just made: %v", kind, err)
			}
			if done, err := q.Repair(f, later()); err != nil || !strings.HasPrefix(done, "moved "+kind+id+" to ") {
				t.Errorf("%s, time %d: %q, %v", kind, n, done, err)
			}
			if b, err := os.ReadFile(filepath.Join(q.Dir(), Aside, name)); err != nil || string(b) != "left by a crash" {
				t.Errorf("%s: %q, %v", name, b, err)
			}
		}
	}
}

func TestRepairLeavesAloneWhatIsLocked(t *testing.T) {
	q := open(t, t.TempDir())
	mustDo(t, os.WriteFile(q.path("df", id), []byte(body), 0o600))
	f, err := os.Open(q.path("df", id))
	mustDo(t, err)
	defer f.Close()
	mustDo(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	if _, err := q.Repair(found(t, q, "df"), later()); !errors.Is(err, ErrLocked) {
		t.Errorf("a df that is being written: %v", err)
	}
	q = waiting(t)
	mustDo(t, os.WriteFile(q.path("tf", id), []byte("V8\n"), 0o600))
	e := lock(t, q)
	if _, err := q.Repair(found(t, q, "tf"), later()); !errors.Is(err, ErrLocked) {
		t.Errorf("the rewrite of a locked message: %v", err)
	}
	mustDo(t, e.Close())
	if _, err := q.Repair(found(t, q, "tf"), later()); err != nil {
		t.Error(err)
	}
	if files := listing(t, q); files["qf"+id] == "" || files["df"+id] != body || q.free("tf", id) != nil {
		t.Errorf("left: %v", files)
	}
}

func TestRepairDoesNotTakeTheBodyOfAMessage(t *testing.T) {
	q := waiting(t)
	for _, kind := range []string{"qf", "hf", "Qf"} {
		if _, err := q.Repair(Found{Queue: q, Kind: "df", ID: id}, later()); !errors.Is(err, ErrExists) {
			t.Errorf("beside %s: %v", kind, err)
		}
		if kind == "qf" {
			mustDo(t, os.Rename(q.path("qf", id), q.path("hf", id)))
		} else if kind == "hf" {
			mustDo(t, os.Rename(q.path("hf", id), q.path("Qf", id)))
		}
	}
	if q.free("df", id) == nil {
		t.Error("the body is gone")
	}
}

func TestRepairGivesAWholeMessageItsName(t *testing.T) {
	quarantined := message()
	quarantined.Quarantine = "spam"
	for _, c := range []struct {
		kind, text, want string
	}{
		{"tf", text(t, message()), "qf"},
		{"Qf", text(t, message()), "qf"},
		{"Qf", text(t, quarantined), "hf"},
		{"qf", text(t, quarantined), "hf"},
		{"qf", text(t, message()), "qf"},
	} {
		q := open(t, t.TempDir())
		mustDo(t, os.WriteFile(q.path("df", id), []byte(body), 0o600))
		mustDo(t, os.WriteFile(q.path(c.kind, id), []byte(c.text), 0o600))
		if _, err := q.Repair(Found{Queue: q, Kind: c.kind, ID: id}, later()); err != nil {
			t.Errorf("%s: %v", c.kind, err)
		}
		if files := listing(t, q); files[c.want+id] != c.text || files["df"+id] != body || len(files) != 2 {
			t.Errorf("%s: %v", c.kind, files)
		}
	}
}

func TestRepairLeavesAMessageThatItCannotMend(t *testing.T) {
	for kind, want := range map[string]error{"qf": ErrDamaged, "hf": ErrDamaged, "Qf": ErrDamaged, "df": nil} {
		q := open(t, t.TempDir())
		if kind == "df" { // without one
			kind, want = "Qf", ErrNoData
		} else {
			mustDo(t, os.WriteFile(q.path("df", id), []byte(body), 0o600))
		}
		half := text(t, message())[:60]
		mustDo(t, os.WriteFile(q.path(kind, id), []byte(half), 0o600))
		if _, err := q.Repair(found(t, q, kind), later()); !errors.Is(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
		if files := listing(t, q); files[kind+id] != half {
			t.Errorf("%s: %v", kind, files)
		}
	}
}

func TestAdoptMakesAMessageOfABody(t *testing.T) {
	q := open(t, t.TempDir())
	mustDo(t, os.WriteFile(q.path("df", id), []byte(body), 0o600))
	if err := q.Adopt(id, message(), time.Now().Add(-time.Hour)); !errors.Is(err, ErrYoung) {
		t.Errorf("at once: %v", err)
	}
	mustDo(t, q.Adopt(id, message(), later()))
	e := lock(t, q)
	if _, err := e.Content(); err != nil || len(e.Problems) > 0 {
		t.Errorf("%v, %v", e.Problems, err)
	}
	e.Close()
	if err := q.Adopt(id, message(), later()); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: %v", err)
	}
	if files := listing(t, q); len(files) != 2 {
		t.Errorf("files %v", files)
	}
}

func TestQuarantineAndReleaseChangeTheName(t *testing.T) {
	q := waiting(t)
	e := lock(t, q)
	mustDo(t, e.Quarantine("spam suspect"))
	if _, err := q.LockKind("hf", id); !errors.Is(err, ErrLocked) {
		t.Errorf("the lock is lost: %v", err)
	}
	mustDo(t, e.Close())
	if _, err := q.Lock(id); !errors.Is(err, ErrGone) {
		t.Errorf("a runner finds it: %v", err)
	}
	e, err := q.LockKind("hf", id)
	mustDo(t, err)
	if e.Control.Quarantine != "spam suspect" {
		t.Errorf("reason %q", e.Control.Quarantine)
	}
	if _, err := e.Content(); err != nil {
		t.Error(err)
	}
	e.Control.Tries = 3
	mustDo(t, e.Update(e.Control))
	if found(t, q, "hf"); q.free("qf", id) != nil {
		t.Error("a rewrite made a qf of it")
	}
	mustDo(t, e.Release())
	mustDo(t, e.Close())
	e = lock(t, q)
	defer e.Close()
	if e.Control.Quarantine != "" || e.Control.Tries != 3 || len(listing(t, q)) != 2 {
		t.Errorf("%+v, %v", e.Control, listing(t, q))
	}
	if _, err := q.LockKind("df", id); !errors.Is(err, ErrKind) {
		t.Errorf("a df as a control file: %v", err)
	}
}

func TestQuarantineIsNeverUnlockedNorTwice(t *testing.T) {
	for stop := 1; ; stop++ {
		q, tr := waiting(t), &tracer{stop: stop, fail: errStopped}
		e := lock(t, q)
		q.disk.hook = tr.hook
		err := e.Quarantine("spam")
		e.disarm() // as the end of the process would
		if err == nil {
			break
		}
		after, controls := open(t, q.Dir()), 0
		for f, err := range after.Entries() {
			mustDo(t, err)
			if f.Kind == "qf" || f.Kind == "hf" {
				controls++
			}
			if _, err := after.Repair(f, later()); err != nil {
				t.Errorf("step %d, %s: %v", stop, f.Kind, err)
			}
		}
		files := listing(t, after)
		if controls != 1 || files["df"+id] != body || files["qf"+id] == "" == (files["hf"+id] == "") {
			t.Errorf("step %d: %d control files, %v", stop, controls, files)
		}
	}
}

// disarm ends an entry whose process died.
func (e *Entry) disarm() {
	if e.file != nil {
		e.file.Close()
		e.file = nil
	}
}

func TestTranscriptLastsAsLongAsTheAttempt(t *testing.T) {
	q := waiting(t)
	mustDo(t, os.WriteFile(q.path("xf", id), []byte("of an attempt that crashed"), 0o600))
	e := lock(t, q)
	x, err := e.Transcript()
	mustDo(t, err)
	for _, line := range []string{">>> DATA\n", "<<< 451 later\n"} {
		if _, err := x.Write([]byte(line)); err != nil {
			t.Error(err)
		}
	}
	again, err := e.Transcript()
	mustDo(t, err)
	if got, err := again.Text(); err != nil || string(got) != ">>> DATA\n<<< 451 later\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got := listing(t, q)["xf"+id]; got != ">>> DATA\n<<< 451 later\n" {
		t.Errorf("file %q", got)
	}
	if n, err := x.Write(make([]byte, 2*MaxTranscript)); n != 2*MaxTranscript || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got, err := x.Text(); err != nil || len(got) != MaxTranscript {
		t.Errorf("%d octets, %v", len(got), err)
	}
	mustDo(t, e.Close())
	if _, there := listing(t, q)["xf"+id]; there {
		t.Error("the transcript is left")
	}
	if _, err := x.Write([]byte("late")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
	e = lock(t, q)
	_, err = e.Transcript()
	mustDo(t, err)
	mustDo(t, e.Remove())
	if files := listing(t, q); len(files) > 0 {
		t.Errorf("left: %v", files)
	}
}
