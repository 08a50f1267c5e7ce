//go:build !nogui

package ui

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"postroom.dev/assets"
)

// testTray is the desktop's tray.
type testTray struct {
	menu *fyne.Menu
	icon fyne.Resource
}

func (d *testTray) SetSystemTrayMenu(m *fyne.Menu)       { d.menu = m }
func (d *testTray) SetSystemTrayIcon(icon fyne.Resource) { d.icon = icon }
func (d *testTray) SetSystemTrayWindow(fyne.Window)      {}

func TestTheTraySaysWhetherThereIsUnreadMail(t *testing.T) {
	f := open(t, 2)
	var to testTray
	quit := 0
	f.startTray(&to, func() { quit++ })
	if to.icon != f.tray.badge || to.menu.Items[1].Label != "2 unread messages" {
		t.Errorf("icon %s, %q", to.icon.Name(), to.menu.Items[1].Label)
	}
	to.menu.Items[1].Action()
	if f.sidebar.Selected() != placeUnread {
		t.Errorf("at %s", f.sidebar.Selected())
	}
	f.mail.SetRead(true, 1, 2)
	f.until("all is read", func() bool { return f.tray.unread == 0 })
	if item := to.menu.Items[1]; to.icon != f.tray.plain || item.Label != "No unread mail" || !item.Disabled {
		t.Errorf("icon %s, %+v", to.icon.Name(), item)
	}
	last := to.menu.Items[len(to.menu.Items)-1]
	if last.Action(); !last.IsQuit || quit != 1 {
		t.Error("the last item does not quit")
	}
}

func TestTheBadgeIsAPictureOfItsOwn(t *testing.T) {
	mark := assets.MarkPNG()
	badge := dotted(mark)
	a, err := png.Decode(bytes.NewReader(mark))
	if err != nil {
		t.Fatal(err)
	}
	b, err := png.Decode(bytes.NewReader(badge))
	if err != nil {
		t.Fatal(err)
	}
	r := a.Bounds().Dx() / 5
	if x, y := a.Bounds().Max.X-r, r; a.Bounds() != b.Bounds() || a.At(x, y) == b.At(x, y) || a.At(0, r) != b.At(0, r) {
		t.Error("the badge has no dot in its corner, or more than that")
	}
	if got := dotted([]byte("no picture")); string(got) != "no picture" {
		t.Errorf("%q", got)
	}
}

func TestTheDesktopIsToldOfMailThatComesBehindTheWindow(t *testing.T) {
	f := open(t, 0)
	told := make(chan *fyne.Notification, 10)
	f.notifier = newNotifier(f.window, func(n *fyne.Notification) { told <- n })
	f.front = true
	f.backend.send("From: Ada <ada@example.com>\nSubject: seen\n\n")
	f.until("it is in the list", func() bool { return f.mail.Len() == 1 })
	f.front = false
	f.backend.send("From: Ada <ada@example.com>\nSubject: order 7\n\n")
	f.until("it is in the list", func() bool { return f.mail.Len() == 2 })
	var got *fyne.Notification
	f.until("the desktop is told", func() bool {
		select {
		case got = <-told:
		case <-time.After(10 * time.Millisecond):
		}
		return got != nil
	})
	if got.Title != "Ada" || got.Content != "order 7" {
		t.Errorf("told %+v", got)
	}
}

func TestDroppedFilesAreKeptAndTheLastIsShown(t *testing.T) {
	f := open(t, 3)
	dir := t.TempDir()
	var dropped []fyne.URI
	for name, text := range map[string]string{"a.eml": "From: z@example.com\nSubject: dropped here\n\nhello\n", "b.pdf": "%PDF"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		dropped = append(dropped, storage.NewFileURI(path))
	}
	f.goTo(placeUnread)
	f.dropped(fyne.Position{}, dropped)
	f.until("the message is open", func() bool { return f.viewer.message != nil && f.viewer.message.Record.Subject == "dropped here" })
	f.untilSeen(f.bar, "b.pdf: no mail: <nil>")
	if f.sidebar.Selected() != placeAll {
		t.Errorf("at %s", f.sidebar.Selected())
	}
}
