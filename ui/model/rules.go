package model

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta/table"
	"postroom.dev/mta/table/edit"
)

// TableText is a table's source at one moment.
type TableText struct {
	Name    string
	Path    string
	Text    []byte
	Version string // the same for the same text
}

// ErrTableChanged says that a table is not what it was when it was read.
var ErrTableChanged = errors.New("somebody else has changed the file meanwhile")

// RulesSource is what the rules' view asks of the program. It may be slow.
type RulesSource interface {
	TableText(ctx context.Context, name string) (TableText, error)
	SaveTable(ctx context.Context, name string, text []byte, version string) (TableText, error)
	CheckTable(ctx context.Context, name string, text []byte) ([]table.Problem, error)
	TraceAddress(ctx context.Context, q AddressQuestion, with map[string][]byte) (AddressAnswer, error)
	WouldChange(ctx context.Context, with map[string][]byte) (RulesPreview, error)
}

// Rules edits the tables: each has a text of its own that is not in force until it is saved. One is in sight at a time.
type Rules struct {
	// OnChange is called when anything in sight may be different; reset says that it is another table or another text.
	OnChange func(reset bool)
	// OnProblem is told what went wrong.
	OnProblem func(error)

	source RulesSource
	post   Post
	tables map[string]*ruleTable
	now    *ruleTable // in sight, nil at first
	find   string
	shown  []int // entries of now that are found
	asText bool  // nobody looks at entries

	load  *Latest[TableText]
	parse *Latest[*edit.Text]
	check *Latest[[]table.Problem]
	save  *Latest[TableText]
	poll  *Poll[polled]
}

// ruleTable is one table and what became of its text here.
type ruleTable struct {
	name     string
	saved    TableText
	loaded   bool
	text     []byte
	undo     [][]byte
	redo     [][]byte
	typing   bool         // text is being typed: its changes are one step, the last of undo
	doc      *edit.Text   // the text taken apart, nil where it is too large
	entries  []edit.Entry // those of doc
	stale    bool         // doc and entries are of another text
	problems []table.Problem
	checked  bool       // problems are those of text
	theirs   *TableText // what somebody else saved while text was changed here
	saving   bool
	saves    int // how often it was saved here; what was read before the last time is old
}

// NewRules makes an editor of no table.
func NewRules(source RulesSource, post Post) *Rules {
	return &Rules{
		OnChange: func(bool) {}, OnProblem: func(error) {}, source: source, post: post, tables: map[string]*ruleTable{},
		load: NewLatest[TableText](post), parse: NewLatest[*edit.Text](post), check: NewLatest[[]table.Problem](post), save: NewLatest[TableText](post),
	}
}

// Open brings a table into sight.
func (r *Rules) Open(name string) {
	t := r.tables[name]
	if t == nil {
		t = &ruleTable{name: name}
		r.tables[name] = t
	}
	r.now = t
	r.refresh(true)
	r.load.Ask(func(ctx context.Context) (TableText, error) { return r.source.TableText(ctx, name) }, func(s TableText, err error) {
		if err != nil {
			r.OnProblem(err)
			return
		}
		r.arrived(t, s)
	})
}

// polled is a table's source as it was read, perhaps before it was saved here.
type polled struct {
	*ruleTable
	saves int // before it was read
	text  TableText
}

// Watch begins to look whether somebody else changes the table in sight, Unwatch ends it.
func (r *Rules) Watch() {
	if r.poll != nil {
		return
	}
	r.poll = NewPoll(r.post, 2*time.Second, func(ctx context.Context) (polled, error) {
		asked := make(chan polled, 1)
		r.post(func() {
			if r.now != nil && r.now.loaded {
				asked <- polled{ruleTable: r.now, saves: r.now.saves}
			}
			close(asked)
		})
		select {
		case p := <-asked:
			if p.ruleTable == nil {
				return p, nil
			}
			var err error
			p.text, err = r.source.TableText(ctx, p.name)
			return p, err
		case <-ctx.Done():
			return polled{}, ctx.Err()
		}
	}, func(a, b polled) bool { return a.ruleTable == b.ruleTable && a.text.Version == b.text.Version }, func(p polled, err error) {
		if err == nil && p.ruleTable != nil && p.saves == p.ruleTable.saves {
			r.arrived(p.ruleTable, p.text)
		}
	})
}

