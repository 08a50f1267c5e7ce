package queue

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"postroom.dev/spool/qf"
)

// Found is one name in the queue directory that belongs to a queue.
type Found struct {
	Kind    string // "qf" a message; "hf" a quarantined one; "Qf" one that sendmail gave up; "df", "tf", "xf", "Tf" a file that is no message
	ID      string
	Problem error // what is odd about it; a message with a problem may still be locked and looked at
}

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

// files is what exists under one id, by kind.
type files map[string]os.FileMode

// scan reads the directories; with an error it gives what it saw until then.
func (q *Queue) scan() ([]Found, error) {
	ids := make(map[string]files)
	var errs []error
	dirs := []struct {
		path  string
		kinds string
	}{{q.qf, "qf tf hf Qf Tf"}, {q.df, "df"}, {q.xf, "xf"}}
	read := make(map[string]bool)
	for _, d := range dirs {
		if read[d.path] {
			continue
		}
		read[d.path] = true
		var kinds []string
		for _, other := range dirs {
			if other.path == d.path {
				kinds = append(kinds, strings.Fields(other.kinds)...)
			}
		}
		errs = append(errs, scanDir(d.path, kinds, ids))
	}
	var found []Found
	for id, have := range ids {
		found = have.found(found, id)
	}
	slices.SortFunc(found, func(a, b Found) int {
		return strings.Compare(a.ID+"\x00"+a.Kind, b.ID+"\x00"+b.Kind)
	})
	return found, errors.Join(errs...)
}

func scanDir(path string, kinds []string, ids map[string]files) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		names, err := d.ReadDir(1000)
		for _, n := range names {
			name := n.Name()
			if len(name) <= 2 || !slices.Contains(kinds, name[:2]) {
				continue
			}
			if ids[name[2:]] == nil {
				ids[name[2:]] = make(files, 2)
			}
			ids[name[2:]][name[:2]] = n.Type()
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
func (have files) found(to []Found, id string) []Found {
	whole := false
	for _, kind := range []string{"qf", "hf", "Qf"} {
		mode, ok := have[kind]
		if !ok {
			continue
		}
		whole = true
		f := Found{Kind: kind, ID: id}
		data, hasData := have["df"]
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
	for _, kind := range []string{"df", "tf", "xf", "Tf"} {
		if _, ok := have[kind]; !ok || whole && (kind == "df" || kind == "xf") {
			continue
		}
		what := "stands without a control file"
		switch {
		case kind == "Tf":
			what = "was in the way of a rewrite"
		case kind == "tf" && whole:
			what = "is a rewrite of the control file, going on or left by a crash"
		}
		to = append(to, Found{kind, id, fmt.Errorf("queue: %s%s %s", kind, id, what)})
	}
	return to
}
