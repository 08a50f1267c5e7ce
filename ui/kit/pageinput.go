//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/say"
)

// pageRow is how far the wheel and the cursor keys go, as if the page had rows of this height.
const pageRow float32 = 22

// Scrolled implements fyne.Scrollable. With Shift the wheel goes sideways, with Ctrl it asks for another size.
func (p *Page) Scrolled(e *fyne.ScrollEvent) {
	dx, dy := e.Scrolled.DX, e.Scrolled.DY
	switch held := p.Held(); {
	case held&(fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0:
		if dy > 0 {
			p.askZoom(1)
		} else if dy < 0 {
			p.askZoom(-1)
		}
		return
	case held&fyne.KeyModifierShift != 0 && dx == 0:
		dx, dy = dy, 0
	}
	p.scroll(p.offset-wheel(dy, pageRow), p.side-wheel(dx, pageRow))
}

func (p *Page) askZoom(step int) {
	if p.OnZoom != nil {
		p.OnZoom(step)
	}
}

func (p *Page) link(q fyne.Position) string {
	if p.list == nil {
		return ""
	}
	return p.list.LinkAt(p.at(q))
}

// MouseDown implements desktop.Mouseable.
func (p *Page) MouseDown(e *desktop.MouseEvent) {
	focus(p)
	if p.list == nil {
		return
	}
	_, _, total := p.paper()
	if p.bar.press(e.Position, p.Size(), total, p.offset) {
		p.scroll(p.bar.offset(e.Position.Y, p.Size(), total), p.side)
		return
	}
	p.pressed, p.moved = p.link(e.Position), false
	if e.Button == desktop.MouseButtonSecondary {
		p.menu(e.AbsolutePosition, p.pressed)
		p.pressed = ""
		return
	}
	x, y := p.at(e.Position)
	place, ok := p.list.PlaceAt(x, y, p.ruler)
	if !ok {
		return
	}
	p.selecting = true
	switch again := p.click.pressed(place.Item); {
	case e.Modifier&fyne.KeyModifierShift != 0:
		p.head, p.pressed = place, ""
	case again:
		p.anchor, p.head = p.list.WordAt(place)
		p.selecting = false
	default:
		p.anchor, p.head = place, place
	}
	p.Refresh()
}

// MouseUp implements desktop.Mouseable: a link that was pressed and is let go is clicked.
func (p *Page) MouseUp(e *desktop.MouseEvent) {
	target := p.pressed
	if target != "" && !p.moved && p.link(e.Position) == target && p.OnLink != nil {
		p.pressed = ""
		p.OnLink(target)
	}
	p.DragEnd()
}

// Dragged implements fyne.Draggable: it moves the scroll bar or the end of the selection, scrolling where that leaves the view.
func (p *Page) Dragged(e *fyne.DragEvent) {
	_, _, total := p.paper()
	switch {
	case p.list == nil:
	case p.bar.held:
		p.scroll(p.bar.offset(e.Position.Y, p.Size(), total), p.side)
	case p.selecting:
		x, y := p.at(e.Position)
		if place, ok := p.list.PlaceAt(x, y, p.ruler); ok && place != p.head {
			p.head, p.moved = place, true
		}
		offset := p.offset
		if e.Position.Y < 0 {
			offset -= float64(pageRow)
		} else if e.Position.Y > p.Size().Height {
			offset += float64(pageRow)
		}
		p.scroll(offset, p.side)
	}
}

// DragEnd implements fyne.Draggable.
func (p *Page) DragEnd() { p.bar.held, p.selecting, p.pressed = false, false, "" }

// MouseIn implements desktop.Hoverable.
func (p *Page) MouseIn(e *desktop.MouseEvent) { p.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (p *Page) MouseMoved(e *desktop.MouseEvent) {
	if p.list == nil {
		return
	}
	p.hover(p.link(e.Position))
	p.overText = p.list.OverText(p.at(e.Position))
}

// MouseOut implements desktop.Hoverable.
func (p *Page) MouseOut() {
	p.overText = false
	p.hover("")
}

// Cursor implements desktop.Cursorable.
func (p *Page) Cursor() desktop.Cursor {
	switch {
	case p.hovered != "":
		return desktop.PointerCursor
	case p.overText:
		return desktop.TextCursor
	}
	return desktop.DefaultCursor
}

func (p *Page) menu(at fyne.Position, link string) {
	c := fyne.CurrentApp().Driver().CanvasForObject(p)
	if c == nil {
		return
	}
	copyIt := fyne.NewMenuItem(say.T("Copy"), p.Copy)
	from, to := p.selection()
	copyIt.Disabled = from == to
	items := []*fyne.MenuItem{copyIt, fyne.NewMenuItem(say.T("Select all"), p.SelectAll)}
	if p.OnMenu != nil {
		items = append(items, p.OnMenu(link)...)
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, at)
}

// FocusGained implements fyne.Focusable.
func (p *Page) FocusGained() {
	p.focused = true
	p.Refresh()
}

// FocusLost implements fyne.Focusable.
func (p *Page) FocusLost() {
	p.focused = false
	p.Refresh()
}

// TypedRune implements fyne.Focusable.
func (p *Page) TypedRune(r rune) { p.Keys.rune(r) }

// TypedShortcut implements fyne.Shortcutable.
func (p *Page) TypedShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutSelectAll:
		p.SelectAll()
		return
	case *fyne.ShortcutCopy:
		p.Copy()
		return
	case *desktop.CustomShortcut:
		if step, ok := zoomKeys[s.KeyName]; ok && s.Modifier&(fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0 {
			p.askZoom(step)
			return
		}
	}
	p.Keys.shortcut(s)
}

var zoomKeys = map[fyne.KeyName]int{fyne.KeyPlus: 1, fyne.KeyEqual: 1, fyne.KeyMinus: -1, fyne.Key0: 0}

// TypedKey implements fyne.Focusable.
func (p *Page) TypedKey(e *fyne.KeyEvent) {
	row, view := float64(pageRow)*wheelRows, float64(p.Size().Height-pageRow)
	_, _, total := p.paper()
	switch e.Name {
	case fyne.KeyDown:
		p.scroll(p.offset+row, p.side)
	case fyne.KeyUp:
		p.scroll(p.offset-row, p.side)
	case fyne.KeyPageDown, fyne.KeySpace:
		p.scroll(p.offset+view, p.side)
	case fyne.KeyPageUp:
		p.scroll(p.offset-view, p.side)
	case fyne.KeyHome:
		p.scroll(0, 0)
	case fyne.KeyEnd:
		p.scroll(total, p.side)
	case fyne.KeyLeft:
		p.scroll(p.offset, p.side-row)
	case fyne.KeyRight:
		p.scroll(p.offset, p.side+row)
	default:
		p.Keys.key(e)
	}
}
