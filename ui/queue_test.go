//go:build !nogui

package ui

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
)

// openQueue opens a window on the queue, with three messages in it.
func openQueue(t *testing.T) (*bench, *queueView) {
	t.Helper()
	b := newTestBackend(t)
	b.put(waitingMail()...)
	f := openOn(t, b)
	f.ctrl(fyne.Key2)
	v := f.view.(*queueView)
	f.untilSeen(v.content, "60EBx0AA001912", "deferred", "held", "sending")
	return f, v
}

// choose clicks rows of the queue, all but the first with Ctrl.
func (f *bench) choose(v *queueView, rows ...int) {
	f.t.Helper()
	for i, row := range rows {
		e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
		e.Position = fyne.NewPos(100, float32(row)*queueRowHeight+10)
		if i > 0 {
			e.Modifier = fyne.KeyModifierControl
		}
		v.table().Rows.MouseDown(e)
		v.table().Rows.MouseUp(e)
	}
}

func TestTheQueueIsShownWithAllThatMatters(t *testing.T) {
	f, v := openQueue(t)
	f.wantSeen(v.content, "Run queue now", "billing@acme.example", "ada@partner.example", "451 4.7.1 Greylisted, try again in 5 minutes", "in 4 min", "3",
		"mx.partner.example", "2 done, 1 left", "4.8 KB", "held by you", "sendmail php (pid 7)", "3 messages wait · runs only when told to")
	f.wantSeen(f.sidebar, "Queue", "3")
}

func TestWhatIsSelectedIsHeldReleasedRunAndDeleted(t *testing.T) {
	f, v := openQueue(t)
	if !v.hold.Disabled() || !v.remove.Disabled() {
		t.Error("without a selection there is something to hold or to delete")
	}
	f.choose(v, 0)
	if v.hold.Disabled() || !v.release.Disabled() {
		t.Error("a message that is not held can be held, not released")
	}
	f.typedRune('h')
	f.until("hold", func() bool { return f.backend.was("hold 60EBx0AA001912") })
	f.choose(v, 1)
	if !v.hold.Disabled() || v.release.Disabled() {
		t.Error("a held message can be released, not held")
	}
	f.typedRune('l')
	f.until("release", func() bool { return f.backend.was("release 60EBx0AB001915") })
	f.choose(v, 0, 2)
	f.typedRune('r')
	f.until("run", func() bool { return f.backend.was("run 60EBx0AA001912 60EBx0AC001921") })
	f.key(fyne.KeyF5)
	f.until("run of all", func() bool { return f.backend.was("run") })

	f.key(fyne.KeyDelete)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Delete 2 messages from the queue?")
	f.key(fyne.KeyEscape)
	if f.backend.was("delete 60EBx0AA001912 60EBx0AC001921") {
		t.Fatal("Escape deleted")
	}
	f.key(fyne.KeyDelete)
	f.key(fyne.KeyReturn)
	f.until("delete", func() bool { return f.backend.was("delete 60EBx0AA001912 60EBx0AC001921") })
	f.until("rows", func() bool { return v.queue.Len() == 1 })
	f.wantSeen(f.bar, "2 of 2 deleted")
	if v.queue.Chosen() != 0 {
		t.Error("what is gone is selected")
	}
}

func TestAProblemWithAMessageIsTold(t *testing.T) {
	f, v := openQueue(t)
	f.backend.refuse = errors.New("hold 60EBx0AA001912: is being delivered just now; try again")
	f.choose(v, 0)
	f.typedRune('h')
	f.untilSeen(f.bar, "hold 60EBx0AA001912: is being delivered just now; try again")
}

func TestAHeadSortsTheQueue(t *testing.T) {
	f, v := openQueue(t)
	x := float32(0)
	for _, c := range v.table().Columns() {
		if c.Key == "size" {
			break
		}
		x += c.Width
	}
	v.table().OnSort("size", false)
	f.until("smallest first", func() bool { return v.queue.Row(0) != nil && v.queue.Row(0).Size == 120 })
	v.table().OnSort("size", true)
	f.until("largest first", func() bool { return v.queue.Row(0) != nil && v.queue.Row(0).Size == 4800 })
	v.table().OnSort("age", false)
	if q := v.queue.Query(); q.Sort != spool.ByArrival || !q.Down {
		t.Errorf("the youngest first is asked for as %+v", q)
	}
}

