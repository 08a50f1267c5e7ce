//go:build !nogui

// Package theme says how Postroom looks: two palettes, sizes, fonts and recoloured icons, as a Fyne theme.
//
// A colour is always asked for by its name (Dim, Accent, Selection …) at the moment of drawing, never kept, because the variant
// may change while the window is open. The palettes keep a promise that the tests compute: Text, Dim, Accent, OK, Warn and Err have
// a contrast of at least 4.5 (WCAG 2.1 AA) on every background including selected rows and chips; Faint has only 3 and is for decoration.
//
// A Theme also owns what is costly to make again and depends only on it: coloured icons, the advance widths of characters, and the pens that draw them.
// Those methods, and so the whole Theme, belong to the goroutine that paints.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"

	"postroom.dev/assets"
	"postroom.dev/ui/ink"
)

// Variant is the user's choice between light and dark.
type Variant int

const (
	System Variant = iota // as the desktop says
	Light
	Dark
)

// Theme is Postroom's fyne.Theme. Make it with New.
type Theme struct {
	variant     Variant
	dark, light Palette
	fonts       map[string]fyne.Resource
	icons       map[iconKey]fyne.Resource
	widths      map[faceKey]*Face
	faces       map[string]*font.Face
	pens        map[*font.Face]*ink.Pen
}

// New makes a theme of this variant. A program makes one and gives it to fyne's settings; to change the variant later, call SetVariant
// and set the theme again.
func New(v Variant) *Theme {
	return &Theme{
		variant: v, dark: dark(), light: light(),
		fonts: map[string]fyne.Resource{}, icons: map[iconKey]fyne.Resource{}, widths: map[faceKey]*Face{}, faces: map[string]*font.Face{},
		pens: map[*font.Face]*ink.Pen{},
	}
}

// Current gives the theme of the running app, or a fresh one where the app has a theme of another make (as in other people's tests).
func Current() *Theme {
	if app := fyne.CurrentApp(); app != nil {
		if t, ok := app.Settings().Theme().(*Theme); ok {
			return t
		}
	}
	return New(System)
}

// Color gives a colour of the running app's theme and variant.
func Color(name fyne.ThemeColorName) color.NRGBA {
	return Current().Palette(systemVariant())[name]
}

// ChipColor gives the fill behind a chip's text of this colour, in the running app's theme.
func ChipColor(name fyne.ThemeColorName) color.NRGBA {
	return Current().Palette(systemVariant()).Chip(name)
}

func systemVariant() fyne.ThemeVariant {
	if app := fyne.CurrentApp(); app != nil {
		return app.Settings().ThemeVariant()
	}
	return fynetheme.VariantDark
}

// Variant tells what was chosen.
func (t *Theme) Variant() Variant { return t.variant }

// SetVariant changes the choice. It shows once the theme is set again: app.Settings().SetTheme(t).
func (t *Theme) SetVariant(v Variant) { t.variant = v }

// Palette gives the colours in force where the desktop asks for the variant system.
func (t *Theme) Palette(system fyne.ThemeVariant) Palette {
	if t.variant == Light || t.variant == System && system == fynetheme.VariantLight {
		return t.light
	}
	return t.dark
}

// Color implements fyne.Theme. Names of neither this package nor the palette are answered by Fyne's own theme.
func (t *Theme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	p := t.Palette(system)
	if name == Text {
		return menuInk{p[Text], p[Dim]}
	}
	if c, ok := p[name]; ok {
		return c
	}
	v := fynetheme.VariantDark
	if t.variant == Light || t.variant == System && system == fynetheme.VariantLight {
		v = fynetheme.VariantLight
	}
	return fynetheme.DefaultTheme().Color(name, v)
}

// menuInk is a colour for Fyne's own widgets of which Fyne 2.7.1 makes a legible one for the keys in its menus. It takes the low bytes of
// 16-bit channels where it means the high ones (menu_item.go, shortcutColor), so that the keys would be a fifth as strong as the text
// beside them; here the low bytes have a colour of their own.
type menuInk struct{ text, keys color.NRGBA }

// RGBA implements color.Color. Of an alpha of 0xffca, nineteen twentieths are 0xf2ff.
func (m menuInk) RGBA() (r, g, b, a uint32) {
	both := func(high, low uint8) uint32 { return uint32(high)<<8 | uint32(low) }
	return both(m.text.R, m.keys.R), both(m.text.G, m.keys.G), both(m.text.B, m.keys.B), 0xffca
}

// Font implements fyne.Theme: Inter, and DejaVu Sans Mono for monospace. Characters that they lack come from the system's fonts,
// which Fyne looks up by itself.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return fynetheme.DefaultTheme().Font(s)
	case s.Monospace:
		return t.font(assets.Mono)
	case s.Bold:
		return t.font(assets.InterSemiBold)
	case s.Italic:
		return t.font(assets.InterItalic)
	case s == Field():
		return t.fieldFace()
	}
	return t.font(assets.InterRegular)
}

// font gives a font file, read once.
func (t *Theme) font(name string) fyne.Resource {
	r := t.fonts[name]
	if r == nil {
		r = fyne.NewStaticResource(name, assets.Font(name))
		t.fonts[name] = r
	}
	return r
}

// Icon implements fyne.Theme with Fyne's own icons, which its widgets ask for. Ours are Tinted and Themed.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return fynetheme.DefaultTheme().Icon(name)
}

// Text sizes in pixels, all whole: text of a broken size is spaced unevenly.
const (
	SizeTiny    float32 = 10 // chips, heads of the sidebar
	SizeSmall   float32 = 11 // times, counts, the status bar
	SizeMedium  float32 = 12 // second lines, buttons, tabs, monospace
	SizeText    float32 = 13 // most text
	SizeSubject float32 = 17 // the subject over a message
)

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case fynetheme.SizeNameText:
		return SizeText
	case fynetheme.SizeNameCaptionText:
		return SizeSmall
	case fynetheme.SizeNameSubHeadingText:
		return 15
	case fynetheme.SizeNameHeadingText:
		return 18
	case fynetheme.SizeNamePadding:
		return 3
	case fynetheme.SizeNameInnerPadding:
		return 6
	case fynetheme.SizeNameInputRadius, fynetheme.SizeNameSelectionRadius:
		return 5
	case fynetheme.SizeNameScrollBar:
		return 10
	case fynetheme.SizeNameScrollBarSmall:
		return 4
	case fynetheme.SizeNameInlineIcon:
		return 16
	case fynetheme.SizeNameInputBorder:
		return 1
	}
	return fynetheme.DefaultTheme().Size(name)
}
