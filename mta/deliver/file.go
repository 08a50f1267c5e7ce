package deliver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"postroom.dev/mta"
)

// File is sendmail's *file* mailer: it appends a message to the file that is a recipient's local part, as Local appends to a mailbox,
// with the same locks and the same care. What is not a regular file, is a link, or can be run, is left alone.
type File struct {
	local *Local
	path  func(file string) (string, error)
}

// NewFile makes a File. path gives the path of a file that mail may go to, a Status for another one; o.Dir is not used.
func NewFile(o LocalOptions, path func(file string) (string, error)) *File {
	l := NewLocal(o)
	l.plain = true
	return &File{l, path}
}

// Deliver appends j to the file of each recipient.
func (f *File) Deliver(ctx context.Context, j Job) []mta.Status {
	j.say(j.who(j.Rcpts) + "... Connecting to *file*...")
	got := make([]mta.Status, len(j.Rcpts))
	for n, i := range j.Rcpts {
		got[n] = f.one(ctx, j.Envelope.Recipients[i].Address.Local, &j)
	}
	j.result(got)
	return got
}

func (f *File) one(ctx context.Context, name string, j *Job) mta.Status {
	path, err := f.path(name)
	if err != nil {
		return mta.StatusOf(err)
	}
	if err := appendable(path); err != nil {
		return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 0, 0}, Text: "Can't create output: " + err.Error()}
	}
	s := verdict(ctx, name, f.local.deliver(ctx, path, j))
	if errors.Is(s.Err, fs.ErrPermission) {
		s.Code, s.Enhanced, s.Text = 550, mta.Enhanced{5, 0, 0}, "Can't create output"
	}
	return s
}

// appendable says why a file is none that mail may be appended to; one that is not there is made.
func appendable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case os.IsNotExist(err):
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return err
		}
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 || info.Mode().Perm()&0o111 != 0:
		return fmt.Errorf("%s can be run; chmod a-xs %s", path, path)
	}
	return nil
}
