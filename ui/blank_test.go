//go:build !nogui

package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
)

func TestEmptyWindowTeaches(t *testing.T) {
	f := open(t, 0)
	f.wantSeen(f.viewer.content, "No mail yet. What is sent here is caught: you see it, and nobody else does.", "Send me a sample mail", "127.0.0.1:1025",
		"swaks --server 127.0.0.1:1025 --from app@example.com --to you@example.com", `sendmail_path = "/usr/bin/postroom sendmail -t -i"`)
	test.Tap(f.viewer.blank.hints[1].copy)
	if got := f.clipboard.Content(); !strings.HasPrefix(got, "swaks ") {
		t.Errorf("copied %q", got)
	}
	f.backend.send("From: a@example.com\nSubject: first\n\nx\n")
	f.until("first mail", func() bool { return f.status.Counts.All == 1 && f.mail.Len() == 1 })
	f.wantSeen(f.viewer.content, "Select a message to read it")
}

func TestOneClickSendsAFirstMail(t *testing.T) {
	f := open(t, 0)
	f.viewer.blank.send.Tapped(nil)
	f.until("the sample", func() bool { return f.mail.Len() == 1 })
	f.untilSeen(f.list.rows, "Your first mail")
	f.until("the first steps are gone", func() bool { return !f.viewer.blank.send.Visible() })
}
