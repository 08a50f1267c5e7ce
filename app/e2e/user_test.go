package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// user sits before the window: reads what stands there, clicks what it has read, and types. What the program did is asked of its commands.
type user struct {
	*post
	screen  string
	sight   string // the socket that tells what stands in the window
	xdotool string
}

// seen is a thing in the window, as ui.Seen has it.
type seen struct {
	Kind, Text, Tip string
	X, Y, W, H      int
	Focused, Off    bool
}

// sit starts the program with its window on a screen.
func sit(t *testing.T, screen, home string, env []string, args ...string) *user {
	t.Helper()
	u := &user{screen: screen, sight: filepath.Join(socketDir(t), "sight"), xdotool: need(t, "xdotool")}
	u.post = onScreen(t, home, screen, append(env, "POSTROOM_UI_SIGHT="+u.sight), args...)
	t.Cleanup(func() { u.report(t) })
	return u
}

// socketDir makes a folder whose path is short enough for a socket's address.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sight")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// report keeps a picture of what a test that failed has before it, and tells what stands there and what the program has.
func (u *user) report(t *testing.T) {
	if t.Failed() {
		u.picture("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		t.Logf("in sight:\n%s", u.inSight())
		for _, command := range []string{"list", "queue"} {
			out, errs, _ := run(t, "", u.env(), program(t, "postroom-server"), command)
			t.Logf("%s:\n%s%s", command, out, errs)
		}
	}
}

// lend has a part of a test use the window: what goes wrong is its.
func (u *user) lend(t *testing.T) {
	old := u.t
	u.t = t
	t.Cleanup(func() {
		u.report(t)
		u.t = old
	})
}

// flowPatience is how long a user waits for what must happen.
const flowPatience = 30 * time.Second

// wait polls until ok.
func (u *user) wait(what string, ok func() bool) {
	u.t.Helper()
	began := time.Now()
	if !poll(flowPatience, 50*time.Millisecond, ok) { // each look costs the window a little
		u.t.Fatalf("waited %v in vain until %s\nstderr: %s", flowPatience, what, u.err())
	}
	if took := time.Since(began); took > 3*time.Second {
		u.t.Logf("after %v %s", took.Round(100*time.Millisecond), what)
	}
}

// look gives what stands in the window; where a dialog or menu lies over it, that alone.
func (u *user) look() (all []seen) {
	conn, err := net.Dial("unix", u.sight)
	if err != nil {
		return nil
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(flowPatience)) // a window that hangs is one in which nothing stands
	if json.NewDecoder(conn).Decode(&all) != nil {
		return nil
	}
	return all
}

// inSight prints what stands in the window, for whoever reads why a test failed.
func (u *user) inSight() string {
	var b strings.Builder
	for _, s := range u.look() {
		if s.Text != "" || s.Tip != "" || s.Focused {
			fmt.Fprintf(&b, "%4d %4d %4dx%-4d %-12s %q", s.X, s.Y, s.W, s.H, s.Kind, s.Text)
			if s.Tip != "" {
				fmt.Fprintf(&b, " tip %q", s.Tip)
			}
			if s.Focused {
				b.WriteString(" focused")
			}
			if s.Off {
				b.WriteString(" off")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// find waits until a thing is in sight and stands still: what moves is missed by a click.
func (u *user) find(what string, is func(seen) bool) (found seen) {
	u.t.Helper()
	before := seen{X: -1}
	u.wait("there is "+what, func() bool {
		all := u.look()
		i := slices.IndexFunc(all, is)
		if i < 0 {
			before = seen{X: -1}
			return false
		}
		found = all[i]
		still := found == before
		before = found
		return still
	})
	return found
}

// says matches what says just that, by its words or its tooltip.
func says(text string) func(seen) bool {
	return func(s seen) bool { return s.Text == text || s.Tip == text }
}

// has matches what has text among its words.
func has(text string) func(seen) bool {
	return func(s seen) bool { return strings.Contains(s.Text, text) }
}

// button matches a button, by its words or its tooltip, that can be pressed.
func button(text string) func(seen) bool {
	return func(s seen) bool { return s.Kind == "IconButton" && !s.Off && says(text)(s) }
}

// focused matches what has the keyboard.
func focused(kind string) func(seen) bool {
	return func(s seen) bool { return s.Focused && s.Kind == kind }
}

// see waits until the window says text.
func (u *user) see(text string) seen {
	u.t.Helper()
	return u.find(strconv.Quote(text), has(text))
}

// gone waits until the window does not say text any more.
func (u *user) gone(text string) {
	u.t.Helper()
	u.wait("the window does not say "+strconv.Quote(text), func() bool { all := u.look(); return all != nil && !slices.ContainsFunc(all, has(text)) })
}

// x has xdotool do something.
func (u *user) x(args ...string) {
	u.t.Helper()
	mustRun(u.t, "", []string{"DISPLAY=" + u.screen}, u.xdotool, args...)
}

// keys presses keys, as xdotool names them, one after the other.
func (u *user) keys(keys ...string) {
	u.t.Helper()
	u.x(append([]string{"key", "--delay", "10"}, keys...)...)
}

// types types a text.
func (u *user) types(text string) {
	u.t.Helper()
	u.x("type", "--delay", "10", "--", text)
}

// at puts the pointer on the middle of a thing.
func (s seen) at() []string {
	return []string{"mousemove", strconv.Itoa(s.X + s.W/2), strconv.Itoa(s.Y + s.H/2)}
}

// click presses the left button on a thing.
func (u *user) click(s seen) {
	u.t.Helper()
	u.x(append(s.at(), "click", "1")...)
}

// clicks clicks a thing until that has the effect that is meant: what comes meanwhile may move it away, and a user who sees that he
// has hit something else clicks again. A second click must do no harm.
func (u *user) clicks(what string, is func(seen) bool, effect string, ok func(all []seen) bool) {
	u.t.Helper()
	u.wait(effect, func() bool {
		u.click(u.find(what, is))
		return poll(3*time.Second, 50*time.Millisecond, func() bool { all := u.look(); return all != nil && ok(all) })
	})
}

// open opens a message of the list.
func (u *user) open(subject string) {
	u.t.Helper()
	u.clicks("the row of "+strconv.Quote(subject), row(subject), "the viewer has "+strconv.Quote(subject), func(all []seen) bool {
		return slices.ContainsFunc(all, func(s seen) bool { return s.Kind == "CopyText" && s.Text == subject })
	})
}

// counts waits until the head of the mail list says how many there are: "2 messages", "1 found". The status bar counts, too, and earlier.
func (u *user) counts(text string) {
	u.t.Helper()
	u.find("the list of "+text, func(s seen) bool { return s.Kind == "Label" && s.Text == text })
}

// field waits until a field has the keyboard, with this hint where it is empty.
func (u *user) field(hint string) {
	u.t.Helper()
	u.find("the field "+strconv.Quote(hint), func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Tip == hint })
}

// search begins to type into the field of a view that finds something.
func (u *user) search(hint, words string) {
	u.t.Helper()
	u.keys("slash")
	u.field(hint)
	u.types(words)
}

// copied waits until the clipboard has text.
func (u *user) copied(text string) {
	u.t.Helper()
	u.wait(strconv.Quote(text)+" is copied", func() bool { return strings.Contains(u.clipboard(), text) })
}

// clipboard gives what was copied last.
func (u *user) clipboard() string {
	u.t.Helper()
	out, _, _ := run(u.t, "", []string{"DISPLAY=" + u.screen}, need(u.t, "xclip"), "-selection", "clipboard", "-o") // an empty clipboard is an error
	return out
}

// row matches words in the rows of the view, right of the sidebar.
func row(text string) func(seen) bool {
	return func(s seen) bool { return s.Kind == "Text" && s.X > 187 && s.Text == text }
}

// press presses a button that says text.
func (u *user) press(text string) {
	u.t.Helper()
	u.click(u.find("a button "+strconv.Quote(text), button(text)))
}

// pressAway presses a button that goes away then.
func (u *user) pressAway(text string) {
	u.t.Helper()
	u.clicks("a button "+strconv.Quote(text), button(text), strconv.Quote(text)+" is gone", func(all []seen) bool {
		return !slices.ContainsFunc(all, says(text))
	})
}

// act does an action by the palette.
func (u *user) act(title string) {
	u.t.Helper()
	u.keys("ctrl+k")
	u.find("the palette", func(s seen) bool { return s.Focused && s.Tip == "What do you want to do?" })
	words := strings.TrimSuffix(title, " …")
	u.types(words)
	typed := func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text == words }
	u.wait("the palette has "+strconv.Quote(title)+" on top", func() bool {
		all := u.look()
		field := slices.IndexFunc(all, typed)
		if field < 0 {
			return false
		}
		top := slices.IndexFunc(all, func(s seen) bool { return s.Kind == "Text" && s.Y > all[field].Y+all[field].H })
		return top >= 0 && all[top].Text == title
	})
	u.keys("Return")
	u.wait("the palette is gone", func() bool {
		all := u.look()
		return all != nil && !slices.ContainsFunc(all, typed)
	})
}

// goTo goes to a place of the sidebar by the palette.
func (u *user) goTo(title string) {
	u.t.Helper()
	u.act("Go to " + title)
}

// picture keeps a picture of the screen.
func (u *user) picture(name string) {
	u.t.Helper()
	time.Sleep(150 * time.Millisecond) // for people: what was asked for is drawn by then
	screenshot(u.t, u.screen, name)
}
