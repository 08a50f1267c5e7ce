//go:build unix

package queue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"postroom.dev/spool"
	"postroom.dev/spool/qf"
)

var errStopped = errors.New("the power went")

// tracer notes the steps, and from step stop on lets none happen: as after kill -9 nothing cleans up. A
// write that it stops has written half.
type tracer struct {
	steps []string
	stop  int // 0 for never
	fail  error
	once  bool // only step stop fails, with fail, and what follows happens
}

func (tr *tracer) hook(step, path string, f *os.File, p []byte) error {
	if step != "syncdir" {
		step += " " + strings.TrimSuffix(filepath.Base(path), id)
	}
	tr.steps = append(tr.steps, step)
	if tr.stop == 0 || len(tr.steps) < tr.stop || tr.once && len(tr.steps) > tr.stop {
		return nil
	}
	if p != nil && len(tr.steps) == tr.stop {
		if _, err := f.Write(p[:len(p)/2]); err != nil {
			return err
		}
	}
	return tr.fail
}

// operation is one of the three that change a queue.
type operation struct {
	name   string
	before func(*testing.T) *Queue
	run    func(*testing.T, *Queue) error
	steps  []string // that it must take, in this order
}

var operations = []operation{
	{
		"create",
		func(t *testing.T) *Queue { return open(t, t.TempDir()) },
		func(t *testing.T, q *Queue) error {
			return q.Create(t.Context(), message(), id, strings.NewReader(body))
		},
		[]string{"create df", "write df", "sync df", "create tf", "write tf", "sync tf", "rename qf", "syncdir"},
	},
	{
		"update",
		waiting,
		update,
		[]string{"create tf", "write tf", "sync tf", "rename qf", "syncdir"},
	},
	{
		"update over a stale tf",
		func(t *testing.T) *Queue {
			q := waiting(t)
			if err := os.WriteFile(q.path("tf", id), []byte("V8\nhalf"), 0o600); err != nil {
				t.Fatal(err)
			}
			return q
		},
		update,
		[]string{"rename Tf", "create tf", "write tf", "sync tf", "rename qf", "syncdir"},
	},
	{
		"remove",
		waiting,
		func(t *testing.T, q *Queue) error { return lock(t, q).Remove() },
		[]string{"remove qf", "remove df", "syncdir"},
	},
}

func update(t *testing.T, q *Queue) error {
	e := lock(t, q)
	defer e.Close() // as the end of the process would
	return e.Update(updated())
}

// updated is what message becomes by Update.
func updated() *qf.Control {
	c := message()
	c.Tries, c.Status = 7, "Deferred"
	return c
}

func TestStepsComeInTheOrderThatIsSafe(t *testing.T) {
	for _, op := range operations {
		q, tr := op.before(t), &tracer{}
		q.disk.hook = tr.hook
		if err := op.run(t, q); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		if d := cmp.Diff(op.steps, tr.steps); d != "" {
			t.Errorf("%s:\n%s", op.name, d)
		}
	}
}

func TestCrashAtAnyStepLeavesAWholeMessageOrNone(t *testing.T) {
	for _, op := range operations {
		for n := range op.steps {
			t.Run(fmt.Sprintf("%s stops at step %d, %s", op.name, n+1, op.steps[n]), func(t *testing.T) {
				q, tr := op.before(t), &tracer{stop: n + 1, fail: errStopped}
				q.disk.hook = tr.hook
				if err := op.run(t, q); !errors.Is(err, errStopped) {
					t.Fatalf("error %v", err)
				}
				after := open(t, q.Dir())
				wholeOrNone(t, after, op)
				if err := after.Create(t.Context(), message(), "6AM9dEmf012314", strings.NewReader(body)); err != nil {
					t.Errorf("the next message: %v", err)
				}
			})
		}
	}
}

// wholeOrNone checks a queue after an operation stopped half-way.
func wholeOrNone(t *testing.T, q *Queue, op operation) {
	t.Helper()
	files := listing(t, q)
	mail := false
	for f, err := range q.Entries() {
		if err != nil {
			t.Error(err)
		}
		if mail = mail || f.Kind == "qf"; f.Kind == "qf" && f.Problem != nil || f.Kind != "qf" && f.Problem == nil {
			t.Errorf("found %+v", f)
		}
	}
	e, err := q.Lock(id)
	if !mail {
		if !errors.Is(err, ErrGone) || strings.HasPrefix(op.name, "update") {
			t.Errorf("no message, and Lock says %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if got := files["qf"+id]; got != text(t, message()) && (!strings.HasPrefix(op.name, "update") || got != text(t, updated())) {
		t.Errorf("control file:\n%s", got)
	}
	if files["df"+id] != body {
		t.Errorf("body %q", files["df"+id])
	}
	if err := e.Update(updated()); err != nil {
		t.Errorf("a rewrite afterwards: %v", err)
	}
	if _, tf := listing(t, q)["tf"+id]; tf {
		t.Error("a tf is left")
	}
	if err := e.Remove(); err != nil {
		t.Errorf("removal afterwards: %v", err)
	}
}

func TestFullDiskAtAnyStepIsSaidAndLeavesNoHalves(t *testing.T) {
	for _, op := range operations {
		for n := range op.steps {
			t.Run(fmt.Sprintf("%s fails at step %d, %s", op.name, n+1, op.steps[n]), func(t *testing.T) {
				q, tr := op.before(t), &tracer{stop: n + 1, once: true, fail: &os.PathError{Op: "write", Path: "df", Err: unix.ENOSPC}}
				q.disk.hook = tr.hook
				err := op.run(t, q)
				if !errors.Is(err, spool.ErrFull) || !errors.Is(err, unix.ENOSPC) {
					t.Errorf("error %v", err)
				}
				files := listing(t, q)
				switch {
				case op.name == "create" && len(files) > 0, files["tf"+id] != "" && op.steps[n] != "rename Tf":
					t.Errorf("left: %v", files)
				case op.name != "create":
					wholeOrNone(t, open(t, q.Dir()), op)
				}
			})
		}
	}
}
