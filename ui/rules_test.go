//go:build !nogui

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
)

// rulesOf opens the window on the rules, with a table in sight.
func rulesOf(t *testing.T, name, text string) (*bench, *rulesView) {
	t.Helper()
	b := newTestBackend(t)
	b.write(name, text)
	b.keep("Subject: hello\n\nx\n")
	f := openOn(t, b)
	v := f.rulesSight()
	v.open(name)
	f.until("the table", v.rules.Loaded)
	f.until("its check", func() bool { return v.rules.Len() == 0 || v.rules.Row(0).Check.Text != "" })
	return f, v
}

func (f *bench) table(name string) string {
	f.backend.mu.Lock()
	defer f.backend.mu.Unlock()
	return f.backend.texts[name]
}

func TestAnEntryIsWrittenCheckedAndSaved(t *testing.T) {
	f, v := rulesOf(t, "mailertable", "# ours\nfar.example\tesmtp:mx.far.example\n")
	f.wantSeen(v.grid, "far.example", "esmtp:mx.far.example", "ok")
	v.begin("", "")
	v.line.key.SetText("near.example")
	v.line.value.SetText("nonsense:x")
	f.until("what is wrong with it", func() bool { return strings.Contains(v.line.note.Text(), "nonsense") })
	v.line.value.SetText("catch:")
	f.until("nothing is", func() bool { return v.line.note.Text() == "" })
	v.line.value.OnSubmitted("")
	if got := f.table("mailertable"); strings.Contains(got, "near") {
		t.Errorf("in force before it is saved: %q", got)
	}
	f.untilSeen(v.grid, "near.example", "catch:")
	v.save.Tapped(nil)
	f.until("it is saved", func() bool { return f.notice == "mailertable is saved and in force" })
	if got := f.table("mailertable"); got != "# ours\nfar.example\tesmtp:mx.far.example\nnear.example\tcatch:\n" {
		t.Errorf("%q", got)
	}
	if !v.save.Disabled() || v.undo.Disabled() {
		t.Error("it can be saved again, or not be taken back")
	}
	v.undo.Tapped(nil)
	f.until("it can be saved without it", func() bool { return !v.save.Disabled() })
	v.redo.Tapped(nil)
	if v.rules.Dirty() {
		t.Errorf("%q", v.rules.Text())
	}
}

func TestEnterRightAfterTheLastLetterWritesTheEntry(t *testing.T) {
	f, v := rulesOf(t, "mailertable", "")
	v.begin("", "")
	v.line.key.SetText("near.example")
	v.line.value.SetText("catch:")
	v.line.value.OnSubmitted("")
	f.untilSeen(v.grid, "near.example", "catch:")
	if f.frame.Canvas().Focused() != fyne.Focusable(v.grid.Rows) {
		t.Error("Ctrl+Z would be the field's")
	}
	v.line.key.SetText("near.example") // which is there by now
	v.line.value.SetText("hold:")
	v.line.value.OnSubmitted("")
	if v.line.note.Text() == "" || strings.Contains(string(v.rules.Text()), "hold:") {
		t.Errorf("says %q, and the table is %q", v.line.note.Text(), v.rules.Text())
	}
}

func TestARowIsChangedAndRemoved(t *testing.T) {
	f, v := rulesOf(t, "mailertable", "far.example\tesmtp:mx.far.example\nb.example\tcatch:\nc.example\tcatch:\n")
	v.chosen.Only(v.rules.Key(1))
	v.rowChosen()
	if v.line.key.Text != "b.example" || v.line.value.Text != "catch:" || v.line.old != "b.example" {
		t.Errorf("%q %q", v.line.key.Text, v.line.value.Text)
	}
	v.line.key.SetText("d.example")
	v.line.value.SetText("esmtp:mx.d.example")
	f.until("it is looked at", func() bool { return !v.line.do.Disabled() })
	v.line.put()
	if got := string(v.rules.Text()); got != "far.example\tesmtp:mx.far.example\nd.example\tesmtp:mx.d.example\nc.example\tcatch:\n" {
		t.Errorf("%q", got)
	}
	v.chosen.Range(0, 1)
	v.rowChosen()
	v.removeChosen()
	if got := string(v.rules.Text()); got != "c.example\tcatch:\n" {
		t.Errorf("%q", got)
	}
	v.rules.Find("nothing")
	f.untilSeen(v.grid, "Nothing found")
}