// Unwatch ends looking.
func (r *Rules) Unwatch() {
	if r.poll != nil {
		r.poll.Close()
		r.poll = nil
	}
}

// Close ends everything and waits.
func (r *Rules) Close() {
	r.Unwatch()
	r.load.Close()
	r.parse.Close()
	r.check.Close()
	r.save.Close()
}

// arrived takes what a table's file says now. A text that was changed here stays, and Conflict tells of the other.
func (r *Rules) arrived(t *ruleTable, s TableText) {
	switch {
	case t.loaded && s.Version == t.saved.Version || t.saving:
		return
	case !t.loaded, !t.dirty():
		t.saved, t.loaded, t.text, t.theirs = s, true, s.Text, nil
		t.undo, t.redo, t.typing = nil, nil, false
	case bytes.Equal(s.Text, t.text): // they wrote the same
		t.saved, t.theirs = s, nil
	case t.theirs != nil && t.theirs.Version == s.Version:
		return
	default:
		t.theirs = &s
	}
	t.changed()
	if t == r.now {
		r.refresh(true)
		r.recheck()
	}
}

func (t *ruleTable) dirty() bool { return !bytes.Equal(t.text, t.saved.Text) }

// changed says that the text is another.
func (t *ruleTable) changed() { t.stale, t.checked = true, false }

// atOnce is how many octets of text are read while the window waits: a millisecond's worth. Longer ones are read beside it.
const atOnce = 256 << 10

// read finds the entries of the table in sight, unless they are known or nobody looks at them.
func (r *Rules) read() {
	t := r.now
	if t == nil || !t.stale || r.asText {
		return
	}
	kind, text := edit.KindOf(t.name), t.text
	read := func() *edit.Text {
		doc, err := edit.Read(kind, text)
		if err != nil {
			return nil
		}
		doc.Entries() // which it keeps
		return doc
	}
	if len(text) <= atOnce {
		r.parse.Cancel()
		t.take(read())
		return
	}
	r.parse.Ask(func(context.Context) (*edit.Text, error) { return read(), nil }, func(doc *edit.Text, _ error) {
		t.take(doc)
		r.refresh(true)
	})
}

// take takes over what the text says.
func (t *ruleTable) take(doc *edit.Text) {
	t.doc, t.entries, t.stale = doc, nil, false
	if doc != nil {
		t.entries = doc.Entries()
	}
}

// AsText says whether the table is looked at as a text, so that nobody needs its entries.
func (r *Rules) AsText(yes bool) {
	r.asText = yes
	r.refresh(true)
}

// recheck asks what is wrong with the text in sight.
func (r *Rules) recheck() {
	t := r.now
	if t == nil || !t.loaded {
		return
	}
	name, text := t.name, t.text
	r.check.Ask(func(ctx context.Context) ([]table.Problem, error) { return r.source.CheckTable(ctx, name, text) }, func(list []table.Problem, err error) {
		if err != nil {
			r.OnProblem(err)
			return
		}
		slices.SortStableFunc(list, func(a, b table.Problem) int { return cmp.Compare(a.Line, b.Line) })
		t.problems, t.checked = list, true
		r.OnChange(false)
	})
}

// refresh finds what is shown.
func (r *Rules) refresh(reset bool) {
	r.read()
	r.shown = r.shown[:0]
	if r.now != nil {
		words := strings.Fields(strings.ToLower(r.find))
		for i, e := range r.now.entries {
			if len(words) == 0 {
				r.shown = append(r.shown, i)
				continue
			}
			text := strings.ToLower(e.Key + " " + e.Value)
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				r.shown = append(r.shown, i)
			}
		}
	}
	r.OnChange(reset)
}

