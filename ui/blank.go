//go:build !nogui

package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// blank stands where no message is open: it says why, and while there is no mail at all, how to send a first one.
type blank struct {
	win     *window
	title   *kit.Label
	hints   [maxHints]*hintBox
	send    *kit.IconButton // a first mail, by one click
	or      *kit.Label
	used    int
	said    []model.Hint
	content *fyne.Container
}

const maxHints = 3

// hintBox is one way to send mail: words, and a line with a button that copies it.
type hintBox struct {
	title *kit.Label
	back  *kit.Fill
	line  *kit.CopyText
	copy  *kit.IconButton
}

func newBlank(w *window) *blank {
	b := &blank{win: w, title: kit.NewLabel("", theme.SizeText, theme.Dim).Shrink()}
	b.send = kit.NewIconButton("send", say.T("Send me a sample mail"), w.sendSample).Primary()
	b.send.Keys = w.keys
	b.or = kit.NewLabel(say.T("or send one from your application:"), theme.SizeMedium, theme.Dim).Shrink()
	objects := []fyne.CanvasObject{b.title, b.send, b.or}
	for i := range b.hints {
		h := &hintBox{
			title: kit.NewLabel("", theme.SizeMedium, theme.Dim).Shrink(), back: kit.NewFill(theme.Raised),
			line: kit.NewCopyText("", theme.SizeMedium, theme.Text).Mono(),
		}
		h.copy = kit.NewIconButton("copy", "", func() { w.clipboard.SetContent(h.line.Text()) }).WithTip(w.tips, say.T("Copy this line"))
		h.copy.Keys, h.line.Keys = w.keys, w.keys
		h.back.SetRadius(6)
		b.hints[i] = h
		objects = append(objects, h.title, h.back, h.line, h.copy)
	}
	b.content = container.New(freeLayout{fyne.NewSize(leastViewer, 200), b.arrange}, objects...)
	b.show(0)
	return b
}

// show says that so many messages are selected.
func (b *blank) show(selected int) {
	first := b.win.mail.Len() == 0 && !b.win.mail.Loading() && b.win.mail.Filter().All()
	var hints []model.Hint
	text := ""
	switch {
	case first:
		text = say.T("No mail yet. What is sent here is caught: you see it, and nobody else does.")
		hints = model.Hints(b.win.smtpAddress(), b.win.options.Program)
	case selected > 1:
		text = say.N(selected, "%s message selected", "%s messages selected", model.Count(selected))
	case b.win.mail.Len() > 0:
		text = say.T("Select a message to read it")
	}
	b.title.SetText(text)
	if !slices.Equal(hints, b.said) {
		b.said = hints
		b.used = min(len(hints), maxHints)
		for i, h := range b.hints[:b.used] {
			h.title.SetText(hints[i].Title)
			h.line.SetText(hints[i].Line)
		}
	}
	b.arrange(b.content.Size())
}

func (b *blank) arrange(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	width := min(s.Width-48, 620)
	x := float32(int((s.Width - width) / 2))
	title := fyne.NewSize(theme.Current().Width(b.title.Text(), theme.SizeText, fyne.TextStyle{})+1, 20)
	y := max(24, float32(int(s.Height/2))-float32(70+b.used*38))
	if b.used == 0 {
		put(b.title, float32(int((s.Width-title.Width)/2)), float32(int(s.Height/2))-20, title.Width, 20)
	} else {
		put(b.title, x, y, width, 20)
	}
	show(b.send, b.used > 0)
	show(b.or, b.used > 0)
	y += 36
	if b.used > 0 {
		button := b.send.MinSize()
		put(b.send, x, y, button.Width, button.Height)
		put(b.or, x, y+48, width, 18)
		y += 82
	}
	for i, h := range b.hints {
		for _, o := range []fyne.CanvasObject{h.title, h.back, h.line, h.copy} {
			show(o, i < b.used)
		}
		put(h.title, x, y, width, 18)
		put(h.back, x, y+22, width, 34)
		put(h.line, x+12, y+30, width-58, 18)
		put(h.copy, x+width-36, y+25, 30, 28)
		y += 76
	}
}

// sendSample has the program send itself a first message.
func (w *window) sendSample() {
	w.changes.Ask(func(ctx context.Context) (struct{}, error) { return struct{}{}, w.backend.SendSample(ctx) }, func(_ struct{}, err error) {
		if err != nil {
			w.problem(err)
		}
	})
}