// write types into the text.
func (v *rulesView) write(s string) {
	for _, r := range s {
		v.text.field.TypedRune(r)
	}
}

func TestTheTextIsEditedWithItsProblemsBelow(t *testing.T) {
	f, v := rulesOf(t, "mailertable", "far.example\tesmtp:mx.far.example\n")
	v.switchMode()
	if got := string(v.text.field.Bytes()); got != "far.example\tesmtp:mx.far.example\n" {
		t.Fatalf("%q", got)
	}
	v.text.field.GoToLine(1)
	v.write(" b.example wrong\n")
	f.untilSeen(v.problems.list, "line 2")
	f.wantSeen(v.path, "/home/etc/mail/mailertable   line 3, column 1")
	v.saveNow()
	f.until("it is saved all the same", func() bool { return strings.Contains(f.table("mailertable"), "wrong") })
	v.switchMode()
	f.untilSeen(v.grid, "far.example")
}

func TestWhatIsTypedIsTakenBackInStepsAndThenAsAWhole(t *testing.T) {
	const before = "a.example\tcatch:\n"
	f, v := rulesOf(t, "mailertable", before)
	v.switchMode()
	v.write("# one ")
	v.text.field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	v.write("# two ")
	f.until("it is in the model", func() bool { return strings.HasPrefix(string(v.rules.Text()), "# one \n# two ") })
	f.acts.byName["rules.undo"].do()
	f.until("a line less", func() bool { return strings.HasPrefix(string(v.rules.Text()), "# one \na.") })
	f.acts.byName["rules.redo"].do()
	f.until("the line again", func() bool { return strings.HasPrefix(string(v.rules.Text()), "# one \n# two ") })
	v.switchMode()
	f.acts.byName["rules.undo"].do()
	if got := string(v.rules.Text()); got != before || v.rules.CanUndo() || v.rules.Dirty() {
		t.Errorf("%q", got)
	}
	f.acts.byName["rules.redo"].do()
	v.switchMode()
	if got := string(v.text.field.Bytes()); got != "# one \n# two a.example\tcatch:\n" {
		t.Errorf("%q", got)
	}
	for f.acts.can(f.acts.byName["rules.undo"]) {
		f.acts.byName["rules.undo"].do()
	}
	f.until("all is taken back", func() bool { return string(v.text.field.Bytes()) == before && !v.rules.Dirty() })
}

func TestProblemsLeadToTheirLines(t *testing.T) {
	text := strings.Repeat("# nothing\n", 40) + "a.example\tnonsense:x\n" + strings.Repeat("# nothing\n", 40) + "b.example\tcatch:\nc.example\tnonsense:y\n broken line\n"
	f, v := rulesOf(t, "mailertable", text)
	f.until("problems", func() bool { return v.problems.Len() == 3 })
	f.focusView()
	line := func(want int) {
		t.Helper()
		if got := v.lineNow(); got != want {
			t.Errorf("line %d, not %d", got, want)
		}
	}
	f.key(fyne.KeyF8)
	line(41)
	if v.line.key.Text != "a.example" {
		t.Errorf("%q", v.line.key.Text)
	}
	f.key(fyne.KeyF8)
	line(83)
	f.key(fyne.KeyF8) // in no entry
	line(84)
	if !v.asText {
		t.Error("the grid shows what it has not")
	}
	f.key(fyne.KeyF8)
	line(41)
	if top := v.text.field.TopLine(); top > 40 || top < 20 {
		t.Errorf("line %d is on top", top)
	}
	f.acts.byName["rules.last-problem"].do()
	line(84)
	v.problems.list.OnClick(1)
	line(83)
	v.switchMode()
	line(83)
	v.search.SetText("b.example")
	v.rules.Find("b.example")
	v.problems.list.OnClick(0)
	line(41)
	if v.search.Text != "" {
		t.Errorf("the search for %q hides it", v.search.Text)
	}
}

