//go:build !nogui

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// headBlock stands over a message: subject, addresses, date, chips. Its
// objects are made once; which of them are seen depends on the message.
type headBlock struct {
	subject *kit.CopyText
	labels  [maxHeadRows]*kit.Label
	values  [maxHeadRows]*kit.CopyText
	date    *kit.Label
	dated   *kit.Label // stands before the date where that has a line of its own
	chips   [maxChips]*kit.Chip
	rows    int
	used    int // chips
	content *fyne.Container
}

const (
	maxHeadRows = 4 // From To Cc Rcpt
	maxChips    = 14
	headTop     = 12
	headRow     = 19 // height of an address line
	headRows    = 41 // where they begin
)

func newHeadBlock(w *window) *headBlock {
	h := &headBlock{subject: kit.NewCopyText("", theme.SizeSubject, theme.Text).Bold(), date: kit.NewLabel("", theme.SizeSmall, theme.Dim)}
	h.dated = kit.NewLabel(say.T("Date"), theme.SizeMedium, theme.Dim)
	h.subject.Keys = w.keys
	objects := []fyne.CanvasObject{h.subject, h.date, h.dated}
	for i := range h.labels {
		h.labels[i] = kit.NewLabel("", theme.SizeMedium, theme.Dim)
		h.values[i] = kit.NewCopyText("", theme.SizeMedium, theme.Text)
		h.values[i].Keys = w.keys
		objects = append(objects, h.labels[i], h.values[i])
	}
	for i := range h.chips {
		h.chips[i] = kit.NewChip("", theme.Dim)
		objects = append(objects, h.chips[i])
	}
	h.content = container.New(freeLayout{fyne.NewSize(leastViewer, 60), func(s fyne.Size) { h.arrange(s.Width) }}, objects...)
	return h
}

// set shows a message's head, its date as it was in the zone.
func (h *headBlock) set(r *spool.Record, problems int, zone *time.Location, ink func(tag string) fyne.ThemeColorName) {
	h.subject.SetText(model.Subject(r))
	at := r.Date
	if at.IsZero() {
		at = r.Arrival
	}
	h.date.SetText(model.FullDate(at.In(zone)))
	rows := model.HeadRows(r)
	h.rows = min(len(rows), maxHeadRows)
	for i := range h.labels {
		if i < h.rows {
			h.labels[i].SetText(rows[i].Label)
			h.values[i].SetText(rows[i].Value)
		}
		show(h.labels[i], i < h.rows)
		show(h.values[i], i < h.rows)
	}
	chips := model.Chips(r, problems)
	tags := min(len(r.Tags), maxChips-len(chips))
	h.used = min(len(chips)+tags, maxChips)
	for i, c := range h.chips {
		switch {
		case i < tags:
			c.Set(model.Short(r.Tags[i], 24), ink(r.Tags[i]))
		case i < h.used:
			c.Set(chips[i-tags].Text, tone(chips[i-tags].Tone))
		}
		show(c, i < h.used)
	}
}

// arrange places everything in this width and gives the height that it takes. The date stands at the right of the first address,
// chips at the right of the last line; where they would cover it, they stand on lines of their own.
func (h *headBlock) arrange(width float32) float32 {
	const left, column, gap = 18, 62, 5
	put(h.subject, left, headTop, width-2*left, 24)
	text := func(row int) float32 {
		return theme.Current().Width(h.values[row].Text(), theme.SizeMedium, fyne.TextStyle{})
	}
	date, chips := h.date.MinSize(), float32(0)
	for _, c := range h.chips[:h.used] {
		chips += c.MinSize().Width + gap
	}
	apart := h.rows > 0 && column+text(0)+16+date.Width > width-left
	beside := apart && column+date.Width+16+chips < width-left
	if last := h.rows - 1; !apart && last > 0 {
		beside = column+text(last)+16+chips < width-left
	}
	y := float32(headRows)
	put(h.date, width-left-date.Width, y, date.Width, headRow)
	for i := range h.rows {
		end := width - left
		switch {
		case apart:
		case i == 0:
			end -= date.Width + 16
		case i == h.rows-1 && beside:
			end -= chips + 10
		}
		put(h.labels[i], left, y, 44, headRow)
		put(h.values[i], column, y, end-column, headRow)
		y += headRow
	}
	show(h.dated, apart)
	if apart {
		put(h.dated, left, y, 44, headRow)
		put(h.date, column, y, date.Width, headRow)
		y += headRow
	}
	if beside {
		x := width - left
		for i := h.used - 1; i >= 0; i-- {
			w := h.chips[i].MinSize().Width
			x -= w
			put(h.chips[i], x, y-headRow+1, w, kit.TagHeight)
			x -= gap
		}
		return y + 12
	}
	x := float32(left)
	y += 5
	for _, c := range h.chips[:h.used] {
		w := c.MinSize().Width
		if x > left && x+w > width-left {
			x, y = left, y+kit.TagHeight+gap
		}
		put(c, x, y, w, kit.TagHeight)
		x += w + gap
	}
	return y + kit.TagHeight + 10
}
