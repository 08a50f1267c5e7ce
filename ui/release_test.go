//go:build !nogui

package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"postroom.dev/mta"
)

// releases is the part of a testBackend that sends mail on.
type releases struct {
	orders []mta.ReleaseOrder
	plans  []mta.ReleaseOrder
	again  []int64
	refuse string
}

func (b *testBackend) PlanRelease(_ context.Context, o mta.ReleaseOrder) (mta.ReleasePlan, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.released.plans = append(b.released.plans, o)
	p := mta.ReleasePlan{Message: o.Message, Seal: "seal of " + strings.Join(o.To, " "), Refusal: b.released.refuse, Cap: 50, Left: 3, Bounded: true}
	to := o.To
	if len(to) == 0 {
		to = []string{"you@example.com"}
	}
	for _, a := range to {
		if !strings.Contains(a, "@") {
			return p, errors.New("the order cannot be understood: " + a)
		}
		p.Recipients = append(p.Recipients, mta.PlannedRecipient{Address: a, To: a, Mailer: "esmtp", Host: "example.com", Hosts: []string{"mx1.example.com", "mx2.example.com"}, Leaves: true})
	}
	return p, nil
}

func (b *testBackend) LetOut(ctx context.Context, o mta.ReleaseOrder) (mta.Released, error) {
	p, err := b.PlanRelease(ctx, o)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil && o.Seal != p.Seal {
		return mta.Released{}, mta.ErrOtherPlan
	}
	b.released.orders = append(b.released.orders, o)
	return mta.Released{Message: 99, QueueID: "q99", Plan: p}, err
}

func (b *testBackend) Redeliver(_ context.Context, id int64) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.released.again = append(b.released.again, id)
	return 99, nil
}

func (b *testBackend) ordered() (orders []mta.ReleaseOrder, again []int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.released.orders), slices.Clone(b.released.again)
}

func TestReleaseShowsWhoWouldGetItBeforeAnythingGoes(t *testing.T) {
	f := open(t, 1)
	f.openRow(0)
	f.viewer.release.Tapped(nil)
	d := f.releases[0]
	text := func() string { d.text.SelectAll(); return d.text.Selected() }
	f.until("a plan", func() bool { return strings.Contains(text(), "leaves by esmtp: mx1.example.com, mx2.example.com") })
	if !strings.Contains(text(), "Mail may go only where [delivery] allow says.  3 of 50 recipients used today.") {
		t.Error(text())
	}
	if orders, _ := f.backend.ordered(); len(orders) > 0 {
		t.Fatalf("it went: %+v", orders)
	}
	d.to.SetText("ann@example.org, bob@example.net")
	if !d.yes.Disabled() {
		t.Error("what is not seen yet can be sent")
	}
	d.carryOut()
	f.until("the plan for them", func() bool { return strings.Contains(text(), "bob@example.net") })
	d.yes.Tapped(nil)
	f.until("it is on its way", func() bool { return f.notice == "On its way to 2 recipients as q99" })
	orders, _ := f.backend.ordered()
	if len(orders) != 1 || strings.Join(orders[0].To, " ") != "ann@example.org bob@example.net" || orders[0].Resent || orders[0].Seal == "" {
		t.Errorf("%+v", orders)
	}
	if f.covered() {
		t.Error("the dialog stays")
	}
}

func TestWhatMayNotLeaveCannotBeReleased(t *testing.T) {
	f := open(t, 1)
	f.backend.released.refuse = "you@example.com: not in [delivery] allow"
	f.openRow(0)
	f.acts.byName["mail.release"].do()
	d := f.releases[0]
	f.until("the reason", func() bool {
		d.text.SelectAll()
		return strings.Contains(d.text.Selected(), "It cannot go: you@example.com: not in [delivery] allow")
	})
	if !d.yes.Disabled() {
		t.Error("the button can be pressed")
	}
	d.to.SetText("nonsense")
	f.until("the mistake", func() bool {
		d.text.SelectAll()
		return strings.Contains(d.text.Selected(), "cannot be understood: nonsense")
	})
	f.key(fyne.KeyEscape)
	if f.covered() {
		t.Error("Esc does not leave it")
	}
	if orders, _ := f.backend.ordered(); len(orders) > 0 {
		t.Errorf("it went: %+v", orders)
	}
}

func TestForwardAsksForSomebody(t *testing.T) {
	f := open(t, 1)
	f.openRow(0)
	f.viewer.forward.Tapped(nil)
	d := f.releases[0]
	if !d.yes.Disabled() {
		t.Error("it can go to nobody")
	}
	d.to.SetText("<carl@example.org>")
	d.from.SetText("me@example.org")
	f.until("a plan", func() bool { return d.seen })
	d.to.OnSubmitted("")
	f.until("it is on its way", func() bool { return f.notice == "On its way to 1 recipient as q99" })
	if orders, _ := f.backend.ordered(); len(orders) != 1 || !orders[0].Resent || orders[0].From != "me@example.org" || orders[0].To[0] != "carl@example.org" {
		t.Errorf("%+v", orders)
	}
}

func TestSelectedMessagesGoThroughTheTablesAgain(t *testing.T) {
	f := open(t, 3)
	f.clickRow(0, 0)
	f.clickRow(1, fyne.KeyModifierShift)
	f.acts.byName["mail.redeliver"].do()
	f.until("done", func() bool { return f.notice == "2 messages went through the tables again" })
	if _, again := f.backend.ordered(); len(again) != 2 {
		t.Errorf("%v", again)
	}
	if !f.viewer.release.Disabled() {
		t.Error("two messages can be released at a time")
	}
}