func TestWordsAreFoundInTheText(t *testing.T) {
	f, v := rulesOf(t, "access", "From:a.example\tOK\nTo:b.example\tRELAY\nFrom:c.example\tOK\n")
	v.switchMode()
	v.search.SetText("EXAMPLE")
	v.search.OnSubmitted("EXAMPLE")
	f.key(fyne.KeyF3)
	if got := v.lineNow(); got != 2 || v.text.field.Selected() != "example" {
		t.Errorf("line %d: %q", got, v.text.field.Selected())
	}
	f.acts.byName["rules.find-last"].do()
	if got := v.lineNow(); got != 1 {
		t.Errorf("line %d", got)
	}
	v.search.SetText("nowhere")
	v.search.OnSubmitted("nowhere")
	f.wantSeen(f.bar, "“nowhere” is not in the table")
	f.acts.byName["rules.line"].do()
	field := f.frame.Canvas().Focused().(*kit.Entry)
	field.SetText("3")
	f.key(fyne.KeyReturn)
	if got := v.lineNow(); got != 3 || f.covered() {
		t.Errorf("line %d", got)
	}
}

func TestALargeTableIsReadBesideTheWindow(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "host%05d.example\tcatch:\n", i)
	}
	f, v := rulesOf(t, "mailertable", b.String())
	f.until("entries", func() bool { return v.rules.Len() == 20_000 })
	v.switchMode()
	v.write("new.example\tcatch:\n")
	f.until("it is in the model", func() bool { return strings.HasPrefix(string(v.rules.Text()), "new.") })
	if v.rules.Len() != 20_000 {
		t.Errorf("%d entries were read for nobody", v.rules.Len())
	}
	v.switchMode()
	f.until("all entries", func() bool { return v.rules.Len() == 20_001 })
	v.begin("", "")
	v.line.key.SetText("last.example")
	v.line.value.SetText("hold:")
	f.until("it is looked at", func() bool { return !v.line.do.Disabled() })
	v.line.put()
	f.until("the new entry is selected", func() bool {
		keys := v.chosen.List()
		return len(keys) == 1 && v.rules.Entry(v.rules.Index(keys[0])).Key == "last.example"
	})
	if from, to := v.grid.Rows.InView(); to < 20_000 {
		t.Errorf("rows %d to %d are in sight", from, to)
	}
	f.acts.byName["rules.undo"].do()
	f.until("it is gone", func() bool { return v.rules.Len() == 20_001 })
	if keys := v.chosen.List(); len(keys) != 0 {
		t.Errorf("selected are %v in another text", keys)
	}
	if from, _ := v.grid.Rows.InView(); from < 19_900 {
		t.Errorf("row %d is in sight", from)
	}
}

func TestWhatSomebodyElseSavesIsSeenAndNotOverwritten(t *testing.T) {
	f, v := rulesOf(t, "mailertable", "a.example\tcatch:\n")
	f.backend.write("mailertable", "b.example\tcatch:\n")
	v.open("mailertable")
	f.untilSeen(v.grid, "b.example") // nothing was changed here
	v.rules.SetText([]byte("c.example\tcatch:\n"))
	f.backend.write("mailertable", "d.example\tcatch:\n")
	v.saveNow()
	f.until("the conflict", v.banner.Visible)
	v.differs.Tapped(nil)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "- c.example", "+ d.example")
	f.key(fyne.KeyEscape)
	if got := f.table("mailertable"); got != "d.example\tcatch:\n" {
		t.Errorf("overwritten: %q", got)
	}
	v.theirs.Tapped(nil)
	f.untilSeen(v.grid, "d.example")
	if v.banner.Visible() || v.rules.Dirty() {
		t.Error("the conflict goes on")
	}
	v.rules.Undo() // mine
	f.backend.write("mailertable", "e.example\tcatch:\n")
	v.open("mailertable")
	f.until("the conflict", v.banner.Visible)
	v.mine.Tapped(nil)
	v.saveNow()
	f.until("mine is saved", func() bool { return f.table("mailertable") == "c.example\tcatch:\n" })
}

