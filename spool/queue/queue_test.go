package queue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool/qf"
)

const (
	id   = "6AM9dEmd012314"
	body = "hello\n.\nno newline at the end"
)

// message is a control file that sendmail would run.
func message() *qf.Control {
	return &qf.Control{
		Version: 8, Ended: true,
		Time: time.Unix(1795340354, 0).UTC(), Priority: 30082, Flags: "s",
		Macros: []qf.Macro{{Name: "_", Value: "bob@localhost"}, {Name: "{daemon_flags}", Value: "c u"}},
		Sender: "bob@example.com",
		Recipients: []qf.Recipient{
			{Flags: "PFD", Address: "u@ok.example", Final: "RFC822; u@ok.example"},
		},
		Header: []qf.Header{{Flags: "P", Text: "Return-Path: <\x81g>"}, {Text: "Subject: x\n\ty"}},
	}
}

func open(t *testing.T, dir string, o ...Option) *Queue {
	t.Helper()
	q, err := Open(dir, o...)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// waiting gives a queue with one message in it.
func waiting(t *testing.T) *Queue {
	t.Helper()
	q := open(t, t.TempDir())
	if err := q.Create(t.Context(), message(), id, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	return q
}

func lock(t *testing.T, q *Queue) *Entry {
	t.Helper()
	e, err := q.Lock(id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// listing gives the queue's files with their content.
func listing(t *testing.T, q *Queue) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(q.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[d.Name()] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// text gives c as it stands in a file.
func text(t *testing.T, c *qf.Control) string {
	t.Helper()
	b, err := c.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCreatedMessageIsTwoFiles(t *testing.T) {
	q := waiting(t)
	want := map[string]string{"qf" + id: text(t, message()), "df" + id: body}
	if d := cmp.Diff(want, listing(t, q)); d != "" {
		t.Error(d)
	}
	for name := range want {
		info, err := os.Stat(filepath.Join(q.Dir(), name))
		if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestLockedEntryGivesTheMessageBack(t *testing.T) {
	e := lock(t, waiting(t))
	if len(e.Problems) > 0 {
		t.Errorf("problems: %v", e.Problems)
	}
	if d := cmp.Diff(text(t, message()), text(t, e.Control)); d != "" {
		t.Error(d)
	}
	c, err := e.Content()
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(r, []byte(body)); err != nil || c.Size() != int64(len(body)) {
		t.Errorf("size %d, %v", c.Size(), err)
	}
}

func TestSubdirectoriesTakeTheirKindOfFile(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"qf", "df"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	q := open(t, dir)
	if err := q.Create(t.Context(), message(), id, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"qf/qf" + id, "df/df" + id} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for f, err := range q.Entries() {
		if err != nil || f != (Found{Queue: q, Kind: "qf", ID: id}) {
			t.Errorf("found %v, %v", f, err)
		}
	}
	e := lock(t, q)
	if err := e.Update(message()); err != nil {
		t.Error(err)
	}
	if err := e.Remove(); err != nil {
		t.Error(err)
	}
	if left := listing(t, q); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRefusedMessageLeavesNothing(t *testing.T) {
	broken := errors.New("the pipe broke")
	tests := []struct {
		rule string
		c    func(*qf.Control)
		id   string
		body io.Reader
		want error
	}{
		{"no sender", func(c *qf.Control) { c.Sender = "" }, id, strings.NewReader(body), qf.ErrIncomplete},
		{"no recipients", func(c *qf.Control) { c.Recipients = nil }, id, strings.NewReader(body), qf.ErrIncomplete},
		{"two lines in one", func(c *qf.Control) { c.Sender = "a\nRb" }, id, strings.NewReader(body), qf.ErrLineBreak},
		{"a body that ends in an error", func(*qf.Control) {}, id, io.MultiReader(strings.NewReader(body), iotest.ErrReader(broken)), broken},
		{"an empty id", func(*qf.Control) {}, "", strings.NewReader(body), ErrID},
		{"an id that sendmail would not run", func(*qf.Control) {}, strings.Repeat("1", 19), strings.NewReader(body), ErrID},
		{"an id that leads elsewhere", func(*qf.Control) {}, "/../x", strings.NewReader(body), ErrID},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			q, c := open(t, t.TempDir()), message()
			tt.c(c)
			if err := q.Create(t.Context(), c, tt.id, tt.body); !errors.Is(err, tt.want) {
				t.Errorf("error %v", err)
			}
			if left := listing(t, q); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestCancelledContextLeavesNothing(t *testing.T) {
	q := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	half := io.MultiReader(strings.NewReader("half "), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF }))
	if err := q.Create(ctx, message(), id, half); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left := listing(t, q); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestControlIsPrintedAfterTheBodyWasRead(t *testing.T) {
	q, c := open(t, t.TempDir()), message()
	if err := q.Create(t.Context(), c, id, c.Measure(strings.NewReader("grüße\n"))); err != nil {
		t.Fatal(err)
	}
	got, _ := qf.Parse(strings.NewReader(listing(t, q)["qf"+id]))
	if got.Priority != 30082+8 || !got.HasFlag('8') {
		t.Errorf("priority %d, flags %s", got.Priority, got.Flags)
	}
}

func TestUsedIDIsRefusedAndItsFilesStay(t *testing.T) {
	for _, kind := range []string{"qf", "hf", "Qf", "df", "tf"} {
		q := open(t, t.TempDir())
		if err := os.WriteFile(q.path(kind, id), []byte("other"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := q.Create(t.Context(), message(), id, strings.NewReader(body)); !errors.Is(err, ErrExists) {
			t.Errorf("%s: %v", kind, err)
		}
		if d := cmp.Diff(map[string]string{kind + id: "other"}, listing(t, q)); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
}

func TestUpdateReplacesTheControlFileAndKeepsTheLock(t *testing.T) {
	q := waiting(t)
	e := lock(t, q)
	c := e.Control
	c.Tries, c.Recipients[0].Status = 1, "Deferred: Connection refused"
	if err := e.Update(c); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Lock(id); !errors.Is(err, ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	want := map[string]string{"qf" + id: text(t, c), "df" + id: body}
	if d := cmp.Diff(want, listing(t, q)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(want["qf"+id], "\nN1\n") {
		t.Error("the update says nothing new")
	}
	e.Close()
	lock(t, q)
}

func TestUpdateThatCannotBePrintedChangesNothing(t *testing.T) {
	q := waiting(t)
	before := listing(t, q)
	e := lock(t, q)
	if err := e.Update(&qf.Control{Sender: "a"}); !errors.Is(err, qf.ErrIncomplete) {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(before, listing(t, q)); d != "" {
		t.Error(d)
	}
}

func TestStaleRewriteIsSetAside(t *testing.T) {
	q := waiting(t)
	if err := os.WriteFile(q.path("tf", id), []byte("half a contr"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := lock(t, q)
	if err := e.Update(e.Control); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"qf" + id: text(t, e.Control), "df" + id: body, "Tf" + id: "half a contr"}
	if d := cmp.Diff(want, listing(t, q)); d != "" {
		t.Error(d)
	}
}

func TestRewriteThatAnotherProcessHoldsStops(t *testing.T) {
	q := waiting(t)
	before := text(t, message())
	f, err := q.control(id, []byte("theirs"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := lock(t, q)
	if err := e.Update(e.Control); !errors.Is(err, ErrLocked) {
		t.Errorf("error %v", err)
	}
	want := map[string]string{"qf" + id: before, "df" + id: body, "tf" + id: "theirs"}
	if d := cmp.Diff(want, listing(t, q)); d != "" {
		t.Error(d)
	}
}

func TestRemoveTakesBothFiles(t *testing.T) {
	q := waiting(t)
	e := lock(t, q)
	if err := e.Remove(); err != nil {
		t.Fatal(err)
	}
	if left := listing(t, q); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := e.Remove(); err == nil {
		t.Error("removed twice")
	}
	if err := e.Update(message()); err == nil {
		t.Error("updated after removal")
	}
	if err := e.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestLargeControlFileIsReadUpToTheLimit(t *testing.T) {
	q := waiting(t)
	f, err := os.OpenFile(q.path("qf", id), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 30); err != nil { // sparse: nothing is written
		t.Skip("the file system has no sparse files: ", err)
	}
	e := lock(t, q)
	if len(e.Problems) == 0 {
		t.Error("no problem was told")
	}
	if err := e.Update(e.Control); !errors.Is(err, qf.ErrTruncated) {
		t.Errorf("update: %v", err)
	}
}

func TestDamagedControlFileIsAnEntryWithProblems(t *testing.T) {
	q := waiting(t)
	if err := os.WriteFile(q.path("qf", id), []byte("V8\nOmts\nSa@b\nRPFD:u@x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := lock(t, q)
	var b bytes.Buffer
	for _, p := range e.Problems {
		b.WriteString(p.String() + "\n")
	}
	want := "line 2: unknown code \"O\"\nline 4: the final dot is missing; sendmail does not run this file\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}
