//go:build !nogui

package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
)

func TestStarsAndTagsAreSetByKeysAndSeen(t *testing.T) {
	f := open(t, 5)
	f.openRow(1)
	f.list.rows.TypedRune('s')
	f.until("a star", func() bool { r := f.mail.Row(1); return r != nil && r.Starred })
	f.list.rows.TypedRune('t')
	typeInto(f, "to do")
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "New tag: to do")
	f.key(fyne.KeyReturn)
	f.until("the tally", func() bool { return len(f.tally.Tags) == 1 && f.tally.Tags[0].Count == 1 && f.tally.Starred == 1 })
	f.untilSeen(f.list.rows, "to do")
	f.wantSeen(f.sidebar, "TAGS", "to do", "Starred")
	f.untilSeen(f.viewer.content, "to do")

	f.goTo(placeStarred)
	f.until("the starred one", func() bool { return f.mail.Complete() && f.mail.Len() == 1 })
	f.wantSeen(f.list.content, "Starred", "1 message")
	f.goTo(model.TagKey("to do"))
	f.until("the tagged one", func() bool { return f.mail.Complete() && f.mail.Len() == 1 && f.mail.Filter().Place == `tag:"to do"` })
	f.wantSeen(f.list.content, "to do")

	f.renameTag("to do")
	typeInto(f, "done")
	f.key(fyne.KeyReturn)
	f.until("the list of the new name", func() bool { return f.mail.Complete() && f.mail.Filter().Place == "tag:done" && f.mail.Len() == 1 })
	f.until("the new name", func() bool { return f.tally.Tags[0].Name == "done" })
}

func TestASearchIsSavedAndForgotten(t *testing.T) {
	f := open(t, 20)
	f.list.setSearch("subject:7")
	f.until("found", func() bool { return f.mail.Complete() && f.mail.Len() == 1 })
	f.saveSearch()
	typeInto(f, "Sevens")
	f.key(fyne.KeyReturn)
	f.until("it stands in the sidebar", func() bool { return len(f.tally.Searches) == 1 })
	f.wantSeen(f.sidebar, "SEARCHES", "Sevens")
	f.list.setSearch("")
	f.until("all", func() bool { return f.mail.Complete() && f.mail.Len() == 20 })
	f.goTo("search:Sevens")
	f.until("found again", func() bool { return f.mail.Complete() && f.mail.Len() == 1 })
	f.wantSeen(f.list.content, "Sevens")
}

func TestTheListIsSortedAndRemembersIt(t *testing.T) {
	f := open(t, 12)
	f.list.sortBy(spool.Order{By: spool.OrderSubject, Ascending: true})
	f.until("by subject", func() bool { return f.mail.Complete() && f.mail.Key(1) == 10 })
	f.wantSeen(f.list.content, "By subject", "12 messages")
	f.until("the first row", func() bool { return f.mail.Row(1) != nil })
	f.backend.send("Subject: subject 0\n\nx\n")
	f.until("what arrives stands in its place", func() bool { return f.mail.Len() == 13 && f.mail.Key(0) == 13 })
	if got := savedOrder(f.prefs.String(prefOrder)); got != (spool.Order{By: spool.OrderSubject, Ascending: true}) {
		t.Errorf("remembered is %+v", got)
	}
	if got := savedOrder("colour down"); got != (spool.Order{}) {
		t.Errorf("nonsense is %+v", got)
	}
	f.list.sortBy(spool.Order{})
	f.until("newest first", func() bool { return f.mail.Complete() && f.mail.Key(0) == 13 && f.mail.Key(12) == 1 })
}

