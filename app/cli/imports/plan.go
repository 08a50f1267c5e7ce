package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"postroom.dev/app/config"
	"postroom.dev/app/config/keys"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/table/edit"
	"postroom.dev/mta/table/live"
)

// Action says what happens to a file of the home.
type Action string

// The actions.
const (
	Write     Action = "write"     // it is not there, or has no entries; of comments of the user's a copy is kept
	Replace   Action = "replace"   // it has entries of the user's, and that is forced; a copy is kept
	Unchanged Action = "unchanged" // it says the same already
	Differs   Action = "differs"   // it has entries of the user's, and stays
)

// Change is what an import does to one file of the home.
type Change struct {
	Path   string   `json:"path"`
	Action Action   `json:"action"`
	Lines  []string `json:"lines,omitempty"` // what differs: "+ key value", "- key value"
	More   int      `json:"more,omitempty"`  // lines beyond those
	Copy   string   `json:"copy,omitempty"`  // where the old file is kept; set by Apply

	was  live.Snapshot
	text []byte
	mine bool // it has something of the user's, comments perhaps: a copy is kept
}

// maxLines is how many lines of one file are shown.
const maxLines = 20

// Plan compares what was read with a home. With force what the user has is replaced.
func (r *Reading) Plan(home config.Home, force bool) ([]Change, error) {
	var plan []Change
	if len(r.Settings) > 0 {
		c, err := planSettings(home.Settings(), r.Settings, force)
		if err != nil {
			return nil, err
		}
		plan = append(plan, c)
	}
	dir := filepath.Dir(home.Aliases())
	for _, t := range r.Tables {
		c, err := planTable(filepath.Join(dir, t.Name), t, force)
		if err != nil {
			return nil, err
		}
		plan = append(plan, c)
	}
	return plan, nil
}

// Blocked says that the plan would overwrite what the user has.
func Blocked(plan []Change) bool {
	for _, c := range plan {
		if c.Action == Differs {
			return true
		}
	}
	return false
}

func planTable(path string, t Table, force bool) (c Change, err error) {
	c = Change{Path: path, Action: Write, text: t.Text}
	if c.was, err = live.Take(path); err != nil {
		return c, err
	}
	if c.was.Exists() && bytes.Equal(c.was.Text, t.Text) {
		c.Action = Unchanged
		return c, nil
	}
	mine, err := edit.Read(edit.KindOf(t.Name), c.was.Text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	theirs, err := edit.Read(edit.KindOf(t.Name), t.Text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", t.Name, err)
	}
	c.mine = len(bytes.TrimSpace(c.was.Text)) > 0 && string(c.was.Text) != config.ExampleTable(t.Name)
	c.compare(mine.Entries(), theirs.Entries())
	if len(mine.Entries()) > 0 {
		c.Action = Differs
		if force {
			c.Action = Replace
		}
	}
	return c, nil
}

// compare finds the entries that only one of the two has.
func (c *Change) compare(mine, theirs []edit.Entry) {
	type pair struct{ key, value string }
	count := map[pair]int{}
	for _, e := range mine {
		count[pair{e.Key, e.Value}]++
	}
	for _, e := range theirs {
		if p := (pair{e.Key, e.Value}); count[p] > 0 {
			count[p]--
		} else {
			c.show("+", e.Key, e.Value)
		}
	}
	for _, e := range mine {
		if p := (pair{e.Key, e.Value}); count[p] > 0 {
			count[p]--
			c.show("-", e.Key, e.Value)
		}
	}
}

func (c *Change) show(sign, key, value string) {
	if len(c.Lines) == maxLines {
		c.More++
		return
	}
	line := sign + " " + key
	if value != "" && filepath.Base(c.Path) == check.Authinfo {
		value = "(not shown: it has a password)"
	}
	if value != "" {
		line += " " + value
	}
	c.Lines = append(c.Lines, line)
}

func planSettings(path string, settings []Setting, force bool) (c Change, err error) {
	c = Change{Path: path, Action: Unchanged}
	if c.was, err = live.Take(path); err != nil {
		return c, err
	}
	c.text = c.was.Text
	if !c.was.Exists() {
		c.text = []byte(config.Example)
	}
	now, err := config.Parse(path, c.text)
	if err != nil {
		return c, err
	}
	for _, s := range settings {
		mine, isSet, err := keys.Get(c.text, s.Section, s.Key)
		if err != nil {
			return c, err
		}
		text, err := keys.Set(c.text, s.Section, s.Key, s.Value)
		if err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
		after, err := config.Parse(path, text)
		if err != nil {
			return c, err
		}
		if fmt.Sprint(after) == fmt.Sprint(now) {
			continue // it is so, by the user's setting or by default
		}
		shown := fmt.Sprintf("[%s] %s", s.Section, s.Key)
		if isSet {
			c.show("-", shown+" =", fmt.Sprint(mine))
			if !force {
				c.show("+", shown+" =", s.Value)
				c.Action = Differs
				continue
			}
		}
		c.show("+", shown+" =", s.Value)
		c.text, now = text, after
		switch {
		case isSet && c.Action != Differs:
			c.Action, c.mine = Replace, true
		case c.Action == Unchanged:
			c.Action = Write
		}
	}
	return c, nil
}

// Apply writes what the plan says. A file that was changed since the plan was made stays, and the error is live.ErrChanged; those before it are
// written then. It is an error to apply a plan that is Blocked.
func Apply(plan []Change) error {
	if Blocked(plan) {
		return errors.New("import: files of the home differ")
	}
	for i := range plan {
		c := &plan[i]
		if c.Action == Unchanged {
			continue
		}
		if c.mine {
			copied, err := keep(c.was)
			if err != nil {
				return err
			}
			c.Copy = copied
		}
		if _, err := c.was.Save(c.text); err != nil {
			return err
		}
	}
	return nil
}

// maxCopies is how many copies of a file may be kept.
const maxCopies = 1000

// keep writes a copy of a file beside it, under a name that is free.
func keep(s live.Snapshot) (path string, err error) {
	for n := 1; n <= maxCopies; n++ {
		path = s.Path() + ".before-import"
		if n > 1 {
			path = fmt.Sprintf("%s-%d", path, n)
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, live.Replace(path, 0o600, func(w io.Writer) error {
				_, err := w.Write(s.Text)
				return err
			})
		}
	}
	return "", fmt.Errorf("%s: there are %d copies of it already; remove some", s.Path(), maxCopies)
}
