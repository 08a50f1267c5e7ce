package e2e

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// display starts an X server without a screen and gives its name, ":7".
func display(t testing.TB, size string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Without -r a key would repeat itself where a busy machine has whoever types wait between pressing it and letting it go.
	cmd := exec.Command("Xvfb", "-r", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		r.Close()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb gave no display: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// window starts the program with its window on an X server of its own, and waits for the first paint.
func window(t *testing.T, home, size string, env ...string) (*post, string) {
	t.Helper()
	need(t, "Xvfb")
	screen := display(t, size)
	return onScreen(t, home, screen, env), screen
}

// onScreen starts the program with its window on an X server, and waits for the first paint. The goroutine that paints is watched.
func onScreen(t *testing.T, home, screen string, env []string, args ...string) *post {
	t.Helper()
	watch := filepath.Join(t.TempDir(), "beats")
	p := start(t, home, append(env, "DISPLAY="+screen, "POSTROOM_UI_WATCH="+watch), program(t, "postroom"), append([]string{"--home", home}, args...)...)
	t.Cleanup(func() {
		p.complaints()
		reportBeats(t, watch)
	})
	p.wait("it has painted", func() bool { s, ok := p.status(); return ok && !s.Painted.IsZero() })
	return p
}

// complaints fails the test for what the program's own checks found: widgets that another goroutine touched, data races, a panic that was caught.
func (p *post) complaints() {
	for _, words := range []string{"Error in Fyne call thread", "DATA RACE", "panic"} {
		if strings.Contains(p.err(), words) {
			p.t.Errorf("the program complains:\n%s", p.err())
			return
		}
	}
}

// quiet makes a home whose server takes any free port.
func quiet(t *testing.T) string {
	t.Helper()
	home := newHome(t)
	write(t, filepath.Join(home, "etc", "postroom.toml"), "[smtp]\nlisten = [\"127.0.0.1:0\"]\n")
	return home
}

// screenshot keeps a picture of the screen in build/screenshots, and gives a digest of its pixels.
func screenshot(t *testing.T, screen, name string) uint64 {
	t.Helper()
	dir := filepath.Join("..", "..", "build", "screenshots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+".png")
	mustRun(t, "", []string{"DISPLAY=" + screen}, need(t, "import"), "-window", "root", path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	digest := fnv.New64a()
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			digest.Write([]byte{byte(r), byte(g), byte(b)})
		}
	}
	return digest.Sum64()
}

func TestTheWindowShowsWhatArrives(t *testing.T) {
	p, screen := window(t, quiet(t), "1280x800")
	empty := screenshot(t, screen, "empty")

	p.talk("EHLO app.example", "MAIL FROM:<shop@example.com>", "RCPT TO:<ada@example.com>", "DATA",
		"From: Shop <shop@example.com>\r\nTo: Ada <ada@example.com>\r\nSubject: =?UTF-8?B?5L2g5aW977yM5LiW55WM?=\r\n\r\nHello Ada,\r\n你好 مرحبا 🎉\r\n.", "QUIT")
	mustRun(t, "To: ada@example.com\nSubject: by sendmail\n\nHello.\n", p.env(), program(t, "sendmail"), "-t", "-i")
	p.newest(2)
	p.wait("the window shows something new", func() bool { return screenshot(t, screen, "two-messages") != empty })

	if _, errs, exit := run(t, "", append(p.env(), "DISPLAY="+screen), program(t, "postroom")); exit != 0 || errs != "" {
		t.Errorf("a second start: exit status %d, stderr %q; want it to raise the first", exit, errs)
	}
	if err := p.stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, p.err())
	}
}

func TestTwoThousandMessagesWhileTheWindowIsOpen(t *testing.T) {
	u := alone(t)
	if _, err := (load{sessions: 10, messages: 2000, size: 2048}).send(u.smtp); err != nil {
		t.Fatal(err)
	}
	u.post.wait("all are counted", func() bool { s, _ := u.status(); return s.Counts.All == 2000 })
	u.counts("2,000 messages")
	u.picture("two-thousand-messages")
	first := u.find("a row", func(s seen) bool { return s.Kind == "Text" && strings.HasPrefix(s.Text, "message ") })
	u.open(first.Text)
	u.x("key", "--repeat", "20", "--delay", "20", "Down")
	u.wait("walking down the list marks messages as read", func() bool { s, ok := u.status(); return ok && s.Counts.Unread < 1999 })
	u.picture("two-thousand-read")
	u.newest(2000)
	if err := u.stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, u.err())
	}
}

