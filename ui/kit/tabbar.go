//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// TabBar is a row of tabs, 34 pixels high, the chosen one underlined. Left, Right, Home and End choose while it has the keyboard.
type TabBar struct {
	widget.BaseWidget

	// Keys takes what the bar does not use.
	Keys Keys
	// OnSelect is told the tab that the user chose.
	OnSelect func(i int)

	names    []string
	selected int
	hover    int
	focused  bool
	edges    []float32 // where each tab ends, half the gap included
}

const (
	tabHeight   float32 = 34
	tabGap      float32 = 20
	leastTabGap float32 = 8
	tabInset    float32 = 18
)

// NewTabBar makes a bar with these tabs and the first one chosen.
func NewTabBar(names ...string) *TabBar {
	t := &TabBar{names: names, hover: -1}
	t.ExtendBaseWidget(t)
	return t
}

// SetTabs changes the names; the choice stays at the same place, or goes to the last tab.
func (t *TabBar) SetTabs(names ...string) {
	t.names = names
	t.selected = max(0, min(t.selected, len(names)-1))
	t.Refresh()
}

// Selected gives the chosen tab.
func (t *TabBar) Selected() int { return t.selected }

// Select chooses a tab without telling OnSelect.
func (t *TabBar) Select(i int) {
	if i >= 0 && i < len(t.names) && i != t.selected {
		t.selected = i
		t.Refresh()
	}
}

func (t *TabBar) choose(i int) {
	if i < 0 || i >= len(t.names) || i == t.selected {
		return
	}
	t.Select(i)
	if t.OnSelect != nil {
		t.OnSelect(i)
	}
}

// tabWidth is the width of a tab's bold text, so that choosing one moves none.
func tabWidth(name string) float32 {
	return whole(theme.Current().Width(name, theme.SizeMedium, fyne.TextStyle{Bold: true}) + 0.5)
}

// Width gives the room in pixels that all tabs take at their usual distance.
func (t *TabBar) Width() float32 {
	x := tabInset - tabGap
	for _, name := range t.names {
		x += tabWidth(name) + tabGap
	}
	return x
}

// gap is the distance between tabs in a bar of this width: where they need it, they stand closer.
func (t *TabBar) gap(width float32) float32 {
	if n := float32(len(t.names) - 1); n > 0 {
		return max(leastTabGap, min(tabGap, tabGap-whole((t.Width()+tabInset-width)/n+0.5)))
	}
	return tabGap
}

// tabAt gives the tab at x, or -1.
func (t *TabBar) tabAt(x float32) int {
	if x < tabInset-tabGap/2 {
		return -1
	}
	for i, edge := range t.edges {
		if x < edge {
			return i
		}
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (t *TabBar) Tapped(e *fyne.PointEvent) {
	focus(t)
	t.choose(t.tabAt(e.Position.X))
}

// MouseIn implements desktop.Hoverable.
func (t *TabBar) MouseIn(e *desktop.MouseEvent) { t.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (t *TabBar) MouseMoved(e *desktop.MouseEvent) {
	if i := t.tabAt(e.Position.X); i != t.hover {
		t.hover = i
		t.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (t *TabBar) MouseOut() {
	t.hover = -1
	t.Refresh()
}

// FocusGained implements fyne.Focusable.
func (t *TabBar) FocusGained() {
	t.focused = true
	t.Refresh()
}

// FocusLost implements fyne.Focusable.
func (t *TabBar) FocusLost() {
	t.focused = false
	t.Refresh()
}

// TypedRune implements fyne.Focusable.
func (t *TabBar) TypedRune(r rune) { t.Keys.rune(r) }

// TypedShortcut implements fyne.Shortcutable.
func (t *TabBar) TypedShortcut(s fyne.Shortcut) { t.Keys.shortcut(s) }

// TypedKey implements fyne.Focusable.
func (t *TabBar) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		t.choose(t.selected - 1)
	case fyne.KeyRight:
		t.choose(t.selected + 1)
	case fyne.KeyHome:
		t.choose(0)
	case fyne.KeyEnd:
		t.choose(len(t.names) - 1)
	default:
		t.Keys.key(e)
	}
}

// CreateRenderer implements fyne.Widget.
func (t *TabBar) CreateRenderer() fyne.WidgetRenderer {
	r := &tabRenderer{bar: t, line: canvas.NewRectangle(nil), underline: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.underline.CornerRadius, r.ring.CornerRadius, r.ring.StrokeWidth = 1, 5, 1
	r.paint()
	return r
}

type tabRenderer struct {
	bar                   *TabBar
	line, underline, ring *canvas.Rectangle
	words                 []*Words
	objects               []fyne.CanvasObject
}

func (r *tabRenderer) Destroy()                     {}
func (r *tabRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *tabRenderer) MinSize() fyne.Size { return fyne.NewSize(120, tabHeight) }

func (r *tabRenderer) Refresh() {
	r.paint()
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}

// paint makes the missing texts and sets all.
func (r *tabRenderer) paint() {
	t := r.bar
	for len(r.words) < len(t.names) {
		r.words = append(r.words, NewWords(theme.SizeMedium))
	}
	r.objects = append(r.objects[:0], r.line, r.underline, r.ring)
	for i, w := range r.words {
		r.objects = append(r.objects, w.Objects()...)
		w.SetVisible(i < len(t.names))
		if i >= len(t.names) {
			continue
		}
		color := theme.Dim
		if i == t.selected || i == t.hover {
			color = theme.Text
		}
		w.SetBold(i == t.selected)
		w.Set(t.names[i], color)
	}
	fill(r.line, theme.Border)
	fill(r.underline, theme.Accent)
	r.ring.StrokeColor = theme.Color(theme.FocusRing)
}

// Layout implements fyne.WidgetRenderer.
func (r *tabRenderer) Layout(s fyne.Size) {
	t, x := r.bar, tabInset
	gap := t.gap(s.Width)
	place(r.line, 0, tabHeight-1, s.Width, 1)
	t.edges = t.edges[:0]
	show(r.ring, t.focused)
	show(r.underline, len(t.names) > 0)
	for i, name := range t.names {
		width := tabWidth(name)
		r.words[i].Place(x+(width-min(width, r.words[i].Width()))/2, tabHeight/2-1, width)
		if i == t.selected {
			place(r.underline, x, tabHeight-2.5, width, 2.5)
			place(r.ring, x-7, 4, width+14, tabHeight-10)
		}
		x += width + gap
		t.edges = append(t.edges, x-gap/2)
	}
}

var (
	_ fyne.Tappable     = (*TabBar)(nil)
	_ fyne.Focusable    = (*TabBar)(nil)
	_ fyne.Shortcutable = (*TabBar)(nil)
	_ desktop.Hoverable = (*TabBar)(nil)
)
