//go:build !nogui

package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

const offer = `From: shop@example.com
To: you@example.com
Subject: An offer
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<style>@media (max-width:400px){.wide{display:none}} @media (prefers-color-scheme:dark){body{background:#123456}}</style>
<body><div style="display:none">preheader</div><h1>Hello</h1><p class=wide>only when wide</p>
<p>A <a href="https://shop.example/offer?a=1">link</a> and <img src="cid:logo@x" alt=Logo width=40 height=40>
<img src="https://elsewhere.example/pixel.png" width=1 height=1></p>
--b
Content-Type: image/png
Content-ID: <logo@x>
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
--b--
`

// openPreview opens a message and waits until its preview is there.
func openPreview(t *testing.T, message string) *bench {
	t.Helper()
	f := openMessage(t, message)
	f.until("preview", func() bool { return f.viewer.preview.shown })
	return f
}

func (f *bench) previewText() string {
	f.viewer.preview.page.SelectAll()
	return f.viewer.preview.page.Selected()
}

func TestMailWithHTMLOpensInThePreview(t *testing.T) {
	f := openPreview(t, offer)
	if f.viewer.tabs.Selected() != tabPreview {
		t.Fatalf("tab %d is shown", f.viewer.tabs.Selected())
	}
	got := f.previewText()
	for _, want := range []string{"Hello", "only when wide", "link"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if strings.Contains(got, "preheader") {
		t.Errorf("what is hidden is in %q", got)
	}
	f.wantSeen(f.viewer.content, "1 picture lies elsewhere and was not fetched")
	if !f.viewer.preview.paper.album.Has("cid:logo@x") {
		t.Error("the picture in a part is not there")
	}
}

func TestPlainMailOpensInTextAndHTMLInThePreviewAgain(t *testing.T) {
	b := newTestBackend(t)
	b.keep(offer)
	b.keep("Subject: plain\n\nwords\n")
	b.keep(offer)
	f := openOn(t, b)
	for i, want := range []int{tabPreview, tabText, tabPreview} {
		f.openRow(i)
		if got := f.viewer.tabs.Selected(); got != want {
			t.Errorf("row %d is shown in tab %d, not %d", i, got, want)
		}
	}
	f.typedRune('2') // chosen by hand: it stays
	f.openRow(0)
	if got := f.viewer.tabs.Selected(); got != tabText {
		t.Errorf("tab %d is shown after Text was chosen", got)
	}
}

func TestWidthAndLookOfThePreview(t *testing.T) {
	f := openPreview(t, offer)
	p := f.viewer.preview
	relaid := func(what string, do func()) {
		t.Helper()
		before := p.page.List()
		do()
		f.until(what, func() bool { return p.page.List() != before })
	}
	relaid("phone", func() { test.Tap(p.devices[0]) })
	if l := p.page.List(); l.Width != 375 || strings.Contains(f.previewText(), "only when wide") {
		t.Errorf("a phone is %v wide and shows %q", l.Width, f.previewText())
	}
	relaid("dark", func() { test.Tap(p.dim) })
	if c := p.page.List().Background; c.R != 0x12 || c.B != 0x56 {
		t.Errorf("the dark background is %v", c)
	}
	relaid("larger", func() { test.Tap(p.more) })
	if p.page.Zoom() != 1.1 || p.page.List().Width != 375 {
		t.Errorf("larger is %v at a width of %v", p.page.Zoom(), p.page.List().Width)
	}
}

// press presses and lets go the button of the mouse on the text in the preview that has these words.
func (f *bench) press(words string) {
	f.t.Helper()
	p := f.viewer.preview.page
	for i := range p.List().Items {
		it := &p.List().Items[i]
		if it.Text == nil || !strings.Contains(it.Text.Text, words) {
			continue
		}
		at := fyne.PointEvent{Position: fyne.NewPos(it.X+it.W/2, it.Y+it.H/2)}
		p.MouseMoved(&desktop.MouseEvent{PointEvent: at})
		p.MouseDown(&desktop.MouseEvent{PointEvent: at, Button: desktop.MouseButtonPrimary})
		p.MouseUp(&desktop.MouseEvent{PointEvent: at, Button: desktop.MouseButtonPrimary})
		return
	}
	f.t.Fatalf("no %q in the preview", words)
}

func TestALinkShowsItsTarget(t *testing.T) {
	f := openPreview(t, offer)
	f.press("link")
	f.wantSeen(f.viewer.preview.content, "https://shop.example/offer?a=1")
}

func TestWhereNothingIsToBeSaidThePageHasTheRoom(t *testing.T) {
	f := openPreview(t, "Subject: hello\nContent-Type: text/html\n\n<p>Hello <a href='https://shop.example/x'>link</a></p>")
	p := f.viewer.preview
	bottom := p.page.Position().Y + p.page.Size().Height
	if bottom != p.content.Size().Height {
		t.Errorf("the page ends at %v of %v", bottom, p.content.Size().Height)
	}
	f.press("link")
	if !p.float.Visible() || p.page.Position().Y+p.page.Size().Height != bottom {
		t.Error("the target of a link does not lie over the page")
	}
	p.hover("")
	if p.float.Visible() {
		t.Error("the target stays when the pointer has gone")
	}
	p.say("1 picture lies elsewhere and was not fetched")
	if p.page.Position().Y+p.page.Size().Height >= bottom {
		t.Error("there is no room for what is to be said")
	}
}

func TestALinkInAPlainTextOpensWhenThatIsWanted(t *testing.T) {
	b := newTestBackend(t)
	b.keep("Subject: reset\n\nhttps://shop.example/reset?token=1 within an hour\n")
	f := openOn(t, b)
	f.openRow(0)
	f.until("the text", func() bool { return f.viewer.texts[tabText].Visible() })
	lines := f.viewer.texts[tabText]
	at := func(x float32) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 18)}, Button: desktop.MouseButtonPrimary}
	}
	if lines.MouseMoved(at(lines.Size().Width - 30)); lines.Cursor() != desktop.TextCursor {
		t.Error("beside the text the pointer is on a link")
	}
	if lines.MouseMoved(at(60)); lines.Cursor() != desktop.PointerCursor {
		t.Error("the pointer does not show that it is on a link")
	}
	lines.MouseDown(at(60))
	lines.MouseUp(at(60))
	f.until("the question", func() bool { return f.frame.Canvas().Overlays().Top() != nil })
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Open this link?", "https://shop.example/reset?token=1")
	if len(f.opened) > 0 {
		t.Errorf("opened %q", f.opened)
	}
}