// alone sits before a window on a screen of its own, with an empty home.
func alone(t *testing.T, env ...string) *user {
	t.Helper()
	need(t, "Xvfb")
	return sit(t, display(t, "1280x800"), quiet(t), env)
}

func TestAViewThatWasLongOutOfSightGetsTheKeyboard(t *testing.T) {
	u := alone(t, "FYNE_CACHE=1s") // after which Fyne forgets what is not seen; it looks every 10 s
	to := func(place, shows string) {
		u.clicks(place, sidebar(place), shows+" is in sight", func(all []seen) bool { return slices.ContainsFunc(all, has(shows)) })
	}
	to("Queue", "Nothing waits")
	to("All mail", "No mail yet")
	for range 26 {
		u.x("mousemove", "60", "100", "sleep", "0.25", "mousemove", "60", "130", "sleep", "0.25") // painted each time
	}
	to("Queue", "Nothing waits")
	u.find("the queue's list has the keyboard", focused("List"))
	if strings.Contains(u.err(), "Failed to focus") {
		t.Error("the keyboard stays where it was")
	}
}

func TestSIGHUPDoesNotCloseTheWindowAndReadsSettingsAgain(t *testing.T) {
	p, _ := window(t, quiet(t), "800x600")
	write(t, filepath.Join(p.home, "etc", "postroom.toml"), "[smtp]\nlisten = [\"127.0.0.1:0\"]\n[delivery]\nexternal = \"relay\"\nsmart_host = \"[127.0.0.1]:1\"\n")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.wait("it says so", func() bool { return strings.Contains(p.err(), "settings and tables read again") })
	p.as("To: u@other.example\n\nhello\n", "sendmail", "-t", "-i", "-f", "me@localhost")
	p.wait("mail leaves", func() bool { return len(p.list("--state", "deferred")) == 1 })
	if err := p.stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, p.err())
	}
}

func TestDeleteKeyRemovesTheMessage(t *testing.T) {
	u := alone(t)
	for i := range 3 {
		u.mail("me@localhost", "a@example.com", fmt.Sprintf("number %d", i), "x")
	}
	u.x("search", "--sync", "--name", "^Postroom$", "windowsize", "900", "600") // no smaller screen: the window would hang over its edge
	u.find("the smaller window", func(s seen) bool { return s.Kind == "StatusBar" && s.W == 900 })
	u.counts("3 messages")
	u.open("number 2")
	u.keys("Delete")
	u.wait("it is deleted", func() bool { return len(u.list()) == 2 })
	if all := u.list(); all[0].Subject != "number 1" || all[1].Subject != "number 0" {
		t.Errorf("deleted the wrong one: %+v", all)
	}
	u.counts("2 messages")
	u.picture("small")
}

func TestStarTagAndPaletteByTheKeyboard(t *testing.T) {
	u := alone(t)
	u.keys("ctrl+k")
	u.field("What do you want to do?")
	u.types("sample")
	u.find("what was typed", func(s seen) bool { return s.Kind == "Entry" && s.Focused && s.Text == "sample" })
	u.keys("Return")
	u.wait("the sample has come", func() bool { return len(u.list()) == 1 })
	u.mail("me@localhost", "a@example.com", "another", "x")
	u.open("another")
	u.keys("s")
	u.wait("it has a star", func() bool { all := u.list("--starred"); return len(all) == 1 && all[0].Subject == "another" })
	u.keys("t")
	u.find("the field", func(s seen) bool { return s.Kind == "Entry" && s.Focused && strings.HasPrefix(s.Tip, "Tag: ") })
	u.types("to do")
	u.see("New tag: to do")
	u.keys("Return")
	u.wait("it has the tag", func() bool { all := u.list("--tag", "to do"); return len(all) == 1 && all[0].Subject == "another" })
	u.picture("tagged")
	if err := u.stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, u.err())
	}
}
