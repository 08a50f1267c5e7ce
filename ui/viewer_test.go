//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/ui/kit"
)

const mixed = `From: Ada <ada@example.com>
To: bob@example.com
Cc: carol@example.com
Subject: =?utf-8?q?caf=C3=A9_=E5=8F=91=E7=A5=A8?=
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

你好 мир
--b
Content-Type: text/html

<p>hello</p>
--b
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="data.bin"

AAECAw==
--b--
`

func openMessage(t *testing.T, message string) *bench {
	t.Helper()
	b := newTestBackend(t)
	b.keep(message)
	f := openOn(t, b)
	f.openRow(0)
	return f
}

func TestEveryTabShowsItsSideOfAMessage(t *testing.T) {
	f := openMessage(t, mixed)
	f.wantSeen(f.viewer.content, "café 发票", "Cc", "carol@example.com", "Rcpt", "Parts (3)")
	for _, c := range []struct {
		name string
		key  rune
		want string
	}{
		{"text is decoded", '2', "你好 мир"},
		{"HTML is source", '3', "<p>hello</p>"},
		{"headers are decoded", '4', "Subject: café 发票\n"},
		{"headers that were added are marked", '4', "Received: from localhost by postroom   added by Postroom\n"},
		{"raw is what was received", '6', "Subject: =?utf-8?q?caf=C3=A9_=E5=8F=91=E7=A5=A8?=\n"},
		{"the transcript", '7', "  +0.002  C  EHLO app"},
		{"the way and why", '8', "   1  default: you@example.com -> catch\n      kept here"},
	} {
		f.typedRune(c.key)
		f.until(c.name, func() bool { return strings.Contains(f.text(), c.want) })
	}
	f.typedRune('4')
	test.Tap(f.viewer.toggle)
	if got := f.text(); !strings.Contains(got, "Subject: =?utf-8?q?") {
		t.Errorf("headers as received are %q", got)
	}
	f.typedRune('5')
	f.wantSeen(f.viewer.content, "multipart/mixed", "text/html", "application/octet-stream", "data.bin", "Save part")
}

func TestTextOfAMessageWithoutText(t *testing.T) {
	f := openMessage(t, "Subject: x\nContent-Type: text/html\n\n<b>only</b>\n")
	f.typedRune('2')
	if got := f.text(); !strings.Contains(got, "no plain text") {
		t.Errorf("text is %q", got)
	}
}

func TestProblemsStandBesideTheMessage(t *testing.T) {
	f := openMessage(t, "Subject: x\nno colon here\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n")
	if f.viewer.problems.Text() == "" {
		t.Fatal("no line of problems")
	}
	f.wantSeen(f.viewer.content, f.viewer.problems.Text())
	if got := f.text(); !strings.Contains(got, "words") {
		t.Errorf("text is %q", got)
	}
	f.typedRune('5')
	f.wantSeen(f.viewer.content, f.viewer.message.Problems[0].Text)
}

func TestLateAnswersOfOlderMessagesAreNotShown(t *testing.T) {
	f := open(t, 30)
	for i := range 30 {
		f.clickRow(i%10, 0)
	}
	last := f.mail.Key(9)
	f.until("last message", func() bool { return f.viewer.message != nil && f.viewer.message.Record.ID == last })
	f.wantSeen(f.viewer.content, "subject 21")
}

func TestMessageDeletedElsewhereLeavesTheViewer(t *testing.T) {
	f := open(t, 5)
	f.openRow(1)
	if err := f.backend.Delete(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	f.until("empty viewer", func() bool { return f.viewer.message == nil && f.mail.Len() == 4 })
	f.wantSeen(f.viewer.content, "Select a message to read it")
}

// place gives a file to save into.
func place(t *testing.T) (path string, w fyne.URIWriteCloser) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "out")
	w, err := storage.Writer(storage.NewFileURI(path))
	if err != nil {
		t.Fatal(err)
	}
	return path, w
}

