//go:build !nogui

package kit

import (
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"

	"postroom.dev/ui/theme"
)

// inkOf gives how much ink there is in the words' picture of so many pixels, all of which has to be of one colour.
func inkOf(t *testing.T, w *Words, width, height int, c color.NRGBA) (ink int) {
	t.Helper()
	m := w.draw(width, height).(*image.RGBA)
	for i := 0; i < len(m.Pix); i += 4 {
		a := int(m.Pix[i+3])
		for k, of := range []uint8{c.R, c.G, c.B} {
			if d := int(m.Pix[i+k]) - a*int(of)/255; d < -1 || d > 1 {
				t.Errorf("%v in a text of %v", m.Pix[i:i+4], c)
			}
		}
		ink += a
	}
	return ink / 255
}

func TestWordsInOurFontsAreDrawnByThePen(t *testing.T) {
	setUp(t, theme.Dark)
	w := NewWords(theme.SizeText)
	for _, c := range []struct {
		text  string
		byPen bool
	}{{"Acme Billing", true}, {"Ваш заказ 5", true}, {"发票 5", false}, {"שלום", false}, {"ready 🚀", false}, {"e\u0301", false}} {
		w.Set(c.text, theme.Text)
		w.Place(0, 10, 300)
		if w.ink.Visible() != c.byPen || w.text.Visible() == c.byPen {
			t.Errorf("%q: the pen %v, Fyne %v", c.text, w.ink.Visible(), w.text.Visible())
		}
		said := ""
		for _, o := range w.Objects() {
			if o.Visible() {
				said += Said(o)
			}
		}
		if said != w.text.Text {
			t.Errorf("%q says %q", c.text, said)
		}
	}
}

func TestHiddenWordsAreNotDrawn(t *testing.T) {
	setUp(t, theme.Dark)
	for _, text := range []string{"Acme", "发票", ""} {
		w := NewWords(theme.SizeText)
		w.Set(text, theme.Text)
		w.SetVisible(false)
		for _, o := range w.Objects() {
			o.Show() // as a list does with all of a row
		}
		w.Place(0, 10, 300)
		if w.ink.Visible() || w.text.Visible() {
			t.Errorf("%q: the pen %v, Fyne %v", text, w.ink.Visible(), w.text.Visible())
		}
		w.SetVisible(true)
		w.Place(0, 10, 300)
		if text != "" && !w.ink.Visible() && !w.text.Visible() {
			t.Errorf("%q stays hidden", text)
		}
	}
}

func TestTheInkFollowsTextColourWeightAndScale(t *testing.T) {
	setUp(t, theme.Dark)
	w := NewWords(theme.SizeText)
	w.Set("Hill", theme.Text)
	w.Place(0, 10, 300)
	size := w.ink.Size()
	draw := func(c fyne.ThemeColorName, scale int) int {
		w.Set(w.full, c)
		w.Place(0, 10, 300)
		return inkOf(t, w, int(size.Width)*scale, int(size.Height)*scale, theme.Color(c))
	}
	plain := draw(theme.Text, 1)
	if plain == 0 || draw(theme.Text, 1) != plain {
		t.Fatalf("%d pixels of ink, and then another number", plain)
	}
	if n := draw(theme.Err, 1); n != plain {
		t.Errorf("in red there are %d pixels, not %d", n, plain)
	}
	if n := draw(theme.Err, 2); n < 3*plain {
		t.Errorf("at twice the scale %d pixels, at once %d", n, plain)
	}
	w.SetBold(true)
	if n := draw(theme.Err, 1); n <= plain {
		t.Errorf("in bold there are %d pixels, otherwise %d", n, plain)
	}
	theme.Current().SetVariant(theme.Light)
	if n := draw(theme.Text, 1); n == 0 {
		t.Error("no ink in the light colour")
	}
}

// What Fyne asks for a second time it gets without drawing: a list that is refreshed does not draw its rows again.
func TestAnUnchangedTextIsDrawnOnce(t *testing.T) {
	setUp(t, theme.Dark)
	w := NewWords(theme.SizeText)
	w.Set("Acme", theme.Text)
	w.Place(0, 10, 300)
	first := w.draw(40, 16)
	w.Set("Acme", theme.Text)
	w.Place(5, 90, 300)
	if w.draw(40, 16) != first {
		t.Error("drawn again")
	}
	w.Set("Acmo", theme.Text)
	w.Place(5, 90, 300)
	if w.draw(40, 16) == first {
		t.Error("another text has the picture of the first")
	}
}
