package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tableText gives the text of a table's file.
func (u *user) tableText(name string) string {
	u.t.Helper()
	text, err := os.ReadFile(filepath.Join(u.home, "etc", "mail", name))
	if err != nil && !os.IsNotExist(err) {
		u.t.Fatal(err)
	}
	return string(text)
}

// openTable goes to a table in the rules.
func (u *user) openTable(name string) {
	u.t.Helper()
	u.goTo("Rules")
	u.clicks("the table "+name, row(name), "its file is named", func(all []seen) bool {
		return slices.ContainsFunc(all, has(filepath.Join("etc", "mail", name)))
	})
}

// entry writes an entry into the grid.
func (u *user) entry(key, value string) {
	u.t.Helper()
	u.keys("ctrl+n")
	u.field("Key")
	u.types(key)
	u.keys("Tab")
	u.field("Value")
	u.types(value)
	u.keys("Return")
	u.find("an empty field", func(s seen) bool { return s.Kind == "Entry" && s.Tip == "Value" })
	u.find("the entry in the grid", row(key))
}

func editTable(t *testing.T, u *user, _ *sink) {
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), "# hosts of ours\n")
	u.openTable("mailertable")
	u.entry("routed.example", "sim:defer")
	if strings.Contains(u.tableText("mailertable"), "routed") {
		t.Error("it is written before it is saved")
	}
	u.picture("flow-08-entry")
	u.keys("ctrl+s")
	u.see("mailertable is saved and in force")
	if text := u.tableText("mailertable"); !strings.HasPrefix(text, "# hosts of ours\n") || !strings.Contains(text, "routed.example\tsim:defer\n") {
		t.Errorf("the file has %q", text)
	}
	u.deferred("shop@store.example", "ada@routed.example", "by the new entry")

	// Somebody else saves the file while something here is not saved yet.
	u.entry("mine.example", "hold:")
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), "theirs.example\tsim:busy\n")
	u.see("Somebody else has changed this file.")
	u.picture("flow-08-conflict")
	u.pressAway("Take theirs")
	u.find("their entry", row("theirs.example"))
	u.gone("mine.example")
	u.gone("Somebody else has changed this file.")
	u.entry("mine.example", "hold:")
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), "again.example\tsim:busy\n")
	u.see("Somebody else has changed this file.")
	u.pressAway("Keep mine")
	u.gone("Somebody else has changed this file.")
	u.press("Save")
	u.wait("the file is as it was written here", func() bool {
		text := u.tableText("mailertable")
		return strings.Contains(text, "mine.example\thold:") && strings.Contains(text, "theirs.example") && !strings.Contains(text, "again.example")
	})
}

func whatHappens(t *testing.T, u *user, _ *sink) {
	write(t, filepath.Join(u.home, "etc", "mail", "aliases"), "team: ann, bob@partner.example\n")
	u.wait("the table is in force", func() bool { return strings.Contains(u.postroom("trace", "team@localhost"), "bob@partner.example") })
	u.keys("ctrl+t")
	u.field("ada@example.com")
	u.types("team@localhost")
	u.see("bob@partner.example")
	u.find("the step that names the file", has("aliases"))
	u.picture("flow-09-trace")
}

func ruleFromMessage(t *testing.T, u *user, _ *sink) {
	// What another flow left in the table is read first: a rule that is begun before would be in conflict with it.
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), "# ours\nbefore.example\tcatch:\n")
	u.openTable("mailertable")
	u.find("its entry", row("before.example"))
	u.goTo("All mail")
	u.mail("shop@store.example", "ada@keep.example", "Order 21", "Thank you")
	u.open("Order 21")
	u.find("the message", has("ada@keep.example"))
	u.act("Always catch mail for this domain …")
	u.find("the value", func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text == "catch:" })
	u.keys("Return")
	u.find("the entry", row("keep.example"))
	u.picture("flow-10-entry")
	u.find("the grid", func(s seen) bool { return s.Kind == "IconButton" && s.Text == "Save" && !s.Off })
	u.keys("ctrl+z")
	u.wait("it is undone", func() bool {
		for _, s := range u.look() {
			if row("keep.example")(s) {
				return false
			}
		}
		return true
	})
	u.find("nothing to save", func(s seen) bool { return s.Kind == "IconButton" && s.Text == "Save" && s.Off })
	u.keys("ctrl+y")
	u.find("the entry", row("keep.example"))
	u.press("Save")
	u.wait("it is saved", func() bool { return strings.Contains(u.tableText("mailertable"), "keep.example\tcatch:") })
	if out := u.postroom("trace", "bob@keep.example"); !strings.Contains(out, "mailertable") {
		t.Errorf("trace says\n%s", out)
	}
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), "")
}

func changeSetting(t *testing.T, u *user, _ *sink) {
	id := u.mail("shop@store.example", "ada@partner.example", "Order 22", "Thank you").ID
	settings := func() string {
		text, err := os.ReadFile(filepath.Join(u.home, "etc", "postroom.toml"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	before := settings()
	u.goTo("Settings")
	u.keys("2")
	u.search("Find a setting", "daily_cap")
	u.gone("smtp.listen")
	u.clicks("the key", row("delivery.daily_cap"), "it can be changed", func(all []seen) bool { return slices.ContainsFunc(all, button("Change …")) })
	u.press("Change …")
	field := func(text string) func(seen) bool {
		return func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text == text }
	}
	u.see("Cancel") // of the dialog, and the window behind it is not seen
	u.find("the field", focused("Entry"))
	u.keys("ctrl+a")
	u.types("many")
	u.find("what was typed", field("many"))
	u.find("what is wrong", has("daily_cap:"))
	u.picture("flow-11-refused")
	u.keys("Return")
	u.find("the field, still", field("many"))
	if settings() != before {
		t.Errorf("a bad value was written:\n%s", settings())
	}
	u.keys("ctrl+a")
	u.types("7")
	u.keys("Return")
	u.see("delivery.daily_cap is saved and in force")
	u.wait("it is in the file", func() bool { return strings.Contains(settings(), "daily_cap = 7\n") })
	u.picture("flow-11-saved")
	u.wait("it is in force", func() bool { return strings.Contains(u.release(id), " of 7 used today") })
	write(t, filepath.Join(u.home, "etc", "postroom.toml"), before)
}

// release says what a release would do.
func (u *user) release(id int64) string {
	u.t.Helper()
	return u.postroom("release", strconv.FormatInt(id, 10), "--dry-run")
}

func connectApp(t *testing.T, u *user, _ *sink) {
	u.goTo("Settings")
	u.keys("1")
	u.clicks("Django", row("Django"), "its lines stand there", func(all []seen) bool { return slices.ContainsFunc(all, has("EMAIL_PORT")) })
	u.press("Copy")
	u.see("The lines for Django are copied")
	_, port, _ := strings.Cut(u.smtp, ":")
	u.copied("EMAIL_PORT = " + port)
	u.press("Send a test mail")
	u.wait("it has come", func() bool { return len(u.list()) == 1 })
	subject := u.newest(1).Subject
	u.find("that it has", func(s seen) bool { return s.Kind == "Label" && strings.Contains(s.Text, subject) })
	u.picture("flow-12-connect")
}