func TestSavingAPartWritesItDecoded(t *testing.T) {
	f := openMessage(t, mixed)
	f.typedRune('5')
	part := f.viewer.parts.selected()
	if part == nil || part.SafeName() != "data.bin" {
		t.Fatalf("the attachment is not selected: %+v", part)
	}
	test.Tap(f.viewer.savePart)
	if f.frame.Canvas().Overlays().Top() == nil {
		t.Error("no file dialog")
	}
	path, file := place(t)
	f.viewer.saveTo(file, func(ctx context.Context, w io.Writer) error {
		return f.backend.Part(ctx, 1, part.Number, w)
	})
	f.until("saved", func() bool { return f.notice == "Saved: "+filepath.Base(path) })
	f.viewer.close()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "\x00\x01\x02\x03" {
		t.Errorf("file has %q, %v", got, err)
	}
}

func TestTheFileDialogHasTheKeyboard(t *testing.T) {
	f := openMessage(t, mixed)
	test.Tap(f.viewer.save)
	dialog := f.frame.Canvas().Overlays().Top()
	if dialog == nil {
		t.Fatal("no file dialog")
	}
	f.key(fyne.KeyDelete)
	if f.mail.Len() != 1 {
		t.Error("Delete reached the list behind the dialog, not the dot in the name")
	}
	f.typedRune('x')
	field, ok := f.frame.Canvas().Focused().(*kit.Entry)
	if !ok || field.Text != "café 发票xeml" {
		t.Errorf("typing went to %T: %q", f.frame.Canvas().Focused(), seen(dialog))
	}
	f.key(fyne.KeyEscape)
	if dialog.Visible() {
		t.Error("Esc does not close it after something was typed")
	}
	if got := f.frame.Canvas().Focused(); got != fyne.Focusable(f.list.rows) {
		t.Errorf("the keyboard is on %T then", got)
	}
}

func TestAFileThatCannotBeWrittenWholeIsTakenAway(t *testing.T) {
	f := open(t, 1)
	path, file := place(t)
	f.viewer.saveTo(file, func(_ context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return errors.New("disk is full")
	})
	f.until("problem", func() bool { return strings.Contains(f.notice, "disk is full") })
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file is left: %v", err)
	}
}

func TestTheOpenMessageShowsWhatBecomesOfIt(t *testing.T) {
	f := open(t, 3)
	f.openRow(1)
	for _, state := range []mta.State{mta.Deferred, mta.Bounced, mta.Relayed} {
		f.backend.become(state, f.viewer.id)
		f.untilSeen(f.viewer.head.content, string(state))
		f.wantSeen(f.viewer.head.content, "subject 2", "sendmail")
	}
}

func TestAllTabsFitTheNarrowestViewer(t *testing.T) {
	f := openMessage(t, mixed)
	f.viewer.tabs.SetTabs(tabNames(99)...)
	f.viewer.tabs.Resize(fyne.NewSize(leastViewer, 34))
	for _, o := range test.WidgetRenderer(f.viewer.tabs).Objects() {
		if x, ok := o.(*canvas.Text); ok && x.Position().X+x.Size().Width > leastViewer {
			t.Errorf("%q ends at %v of %v", x.Text, x.Position().X+x.Size().Width, leastViewer)
		}
	}
}

func TestTheRoutingTabShowsWhatBecomesOfEveryRecipient(t *testing.T) {
	b := newTestBackend(t)
	for i := range 500 {
		b.rcpts = append(b.rcpts, mta.Recipient{Address: address.Address{Local: fmt.Sprintf("user%d", i+1), Domain: "example.com"}, State: mta.Queued, Mailer: "esmtp", Host: "example.com"})
	}
	b.keep(mixed)
	f := openOn(t, b)
	f.openRow(0)
	f.typedRune('8')
	f.until("the last one", func() bool {
		return strings.Contains(f.text(), " queued      user500@example.com\n  mailer     esmtp, host example.com")
	})
	lines := f.viewer.texts[tabRouting]
	lines.ShowLine(300)
	f.backend.become(mta.Relayed, f.viewer.id)
	f.until("another state", func() bool { return strings.Contains(f.text(), " relayed     user500@example.com\n") })
	if got := lines.TopLine(); got != 300 {
		t.Errorf("line %d is on top then, not 300", got)
	}
	f.typedRune('2')
	f.backend.become(mta.Bounced, f.viewer.id)
	f.untilSeen(f.viewer.head.content, "bounced")
	f.typedRune('8')
	f.until("a state from while another tab was shown", func() bool { return strings.Contains(f.text(), " bounced     user1@example.com\n") })
}

