//go:build !nogui

package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The colours, by the part they play. Those that Fyne has a name for go by that name, so that Fyne's own widgets follow.
const (
	Background = fynetheme.ColorNameBackground       // behind lists and messages
	Side       = fyne.ThemeColorName("side")         // behind the sidebar and the status bar
	Raised     = fynetheme.ColorNameHeaderBackground // menus, headers of tables
	Input      = fynetheme.ColorNameInputBackground  // behind text that is being typed
	Border     = fynetheme.ColorNameSeparator        // lines between things
	Text       = fynetheme.ColorNameForeground       // what is read first
	Dim        = fyne.ThemeColorName("dim")          // what is read second; all small text on selected rows
	Faint      = fyne.ThemeColorName("faint")        // decoration and hints only: too pale to carry meaning
	Accent     = fynetheme.ColorNamePrimary          // links, the active tab, the unread dot
	AccentFill = fyne.ThemeColorName("accentFill")   // the one filled button of a view
	OnAccent   = fynetheme.ColorNameForegroundOnPrimary
	Selection  = fynetheme.ColorNameSelection             // a selected row while its list has the focus
	Inactive   = fyne.ThemeColorName("inactiveSelection") // a selected row while it has not
	Hover      = fynetheme.ColorNameHover                 // over the row or button under the pointer; translucent
	OK         = fynetheme.ColorNameSuccess               // delivered, listening
	Warn       = fynetheme.ColorNameWarning               // deferred, held
	Err        = fynetheme.ColorNameError                 // bounced, refused
	tagged     = fyne.ThemeColorName("tag")               // see Tag
	None       = fyne.ThemeColorName("none")              // nothing at all
	shadow     = fynetheme.ColorNameShadow                // under menus
	FocusRing  = fynetheme.ColorNameFocus                 // round what has the keyboard
	ScrollBar  = fynetheme.ColorNameScrollBar             // the bar itself
	scrollBack = fynetheme.ColorNameScrollBarBackground   // behind it
	disabled   = fynetheme.ColorNameDisabled              // text that cannot be used
	hint       = fynetheme.ColorNamePlaceHolder           // text in an empty entry
	link       = fynetheme.ColorNameHyperlink             // like Accent
	button     = fynetheme.ColorNameButton                // Fyne's own buttons
	pressed    = fynetheme.ColorNamePressed               // over what is being pressed
	inputEdge  = fynetheme.ColorNameInputBorder           // round an entry
	menu       = fynetheme.ColorNameMenuBackground        // like Raised
	overlay    = fynetheme.ColorNameOverlayBackground     // like Raised
	offButton  = fynetheme.ColorNameDisabledButton        // Fyne's own buttons that cannot be used
	onError    = fynetheme.ColorNameForegroundOnError     // text on Err
	onSuccess  = fynetheme.ColorNameForegroundOnSuccess   // text on OK
	onWarning  = fynetheme.ColorNameForegroundOnWarning   // text on Warn
)

// Tag gives the colour of a user's tag; there are spool.TagColors of them.
func Tag(i int) fyne.ThemeColorName { return tagged + fyne.ThemeColorName('0'+rune(i%len(darkTags))) }

var (
	darkTags  = [...]uint32{0x74a4ff, 0x4cb782, 0xd9a03f, 0xf0877b, 0xb9a0ff, 0x4fbfca, 0xee95c6, 0xb0b5bd}
	lightTags = [...]uint32{0x1f5fdc, 0x11703f, 0x865600, 0xb62a1e, 0x6a3fc4, 0x0b6b78, 0xa82a78, 0x565d69}
)

// withTags adds the colours of tags.
func withTags(p Palette, colors [len(darkTags)]uint32) Palette {
	for i, c := range colors {
		p[Tag(i)] = rgb(c)
	}
	return p
}

// Palette is a set of colours by name. It is complete: every name of this package and of Fyne has a colour in it.
type Palette map[fyne.ThemeColorName]color.NRGBA

// chipAlpha is how strongly a chip's colour shows behind its text, of 255.
const chipAlpha = 34

// Chip gives the fill behind text of this colour: an opaque, faint tint, the same on selected rows as elsewhere, so that the
// text on it can always be read.
func (p Palette) Chip(name fyne.ThemeColorName) color.NRGBA {
	return blend(p[name], p[Background], chipAlpha)
}

// blend lays top over base with this alpha.
func blend(top, base color.NRGBA, alpha uint32) color.NRGBA {
	mix := func(t, b uint8) uint8 { return uint8((uint32(t)*alpha + uint32(b)*(255-alpha) + 127) / 255) }
	return color.NRGBA{R: mix(top.R, base.R), G: mix(top.G, base.G), B: mix(top.B, base.B), A: 255}
}

// rgb is an opaque colour from 0xrrggbb.
func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

// faded is c with another alpha.
func faded(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

func dark() Palette {
	return withTags(complete(Palette{
		Background: rgb(0x1b1d21), Side: rgb(0x15171a), Raised: rgb(0x24272c), Input: rgb(0x22252a), Border: rgb(0x2b2e34),
		Text: rgb(0xe4e6ea), Dim: rgb(0xa0a6b0), Faint: rgb(0x6a707b), Accent: rgb(0x74a4ff), AccentFill: rgb(0x2f6be6),
		Selection: rgb(0x26395c), Inactive: rgb(0x2a2d33), Hover: {R: 255, G: 255, B: 255, A: 11},
		OK: rgb(0x4cb782), Warn: rgb(0xd9a03f), Err: rgb(0xf0877b), shadow: {A: 90}, inputEdge: rgb(0x2b2e34),
	}), darkTags)
}

func light() Palette {
	return withTags(complete(Palette{
		Background: rgb(0xffffff), Side: rgb(0xf3f4f6), Raised: rgb(0xf6f7f9), Input: rgb(0xffffff), Border: rgb(0xe2e5ea),
		Text: rgb(0x1c1f25), Dim: rgb(0x565d69), Faint: rgb(0x858c98), Accent: rgb(0x1f5fdc), AccentFill: rgb(0x2a68e4),
		Selection: rgb(0xdbe7ff), Inactive: rgb(0xe6e9ed), Hover: {A: 11},
		OK: rgb(0x11703f), Warn: rgb(0x865600), Err: rgb(0xb62a1e), shadow: {A: 50}, inputEdge: rgb(0xcfd4dc),
	}), lightTags)
}

// complete fills in the names that repeat or follow from others.
func complete(p Palette) Palette {
	p[None] = color.NRGBA{}
	p[OnAccent] = rgb(0xffffff)
	p[FocusRing] = faded(p[Accent], 90)
	p[ScrollBar] = faded(p[Faint], 130)
	p[scrollBack] = color.NRGBA{}
	p[disabled], p[hint], p[link] = p[Faint], p[Faint], p[Accent]
	p[button], p[menu], p[overlay], p[offButton] = p[Raised], p[Raised], p[Raised], p[Raised]
	p[pressed] = faded(p[Text], 30)
	p[onError], p[onSuccess], p[onWarning] = p[Background], p[Background], p[Background]
	return p
}
