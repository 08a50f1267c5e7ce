//go:build !nogui

package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Section is a group of rows in a Sidebar under a head.
type Section struct {
	Title string // shown in small capitals as it is given: "MAIL"
	Rows  []SidebarRow
	// Key names a section that a click on its title folds; "" for one that is always open.
	Key    string
	Folded bool
}

// rows are those that show.
func (s *Section) rows() []SidebarRow {
	if s.Folded {
		return nil
	}
	return s.Rows
}

// SidebarRow is a place that the sidebar leads to.
type SidebarRow struct {
	Key   string              // names the place
	Icon  string              // of assets.Icons; "" for a dot in Color
	Color fyne.ThemeColorName // of the dot
	Text  string
	Count string // at the right; "" for none
}

// SidebarState is a line at the foot of a Sidebar: how one part of the program stands.
type SidebarState struct {
	Color fyne.ThemeColorName // of the dot; in theme.Warn and theme.Err, also of Text
	Name  string
	Text  string
}

// Sidebar is the column of places at the left of the window, with states at its foot. One widget paints all of it.
// Up and Down go through the places while it has the keyboard. What has no room is scrolled to.
type Sidebar struct {
	widget.BaseWidget

	// Keys takes what the sidebar does not use.
	Keys Keys
	// OnSelect is told the place that the user chose.
	OnSelect func(key string)
	// OnFold is told that the user folded or unfolded a section, by its key.
	OnFold func(key string, folded bool)
	// OnMenu is told of a right click on a place; at is absolute.
	OnMenu func(key string, at fyne.Position)

	scroll   float32 // pixels
	sections []Section
	states   []SidebarState
	selected string
	hover    string
	focused  bool
}

const (
	sideRow  float32 = 28
	sideHead float32 = 32
	sideTop  float32 = 6
	sideFoot float32 = 21
)

// NewSidebar makes a sidebar with these sections and no place chosen.
func NewSidebar(sections ...Section) *Sidebar {
	s := &Sidebar{sections: sections}
	s.ExtendBaseWidget(s)
	return s
}

// SetSections changes the places; the choice stays.
func (s *Sidebar) SetSections(sections ...Section) {
	s.sections = sections
	s.Refresh()
}

// SetCount changes the count of one place.
func (s *Sidebar) SetCount(key, count string) {
	for _, sec := range s.sections {
		for i := range sec.Rows {
			if sec.Rows[i].Key == key && sec.Rows[i].Count != count {
				sec.Rows[i].Count = count
				s.Refresh()
			}
		}
	}
}

// SetStates changes the lines at the foot. What has not changed costs nothing, so it may be called for every event.
func (s *Sidebar) SetStates(states ...SidebarState) {
	if !slices.Equal(states, s.states) {
		s.states = states
		s.Refresh()
	}
}

// Selected gives the chosen place, or "".
func (s *Sidebar) Selected() string { return s.selected }

// Select chooses a place without telling OnSelect.
func (s *Sidebar) Select(key string) {
	if key != s.selected {
		s.selected = key
		s.Refresh()
	}
}

func (s *Sidebar) choose(key string) {
	if key == "" || key == s.selected {
		return
	}
	s.Select(key)
	if s.OnSelect != nil {
		s.OnSelect(key)
	}
}

// headAt gives the section whose title is at this height, nil for none.
func (s *Sidebar) headAt(y float32) *Section {
	top := sideTop - s.scroll
	for i := range s.sections {
		if y >= top && y < top+sideHead && y < s.view() {
			return &s.sections[i]
		}
		top += sideHead + sideRow*float32(len(s.sections[i].rows()))
	}
	return nil
}

// total is the height of all sections.
func (s *Sidebar) total() float32 {
	h := sideTop + 8
	for i := range s.sections {
		h += sideHead + sideRow*float32(len(s.sections[i].rows()))
	}
	return h
}

// view is the height that the sections have.
func (s *Sidebar) view() float32 {
	if len(s.states) == 0 {
		return s.Size().Height
	}
	return s.Size().Height - 16 - sideFoot*float32(len(s.states))
}