func TestAControlFileIsExplainedForTheMessageThatIsSelected(t *testing.T) {
	f, v := openQueue(t)
	f.choose(v, 0)
	f.key(fyne.KeyReturn)
	f.untilSeen(v.pane.content, "/home/spool/mqueue/qf60EBx0AA001912", "sender (MAIL FROM); returns go there")
	f.choose(v, 1)
	f.untilSeen(v.pane.content, "/home/spool/mqueue/qf60EBx0AB001915")
	v.pane.shut()
	if v.pane.content.Visible() {
		t.Error("the pane is still there")
	}
}

func TestAVerboseRunIsShownAsItGoes(t *testing.T) {
	f, v := openQueue(t)
	f.backend.lines = []string{"Running /q/60EBx0AA001912 (sequence 1 of 1)", "<ada@partner.example>... Connecting to mx.partner.example.", ">>> QUIT"}
	f.choose(v, 0)
	f.typedRune('v')
	f.untilSeen(v.pane.content, "Queue run · The run is over", "<ada@partner.example>... Connecting to mx.partner.example.", ">>> QUIT")
	if !f.backend.was("run 60EBx0AA001912 -v") {
		t.Errorf("asked for %q", f.backend.asked)
	}
	if v.pane.stop.Visible() {
		t.Error("a run that is over can be stopped")
	}
}

func TestAGroupLeadsToItsMessages(t *testing.T) {
	f, v := openQueue(t)
	f.typedRune('2')
	f.untilSeen(v.content, "mx.partner.example", "mx.internal.test", "Domains")
	f.choose(v, 0)
	f.typedRune('r')
	f.until("run", func() bool { return f.backend.was("run 60EBx0AA001912 60EBx0AC001921") })
	f.key(fyne.KeyReturn)
	f.until("messages", func() bool { return v.queue.By() == "" && v.queue.Len() == 2 })
	f.untilSeen(v.content, "60EBx0AC001921", "mx.partner.example", "2 of 3 · runs only when told to")
	v.only.Tapped(nil)
	f.until("all", func() bool { return v.queue.Len() == 3 })
	for _, r := range "34" {
		f.typedRune(r)
		f.untilSeen(v.content, map[rune]string{'3': "Reason", '4': "<1280"}[r])
	}
}

func TestWhatIsDoneWithAGroupIsDoneWithAllOfIt(t *testing.T) {
	f, v := openQueue(t)
	if !v.hold.Disabled() || !v.remove.Disabled() {
		t.Error("nothing is selected, and something can be done with it")
	}
	f.typedRune('2')
	f.untilSeen(v.content, "mx.partner.example", "mx.internal.test")
	f.choose(v, 0)
	if v.hold.Disabled() || v.release.Disabled() || v.giveUp.Disabled() || v.remove.Disabled() {
		t.Error("a group is selected, and a button is off")
	}
	f.untilSeen(v.content, "2 selected · 3 messages wait · runs only when told to")
	for key, want := range map[rune]string{'h': "hold", 'l': "release"} {
		f.typedRune(key)
		f.until(want, func() bool { return f.backend.was(want + " 60EBx0AA001912 60EBx0AC001921") })
	}
	f.typedRune('b')
	f.until("question", f.covered)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Return 2 messages (mx.partner.example)?")
	f.key(fyne.KeyReturn)
	f.until("return", func() bool { return f.backend.was("return 60EBx0AA001912 60EBx0AC001921") })
	f.ctrl(fyne.KeyA)
	f.key(fyne.KeyDelete)
	f.until("question", f.covered)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Delete 3 messages (2 groups) from the queue?")
	f.key(fyne.KeyReturn)
	f.until("nothing waits", func() bool { return v.queue.Total() == 0 })
}

func TestAGroupIsWhatTheSearchLeavesOfIt(t *testing.T) {
	f, v := openQueue(t)
	v.search.SetText("ci@")
	v.search.OnSubmitted("")
	f.until("found", func() bool { return v.queue.Len() == 1 })
	f.typedRune('2')
	f.untilSeen(v.content, "mx.partner.example")
	f.choose(v, 0)
	f.typedRune('h')
	f.until("hold", func() bool { return f.backend.was("hold 60EBx0AC001921") })
}

