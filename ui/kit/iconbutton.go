//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// IconButton is a flat button of an icon, a text, or both, 28 pixels high. Space or Enter press it while it has the keyboard.
type IconButton struct {
	widget.BaseWidget
	tipped

	// Keys takes what the button does not use.
	Keys Keys

	icon, text string
	onTap      func()
	primary    bool
	disabled   bool
	chosen     bool
	narrow     bool // its icon alone
	hover      bool
	focused    bool
}

const buttonHeight float32 = 28

// NewIconButton makes a button. icon is a name of assets.Icons; icon or text may be "".
func NewIconButton(icon, text string, onTap func()) *IconButton {
	b := &IconButton{icon: icon, text: text, onTap: onTap}
	b.ExtendBaseWidget(b)
	return b
}

// Primary fills the button with the accent colour and gives it back. A view has one such button at most.
func (b *IconButton) Primary() *IconButton {
	b.primary = true
	b.Refresh()
	return b
}

// WithTip sets what the tooltip says, shown on this layer, and gives the button back.
func (b *IconButton) WithTip(tips *Tips, text string) *IconButton {
	b.tips, b.tip = tips, text
	return b
}

// SetIcon changes the icon.
func (b *IconButton) SetIcon(name string) {
	b.icon = name
	b.Refresh()
}

// Text gives the text.
func (b *IconButton) Text() string { return b.text }

// SetText changes the text.
func (b *IconButton) SetText(s string) {
	b.text = s
	b.Refresh()
}

// SetNarrow leaves the text away, where the button has an icon, or shows it again.
func (b *IconButton) SetNarrow(on bool) {
	if on = on && b.icon != ""; on != b.narrow {
		b.narrow = on
		b.Refresh()
	}
}

// Width gives how wide the button is with its text, and without it where it has an icon.
func (b *IconButton) Width(narrow bool) float32 {
	if b.text == "" || narrow && b.icon != "" {
		return 30
	}
	width := 20 + float32(int(theme.Current().Width(b.text, theme.SizeMedium, fyne.TextStyle{Bold: b.primary})+0.999))
	if b.icon != "" {
		width += 22
	}
	return width
}

// shown is the text that is drawn.
func (b *IconButton) shown() string {
	if b.narrow {
		return ""
	}
	return b.text
}

// SetDisabled switches the button off or on.
func (b *IconButton) SetDisabled(off bool) {
	if off != b.disabled {
		b.disabled = off
		b.Refresh()
	}
}

// SetChosen shows the button as the one of several that is in force, or as switched on.
func (b *IconButton) SetChosen(on bool) {
	if on != b.chosen {
		b.chosen = on
		b.Refresh()
	}
}

// Disabled tells whether the button is off.
func (b *IconButton) Disabled() bool { return b.disabled }

// Tapped implements fyne.Tappable.
func (b *IconButton) Tapped(*fyne.PointEvent) {
	b.hide()
	if !b.disabled && b.onTap != nil {
		b.onTap()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *IconButton) MouseIn(*desktop.MouseEvent) {
	b.hover = true
	b.Refresh()
	b.arm(b)
}

// MouseMoved implements desktop.Hoverable.
func (b *IconButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *IconButton) MouseOut() {
	b.hover = false
	b.Refresh()
	b.hide()
}

// FocusGained implements fyne.Focusable.
func (b *IconButton) FocusGained() {
	b.focused = true
	b.Refresh()
}

// FocusLost implements fyne.Focusable.
func (b *IconButton) FocusLost() {
	b.focused = false
	b.Refresh()
}

// TypedRune implements fyne.Focusable.
func (b *IconButton) TypedRune(r rune) {
	if r != ' ' {
		b.Keys.rune(r)
	}
}

// TypedKey implements fyne.Focusable.
func (b *IconButton) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	default:
		b.Keys.key(e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (b *IconButton) TypedShortcut(s fyne.Shortcut) { b.Keys.shortcut(s) }

// CreateRenderer implements fyne.Widget.
func (b *IconButton) CreateRenderer() fyne.WidgetRenderer {
	back, words, glyph := canvas.NewRectangle(nil), NewWords(theme.SizeMedium), NewGlyph(16)
	back.CornerRadius = 6
	d := &drawing{owner: b, objects: append([]fyne.CanvasObject{back, glyph.Object()}, words.Objects()...)}
	d.min = func() fyne.Size {
		return fyne.NewSize(b.Width(b.narrow), buttonHeight)
	}
	d.layout = func(s fyne.Size) {
		place(back, 0, whole((s.Height-buttonHeight)/2), s.Width, buttonHeight)
		if b.shown() == "" {
			glyph.Place((s.Width-16)/2, s.Height/2)
			return
		}
		x := whole((s.Width - d.min().Width) / 2)
		glyph.Place(x+10, s.Height/2)
		if b.icon != "" {
			x += 22
		}
		words.Place(x+10, s.Height/2, words.Width())
	}
	d.paint = func() {
		front, behind := b.colors()
		fill(back, behind)
		back.StrokeWidth = 0
		if b.focused {
			back.StrokeWidth, back.StrokeColor = 1, theme.Color(theme.Accent)
		}
		words.SetBold(b.primary)
		words.Set(b.shown(), front)
		words.SetVisible(b.shown() != "")
		glyph.Set(b.icon, front)
	}
	d.paint()
	return d
}

func (b *IconButton) colors() (front, behind fyne.ThemeColorName) {
	switch {
	case b.disabled && b.primary:
		return theme.Faint, theme.Inactive
	case b.disabled:
		return theme.Faint, theme.None
	case b.primary:
		return theme.OnAccent, theme.AccentFill
	case b.chosen:
		return theme.Accent, theme.Inactive
	case b.hover:
		return theme.Text, theme.Inactive
	}
	return theme.Dim, theme.None
}

var (
	_ fyne.Tappable     = (*IconButton)(nil)
	_ fyne.Focusable    = (*IconButton)(nil)
	_ fyne.Shortcutable = (*IconButton)(nil)
	_ desktop.Hoverable = (*IconButton)(nil)
)