func TestHeadersShowWhatLeaves(t *testing.T) {
	b := newTestBackend(t)
	b.rewritten = []mta.Rewritten{{Name: "From", In: []byte("From: Ada <ada@example.com>"), Out: []byte("From: Ada <shop@example.com>")}}
	b.keep(mixed)
	f := openOn(t, b)
	f.openRow(0)
	f.typedRune('4')
	if want := "From: Ada <ada@example.com>\n> From: Ada <shop@example.com>   as it leaves\nTo: bob"; !strings.Contains(f.text(), want) {
		t.Errorf("headers are %q, without %q", f.text(), want)
	}
}

func TestCanOpen(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want error
	}{
		{"an X server", map[string]string{"DISPLAY": ":0"}, nil},
		{"a Wayland compositor", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, nil},
		{"nothing", nil, ErrNoDisplay},
	} {
		if err := CanOpen(func(k string) string { return c.env[k] }); !errors.Is(err, c.want) && os.PathSeparator == '/' {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTheButtonOfATabNeverCoversTheTabs(t *testing.T) {
	f := openMessage(t, mixed)
	for _, width := range []float32{1280, 900, 860, 760} {
		f.frame.Resize(fyne.NewSize(width, 600))
		for tab, button := range map[int]fyne.CanvasObject{tabHeaders: f.viewer.toggle, tabParts: f.viewer.savePart} {
			f.viewer.choose(tab)
			beside := button.Position().X > f.viewer.tabs.Width()
			below := button.Position().Y >= f.viewer.tabs.Position().Y+f.viewer.tabs.Size().Height
			if !beside && !below {
				t.Errorf("%v wide: the button of tab %d stands at %v over tabs of %v", width, tab, button.Position(), f.viewer.tabs.Width())
			}
			var view fyne.CanvasObject = f.viewer.parts.content
			if tab == tabHeaders {
				view = f.viewer.texts[tab]
			}
			if bottom := button.Position().Y + button.Size().Height; below && view.Position().Y < bottom {
				t.Errorf("%v wide: the view begins at %v, the button ends at %v", width, view.Position().Y, bottom)
			}
		}
	}
}

func TestTheDateLeavesTheSenderItsRoom(t *testing.T) {
	f := openMessage(t, mixed)
	h := f.viewer.head
	for width, apart := range map[float32]bool{740: false, 350: true} {
		h.content.Resize(fyne.NewSize(width, 200))
		f.untilSeen(h.content, "Ada <ada@example.com>")
		from, date := h.values[0], h.date
		if got := date.Position().Y > from.Position().Y; got != apart || h.dated.Visible() != apart {
			t.Errorf("%v wide: the date on a line of its own: %v", width, got)
		}
		if end := date.Position().X + date.Size().Width; end > h.content.Size().Width-18 {
			t.Errorf("%v wide: the date ends at %v of %v", width, end, h.content.Size().Width)
		}
	}
}

func TestTheSelectedPartIsShown(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	f := openMessage(t, "Subject: parts\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n=F0=D2=C9=D7=C5=D4\n"+
		"--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString(picture.Bytes())+"\n"+
		"--b\nContent-Type: image/png\n\nno picture\n--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERgAB\n--b--\n")
	f.viewer.choose(tabParts)
	view := f.viewer.parts.view
	text := func() string {
		view.text.SelectAll()
		return view.text.Selected()
	}
	choose := func(row int) {
		f.viewer.parts.chosen.Only(int64(row))
		f.viewer.parts.showSelected()
	}
	choose(1)
	f.until("the text, decoded", func() bool { return text() == "Привет" })
	choose(2)
	f.until("the picture", func() bool { return view.picture.Visible() && view.picture.Image.Bounds().Dx() == 3 })
	choose(3)
	f.until("what only says that it is one", func() bool { return strings.Contains(text(), "|no picture") && !view.picture.Visible() })
	choose(4)
	f.until("octets", func() bool { return strings.Contains(text(), "25 50 44 46 00 01") })
	choose(0) // the whole has no content of its own
	f.until("nothing", func() bool { return text() == "" })
}
