//go:build !nogui

package ui

import (
	"context"
	"errors"
	"math"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/paint"
	"postroom.dev/ui/mailhtml/typeset"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// preview is the Preview tab: the HTML of a message as a reader sees it, at the width of a phone, a tablet or the window.
type preview struct {
	viewer *viewer
	faces  *typeset.Faces
	page   *kit.Page
	strips *stripPainter
	read   *model.Latest[*paper]
	lay    *model.Latest[layout.Result]

	paper   *paper // nil until it is read
	shown   bool   // the list of this paper is on the page
	device  int    // of devices
	dark    bool
	zoom    int // of zooms
	content *fyne.Container

	devices         [len(devices)]*kit.IconButton
	dim             *kit.IconButton
	fetch, browse   *kit.IconButton
	fetching        *model.Latest[fetched]
	browsing        *model.Latest[string]
	less, more, one *kit.IconButton
	target          *kit.Label // of the link under the pointer, or what is to be said of the message
	float           *kit.Fill  // behind target where it lies over the page
	note            string     // what target says while no link is under the pointer
}

// devices are the widths that a message is laid out for, in CSS pixels; 0 is that of the view.
var devices = [...]struct {
	width float32
	name  func() string
}{
	{375, func() string { return say.T("Phone") }},
	{600, func() string { return say.T("Tablet") }},
	{0, func() string { return say.T("Desktop") }},
}

const desktopDevice = 2

// zooms are the sizes of a message, in percent.
var zooms = [...]int{50, 67, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300}

const plainZoom = 4 // 100 %

func newPreview(v *viewer) *preview {
	p := &preview{
		viewer: v, faces: mailFaces(), device: desktopDevice, zoom: plainZoom,
		read: model.NewLatest[*paper](v.win.post), lay: model.NewLatest[layout.Result](v.win.post),
		fetching: model.NewLatest[fetched](v.win.post), browsing: model.NewLatest[string](v.win.post),
	}
	p.page = kit.NewPage(p.faces)
	p.strips = newStripPainter(v.win.post, p.page.Give)
	p.page.Keys, p.page.OnWant = v.win.keys, p.strips.ask
	p.page.OnHover, p.page.OnZoom, p.page.OnLink, p.page.OnMenu = p.hover, p.changeZoom, p.askLink, p.linkMenu
	p.page.OnWidth = func(float32) {
		if p.device == desktopDevice {
			p.relay(true)
		}
	}
	for i, d := range devices {
		p.devices[i] = kit.NewIconButton("", d.name(), func() { p.choose(i) })
	}
	p.dim = kit.NewIconButton("moon", "", p.changeDark).WithTip(v.win.tips, say.T("As in a dark mail program"))
	p.less = kit.NewIconButton("", "−", func() { p.changeZoom(-1) }).WithTip(v.win.tips, say.T("Smaller (Ctrl+-)"))
	p.one = kit.NewIconButton("", "100 %", func() { p.changeZoom(0) }).WithTip(v.win.tips, say.T("As it is (Ctrl+0)"))
	p.more = kit.NewIconButton("", "+", func() { p.changeZoom(1) }).WithTip(v.win.tips, say.T("Larger (Ctrl++)"))
	p.browse = kit.NewIconButton("external-link", "", p.openInBrowser).WithTip(v.win.tips, say.T("Open in browser: a copy without scripts, which fetches nothing"))
	p.fetch = kit.NewIconButton("download", say.T("Load pictures"), p.fetchPictures).WithTip(v.win.tips, say.T("Fetch the pictures that lie elsewhere, for this message only: their hosts learn that it was read"))
	p.fetch.Hide()
	p.target, p.float = kit.NewLabel("", theme.SizeSmall, theme.Dim).Shrink(), kit.NewFill(theme.Raised)
	p.build()
	p.showChoice()
	return p
}

// The heights of the lines over and under the page, in pixels.
const previewTools, previewStatus float32 = 36, 32

func (p *preview) build() {
	buttons := []*kit.IconButton{p.devices[0], p.devices[1], p.devices[2], p.dim, p.less, p.one, p.more, p.browse}
	under := kit.NewLine()
	objects := []fyne.CanvasObject{p.page, p.float, p.target, under, p.fetch}
	p.fetch.Keys = p.viewer.win.keys
	for _, b := range buttons {
		b.Keys = p.viewer.win.keys
		objects = append(objects, b)
	}
	p.content = container.New(freeLayout{fyne.NewSize(leastViewer, 120), func(s fyne.Size) {
		need := float32(12 + 3*10)
		for _, b := range buttons {
			need += b.MinSize().Width + 2
		}
		show(p.less, need <= s.Width) // keys and the wheel zoom, too
		show(p.more, need <= s.Width)
		x := float32(12)
		for i, b := range buttons {
			if !b.Visible() {
				continue
			}
			if i == len(p.devices) || i == len(p.devices)+1 || b == p.browse {
				x += 10
			}
			m := b.MinSize()
			put(b, x, 4, m.Width, m.Height)
			x += m.Width + 2
		}
		said := p.note != "" || p.fetch.Visible() // else the page has the room, and the target of a link lies over it
		show(under, said)
		show(p.float, !said && p.target.Text() != "")
		if !said {
			put(p.page, 0, previewTools, s.Width, max(0, s.Height-previewTools))
			width := min(theme.Current().Width(p.target.Text(), theme.SizeSmall, fyne.TextStyle{})+26, s.Width)
			put(p.float, 0, s.Height-24, width, 24)
			put(p.target, 12, s.Height-21, max(0, width-24), 18)
			return
		}
		put(p.page, 0, previewTools, s.Width, max(0, s.Height-previewTools-previewStatus))
		put(under, 0, s.Height-previewStatus, s.Width, 1)
		room := s.Width - 24
		if p.fetch.Visible() {
			m := p.fetch.MinSize()
			room -= m.Width + 8
			put(p.fetch, s.Width-m.Width-8, s.Height-previewStatus+2, m.Width, m.Height)
		}
		put(p.target, 12, s.Height-previewStatus+7, max(0, room), 18)
	}}, objects...)
}

// arrange places the tools anew, after a button has another text.
func (p *preview) arrange() {
	if s := p.content.Size(); s.Width > 0 {
		p.content.Layout.Layout(p.content.Objects, s)
	}
}

// show shows the HTML of a message.
func (p *preview) show(m *Message) {
	p.clear()
	if m.HTML == "" {
		p.page.SetList(nil, 1, false)
		p.say(say.T("This message has no HTML part."))
		return
	}
	id, backend, message := m.Record.ID, p.viewer.win.backend, *m
	p.read.Ask(func(ctx context.Context) (*paper, error) {
		return readPaper(ctx, backend, id, &message)
	}, func(paper *paper, err error) {
		if err != nil {
			p.say(err.Error())
			return
		}
		p.paper, p.shown = paper, false
		p.strips.use(paint.New(p.faces, paper.album.Image))
		show(p.fetch, len(paper.remote) > 0)
		p.arrange()
		p.relay(false)
	})
}

// clear forgets the message that was shown. The page keeps what it has until something else comes.
func (p *preview) clear() {
	p.read.Cancel()
	p.lay.Cancel()
	p.fetching.Cancel()
	p.browsing.Cancel()
	p.paper = nil
	show(p.fetch, false)
	p.say("")
}

// screen is what the message is laid out for.
func (p *preview) screen() css.Screen {
	w := devices[p.device].width
	if w == 0 {
		w = float32(math.Floor(float64(p.page.Size().Width / p.scale())))
	}
	return css.Screen{Width: max(w, 120), Height: max(p.page.Size().Height/p.scale(), 120), Dark: p.dark}
}

// scale is the size of the message: 1 as it is.
func (p *preview) scale() float32 { return float32(zooms[p.zoom]) / 100 }

// relay lays the message out for the width, the look and the size that are chosen. keep stays at the place that is shown.
func (p *preview) relay(keep bool) {
	if p.paper == nil || p.page.Size().Width == 0 {
		return
	}
	paper, screen, zoom := p.paper, p.screen(), p.scale()
	p.lay.Ask(func(ctx context.Context) (layout.Result, error) {
		return paper.lay(ctx, p.faces, screen)
	}, func(res layout.Result, err error) {
		switch {
		case errors.Is(err, errComplex):
			p.page.SetList(nil, 1, false)
			p.say(say.T("This message is too complex to be shown. The tab HTML has its source."))
			return
		case err != nil:
			p.say(err.Error())
			return
		}
		p.page.SetList(res.List, zoom, keep && p.shown)
		p.shown = true
		p.say(p.summary(res))
	})
}

// summary says what is to be known of a message that is shown.
func (p *preview) summary(res layout.Result) string {
	text := ""
	if n := len(p.paper.remote); n > 0 {
		text = say.N(n, "%d picture lies elsewhere and was not fetched", "%d pictures lie elsewhere and were not fetched")
	}
	if p.paper.failed != nil {
		text += " (" + p.paper.failed.Error() + ")"
	}
	for _, problem := range append(p.paper.doc.Problems, res.Problems...) {
		if text != "" {
			text += " · "
		}
		text += problem
	}
	return text
}

// say sets what the line under the page says while no link is under the pointer.
func (p *preview) say(text string) {
	p.note = text
	p.target.SetText(text)
	p.arrange()
}

func (p *preview) hover(target string) {
	if target == "" {
		target = p.note
	}
	p.target.SetText(target)
	p.arrange()
}

// choose goes to another width.
func (p *preview) choose(device int) {
	p.device = device
	p.showChoice()
	p.relay(true)
}

func (p *preview) changeDark() {
	p.dark = !p.dark
	p.showChoice()
	p.relay(true)
}

// changeZoom makes the message larger or smaller; 0 is as it is.
func (p *preview) changeZoom(step int) {
	next := plainZoom
	if step != 0 {
		next = max(0, min(p.zoom+step, len(zooms)-1))
	}
	if next != p.zoom {
		p.zoom = next
		p.showChoice()
		p.relay(true)
	}
}

// showChoice shows on the tools what is chosen.
func (p *preview) showChoice() {
	for i, b := range p.devices {
		b.SetChosen(i == p.device)
	}
	p.dim.SetChosen(p.dark)
	p.one.SetText(strconv.Itoa(zooms[p.zoom]) + " %")
	p.arrange()
}

// actions are what can be done with the message in sight.
func (p *preview) actions() []action {
	shown := func() bool { return p.paper != nil && p.viewer.tabs.Selected() == tabPreview }
	var out []action
	for i, title := range []string{say.T("Preview at the width of a phone"), say.T("Preview at the width of a tablet"), say.T("Preview at the width of a desktop")} {
		out = append(out, action{name: "preview.width" + strconv.Itoa(i), title: title, icon: "eye", when: shown, do: func() { p.choose(i) }})
	}
	return append(out, []action{
		{name: "preview.dark", title: say.T("Preview as in a dark mail program"), icon: "moon", when: shown, do: p.changeDark},
		{name: "preview.browse", title: say.T("Open in browser"), icon: "external-link", when: shown, do: p.openInBrowser},
		{name: "preview.fetch", title: say.T("Load pictures"), icon: "download", when: func() bool { return shown() && p.fetch.Visible() && !p.fetch.Disabled() }, do: p.fetchPictures},
	}...)
}

func (p *preview) close() {
	p.read.Close()
	p.lay.Close()
	p.fetching.Close()
	p.browsing.Close()
	p.strips.close()
}
