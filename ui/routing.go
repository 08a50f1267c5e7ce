//go:build !nogui

package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/spool"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// routing is the Routing tab: of a message with several recipients a list of them, and below it what became of those that are
// selected, when and why. The text is the viewer's, like other tabs'.
type routing struct {
	viewer *viewer
	text   *kit.Lines
	rows   []model.RouteRow
	places map[int64]int // of rows, by key
	chosen *kit.KeySet
	list   *kit.List
	line   *kit.Fill
	asked  time.Time // when the text was made
	waits  bool      // the text tells what is still to come

	content *fyne.Container
}

const (
	routeRowHeight float32 = 26
	routingEvery           = 10 * time.Second // how often what is still to come is told anew
)

func newRouting(v *viewer) *routing {
	r := &routing{viewer: v, text: v.texts[tabRouting], line: kit.NewLine(), places: map[int64]int{}}
	r.chosen = kit.NewKeySet(r)
	r.list = kit.NewList(routeRowHeight, r, r.chosen, func() kit.Row { return newRouteLine(r) })
	r.list.Keys = v.win.keys
	r.list.OnSelect = func() { r.ask(r.text.SetSource) }
	r.list.OnMenu = func(i int, at fyne.Position) {
		copied := fyne.NewMenuItem(say.T("Copy address"), func() { v.win.clipboard.SetContent(r.rows[i].Address) })
		v.win.popUp(fyne.NewMenu("", copied), at)
	}
	r.content = container.New(freeLayout{fyne.NewSize(80, 100), func(s fyne.Size) {
		h := float32(0)
		if len(r.rows) > 0 {
			h = min(float32(len(r.rows))*routeRowHeight, max(s.Height*0.42, 3*routeRowHeight))
		}
		put(r.list, 0, 0, s.Width, h)
		put(r.line, 0, h, s.Width, 1)
		put(r.text, 0, h, s.Width, s.Height-h)
		show(r.list, h > 0)
		show(r.line, h > 0)
	}}, r.list, r.text, r.line)
	return r
}

// Len, Key and Index implement kit.Source: the key is the recipient's place in the record.
func (r *routing) Len() int        { return len(r.rows) }
func (r *routing) Key(i int) int64 { return int64(r.rows[i].Recipient) }
func (r *routing) Index(key int64) int {
	if i, ok := r.places[key]; ok {
		return i
	}
	return -1
}

// set shows the recipients of the open message, all of them selected.
func (r *routing) set() {
	r.take()
	r.chosen.Only(-1)
	r.list.Reset()
	r.list.SetCursor(0)
}

// take lists the recipients as they stand.
func (r *routing) take() {
	r.rows = model.RouteRows(&r.viewer.message.Record, r.viewer.win.now())
	clear(r.places)
	for i := range r.rows {
		r.places[r.Key(i)] = i
	}
	r.list.Changed()
	if s := r.content.Size(); s.Width > 0 {
		r.content.Layout.Layout(r.content.Objects, s)
	}
}

// changed shows recipients that became something else, where the tab shows any.
func (r *routing) changed() {
	r.take()
	if r.viewer.filled[tabRouting] {
		r.viewer.filled[tabRouting] = false
		if r.viewer.tabs.Selected() == tabRouting {
			r.ask(r.text.Update)
		}
	}
}

// tick tells anew what is still to come, unless the user is about to copy something.
func (r *routing) tick() {
	v := r.viewer
	if r.waits && v.filled[tabRouting] && v.tabs.Selected() == tabRouting && v.win.now().Sub(r.asked) >= routingEvery && r.text.Selected() == "" {
		r.ask(r.text.Update)
	}
}

// ask makes the text, of which a list with many recipients has much, and has show take it.
func (r *routing) ask(show func(kit.LineSource)) {
	v := r.viewer
	if v.message == nil {
		return
	}
	record, chosen := v.message.Record, r.chosen.List() // as they are now: a later state asks again
	now := v.win.now()
	v.filled[tabRouting], r.asked = true, now
	wait := model.Wait{Now: now.Add(v.win.status.Ahead)}
	v.await(tabRouting, func(ctx context.Context) (fill, error) {
		waiting, err := v.win.backend.Awaiting(ctx, record.Envelope.ID)
		if err != nil {
			return fill{}, err
		}
		wait.Waiting = waiting
		return fill{source: colored(routingLines(&record, chosen, wait)), waits: waiting != nil}, nil
	}, show)
}

// routingLines tell of the chosen recipients, or of all where that is chosen, or nobody is.
func routingLines(record *spool.Record, chosen []int64, wait model.Wait) []model.Line {
	var out []model.Line
	for _, key := range chosen {
		if key < 0 || int(key) >= len(record.Recipients) {
			return model.RoutingLines(record, wait)
		}
		if out != nil {
			out = append(out, nil)
		}
		out = append(out, model.RecipientLines(record, int(key), wait)...)
	}
	if out == nil {
		return model.RoutingLines(record, wait)
	}
	return out
}

// routeLine draws a recipient: its state, its address, where it goes; what became of it last, and when.
type routeLine struct {
	of                        *routing
	state                     *kit.Tag
	address, host, last, time *kit.Words
	all                       bool
}

func newRouteLine(r *routing) *routeLine {
	return &routeLine{
		of: r, state: kit.NewTag(), address: kit.NewWords(theme.SizeMedium), host: kit.NewWords(theme.SizeSmall),
		last: kit.NewWords(theme.SizeSmall), time: kit.NewWords(theme.SizeSmall),
	}
}

// Objects implements kit.Row.
func (l *routeLine) Objects() []fyne.CanvasObject {
	return slices.Concat(l.state.Objects(), l.address.Objects(), l.host.Objects(), l.last.Objects(), l.time.Objects())
}

// Bind implements kit.Row.
func (l *routeLine) Bind(i int, s kit.RowState) {
	row := &l.of.rows[i]
	l.all = row.Recipient < 0
	l.state.Set(row.State.Text, tone(row.State.Tone))
	l.address.SetBold(l.all)
	l.address.Set(row.Address, theme.Text)
	l.host.Set(row.Host, s.Dim())
	l.last.Set(row.Last, s.Dim())
	l.time.Set(row.Time, s.Dim())
}

// Place implements kit.Row.
func (l *routeLine) Place(x, y, w, h float32) {
	const chip, gap = 84, 14
	middle, left, end := y+h/2, x+18, x+w-18
	end -= l.time.PlaceRight(end, middle) + gap
	if l.all {
		l.address.Place(left, middle, max(end-left, 0))
		left += min(l.address.Width(), max(end-left, 0)) + gap
		l.last.Place(left, middle, max(end-left, 0))
		l.host.Place(left, middle, 0)
		return
	}
	l.state.Place(left, middle)
	left += chip
	long := min(l.address.Width(), max((end-left)*0.45, 120))
	l.address.Place(left, middle, max(min(long, end-left), 0))
	left += max(long, (end-left)*0.3) + gap
	if room := end - left; room > 260 { // else what became of it says more
		l.host.Place(left, middle, min(room*0.35, 150))
		left += min(room*0.35, 150) + gap
	} else {
		l.host.Place(left, middle, 0)
	}
	l.last.Place(left, middle, max(end-left, 0))
}