func TestColumnsShowTheSameMailAndKeepTheCursor(t *testing.T) {
	f := open(t, 30)
	f.openRow(3)
	f.list.setColumns(true)
	f.wantSeen(f.list.content, "From", "Subject", "Arrived", "Sender 30", "subject 30", "you@example.com")
	if f.list.rows.Cursor() != 3 || f.list.rows == f.list.lines {
		t.Errorf("the cursor is on row %d", f.list.rows.Cursor())
	}
	if f.frame.Canvas().Focused() != fyne.Focusable(f.list.rows) {
		t.Error("the keyboard is elsewhere")
	}
	f.key(fyne.KeyDown)
	f.until("the next message", func() bool { return f.viewer.message != nil && f.viewer.message.Record.ID == 26 })
	f.key(fyne.KeyDelete)
	f.until("deleted", func() bool { return f.backend.Counts().All == 29 })
	f.list.setColumns(false)
	f.wantSeen(f.list.rows, "Sender 30")
	if slices.Contains(seen(f.list.content), "Arrived") {
		t.Error("the table is still seen")
	}
	if !f.halves.Visible() || f.halves.At() != usualList {
		t.Errorf("the list is %v wide", f.halves.At())
	}
}

func TestWhatIsTypedIsCompleted(t *testing.T) {
	f := open(t, 5)
	f.list.focusSearch()
	typeInto(f, "is:st")
	f.wantSeen(f.list.hints.content, "is:starred")
	f.key(fyne.KeyDown)
	f.key(fyne.KeyReturn)
	if f.list.search.Text != "is:starred " || f.list.hints.content.Visible() {
		t.Errorf("the field has %q", f.list.search.Text)
	}
	f.until("searched", func() bool { return f.mail.Complete() && f.mail.Len() == 0 })
	typeInto(f, "subj")
	f.wantSeen(f.list.hints.content, "subject:", "in the subject")
	f.key(fyne.KeyEscape)
	if f.list.hints.content.Visible() || f.list.search.Text == "" {
		t.Error("Esc does not close the suggestions alone")
	}
	f.list.search.SetText("")
	f.key(fyne.KeyDown)
	f.wantSeen(f.list.hints.content, "from:", "in the From field")
	f.frame.Canvas().Focus(f.list.rows)
	if f.list.hints.content.Visible() {
		t.Error("they stay when the keyboard leaves")
	}
}

func TestAnUnknownOperatorIsExplained(t *testing.T) {
	f := open(t, 5)
	f.list.setSearch("colour:red")
	f.until("an answer", func() bool { return f.mail.Err() != nil })
	if !f.list.trouble.Visible() {
		t.Fatal("nothing is said")
	}
	f.list.trouble.SelectAll()
	if got := f.list.trouble.Selected(); len(got) < 40 || got[:8] != "colour: " {
		t.Errorf("said is %q", got)
	}
	f.list.setSearch("")
	f.until("all", func() bool { return f.mail.Complete() && f.mail.Len() == 5 })
	if f.list.trouble.Visible() {
		t.Error("it is still said")
	}
}

func TestPlacesOfTheSidebarLeadToTheirMail(t *testing.T) {
	b := newTestBackend(t)
	b.keep("Subject: one\n\nx\n")
	b.rcpts = []mta.Recipient{{Address: address.Address{Local: "ann", Domain: "x.com"}, State: mta.Bounced}}
	b.keep("Subject: two\n\nx\n")
	f := openOn(t, b)
	f.until("the tally", func() bool { return len(f.tally.Mailboxes) == 2 })
	for key, want := range map[string]int{placeBounced: 1, placeRefused: 0, "rcpt:ann@x.com": 1, "program:php": 2, placeAll: 2} {
		f.goTo(key)
		f.until(key, func() bool { return f.mail.Complete() && f.mail.Len() == want && !f.mail.Loading() })
	}
	f.wantSeen(f.sidebar, "MAILBOXES", "PROGRAMS", "Bounces")
	if slices.Contains(seen(f.sidebar), "ann@x.com") {
		t.Error("the mailboxes are open before anybody asked")
	}
	f.folded(model.GroupMailboxes, false)
	f.sidebar.SetSections(f.sections()...)
	f.wantSeen(f.sidebar, "ann@x.com")
}

var _ kit.Source = (*searchHints)(nil)
