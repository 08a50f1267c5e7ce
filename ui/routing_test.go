//go:build !nogui

package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool"
)

// listMail keeps a message for so many recipients, of whom one is deferred and the last one bounced.
func listMail(b *testBackend, n int) int64 {
	b.rcpts = nil
	at := time.Date(2026, 1, 14, 9, 12, 44, 0, time.UTC)
	for i := range n {
		r := mta.Recipient{Address: address.Address{Local: fmt.Sprintf("r%03d", i), Domain: "example.com"}, State: mta.Relayed, Mailer: "esmtp", Host: "example.com"}
		switch i {
		case 7:
			r.State = mta.Deferred
		case n - 1:
			r.State, r.Last = mta.Bounced, mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "User unknown"}
		}
		r.Turns = []mta.Turn{{Time: at.Add(time.Second), State: r.State, Mailer: r.Mailer, Host: r.Host, Status: r.Last}}
		b.rcpts = append(b.rcpts, r)
	}
	return b.keep("Subject: to many\n\nx\n")
}

func TestOfManyRecipientsOneIsLookedAtByItself(t *testing.T) {
	b := newTestBackend(t)
	listMail(b, 100)
	f := openOn(t, b)
	f.openRow(0)
	f.typedRune('8')
	f.until("all of them", func() bool { return strings.Count(f.text(), "@example.com") >= 100 })
	f.wantSeen(f.viewer.routing.list, "All 100 recipients", "1 bounced · 1 deferred · 98 relayed", "bounced", "r099@example.com", "550 5.1.1 User unknown")
	f.frame.Canvas().Focus(f.viewer.routing.list)
	f.key(fyne.KeyDown)
	f.until("the first one, which is in need", func() bool {
		return strings.Count(f.text(), "@example.com") == 1 && strings.Contains(f.text(), "r099@example.com")
	})
	f.key(fyne.KeyDown)
	f.until("the next one", func() bool { return strings.Contains(f.text(), "r007@example.com") })
}

func TestWhatIsStillToComeIsTold(t *testing.T) {
	b := newTestBackend(t)
	b.rcpts = []mta.Recipient{{Address: address.Address{Local: "ada", Domain: "partner.example"}, State: mta.Deferred, Mailer: "esmtp", Host: "partner.example"}}
	b.keep("Subject: late\n\nx\n")
	f := openOn(t, b)
	b.testQueue.rows = []spool.Waiting{{ID: fmt.Sprintf("q%013d", 1), NextTry: f.now().Add(14*time.Minute + time.Second)}}
	f.openRow(0)
	f.typedRune('8')
	f.until("the next try", func() bool { return strings.Contains(f.text(), "in 14 min") && strings.Contains(f.text(), "next try") })
	if len(f.viewer.routing.rows) > 0 {
		t.Error("one recipient needs no list")
	}
}
