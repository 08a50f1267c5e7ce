//go:build !nogui

package ui

import (
	"errors"
	"image"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/ui/theme"
)

// A look is a part of the window in one state, compared with its picture in both themes. Latin text only: other scripts come from the
// machine's fonts.
type look struct {
	size fyne.Size // of the window
	open func(t *testing.T) (*bench, func() fyne.CanvasObject)
}

func looks() map[string]look {
	small := fyne.NewSize(900, 600)
	return map[string]look{
		"first-steps": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f := open(t, 0)
			return f, func() fyne.CanvasObject { return f.viewer.content }
		}},
		"mail-list": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			b := newTestBackend(t)
			for _, s := range []mta.State{mta.Caught, mta.Bounced, mta.Deferred, mta.Relayed, mta.Held} {
				b.rcpts = []mta.Recipient{{Address: address.Address{Local: "you", Domain: "example.com"}, State: s}}
				b.keep("From: Acme Billing <billing@acme.example>\nSubject: this one is " + string(s) + "\n\nwords\n")
			}
			f := openOn(t, b)
			f.openRow(1)
			f.mail.SetStarred(true, 3)
			f.until("star", func() bool { return f.mail.Record(3).Starred })
			return f, func() fyne.CanvasObject { return f.list.content }
		}},
		"routing": {fyne.NewSize(1100, 700), func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			b := newTestBackend(t)
			listMail(b, 12)
			f := openOn(t, b)
			f.openRow(0)
			f.typedRune('8')
			f.frame.Canvas().Focus(f.viewer.routing.list)
			f.key(fyne.KeyDown)
			f.key(fyne.KeyDown)
			f.untilText("r007@example.com") // which selects the text
			f.key(fyne.KeyUp)
			f.key(fyne.KeyDown)
			f.until("nothing is selected", func() bool { return f.viewer.routing.text.Selected() == "" })
			return f, func() fyne.CanvasObject { return f.viewer.content }
		}},
		"parts": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			b := newTestBackend(t)
			b.keep("From: Ada <ada@example.com>\nTo: you@example.com\nSubject: with a file\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: text/csv; name=\"orders.csv\"\n\nid,total\n1,20\n--b--\n")
			f := openOn(t, b)
			f.openRow(0)
			f.typedRune('5')
			f.until("the part", func() bool { return len(seen(f.viewer.parts.view.content)) > 1 })
			return f, func() fyne.CanvasObject { return f.viewer.content }
		}},
		"queue": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := openQueue(t)
			f.choose(v, 0)
			f.key(fyne.KeyReturn)
			f.untilSeen(v.pane.content, "sender (MAIL FROM); returns go there")
			return f, func() fyne.CanvasObject { return v.content }
		}},
		"queue-groups": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := openQueue(t)
			f.typedRune('2')
			f.untilSeen(v.content, "mx.partner.example")
			f.choose(v, 0)
			return f, func() fyne.CanvasObject { return v.content }
		}},
		"question": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := openQueue(t)
			f.choose(v, 0, 2)
			f.key(fyne.KeyDelete)
			return f, f.overlay
		}},
		"recipients": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := openQueue(t)
			f.choose(v, 0)
			f.typedRune('e')
			return f, f.overlay
		}},
		"context-menu": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := openQueue(t)
			f.choose(v, 1)
			v.menu(fyne.NewPos(300, 120))
			return f, f.overlay
		}},
		"palette": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f := open(t, 1)
			f.ctrl(fyne.KeyK)
			return f, f.overlay
		}},
		"notice": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f := open(t, 1)
			f.problem(errors.New("save report.pdf: no space left on device"))
			return f, func() fyne.CanvasObject { return f.bar }
		}},
	}
}

// untilText paints until the chosen tab's text has words.
func (f *bench) untilText(words string) {
	f.t.Helper()
	f.until(words, func() bool { return strings.Contains(f.text(), words) })
}

// overlay is what stands over the window.
func (f *bench) overlay() fyne.CanvasObject {
	switch top := f.frame.Canvas().Overlays().Top().(type) {
	case *widget.PopUp:
		return top.Content
	case *fyne.Container:
		return top.Objects[len(top.Objects)-1]
	default:
		return top
	}
}

// picture is what the window shows of a part of it.
func (f *bench) picture(o fyne.CanvasObject) image.Image {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	whole := f.frame.Canvas().Capture()
	r := image.Rect(int(at.X), int(at.Y), int(at.X+o.Size().Width), int(at.Y+o.Size().Height)).Intersect(whole.Bounds())
	part := image.NewNRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dy() {
		for x := range r.Dx() {
			part.Set(x, y, whole.At(r.Min.X+x, r.Min.Y+y))
		}
	}
	return part
}

// TestMain has the pictures' times the same everywhere. A test may not change the zone: a timer that another one left looks at it.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

func TestTheWindowLooksAsItDid(t *testing.T) {
	for name, l := range looks() {
		t.Run(name, func(t *testing.T) {
			f, part := l.open(t)
			f.frame.Resize(l.size)
			for _, v := range []struct {
				name    string
				variant theme.Variant
			}{{"dark", theme.Dark}, {"light", theme.Light}} {
				f.look.SetVariant(v.variant)
				test.ApplyTheme(t, f.look)
				test.AssertImageMatches(t, name+"-"+v.name+".png", f.picture(part()))
			}
		})
	}
}
