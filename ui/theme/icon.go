//go:build !nogui

package theme

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"postroom.dev/assets"
)

type iconKey struct {
	name  string
	color color.NRGBA
}

// Tinted gives one of our icons in one colour. The same name and colour give the same resource. A name that is not among
// assets.Icons gives Fyne's broken-image sign, so that the mistake is seen.
func (t *Theme) Tinted(name string, c color.NRGBA) fyne.Resource {
	k := iconKey{name, c}
	if r, ok := t.icons[k]; ok {
		return r
	}
	var r fyne.Resource = fynetheme.BrokenImageIcon()
	if b, err := assets.Icon(name, c); err == nil {
		r = fyne.NewStaticResource(fmt.Sprintf("%s-%02x%02x%02x.svg", name, c.R, c.G, c.B), b)
	}
	t.icons[k] = r
	return r
}

// Icon gives one of our icons in the colour that the name stands for now.
func Icon(name string, c fyne.ThemeColorName) fyne.Resource {
	return Current().Tinted(name, Color(c))
}

// Themed gives one of our icons as a resource that follows the theme: for Fyne's own widgets, which keep a resource and read it again
// when the theme changes.
func Themed(name string, c fyne.ThemeColorName) fyne.Resource { return themedIcon{name, c} }

type themedIcon struct {
	name  string
	color fyne.ThemeColorName
}

func (i themedIcon) Name() string    { return Icon(i.name, i.color).Name() }
func (i themedIcon) Content() []byte { return Icon(i.name, i.color).Content() }
