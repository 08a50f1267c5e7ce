//go:build unix

package queue

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"postroom.dev/spool/qf"
)

// bad are messages that something is wrong with: how they come about, what the index says, what Lock says and, when
// that is nothing, what is said of the body.
var bad = map[string]struct {
	make              func(t *testing.T, q *Queue, id string)
	index, lock, data error
}{
	"truncated": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Truncate(q.path("qf", id), 70))
	}, ErrDamaged, nil, nil},
	"empty": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Truncate(q.path("qf", id), 0))
	}, ErrDamaged, nil, nil},
	"noBody": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Remove(q.path("df", id)))
	}, ErrNoData, nil, ErrNoData},
	"groupMayWrite": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Chmod(q.path("qf", id), 0o660))
	}, ErrUnsafe, ErrUnsafe, nil},
	"allMayWrite": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Chmod(q.path("qf", id), 0o666))
	}, ErrUnsafe, ErrUnsafe, nil},
	"link": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Remove(q.path("qf", id)))
		mustDo(t, os.Symlink("/etc/passwd", q.path("qf", id)))
	}, ErrKind, ErrKind, nil},
	"pipe": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Remove(q.path("qf", id)))
		mustDo(t, unix.Mkfifo(q.path("qf", id), 0o600))
	}, ErrKind, ErrKind, nil},
	"directory": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Remove(q.path("qf", id)))
		mustDo(t, os.Mkdir(q.path("qf", id), 0o700))
	}, ErrKind, ErrKind, nil},
	"bodyIsALink": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Remove(q.path("df", id)))
		mustDo(t, os.Symlink("/etc/passwd", q.path("df", id)))
	}, ErrKind, nil, ErrKind},
	"huge": {func(t *testing.T, q *Queue, id string) {
		mustDo(t, os.Truncate(q.path("qf", id), 1<<30))
	}, qf.ErrTooLarge, nil, nil},
	"heldForEver": {func(t *testing.T, q *Queue, id string) {
		f, err := os.Open(q.path("qf", id))
		mustDo(t, err)
		t.Cleanup(func() { f.Close() })
		mustDo(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	}, nil, ErrLocked, nil},
	"odd \xff\n\t": {func(*testing.T, *Queue, string) {}, nil, nil, nil},
	"clockSetBack": {func(t *testing.T, q *Queue, id string) {
		c := message()
		c.Time = time.Now().Add(1000 * time.Hour)
		c.LastTry = c.Time
		mustDo(t, os.WriteFile(q.path("qf", id), []byte(text(t, c)), 0o600))
		mustDo(t, os.Chtimes(q.path("qf", id), c.Time, c.Time))
	}, nil, nil, nil},
	"good": {func(*testing.T, *Queue, string) {}, nil, nil, nil},
}

func TestRunGoesOnPastWhatIsBad(t *testing.T) {
	q, x := single(t, t.TempDir())
	for id, b := range bad {
		mustDo(t, q.Create(t.Context(), message(), id, strings.NewReader(body)))
		b.make(t, q, id)
	}
	for range 2 { // as well when the index knows them
		mustDo(t, x.RefreshLocks(t.Context()))
		seen := 0
		for _, m := range x.Messages(Selection{}, ByPriority) {
			seen++
			want := bad[m.ID]
			if !errors.Is(m.Problem, want.index) || want.index == nil && m.Problem != nil {
				t.Errorf("%q: the index says %v", m.ID, m.Problem)
			}
			if m.Problem != nil && !strings.Contains(m.Problem.Error(), m.ID) {
				t.Errorf("%q: which one is not said: %v", m.ID, m.Problem)
			}
			e, err := q.Lock(m.ID)
			if !errors.Is(err, want.lock) || want.lock == nil && err != nil {
				t.Errorf("%q: Lock says %v", m.ID, err)
			}
			if err != nil {
				continue
			}
			if _, err := e.Content(); !errors.Is(err, want.data) || want.data == nil && err != nil {
				t.Errorf("%q: of the body %v", m.ID, err)
			}
			if damaged := len(e.Problems) > 0; damaged != (want.index == ErrDamaged || want.index == qf.ErrTooLarge) {
				t.Errorf("%q: problems %v", m.ID, e.Problems)
			}
			if m.Problem != nil && errors.Is(m.Problem, ErrDamaged) {
				if err := e.Update(e.Control); err == nil && len(e.Control.Recipients) == 0 {
					t.Errorf("%q: written back without recipients", m.ID)
				}
			}
			mustDo(t, e.Close())
		}
		if seen != len(bad) {
			t.Errorf("%d of %d seen", seen, len(bad))
		}
	}
	for id := range bad { // nothing lost
		if _, err := os.Lstat(q.path("qf", id)); err != nil {
			t.Error(err)
		}
	}
}

func TestUnreadableControlFileIsSaidAgainstTheMessage(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("[skip] root reads everything")
	}
	q, x := single(t, t.TempDir())
	mustDo(t, q.Create(t.Context(), message(), id, strings.NewReader(body)))
	mustDo(t, os.Chmod(q.path("qf", id), 0))
	mustDo(t, x.Refresh(t.Context()))
	if m := x.All(q)[0]; !errors.Is(m.Problem, fs.ErrPermission) {
		t.Errorf("%v", m.Problem)
	}
}
