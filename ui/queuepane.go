//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// queuePane stands below the queue: a control file with its lines explained, or what a verbose run says. It is shut at first.
type queuePane struct {
	view    *queueView
	divider *kit.Divider
	title   *kit.Label
	stop    *kit.IconButton
	copy    *kit.IconButton
	shutter *kit.IconButton
	text    *kit.Lines
	high    float32
	showing paneContent
	file    int64 // the message whose control file is shown
	command string
	content *fyne.Container
}

// paneContent is what the pane shows.
type paneContent int

const (
	paneShut paneContent = iota
	paneFile
	paneRun
)

const (
	prefPane           = "queue.pane"
	usualPane  float32 = 260
	leastPane  float32 = 110
	leastAbove float32 = 120 // of the table over it
	paneLine   float32 = 19
	paneTop    float32 = 34
)

func newQueuePane(v *queueView) *queuePane {
	w := v.win
	p := &queuePane{view: v, high: w.number(prefPane, usualPane, leastPane)}
	p.divider = kit.NewDivider(func(up float32) {
		p.high = max(leastPane, min(p.height(v.body.Size().Height+p.content.Size().Height)+up, 2000))
		v.relayout()
	}, func() { w.prefs.SetFloat(prefPane, float64(p.high)) })
	p.title = kit.NewLabel("", theme.SizeMedium, theme.Text).Bold().Shrink()
	p.stop = kit.NewIconButton("x", say.T("Stop"), v.queue.StopRun).WithTip(w.tips, say.T("End the run after the message that it is at"))
	p.copy = kit.NewIconButton("copy", "", func() { w.clipboard.SetContent(p.command); w.notify(say.T("Copied: %s", model.Short(p.command, 80))) }).
		WithTip(w.tips, say.T("Copy the command that shows this"))
	p.shutter = kit.NewIconButton("x", "", p.shut).WithTip(w.tips, say.T("Close the pane"))
	p.text = kit.NewLines(paneLine)
	p.text.SetWrap(true)
	p.text.Keys, p.stop.Keys, p.copy.Keys, p.shutter.Keys = w.keys, w.keys, w.keys, w.keys
	v.queue.Log().OnLines = p.runChanged
	back := kit.NewFill(theme.Raised)
	p.content = container.New(freeLayout{fyne.NewSize(200, 0), func(s fyne.Size) {
		put(p.divider, 0, -3, s.Width, 7)
		put(back, 0, 1, s.Width, paneTop)
		x := s.Width - 8
		for _, b := range []*kit.IconButton{p.shutter, p.copy, p.stop} {
			if !b.Visible() {
				continue
			}
			n := b.MinSize().Width
			x -= n
			put(b, x, 4, n, 28)
			x -= 2
		}
		put(p.title, 18, 9, max(0, x-30), 18)
		put(p.text, 0, paneTop+1, s.Width, s.Height-paneTop-1)
	}}, back, p.title, p.stop, p.copy, p.shutter, p.text, p.divider)
	p.content.Hide()
	return p
}

// open tells whether the pane is in sight.
func (p *queuePane) open() bool { return p.showing != paneShut }

// height is how high the pane stands where there is so much room for it and the table.
func (p *queuePane) height(room float32) float32 {
	if !p.open() {
		return 0
	}
	return max(min(p.high, room-leastAbove), min(leastPane, room/2))
}

// shut takes the pane away. A run goes on.
func (p *queuePane) shut() {
	p.show(paneShut)
	p.view.win.focusView()
}

func (p *queuePane) show(c paneContent) {
	p.showing = c
	show(p.stop, c == paneRun && p.view.queue.Log().Busy())
	p.view.relayout()
	p.content.Layout.Layout(p.content.Objects, p.content.Size())
}

// showFile shows the control file of the selected message.
func (p *queuePane) showFile() {
	if p.view.queue.Chosen() != 1 {
		return
	}
	p.file = 0
	p.show(paneFile)
	p.follow()
}

// follow shows the file of another message that was selected meanwhile. While several are, the last one stays.
func (p *queuePane) follow() {
	if p.showing != paneFile || p.view.queue.Chosen() != 1 {
		return
	}
	key := p.view.queue.Selection()
	if len(key) != 1 || key[0] == p.file {
		return
	}
	p.file = key[0]
	p.view.queue.ControlFile(p.file, func(path string, text []byte) {
		if p.showing != paneFile || p.file != key[0] {
			return
		}
		p.title.SetText(path)
		p.command = "cat " + path
		p.text.SetSource(colored(model.ControlLines(string(text), p.view.queue.Now())))
	})
}

// showRun shows what a verbose run says.
func (p *queuePane) showRun() {
	p.text.SetSource(kit.RunLines{})
	p.command = "sendmail -q -v"
	p.show(paneRun)
}

// runChanged shows new lines of the run, and stays at its end.
func (p *queuePane) runChanged() {
	if p.showing != paneRun {
		return
	}
	log := p.view.queue.Log()
	title := say.T("Queue run")
	switch {
	case log.Busy():
		title = say.T("Queue run, going on …")
	case log.Ended() != "":
		title = say.T("Queue run") + " · " + log.Ended()
	}
	p.title.SetText(title)
	if p.stop.Visible() != log.Busy() {
		p.show(paneRun)
	}
	lines := model.RunLines(log.Lines())
	p.text.Update(colored(lines))
	p.text.ShowLine(max(0, len(lines)-1))
}
