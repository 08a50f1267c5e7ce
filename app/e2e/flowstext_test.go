package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// editText edits a table of 20,000 lines as a text: a mistake is told beside its line, and found again by F8.
func editText(t *testing.T, u *user, _ *sink) {
	var b strings.Builder
	b.WriteString("# many\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "host%05d.example\tcatch:\n", i)
	}
	before := b.String()
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), before)
	u.openTable("mailertable")
	u.find("its entries", row("host00000.example"))
	u.keys("ctrl+e")
	u.find("the text with the keyboard", focused("Editor"))
	u.keys("ctrl+End")
	u.see("line 20002, column 1")
	u.types("wrong.example\tnonsense:x")
	u.keys("Return")
	u.see("line 20003, column 1")
	u.find("what is wrong beside the line", func(s seen) bool {
		return s.Kind == "Text" && strings.Contains(s.Text, "nonsense is an unknown mailer")
	})
	u.keys("ctrl+Home")
	u.see("line 1, column 1")
	u.keys("F8")
	u.see("line 20002, column 1")
	u.picture("flow-19-text")
	u.keys("End", "shift+Home", "ctrl+x", "BackSpace", "ctrl+Home", "ctrl+v", "Return")
	u.find("it is below the problems no more", func(s seen) bool { return strings.Contains(s.Text, "line 1") && !strings.Contains(s.Text, "20002") })
	u.keys("ctrl+s")
	u.wait("the line stands at the file's beginning", func() bool { return u.tableText("mailertable") == "wrong.example\tnonsense:x\n"+before })
	u.keys("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z")
	u.keys("ctrl+s")
	u.wait("the file is as it was", func() bool { return u.tableText("mailertable") == before })
	u.keys("ctrl+e")
	u.find("the grid", row("host00000.example"))
	write(t, filepath.Join(u.home, "etc", "mail", "mailertable"), "")
}

// letIn lets somebody log in, opens a listener that asks for it with TLS, and sends a test mail there.
func letIn(t *testing.T, u *user, _ *sink) {
	file := filepath.Join(u.home, "etc", "postroom.toml")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	u.goTo("Settings")
	u.keys("3")
	u.press("Let somebody log in …")
	u.field("app")
	u.types("app")
	u.keys("Tab")
	u.types("secret")
	u.keys("Tab")
	u.types("secret")
	u.keys("Return")
	u.see("app may log in with this password")
	if text := u.tableText("auth-users"); !strings.HasPrefix(text, "app:SCRAM-SHA-256$") {
		t.Errorf("the file has %q", text)
	}
	u.keys("ctrl+n")
	u.see("Cancel") // of the form, and the window behind it is not seen
	u.find("the address", focused("Entry"))
	u.types("127.0.0.1:0")
	u.press("As [smtp] says") // of TLS, the first of them
	u.click(u.find("a way", func(s seen) bool { return s.Kind == "Text" && s.Text == "TLS from the first octet" }))
	u.find("what was chosen", func(s seen) bool { return s.Kind == "IconButton" && s.Text == "TLS from the first octet" })
	u.press("no")
	u.click(u.find("yes", func(s seen) bool { return s.Kind == "Text" && s.Text == "yes" }))
	u.picture("flow-20-listener")
	u.press("Add")
	u.see("127.0.0.1:0 is saved and in force")
	if text, _ := os.ReadFile(file); !strings.HasPrefix(string(text), string(before)) || !strings.Contains(string(text), "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"implicit\"\nrequire_auth = true\n") {
		t.Errorf("the file has\n%s", text)
	}
	u.clicks("the listener", row("SMTPS"), "it can be tested", func(all []seen) bool { return slices.ContainsFunc(all, button("Send a test mail")) })
	u.press("Send a test mail")
	u.see("Log in for the test mail")
	u.find("the name", focused("Entry"))
	u.types("app")
	u.keys("Tab")
	u.types("secret")
	u.keys("Return")
	u.wait("it has come", func() bool { return len(u.list()) == 1 })
	u.find("that it was taken", func(s seen) bool { return strings.HasPrefix(s.Text, "Accepted by 127.0.0.1:") })
	u.picture("flow-20-tested")
	u.keys("Delete")
	u.see("Nobody can send mail to it then.")
	u.keys("Return")
	u.wait("it is out of the file", func() bool {
		text, _ := os.ReadFile(file)
		return !strings.Contains(string(text), "implicit")
	})
	u.openTable("auth-users")
	u.clicks("the login", row("app"), "it can be removed", func(all []seen) bool { return slices.ContainsFunc(all, button("Remove")) })
	u.keys("Delete")
	u.see("Cancel")
	u.find("the button that has the keyboard", focused("IconButton"))
	u.keys("Return")
	u.wait("nobody may log in", func() bool { return !strings.Contains(u.tableText("auth-users"), "app:") })
	write(t, file, string(before))
}