// Find shows the entries in which all words occur.
func (r *Rules) Find(words string) {
	if words != r.find {
		r.find = words
		r.refresh(true)
	}
}

// Name is the table in sight, Path its file; Text what it says here.
func (r *Rules) Name() string {
	if r.now == nil {
		return ""
	}
	return r.now.name
}

// Path is the file of the table in sight.
func (r *Rules) Path() string {
	if r.now == nil {
		return ""
	}
	return r.now.saved.Path
}

// Text is what the table in sight says here, saved or not.
func (r *Rules) Text() []byte {
	if r.now == nil {
		return nil
	}
	return r.now.text
}

// Loaded says that the table in sight was read.
func (r *Rules) Loaded() bool { return r.now != nil && r.now.loaded }

// Ready says that the entries of the table in sight are those of its text: a large one takes a moment.
func (r *Rules) Ready() bool { return r.Loaded() && !r.now.stale }

// IsList says that the table in sight has names alone, without values.
func (r *Rules) IsList() bool { return r.now != nil && edit.KindOf(r.now.name) == edit.List }

// Dirty says that the table in sight was changed and not saved.
func (r *Rules) Dirty() bool { return r.now != nil && r.now.dirty() }

// DirtyNames are the tables that were changed and not saved.
func (r *Rules) DirtyNames() []string {
	var names []string
	for name, t := range r.tables {
		if t.dirty() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Unsaved are the texts of the tables that were changed and not saved.
func (r *Rules) Unsaved() map[string][]byte {
	with := map[string][]byte{}
	for name, t := range r.tables {
		if t.dirty() {
			with[name] = t.text
		}
	}
	return with
}

// Conflict says that somebody else saved the table in sight, which is changed here, too.
func (r *Rules) Conflict() bool { return r.now != nil && r.now.theirs != nil }

// SetText gives the table in sight another text.
func (r *Rules) SetText(text []byte) {
	if r.Loaded() {
		r.put(r.now, text, nil)
	}
}

// Edit makes one change in the table in sight. The error says why it cannot be; then nothing changes.
func (r *Rules) Edit(do func(*edit.Text) error) error {
	if !r.Loaded() {
		return errors.New("the table was not read yet")
	}
	t, doc := r.now, r.now.doc
	if t.stale || doc == nil {
		var err error
		if doc, err = edit.Read(edit.KindOf(t.name), t.text); err != nil {
			return err
		}
	}
	if err := do(doc); err != nil {
		t.doc = nil // which may have become another in part
		return err
	}
	r.put(t, doc.Bytes(), doc)
	return nil
}

// Save puts the table in sight in force. done is called when that was done.
func (r *Rules) Save(done func()) {
	t := r.now
	if t == nil || !t.loaded || t.saving || !t.dirty() {
		return
	}
	name, text, version := t.name, t.text, t.saved.Version
	t.saving = true
	r.save.Ask(func(ctx context.Context) (TableText, error) { return r.source.SaveTable(ctx, name, text, version) }, func(s TableText, err error) {
		t.saving = false
		switch {
		case errors.Is(err, ErrTableChanged):
			r.Open(name) // which finds what they wrote
			r.OnProblem(err)
			return
		case err != nil:
			r.OnProblem(err)
			return
		}
		t.saved, t.theirs = s, nil
		t.saves++
		r.refresh(false)
		r.recheck()
		done()
	})
}

// Theirs is what somebody else saved, where that is a conflict.
func (r *Rules) Theirs() []byte {
	if !r.Conflict() {
		return nil
	}
	return r.now.theirs.Text
}

// TakeTheirs forgets what was changed here, KeepMine what somebody else saved: Save then writes over it.
func (r *Rules) TakeTheirs() {
	if t := r.now; r.Conflict() {
		t.saved, t.theirs = *t.theirs, nil
		r.put(t, t.saved.Text, nil)
		r.refresh(true)
	}
}

// KeepMine keeps what was changed here.
func (r *Rules) KeepMine() {
	if t := r.now; r.Conflict() {
		t.saved, t.theirs = *t.theirs, nil
		r.refresh(false)
	}
}
