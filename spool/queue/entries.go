package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postroom.dev/spool/qf"
)

// Found is one name in the queue directory that belongs to a queue.
type Found struct {
	Queue   *Queue // where it is
	Kind    string // "qf" a message; "hf" a quarantined one; "Qf" one that sendmail gave up; "df", "tf", "xf", "Tf" a file that is no message
	ID      string
	Problem error // what is odd about it; a message with a problem may still be locked and looked at
}

// Path is the path of the file.
func (f Found) Path() string { return f.Queue.path(f.Kind, f.ID) }

// Entries gives what is in the directory, in the order of ids, read once at the start. A message is a qf; the
// files that belong to a message are not told apart from it. A df or xf appears only when it stands
// alone: a crash left it, or a Create is writing it just now. A tf or Tf always appears.
// Names that are none of a queue's are passed over.
//
// No file is opened, so a control file's own problems are known only after Lock.
func (q *Queue) Entries() iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		found, err := q.scan()
		for _, f := range found {
			if !yield(f, nil) {
				return
			}
		}
		if err != nil {
			yield(Found{}, err)
		}
	}
}

// kinds are the names that belong to a queue; the first three stand for a message.
var kinds = [...]string{"qf", "hf", "Qf", "df", "tf", "xf", "Tf"}

// files is what exists under one id: for each of kinds its type with present set, or 0.
type files [len(kinds)]fs.FileMode

const present fs.FileMode = 1 // a permission bit, which a type has not

func (have *files) get(kind string) (fs.FileMode, bool) {
	m := have[slices.Index(kinds[:], kind)]
	return m &^ present, m != 0
}

// scan reads the directories; with an error it gives what it saw until then.
func (q *Queue) scan() ([]Found, error) {
	ids := make(map[string]*files)
	var errs []error
	for i, kind := range kinds {
		dir := filepath.Dir(q.path(kind, ""))
		var here []string // the kinds that live in this directory, if this is the first of them
		for j, other := range kinds {
			if filepath.Dir(q.path(other, "")) == dir {
				if here = append(here, other); j < i {
					here = nil
					break
				}
			}
		}
		if here != nil {
			errs = append(errs, scanDir(dir, here, ids))
		}
	}
	var found []Found
	for id, have := range ids {
		found = have.found(found, q, id)
	}
	slices.SortFunc(found, func(a, b Found) int {
		return strings.Compare(a.ID+"\x00"+a.Kind, b.ID+"\x00"+b.Kind)
	})
	return found, errors.Join(errs...)
}

func scanDir(path string, here []string, ids map[string]*files) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		names, err := d.ReadDir(1000)
		for _, n := range names {
			name := n.Name()
			if len(name) <= 2 || !slices.Contains(here, name[:2]) {
				continue
			}
			have := ids[name[2:]]
			if have == nil {
				have = new(files)
				ids[name[2:]] = have
			}
			have[slices.Index(kinds[:], name[:2])] = n.Type() | present
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// found appends what one id's files amount to.
func (have *files) found(to []Found, q *Queue, id string) []Found {
	whole := false
	for _, kind := range kinds[:3] {
		mode, ok := have.get(kind)
		if !ok {
			continue
		}
		whole = true
		f := Found{Queue: q, Kind: kind, ID: id}
		data, hasData := have.get("df")
		switch {
		case len(id) > qf.MaxID:
			f.Problem = fmt.Errorf("%w: %s%s has more than %d characters", ErrID, kind, id, qf.MaxID)
		case !mode.IsRegular():
			f.Problem = fmt.Errorf("%w: %s%s is %s", ErrKind, kind, id, kindOf(mode))
		case !hasData:
			f.Problem = fmt.Errorf("%w: df%s", ErrNoData, id)
		case !data.IsRegular():
			f.Problem = fmt.Errorf("%w: df%s is %s", ErrKind, id, kindOf(data))
		case kind == "Qf":
			f.Problem = fmt.Errorf("queue: sendmail could not read Qf%s and gave it up", id)
		}
		to = append(to, f)
	}
	for _, kind := range kinds[3:] {
		if _, ok := have.get(kind); !ok || whole && (kind == "df" || kind == "xf") {
			continue
		}
		what := "stands without a control file"
		switch {
		case kind == "Tf":
			what = "was in the way of a rewrite"
		case kind == "tf" && whole:
			what = "is a rewrite of the control file, going on or left by a crash"
		}
		to = append(to, Found{q, kind, id, fmt.Errorf("queue: %s%s %s", kind, id, what)})
	}
	return to
}