func TestCommandsForGroupsNameAllOfThem(t *testing.T) {
	f, v := openQueue(t)
	f.typedRune('2')
	f.untilSeen(v.content, "mx.partner.example", "mx.internal.test")
	f.choose(v, 0)
	copied := func(line int, want string) {
		t.Helper()
		v.commands()[line].Action()
		f.until(want, func() bool { return f.clipboard.Content() == want })
	}
	copied(0, "sendmail -qR@partner.example -v")
	copied(1, "sendmail -qI60EBx0AA001912 -qI60EBx0AC001921 -v")
	copied(5, "postroom queue delete 60EBx0AA001912 60EBx0AC001921")
}

func TestTheCommandThatMovesTheClockIsCopied(t *testing.T) {
	f, v := openQueue(t)
	v.clockMenu(fyne.NewPos(0, 0))
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Copy the command that does this")
	v.copyLine(model.ClockCommand(clockSteps[2])).Action()
	if got := f.clipboard.Content(); got != "postroom clock +5d" {
		t.Errorf("copied is %q", got)
	}
}

func TestTheQueueIsSearched(t *testing.T) {
	f, v := openQueue(t)
	f.typedRune('/')
	if f.frame.Canvas().Focused() != fyne.Focusable(v.search) {
		t.Fatal("the keyboard is not in the field")
	}
	v.search.SetText("no-reply")
	v.search.OnSubmitted("")
	f.until("found", func() bool { return v.queue.Len() == 1 })
	v.search.SetText("zzz")
	v.search.OnSubmitted("")
	f.untilSeen(v.content, "Nothing found")
}

func TestRecipientsAreEdited(t *testing.T) {
	f, v := openQueue(t)
	f.choose(v, 0)
	f.typedRune('e')
	box := f.frame.Canvas().Overlays().Top()
	f.wantSeen(box, "Recipients of 60EBx0AA001912")
	field := f.frame.Canvas().Focused().(*kit.Entry)
	if field.Text != "ada@partner.example" {
		t.Fatalf("the first field has %q", field.Text)
	}
	field.SetText("grace@partner.example")
	f.key(fyne.KeyReturn)
	f.until("redirect", func() bool {
		return f.backend.was(`redirect 60EBx0AA001912 [{"ada@partner.example" "grace@partner.example"}]`)
	})
	if f.covered() {
		t.Error("the dialog is still there")
	}
}

func TestTheClockIsMovedAndThatIsPlainToSee(t *testing.T) {
	f, v := openQueue(t)
	f.acts.byName["clock.4h0m0s"].do()
	f.until("moved", func() bool { return f.backend.was("clock 4h0m0s false") })
	f.backend.mu.Lock()
	f.backend.ahead = 4 * time.Hour
	f.backend.mu.Unlock()
	f.poll.Nudge()
	f.untilSeen(v.content, "Clock is 4 h ahead")
	f.acts.byName["clock.reset"].do()
	f.until("reset", func() bool { return f.backend.was("clock 0s true") })
}

func TestCommandsAreCopied(t *testing.T) {
	f, v := openQueue(t)
	f.choose(v, 0)
	var labels []string
	for _, line := range v.commands() {
		labels = append(labels, line.Label)
		line.Action()
	}
	want := []string{"sendmail -qI60EBx0AA001912 -v", "sendmail -qR@partner.example -v", "sendmail -qSbilling@acme.example -v",
		"postroom queue hold 60EBx0AA001912", "postroom queue release 60EBx0AA001912", "postroom queue return 60EBx0AA001912", "postroom queue delete 60EBx0AA001912"}
	if !slices.Equal(labels, want) {
		t.Errorf("commands are %q, want %q", labels, want)
	}
	if got := f.clipboard.Content(); got != want[len(want)-1] {
		t.Errorf("copied is %q", got)
	}
}

func TestAnEmptyQueueSaysWhatItIsFor(t *testing.T) {
	f := open(t, 1)
	f.ctrl(fyne.Key2)
	f.untilSeen(f.main, "Nothing waits. Mail that cannot be delivered at once stands here until it can.")
}

func TestTheArrangementOfColumnsIsRemembered(t *testing.T) {
	f, v := openQueue(t)
	v.table().ShowColumn("size", false)
	v.table().OnLayout()
	again := newQueueView(f.window)
	defer again.close()
	if got := again.table().Arrangement(); got != v.table().Arrangement() {
		t.Errorf("arranged as %q, want %q", got, v.table().Arrangement())
	}
}
