//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// desktop is a desktop that has a tray and shows notifications.
type desktop struct {
	icons chan string
	told  chan [2]string // title and words
}

// RegisterStatusNotifierItem is what a tray icon calls.
func (d *desktop) RegisterStatusNotifierItem(service string) *dbus.Error {
	d.icons <- service
	return nil
}

// Notify is what a notification comes by.
func (d *desktop) Notify(_ string, _ uint32, _, title, words string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.told <- [2]string{title, words}
	return 1, nil
}

// openDesktop starts a session bus with a desktop on it, and gives the bus's address.
func openDesktop(t *testing.T) (*desktop, string) {
	t.Helper()
	cmd := exec.Command(need(t, "dbus-daemon"), "--session", "--nofork", "--print-address=1", "--address=unix:dir="+socketDir(t))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("dbus-daemon gave no address: %v\n%s", err, said.String())
	}
	address = strings.TrimSpace(address)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	d := &desktop{icons: make(chan string, 10), told: make(chan [2]string, 100)}
	for name, path := range map[string]dbus.ObjectPath{"org.kde.StatusNotifierWatcher": "/StatusNotifierWatcher", "org.freedesktop.Notifications": "/org/freedesktop/Notifications"} {
		if err := conn.Export(d, path, name); err != nil {
			t.Fatal(err)
		}
		if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatal(name, reply, err)
		}
	}
	return d, address
}

func TestTheProgramStartsInTheTrayTellsOfMailAndComesForward(t *testing.T) {
	need(t, "Xvfb")
	xdotool := need(t, "xdotool")
	d, bus := openDesktop(t)
	home := quiet(t)
	screen := display(t, "1280x800")
	watch := filepath.Join(t.TempDir(), "beats")
	p := start(t, home, []string{"DISPLAY=" + screen, "DBUS_SESSION_BUS_ADDRESS=" + bus, "POSTROOM_UI_WATCH=" + watch}, program(t, "postroom"), "--home", home, "--hidden")
	t.Cleanup(func() {
		p.complaints()
		reportBeats(t, watch)
	})
	select {
	case <-d.icons:
	case <-time.After(time.Minute):
		t.Fatalf("no icon came into the tray\n%s", p.err())
	}
	p.wait("it takes mail", func() bool { s, ok := p.status(); return ok && len(s.Listeners) > 0 })
	visible := func() bool {
		_, _, exit := run(t, "", []string{"DISPLAY=" + screen}, xdotool, "search", "--onlyvisible", "--name", "^Postroom$")
		return exit == 0
	}
	if visible() {
		t.Error("the window is shown")
	}
	mustRun(t, "From: Ada <ada@example.com>\nSubject: order 7\n\nhello\n", p.env(), program(t, "postroom"), "sendmail", "-i", "bob@example.com")
	select {
	case told := <-d.told:
		if told != [2]string{"Ada", "order 7"} {
			t.Errorf("told %q", told)
		}
	case <-time.After(time.Minute):
		t.Error("the desktop was told nothing")
	}
	write(t, filepath.Join(home, "letter.eml"), "From: Grace <grace@example.com>\nTo: ada@example.com\nSubject: a letter on disk\n\nThe first words.\n")
	mustRun(t, "", p.env(), program(t, "postroom"), filepath.Join(home, "letter.eml"))
	p.wait("the window comes forward", visible)
	p.wait("the letter is read", func() bool { return p.list()[0].Subject == "a letter on disk" && p.list()[0].Read })
	screenshot(t, screen, "desktop-letter")
}