// Scrolled implements fyne.Scrollable.
func (s *Sidebar) Scrolled(e *fyne.ScrollEvent) {
	before := s.scroll
	s.scroll -= float32(wheel(e.Scrolled.DY, sideRow))
	s.clamp()
	if s.scroll != before {
		s.Refresh()
	}
}

func (s *Sidebar) clamp() { s.scroll = whole(max(0, min(s.scroll, s.total()-s.view()))) }

// TappedSecondary implements fyne.SecondaryTappable.
func (s *Sidebar) TappedSecondary(e *fyne.PointEvent) {
	if key := s.rowAt(e.Position.Y); key != "" && s.OnMenu != nil {
		s.OnMenu(key, e.AbsolutePosition)
	}
}

func (s *Sidebar) fold(sec *Section) {
	sec.Folded = !sec.Folded
	s.clamp()
	s.Refresh()
	if s.OnFold != nil {
		s.OnFold(sec.Key, sec.Folded)
	}
}

// rowAt gives the key of the row at this height, or "".
func (s *Sidebar) rowAt(y float32) string {
	if y >= s.view() {
		return ""
	}
	top := sideTop - s.scroll
	for i := range s.sections {
		top += sideHead
		for _, row := range s.sections[i].rows() {
			if y >= top && y < top+sideRow {
				return row.Key
			}
			top += sideRow
		}
	}
	return ""
}

// Tapped implements fyne.Tappable.
func (s *Sidebar) Tapped(e *fyne.PointEvent) {
	focus(s)
	if sec := s.headAt(e.Position.Y); sec != nil && sec.Key != "" {
		s.fold(sec)
		return
	}
	s.choose(s.rowAt(e.Position.Y))
}

// MouseIn implements desktop.Hoverable.
func (s *Sidebar) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *Sidebar) MouseMoved(e *desktop.MouseEvent) {
	if k := s.rowAt(e.Position.Y); k != s.hover {
		s.hover = k
		s.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (s *Sidebar) MouseOut() {
	s.hover = ""
	s.Refresh()
}

// FocusGained implements fyne.Focusable.
func (s *Sidebar) FocusGained() {
	s.focused = true
	s.Refresh()
}

// FocusLost implements fyne.Focusable.
func (s *Sidebar) FocusLost() {
	s.focused = false
	s.Refresh()
}

// TypedRune implements fyne.Focusable.
func (s *Sidebar) TypedRune(r rune) { s.Keys.rune(r) }

// TypedShortcut implements fyne.Shortcutable.
func (s *Sidebar) TypedShortcut(sc fyne.Shortcut) { s.Keys.shortcut(sc) }

// TypedKey implements fyne.Focusable.
func (s *Sidebar) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		s.step(-1)
	case fyne.KeyDown:
		s.step(1)
	default:
		s.Keys.key(e)
	}
}

// step chooses the place before or after the chosen one.
func (s *Sidebar) step(by int) {
	var keys []string
	at := -1
	for i := range s.sections {
		for _, row := range s.sections[i].rows() {
			if row.Key == s.selected {
				at = len(keys)
			}
			keys = append(keys, row.Key)
		}
	}
	if to := at + by; to >= 0 && to < len(keys) {
		s.choose(keys[to])
		s.reveal(keys[to])
	}
}

// reveal scrolls as little as needed to show a place.
func (s *Sidebar) reveal(key string) {
	top := sideTop
	for i := range s.sections {
		top += sideHead
		for _, row := range s.sections[i].rows() {
			if row.Key == key {
				s.scroll = min(s.scroll, top-sideHead)
				s.scroll = max(s.scroll, top+sideRow-s.view())
				s.clamp()
				s.Refresh()
				return
			}
			top += sideRow
		}
	}
}

var (
	_ fyne.Tappable     = (*Sidebar)(nil)
	_ fyne.Scrollable   = (*Sidebar)(nil)
	_ fyne.Focusable    = (*Sidebar)(nil)
	_ fyne.Shortcutable = (*Sidebar)(nil)
	_ desktop.Hoverable = (*Sidebar)(nil)
)
