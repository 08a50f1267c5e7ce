//go:build !nogui

package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

func TestButtonsInARowLoseTheirTextsBeforeTheyAreLeftAway(t *testing.T) {
	app := test.NewApp()
	defer app.Quit()
	app.Settings().SetTheme(theme.New(theme.Dark))
	a, b, c := kit.NewIconButton("reply", "Release", nil), kit.NewIconButton("star", "", nil), kit.NewIconButton("trash-2", "Delete", nil)
	all := a.Width(false) + b.Width(false) + c.Width(false) + 12
	for _, n := range []struct {
		room  float32
		wide  []bool
		shown []bool
	}{
		{all, []bool{true, false, true}, []bool{true, true, true}},
		{all - 1, []bool{true, false, false}, []bool{true, true, true}},
		{102, []bool{false, false, false}, []bool{true, true, true}},
		{101, []bool{false, false, false}, []bool{true, true, false}},
		{all, []bool{true, false, true}, []bool{true, true, true}},
	} {
		inRow(0, 0, n.room, a, b, c)
		for i, x := range []*kit.IconButton{a, b, c} {
			if x.Visible() != n.shown[i] || (x.Size().Width > 30) != n.wide[i] {
				t.Errorf("%v pixels: button %d is %v wide, visible %v", n.room, i, x.Size().Width, x.Visible())
			}
			if x.Visible() && x.MinSize().Width != x.Size().Width {
				t.Errorf("%v pixels: button %d wants %v and has %v", n.room, i, x.MinSize().Width, x.Size().Width)
			}
		}
	}
}
