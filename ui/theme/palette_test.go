//go:build !nogui

package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// luminance is the relative luminance of WCAG 2.1.
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func palettes() map[string]Palette { return map[string]Palette{"dark": dark(), "light": light()} }

func TestContrastOfBlackAndWhiteIs21(t *testing.T) {
	if c := contrast(rgb(0), rgb(0xffffff)); math.Abs(c-21) > 0.01 {
		t.Errorf("%v", c)
	}
}

func TestTextHasContrastOnEveryBackground(t *testing.T) {
	for variant, p := range palettes() {
		for _, text := range []fyne.ThemeColorName{Text, Dim, Accent, OK, Warn, Err, Tag(0), Tag(1), Tag(2), Tag(3), Tag(4), Tag(5), Tag(6), Tag(7)} {
			for _, back := range []fyne.ThemeColorName{Background, Side, Raised, Input, Selection, Inactive} {
				if c := contrast(p[text], p[back]); c < 4.5 {
					t.Errorf("%s: %s on %s: %.2f", variant, text, back, c)
				}
			}
			hover := p[Hover]
			if c := contrast(p[text], blend(hover, p[Background], uint32(hover.A))); c < 4.5 {
				t.Errorf("%s: %s under the pointer: %.2f", variant, text, c)
			}
			if c := contrast(p[text], p.Chip(text)); c < 4.5 {
				t.Errorf("%s: %s on its chip: %.2f", variant, text, c)
			}
		}
		if c := contrast(p[OnAccent], p[AccentFill]); c < 4.5 {
			t.Errorf("%s: text on the filled button: %.2f", variant, c)
		}
	}
}

func TestDecorationCanBeSeen(t *testing.T) {
	for variant, p := range palettes() {
		for _, back := range []fyne.ThemeColorName{Background, Side, Raised, Input} {
			if c := contrast(p[Faint], p[back]); c < 3 {
				t.Errorf("%s: faint on %s: %.2f", variant, back, c)
			}
		}
	}
}

func TestBothPalettesHaveTheSameNames(t *testing.T) {
	d, l := dark(), light()
	for name := range d {
		if _, ok := l[name]; !ok {
			t.Errorf("light has no %s", name)
		}
	}
	if len(d) != len(l) {
		t.Errorf("%d and %d names", len(d), len(l))
	}
}

func TestTheVariantIsTheSystemsUnlessForced(t *testing.T) {
	th := New(System)
	want := func(system fyne.ThemeVariant, p Palette) {
		t.Helper()
		if got := th.Color(Background, system); got != p[Background] {
			t.Errorf("variant %v, system %v: %v", th.Variant(), system, got)
		}
	}
	want(fynetheme.VariantLight, light())
	want(fynetheme.VariantDark, dark())
	th.SetVariant(Light)
	want(fynetheme.VariantDark, light())
	th.SetVariant(Dark)
	want(fynetheme.VariantLight, dark())
}

func TestEveryColourOfFyneIsAnswered(t *testing.T) {
	th := New(Light)
	for _, name := range []fyne.ThemeColorName{fynetheme.ColorNameBackground, fynetheme.ColorNameFocus, fynetheme.ColorNameShadow,
		fynetheme.ColorNameMenuBackground, fynetheme.ColorNameScrollBar, fynetheme.ColorNamePressed, fynetheme.ColorNameInputBorder} {
		if th.Color(name, fynetheme.VariantDark) == nil {
			t.Errorf("%s: none", name)
		}
	}
}
