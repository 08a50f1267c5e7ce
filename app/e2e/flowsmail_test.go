package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func starTagAndSearch(t *testing.T, u *user, _ *sink) {
	u.mail("shop@store.example", "ada@example.com", "Order 30", "Thank you")
	u.mail("bank@money.example", "ada@example.com", "Statement", "Your money")
	u.open("Order 30")
	u.find("the message", has("Thank you"))
	u.act("Add a star")
	u.wait("it has a star", func() bool { all := u.list("--starred"); return len(all) == 1 && all[0].Subject == "Order 30" })
	u.act("Tags …")
	u.find("the field", func(s seen) bool { return s.Kind == "Entry" && s.Focused && strings.HasPrefix(s.Tip, "Tag: ") })
	u.types("urgent")
	u.see("New tag: urgent")
	u.keys("Return")
	u.wait("it has the tag", func() bool { all := u.list("--tag", "urgent"); return len(all) == 1 && all[0].Subject == "Order 30" })
	u.find("the tag in the sidebar", sidebar("urgent"))

	u.search("Search", "from:bank")
	u.counts("1 found")
	u.act("Save this search …")
	u.find("the field", func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text == "from:bank" })
	u.types("Money")
	u.see("Save: Money")
	u.keys("Return")
	u.find("the search in the sidebar", sidebar("Money"))
	u.keys("slash")
	u.find("the search", focused("Entry"))
	u.keys("Escape")
	u.counts("2 messages")
	only := func(subject, other string) func([]seen) bool {
		return func(all []seen) bool {
			return slices.ContainsFunc(all, row(subject)) && !slices.ContainsFunc(all, row(other))
		}
	}
	u.clicks("the search in the sidebar", sidebar("Money"), "its only message stands there", only("Statement", "Order 30"))
	u.picture("flow-13-saved-search")
	u.clicks("the tag in the sidebar", sidebar("urgent"), "the only message with the tag stands there", only("Order 30", "Statement"))
	u.picture("flow-13-tag")
}

// sidebar matches a place of the sidebar.
func sidebar(text string) func(seen) bool {
	return func(s seen) bool { return s.Kind == "Text" && s.X < 187 && s.Text == text }
}

const newsletter = `From: News <news@store.example>
To: ada@example.com
Subject: Spring sale
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><head><style>.phone { display: none } @media (max-width: 480px) { .phone { display: block } .wide { display: none } }</style>
<script>alert("never")</script></head>
<body style="margin:0"><p class="wide">Everything for a wide screen</p><p class="phone">Everything for a small screen</p>
<p>Half price until Sunday.</p><img src="https://tracker.example/open.gif" alt="a picture"></body></html>
`

func preview(t *testing.T, u *user, _ *sink) {
	u.as(newsletter, "sendmail", "-t", "-i", "-f", "news@store.example")
	u.open("Spring sale")
	page := u.find("the page", func(s seen) bool { return s.Kind == "Page" })
	u.see("1 picture lies elsewhere and was not fetched")
	// copied drags over the page from its first letter to beyond its last, and copies.
	copied := func() string {
		u.x("mousemove", strconv.Itoa(page.X+12), strconv.Itoa(page.Y+2), "mousedown", "1", "mousemove", strconv.Itoa(page.X+page.W/2), strconv.Itoa(page.Y+page.H/2),
			"mousemove", strconv.Itoa(page.X+page.W-20), strconv.Itoa(page.Y+page.H-4), "mouseup", "1", "key", "ctrl+c")
		return u.clipboard()
	}
	u.wait("the text is copied", func() bool {
		text := copied()
		return strings.Contains(text, "wide screen") && strings.Contains(text, "Half price until Sunday.")
	})
	u.picture("flow-15-desktop")
	u.press("Phone")
	u.wait("the words for phones are copied", func() bool { return strings.Contains(copied(), "small screen") })
	u.act("Preview as in a dark mail program")
	u.press("+")
	u.find("the size", button("110 %"))
	u.press("+")
	u.find("the size", button("125 %"))
	u.picture("flow-15-phone-dark")
	u.press("125 %")
	u.find("the size", button("100 %"))
	u.act("Preview at the width of a desktop")
	u.wait("the words for desktops are copied", func() bool { return strings.Contains(copied(), "wide screen") })

	u.act("Open in browser")
	told := filepath.Join(filepath.Dir(u.home), "browsed")
	var page2 []byte
	u.wait("the browser is told", func() bool {
		address, err := os.ReadFile(told)
		if err != nil {
			return false
		}
		page2, err = os.ReadFile(strings.TrimPrefix(strings.TrimSpace(string(address)), "file://"))
		return err == nil
	})
	if text := string(page2); !strings.Contains(text, "Content-Security-Policy") || !strings.Contains(text, "Half price until Sunday.") || strings.Contains(text, "alert") || strings.Contains(text, "src=\"https://tracker.example") {
		t.Errorf("the browser gets\n%s", text)
	}
	u.act("Preview as in a dark mail program")
}