func TestTextIsCopiedFromThePreview(t *testing.T) {
	f := openPreview(t, offer)
	f.viewer.preview.page.TypedShortcut(&fyne.ShortcutSelectAll{})
	f.viewer.preview.page.TypedShortcut(&fyne.ShortcutCopy{})
	if got := f.app.Clipboard().Content(); !strings.Contains(got, "Hello\nonly when wide\n\nA link and") {
		t.Errorf("copied %q", got)
	}
}

func TestThePreviewIsDrawn(t *testing.T) {
	f := openPreview(t, strings.ReplaceAll(offer, "<h1>", "<h1 style='background:#00c000'>"))
	p := f.viewer.preview.page
	at := f.app.Driver().AbsolutePositionForObject(p)
	f.until("the green heading", func() bool {
		r, g, b, _ := f.frame.Canvas().Capture().At(int(at.X+p.Size().Width-30), int(at.Y)+40).RGBA()
		return r>>8 == 0 && g>>8 == 0xc0 && b>>8 == 0
	})
}

func TestALinkOpensOnlyWhenThatIsWanted(t *testing.T) {
	f := openPreview(t, strings.ReplaceAll(offer, ">link<", ">www.bank.example/login<"))
	f.press("www.bank.example")
	if f.frame.Canvas().Overlays().Top() != nil {
		t.Error("the question came before the click was over: Fyne takes the keyboard from it")
	}
	f.until("the question", func() bool { return f.frame.Canvas().Overlays().Top() != nil })
	top := f.frame.Canvas().Overlays().Top()
	f.wantSeen(top, "Open this link?", "It reads “www.bank.example/login” but leads to shop.example: https://shop.example/offer?a=1")
	f.viewer.preview.askLink("javascript:evil()")
	f.wantSeen(f.bar, "link javascript:evil(): not one to http, https or mailto, so it is not opened")
	if len(f.opened) > 0 {
		t.Errorf("opened %q", f.opened)
	}
}

