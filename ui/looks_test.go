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
	"fyne.io/fyne/v2/driver/desktop"
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
		"rules": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := rulesOf(t, "mailertable", "partner.example\tesmtp:mx.partner.example\nlater.example\tcatch:\nwrong.example\tnosuch:x\n")
			v.grid.Rows.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(40, 40)}, Button: desktop.MouseButtonPrimary})
			v.pane.to.SetText("ada@later.example")
			f.until("the answer", func() bool { return strings.Contains(strings.Join(seen(v.pane.content), " "), "result") })
			return f, func() fyne.CanvasObject { return v.content }
		}},
		"settings": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f := openOn(t, newTestBackend(t))
			f.ctrl(fyne.Key5)
			v := f.view.(*settingsView)
			f.typedRune('2')
			f.until("the settings", func() bool { return v.list.Len() == 2 })
			v.table.Rows.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(40, 40)}, Button: desktop.MouseButtonPrimary})
			return f, func() fyne.CanvasObject { return v.content }
		}},
		"activity": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f, v := openActivity(t)
			f.untilSeen(v.content, "1,234 messages", "7 waiting")
			v.sessions.Rows.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(40, 40)}, Button: desktop.MouseButtonPrimary})
			f.untilSeen(v.content, "220 mail ESMTP 1")
			return f, func() fyne.CanvasObject { return v.content }
		}},
		"preview": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f := openPreview(t, drawnMail)
			f.frame.Resize(small)
			p := f.viewer.preview.page
			f.until("all that is in sight is drawn for this width", func() bool {
				at, shown := f.app.Driver().AbsolutePositionForObject(p), f.frame.Canvas().Capture()
				for y := 10; y < int(p.Size().Height)-10; y += 10 {
					if r, g, b, _ := shown.At(int(at.X)+18, int(at.Y)+y).RGBA(); r>>8 != 0x2f || g>>8 != 0x6f || b>>8 != 0xed {
						return false
					}
				}
				return p.List().Width == p.Size().Width
			})
			return f, func() fyne.CanvasObject { return f.viewer.preview.content }
		}},
		"notice": {small, func(t *testing.T) (*bench, func() fyne.CanvasObject) {
			f := open(t, 1)
			f.problem(errors.New("save report.pdf: no space left on device"))
			return f, func() fyne.CanvasObject { return f.bar }
		}},
	}
}

// drawnMail has a bar along its left edge that is higher than any window, by which it is seen what is drawn.
const drawnMail = `From: shop@example.com
To: you@example.com
Subject: Your order
Content-Type: text/html; charset=utf-8

<body style="margin:0;background:#f4f4f4;font-family:Arial"><table width="100%" cellspacing=0 cellpadding=0><tr>
<td width=20 height=900 bgcolor="#2f6fed"></td>
<td valign=top style="padding:20px"><h1 style="margin:0 0 12px">Thank you, Ada!</h1>
<p>Your order <b>1042</b> is on its <a href="https://shop.example/track">way</a>.</p>
<div style="background:#fff;border:1px dashed #999;border-radius:8px;padding:12px">Blue mug <i>2</i></div>
<p style="text-align:center"><a href="#" style="background:#2f6fed;color:#fff;padding:12px 24px;border-radius:6px;display:inline-block;text-decoration:none">View order</a></p>
</td></tr></table></body>
`

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