func TestWhatHappensToAnAddressFollowsWhatIsNotSavedYet(t *testing.T) {
	f, v := rulesOf(t, "mailertable", "")
	f.acts.byName["trace"].do()
	text := func() string { v.pane.text.SelectAll(); return v.pane.text.Selected() }
	v.pane.to.SetText("ada@far.example")
	f.until("it is caught", func() bool { return strings.Contains(text(), "caught: ada@far.example") })
	v.rules.SetText([]byte("far.example\tesmtp:mx.far.example\n"))
	f.until("it would leave", func() bool { return strings.Contains(text(), "esmtp:mx.far.example: ada@far.example") })
	v.preview.Tapped(nil)
	f.until("the preview", func() bool { return strings.Contains(text(), "1 of the 1,001 newest messages would fare otherwise:") })
	if !strings.Contains(text(), "recipient a@b  caught  →  esmtp") {
		t.Error(text())
	}
	v.pane.back.Tapped(nil)
	f.until("the address again", func() bool { return strings.Contains(text(), "ada@far.example") })
	v.pane.text.OnLink(model.MessageLink(1)) // as a click on its subject in the preview does
	f.until("the message is open", func() bool { return f.view == f.mailView && f.viewer.message != nil && f.viewer.message.Record.ID == 1 })
}

func TestTheGridSaysWhatATableIsForAndWhatAnEntryIs(t *testing.T) {
	f, v := rulesOf(t, "access", "")
	for _, name := range f.backend.TableNames() {
		v.open(name)
		f.until("the table", v.rules.Loaded)
		if model.TablePurpose(name) == "" || model.TableExample(name) == "" {
			t.Errorf("%s: nothing is said of it", name)
		}
		f.untilSeen(v.content, model.TablePurpose(name))
	}
}

func TestARuleIsMadeOfAMessage(t *testing.T) {
	b := newTestBackend(t)
	b.rcpts = []mta.Recipient{{Address: address.Address{Local: "ada", Domain: "far.example"}, State: mta.Caught}}
	b.write("mailertable", "far.example\tesmtp:x\n")
	b.keep("Subject: hello\n\nx\n")
	f := openOn(t, b)
	f.openRow(0)
	back := func() {
		f.goTo(placeAll)
		f.until("the mail", func() bool { return f.acts.can(f.acts.byName["mail.trace"]) })
	}
	f.acts.byName["mail.write-sender"].do()
	v := f.view.(*rulesView)
	f.until("the sender", func() bool { return v.line.key.Text == "app@example.com" })
	if v.rules.Name() != "genericstable" || v.line.old != "" {
		t.Errorf("%s %q", v.rules.Name(), v.line.old)
	}
	back()
	f.acts.byName["mail.catch-domain"].do()
	f.until("the domain", func() bool { return v.line.key.Text == "far.example" })
	if v.line.value.Text != "catch:" || v.line.old != "far.example" {
		t.Errorf("%q in the place of %q", v.line.value.Text, v.line.old)
	}
	back()
	f.acts.byName["mail.trace"].do()
	f.until("the answer", func() bool {
		v.pane.text.SelectAll()
		return strings.Contains(v.pane.text.Selected(), "esmtp:x: ada@far.example")
	})
}

func TestTheRulesCanBeUsedByKeysAlone(t *testing.T) {
	f, v := rulesOf(t, "access", "a\tOK\nb\tOK\n")
	f.focusView()
	f.key(fyne.KeyDown)
	f.key(fyne.KeyDelete)
	if got := len(v.rules.Text()); got >= len("a\tOK\nb\tOK\n") {
		t.Errorf("nothing was removed: %q", v.rules.Text())
	}
	if names := v.rules.DirtyNames(); !slices.Equal(names, []string{"access"}) {
		t.Errorf("%q", names)
	}
}