func TestPicturesAreFetchedOnlyWhenThatIsAsked(t *testing.T) {
	f := openPreview(t, offer)
	p := f.viewer.preview
	if !p.fetch.Visible() || len(f.backend.fetched) > 0 {
		t.Fatalf("fetched %q before anybody asked", f.backend.fetched)
	}
	before := p.page.List()
	test.Tap(p.fetch)
	f.until("another layout", func() bool { return p.page.List() != before })
	if got := f.backend.fetched; len(got) != 1 || got[0] != "https://elsewhere.example/pixel.png" {
		t.Errorf("fetched %q", got)
	}
	if p.fetch.Visible() || !p.paper.album.Has("https://elsewhere.example/pixel.png") {
		t.Error("the picture is not there")
	}
}

func TestTheBrowserGetsASanitisedCopy(t *testing.T) {
	f := openPreview(t, strings.ReplaceAll(offer, "<h1>", "<script>evil()</script><h1>"))
	test.Tap(f.viewer.preview.browse)
	f.until("the browser", func() bool { return len(f.opened) == 1 })
	page := string(f.backend.page)
	if f.opened[0] != "file:///home/page.html" || strings.Contains(page, "evil") || strings.Contains(page, "elsewhere.example") ||
		!strings.Contains(page, "data:image/png;base64,") || !strings.Contains(page, "Content-Security-Policy") {
		t.Errorf("opened %q with %s", f.opened, page)
	}
}

func TestThePaletteReachesThePreview(t *testing.T) {
	f := openMessage(t, "Content-Type: text/html\n\n<p>hello</p>")
	p := f.viewer.preview
	dark := f.acts.byName["preview.dark"]
	f.until("the message is shown", func() bool { return p.shown })
	if !f.acts.can(dark) {
		t.Fatal("it cannot be done")
	}
	dark.do()
	f.acts.byName["preview.width0"].do()
	if !p.dark || devices[p.device].width != 375 {
		t.Errorf("dark is %t, the width %v", p.dark, devices[p.device].width)
	}
	if f.acts.can(f.acts.byName["preview.fetch"]) {
		t.Error("pictures can be loaded, and there are none")
	}
	f.viewer.choose(tabText)
	if f.acts.can(dark) {
		t.Error("it can be done where it is not seen")
	}
}

func TestTheSourceOfHTMLIsColouredAndCopiedAsItIs(t *testing.T) {
	source := "<p class=\"a\">one</p>\n<!-- two\nthree -->\n" + strings.Repeat("<b>", coloredLine) + "\n\nend"
	lines := htmlSource(source)
	if n := len(lines.Line(0)); n < 5 {
		t.Errorf("%d runs in the first line", n)
	}
	if runs := lines.Line(2); runs[0].Color != theme.Dim {
		t.Errorf("the second line of a comment: %v", runs)
	}
	if runs := lines.Line(3); len(runs) != 1 {
		t.Errorf("a line beyond the limit has %d runs", len(runs))
	}
	var all []string
	for i := range lines.Lines() {
		text := ""
		for _, r := range lines.Line(i) {
			text += r.Text
		}
		all = append(all, text)
	}
	if strings.Join(all, "\n") != source {
		t.Error("the text is not the source")
	}
	if _, plain := htmlSource(strings.Repeat("<b>", coloredSource)).(*htmlLines); plain {
		t.Error("a source beyond the limit is coloured")
	}
}
