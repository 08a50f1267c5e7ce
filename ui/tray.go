//go:build !nogui

package ui

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/assets"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// tray is the icon that Postroom has among those of the desktop: it has a dot while there is unread mail, and a menu. While it stands, closing
// the window hides it, and the mail server goes on.
type tray struct {
	win          *window
	to           desktop.App
	menu         *fyne.Menu
	count        *fyne.MenuItem
	plain, badge fyne.Resource
	unread       int
}

// startTray puts the icon up. quit ends the program.
func (w *window) startTray(to desktop.App, quit func()) {
	mark := assets.MarkPNG()
	t := &tray{
		win: w, to: to, unread: -1,
		plain: fyne.NewStaticResource("postroom-tray.png", mark), badge: fyne.NewStaticResource("postroom-tray-unread.png", dotted(mark)),
	}
	t.count = fyne.NewMenuItem("", func() {
		w.raise()
		w.goTo(placeUnread)
	})
	end := fyne.NewMenuItem(say.T("Quit Postroom"), quit)
	end.IsQuit = true
	t.menu = fyne.NewMenu("Postroom", fyne.NewMenuItem(say.T("Show the window"), w.raise), t.count, fyne.NewMenuItemSeparator(), end)
	w.tray = t
	t.show(w.status.Counts.Unread)
	w.frame.SetCloseIntercept(w.hide)
}

// show says how much mail is unread.
func (t *tray) show(unread int) {
	if unread == t.unread {
		return
	}
	if (unread > 0) != (t.unread > 0) || t.unread < 0 {
		icon := t.plain
		if unread > 0 {
			icon = t.badge
		}
		t.to.SetSystemTrayIcon(icon)
	}
	t.unread = unread
	t.count.Label = say.T("No unread mail")
	if unread > 0 {
		t.count.Label = say.N(unread, "%s unread message", "%s unread messages", model.Count(unread))
	}
	t.count.Disabled = unread == 0
	t.to.SetSystemTrayMenu(t.menu)
}

// dotted draws a dot into the corner of a PNG picture. One that cannot be read stays as it is.
func dotted(picture []byte) []byte {
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return picture
	}
	b := from.Bounds()
	to := image.NewNRGBA(b)
	draw.Draw(to, b, from, b.Min, draw.Src)
	r := b.Dx() / 5
	for y := range 2 * r {
		for x := range 2 * r {
			dx, dy := float64(x-r)+0.5, float64(y-r)+0.5
			switch d := dx*dx + dy*dy; {
			case d < float64(r*r)*0.72:
				to.SetNRGBA(b.Max.X-2*r+x, b.Min.Y+y, color.NRGBA{R: 0xe5, G: 0x4b, B: 0x3c, A: 255})
			case d < float64(r*r):
				to.SetNRGBA(b.Max.X-2*r+x, b.Min.Y+y, color.NRGBA{R: 255, G: 255, B: 255, A: 255})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, to); err != nil {
		return picture
	}
	return out.Bytes()
}

// hide leaves the tray's icon alone on the desktop.
func (w *window) hide() {
	w.remember()
	w.front = false
	w.frame.Hide()
}

// raise brings the window to the front, from wherever it is.
func (w *window) raise() {
	w.frame.Show()
	w.frame.RequestFocus()
}
