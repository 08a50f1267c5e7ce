//go:build !nogui

package kit

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/mailhtml/display"
)

// Page shows a document that was laid out elsewhere. Only the strips in view are there as pictures; whoever owns the page draws them,
// on another goroutine: OnWant asks for them, Give brings them.
//
// Text is selected by dragging, by a double click (a word), by Shift+click, by Ctrl+A; Ctrl+C copies it. The wheel and the cursor keys
// scroll; with Ctrl, the wheel and + - 0 ask for another size. A click on a link tells OnLink its target, and does nothing else.
type Page struct {
	widget.BaseWidget

	Keys    Keys
	Held    func() fyne.KeyModifier // the modifier keys that are down; set by NewPage
	OnWant  func(Strips)            // these strips are to be drawn; asked again for those that do not come
	OnHover func(target string)     // the pointer came to a link, or left it: ""
	OnLink  func(target string)     // a link was clicked
	OnZoom  func(step int)          // 1 larger, -1 smaller, 0 as it is
	OnMenu  func(link string) []*fyne.MenuItem
	OnWidth func(width float32) // there is another width to lay the document out for

	list  *display.List
	ruler display.Ruler
	zoom  float32

	strips     map[int]*strip
	generation int
	offset     float64 // pixels of the window from the top of the document to the top of the view
	side       float64
	width      float32 // that OnWidth was told last

	anchor, head display.Place
	selecting    bool
	moved        bool // the pointer, since it was pressed
	pressed      string
	hovered      string
	overText     bool
	focused      bool
	bar          scrollBar
	click        doubleClick
}

// StripHeight is the height of a strip in pixels of the window.
const StripHeight = 256

// Strips are strips of a page to be drawn, by their numbers from the top.
type Strips struct {
	Generation int
	List       *display.List
	Numbers    []int
	Zoom       float32 // pixels of the window to a CSS pixel
	Scale      float32 // pixels of the screen to one of the window
}

// Region gives the part of the document that a strip shows, in CSS pixels.
func (s Strips) Region(number int) display.Rect {
	return display.Rect{
		Y: float32(number) * StripHeight / s.Zoom, W: float32(math.Ceil(float64(s.List.Width*s.Zoom))) / s.Zoom, H: StripHeight / s.Zoom,
	}
}

// NewPage makes an empty page.
func NewPage(ruler display.Ruler) *Page {
	p := &Page{ruler: ruler, zoom: 1, strips: map[int]*strip{}, Held: modifiers}
	p.click.now = time.Now
	p.ExtendBaseWidget(p)
	return p
}

// SetList shows another document, from its top unless keep says to stay where the view is. Nothing is selected then.
func (p *Page) SetList(l *display.List, zoom float32, keep bool) {
	if p.list != nil && keep && p.zoom > 0 {
		p.offset *= float64(zoom / p.zoom)
	} else {
		p.offset, p.side = 0, 0
	}
	p.list, p.zoom = l, zoom
	p.anchor, p.head = display.Place{}, display.Place{}
	p.Redraw()
}

// Redraw has all strips drawn anew, as when a picture has come.
func (p *Page) Redraw() {
	p.generation++
	for _, s := range p.strips {
		s.stale = true
	}
	p.hover("")
	p.clamp()
	p.Refresh()
}

// List gives the document that is shown; nil for none.
func (p *Page) List() *display.List { return p.list }

// Zoom gives the pixels of the window to a CSS pixel.
func (p *Page) Zoom() float32 { return p.zoom }

// paper gives the document's left edge and size in the window.
func (p *Page) paper() (left float32, w, h float64) {
	if p.list == nil {
		return 0, 0, 0
	}
	w, h = math.Ceil(float64(p.list.Width*p.zoom)), math.Ceil(float64(p.list.Height*p.zoom))
	return max(0, whole((p.Size().Width-float32(w))/2)), w, h
}

func (p *Page) clamp() {
	_, w, h := p.paper()
	p.offset = max(0, min(math.Round(p.offset), h-float64(p.Size().Height)))
	p.side = max(0, min(math.Round(p.side), w-float64(p.Size().Width)))
}

func (p *Page) scroll(offset, side float64) {
	p.offset, p.side = offset, side
	p.clamp()
	p.Refresh()
}

// at gives a point of the view in CSS pixels of the document.
func (p *Page) at(q fyne.Position) (x, y float32) {
	left, _, _ := p.paper()
	return (q.X - left + float32(p.side)) / p.zoom, float32((float64(q.Y) + p.offset) / float64(p.zoom))
}

// SelectAll selects the whole text.
func (p *Page) SelectAll() {
	if p.list != nil {
		p.anchor, p.head = display.Place{}, p.list.End()
		p.Refresh()
	}
}

func (p *Page) selection() (from, to display.Place) {
	if p.head.Before(p.anchor) {
		return p.head, p.anchor
	}
	return p.anchor, p.head
}

// Selected gives the selected text.
func (p *Page) Selected() string {
	from, to := p.selection()
	if p.list == nil || from == to {
		return ""
	}
	return p.list.TextBetween(from, to)
}

// Copy puts the selected text on the clipboard; nothing selected leaves it alone.
func (p *Page) Copy() {
	if s := p.Selected(); s != "" {
		fyne.CurrentApp().Clipboard().SetContent(s)
	}
}

// hover notes the link under the pointer.
func (p *Page) hover(target string) {
	if target != p.hovered {
		p.hovered = target
		if p.OnHover != nil {
			p.OnHover(target)
		}
	}
}

// MinSize implements fyne.CanvasObject.
func (p *Page) MinSize() fyne.Size { return fyne.NewSize(80, 60) }

// Resize implements fyne.CanvasObject.
func (p *Page) Resize(s fyne.Size) {
	p.BaseWidget.Resize(s)
	p.clamp()
	if w := s.Width; w > 0 && w != p.width {
		p.width = w
		if p.OnWidth != nil {
			p.OnWidth(w)
		}
	}
}

var (
	_ fyne.Scrollable    = (*Page)(nil)
	_ fyne.Draggable     = (*Page)(nil)
	_ fyne.Focusable     = (*Page)(nil)
	_ fyne.Shortcutable  = (*Page)(nil)
	_ desktop.Mouseable  = (*Page)(nil)
	_ desktop.Hoverable  = (*Page)(nil)
	_ desktop.Cursorable = (*Page)(nil)
)
