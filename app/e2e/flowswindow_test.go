package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// keyboardOnly uses no mouse: what has the keyboard is always in sight, and everything is reached.
func keyboardOnly(t *testing.T, u *user, _ *sink) {
	u.mail("shop@store.example", "ada@example.com", "Order 40", "the first")
	u.mail("shop@store.example", "ada@example.com", "Order 41", "the second")
	u.find("the second in the list", row("Order 41"))
	u.find("the first in the list", row("Order 40"))
	u.keys("Escape")
	u.find("the list", focused("List"))
	u.keys("Home")
	u.see("the second")
	u.keys("Down")
	u.see("the first")
	u.keys("shift+Up")
	u.see("2 messages selected")
	u.keys("Home")
	u.see("the second")

	// Tab goes round through everything, and each stop looks otherwise than the one before.
	holder := func() seen {
		all := u.look()
		if i := slices.IndexFunc(all, func(s seen) bool { return s.Focused }); i >= 0 {
			return all[i]
		}
		return seen{}
	}
	stops, last, pictures := map[string]int{}, holder(), map[uint64]bool{}
	for i := range 60 {
		u.keys("Tab")
		u.wait("the keyboard is elsewhere", func() bool {
			now := holder()
			return now.Kind != "" && (now.Kind != last.Kind || now.X != last.X || now.Y != last.Y) // what it says may change by itself
		})
		last = holder()
		if last.W == 0 || last.H == 0 {
			t.Errorf("stop %d: %+v is not in sight", i, last)
		}
		if n := len(pictures); last.Kind == "IconButton" && n < 3 { // a few: each picture takes a while
			u.wait("it shows that it has the keyboard", func() bool {
				pictures[screenshot(t, u.screen, "flow-19-focus")] = true
				return len(pictures) > n
			})
		}
		stops[last.Kind+" "+last.Text+last.Tip]++
		if stops["List "] == 2 {
			break
		}
	}
	for _, want := range []string{"List ", "Sidebar ", "Entry Search", "TabBar ", "Lines ", "IconButton ReleaseLet this message go out (Ctrl+R)", "IconButton Add or remove a star (S)"} {
		if stops[want] == 0 {
			t.Errorf("Tab does not lead to %q, but to %q", want, fmt.Sprint(stops))
		}
	}

	u.keys("Escape")
	u.find("the list", focused("List"))
	u.keys("Return")
	u.find("the text", focused("Lines"))
	u.keys("4")
	u.see("shop@store.example")
	u.keys("8")
	u.see("no table sends it anywhere")
	u.keys("2", "Escape")
	u.find("the list", focused("List"))
	u.keys("Menu")
	u.see("Mark unread")
	u.picture("flow-19-menu")
	u.keys("Down", "Return")
	u.wait("it is unread", func() bool { return len(u.list("--unread")) == 1 })
	u.keys("F1")
	u.field("Keys")
	u.types("one more")
	u.see("Select one more, or one less")
	u.picture("flow-19-keys")
	u.keys("Escape", "Escape")
	u.find("the list", focused("List"))
	u.keys("Delete")
	u.wait("it is deleted", func() bool { all := u.list(); return len(all) == 1 && all[0].Subject == "Order 40" })
}

// languageAndLook changes language, look and sizes, which outlive the program.
func languageAndLook(t *testing.T, screen string) {
	home := quiet(t)
	quit := func(u *user) {
		t.Helper()
		if err := u.stop(syscall.SIGTERM); err != nil {
			t.Errorf("SIGTERM: %v\n%s", err, u.err())
		}
	}
	language := func(u *user, value, says string) {
		t.Helper()
		u.keys("ctrl+5")
		u.keys("slash")
		u.find("the search", focused("Entry"))
		u.types("w.language")
		u.wait("it is found", func() bool {
			all := u.look()
			return !slices.ContainsFunc(all, row("smtp.listen")) && slices.ContainsFunc(all, row("window.language"))
		})
		u.clicks("the key", row("window.language"), "the list of keys has the keyboard", func(all []seen) bool { return slices.ContainsFunc(all, focused("List")) })
		u.keys("e")
		u.find("the field", func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text != "w.language" })
		u.keys("ctrl+a")
		u.types(strconv.Quote(value))
		u.keys("Return")
		u.see(says)
	}
	u := sit(t, screen, home, nil)
	language(u, "zh-Hans", "window.language is saved; it is in force after a new start")
	u.keys("ctrl+1")
	u.press("Look: As the desktop")
	u.find("the light look", says("Look: Light"))
	u.picture("flow-14-light")
	u.press("Look: Light")
	u.find("the dark look", says("Look: Dark"))
	u.x("search", "--sync", "--name", "^Postroom$", "windowsize", "1100", "700")
	u.find("the narrower window", func(s seen) bool { return s.Kind == "StatusBar" && s.W == 1100 })
	list := u.find("the list", func(s seen) bool { return s.Kind == "List" })
	edge, middle := list.X+list.W, strconv.Itoa(list.Y+200)
	u.x("mousemove", strconv.Itoa(edge), middle, "mousedown", "1", "mousemove", strconv.Itoa(edge+30), middle, "mousemove", strconv.Itoa(edge+60), middle, "mouseup", "1")
	u.keys("slash")
	u.find("the search: whatever came before it is done with", focused("Entry"))
	wider := u.find("the list", func(s seen) bool { return s.Kind == "List" && s.W != list.W })
	quit(u)

	u = sit(t, screen, home, nil)
	u.find("the settings, in Chinese", sidebar("设置"))
	u.find("the window as it was left", func(s seen) bool { return s.Kind == "StatusBar" && s.W == 1100 })
	u.find("the list as it was left", func(s seen) bool { return s.Kind == "List" && s.W == wider.W })
	u.find("the dark look", func(s seen) bool { return s.Kind == "IconButton" && strings.Contains(s.Tip, "深色") })
	u.picture("flow-14-chinese")
	language(u, "", "window.language")
	quit(u)

	u = sit(t, screen, home, nil)
	u.find("the settings, in English", sidebar("Settings"))
	u.find("the dark look", says("Look: Dark"))
	quit(u)
}