func save(t *testing.T, u *user, _ *sink) {
	u.act("Send me a sample mail")
	u.open("Your first mail")
	u.find("the page", func(s seen) bool { return s.Kind == "Page" })
	dir := filepath.Dir(u.home)
	// The dialog's field has the keyboard, and the name.
	name := func(text string) func(seen) bool {
		return func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text == text }
	}
	u.keys("ctrl+s")
	u.find("the dialog", name("Your first mail.eml"))
	u.picture("flow-16-save")
	u.keys("Return")
	u.see("Saved: Your first mail.eml")
	id := strconv.FormatInt(u.newest(1).ID, 10)
	u.wait("it is saved", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "Your first mail.eml"))
		return err == nil && string(text) == u.postroom("raw", id)
	})
	u.keys("5")
	u.find("the attachment", row("order.csv"))
	u.picture("flow-16-parts")
	u.press("Save part")
	u.find("the dialog", name("order.csv"))
	u.keys("Return")
	u.wait("the attachment is saved", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "order.csv"))
		return err == nil && strings.HasPrefix(string(text), "item,quantity,price")
	})
	u.keys("1")
}

func openFile(t *testing.T, u *user, _ *sink) {
	letter := filepath.Join(filepath.Dir(u.home), "letter.eml")
	write(t, letter, "From: Grace <grace@example.com>\nTo: ada@example.com\nSubject: a letter on disk\n\nThe first words.\n")
	u.goTo("Queue")
	if out, errs, exit := run(t, "", append(u.env(), "DISPLAY="+u.screen), program(t, "postroom"), letter); exit != 0 || errs != "" {
		t.Errorf("a second start: exit status %d, %q, stderr %q; want it to have the first show the letter", exit, out, errs)
	}
	u.see("The first words.")
	u.wait("it is read", func() bool { all := u.list(); return len(all) == 1 && all[0].Read })
	u.picture("flow-17-opened")
	if out, errs, exit := run(t, "", append(u.env(), "DISPLAY="+u.screen), program(t, "postroom"), filepath.Join(u.home, "nothing.eml")); exit == 0 || !strings.Contains(errs, "nothing.eml") {
		t.Errorf("a file that is not there: exit status %d, %q, stderr %q", exit, out, errs)
	}
}

func activity(t *testing.T, u *user, _ *sink) {
	u.goTo("Activity")
	u.keys("1")
	u.talk("EHLO shop.example", "MAIL FROM:<shop@store.example", "QUIT")
	u.clicks("the refused session", has("MAIL FROM:<shop@store.example: 553 5.0.0"), "its transcript stands there", func(all []seen) bool {
		return slices.ContainsFunc(all, has("250 HELP")) // which stands over the line that was refused
	})
	u.picture("flow-18-refused")
	u.talk("EHLO other.example", "MAIL FROM:<other@store.example>", "RCPT TO:<x>y>", "QUIT")
	u.see("RCPT TO:<x>y>")
	if out := u.postroom("sessions", "--failed"); strings.Count(out, "\n") < 2 {
		t.Errorf("sessions --failed:\n%s", out)
	}
	u.keys("2")
	u.find("the log", focused("Lines"))
	u.see(u.mail("shop@store.example", "ada@example.com", "followed", "hello").QueueID)
	u.picture("flow-18-log")
}
