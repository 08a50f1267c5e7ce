//go:build !nogui

package ui

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/paint"
	"postroom.dev/ui/mailhtml/typeset"
)

// The sequences that Unicode joins into one picture (UTS 51).
const (
	heart    = "\u2764\ufe0f"
	family   = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
	thumb    = "\U0001f44d\U0001f3fd"
	flag     = "\U0001f1e9\U0001f1ea"
	keycap   = "1\ufe0f\u20e3"
	couple   = "\U0001f468\u200d\u2764\u200d\U0001f468"
	party    = "\U0001f389"
	grinning = "\U0001f600"
)

func TestASequenceOfEmojiIsOnePicture(t *testing.T) {
	faces := mailFaces()
	for _, s := range []string{party, grinning, heart, family, thumb, flag, keycap, couple, "\U0001f468\u200d\u2764\ufe0f\u200d\U0001f468", "\u2728"} {
		for _, f := range []typeset.Font{{Size: 16}, {Size: 40, Family: typeset.Serif, Bold: true}} {
			r := faces.Shape("a"+s+"b", f, false)
			if len(r.Glyphs) != 3 {
				t.Errorf("%s is %d glyphs", s, len(r.Glyphs)-2)
				continue
			}
			g := r.Glyphs[1]
			if g.Face == nil || typeset.SVG(g.Face, g.ID) == nil {
				t.Errorf("%s is no picture", s)
			}
			if math.Abs(float64(g.Advance-1)) > 0.01 || r.Glyphs[2].X != g.X+g.Advance {
				t.Errorf("%s is %v em wide, and the letter after it stands at %v", s, g.Advance, r.Glyphs[2].X)
			}
		}
	}
}

func TestSignsOfTheTextFontAreTextUnlessAPictureIsAskedFor(t *testing.T) {
	faces := mailFaces()
	for s, picture := range map[string]bool{
		"\u00a9": false, "\u00a9\ufe0f": true, "\u2122": false, "\u2665": false, "\u2665\ufe0f": true, "1": false, "#": false, "\u263a\ufe0e": false,
	} {
		g := faces.Shape(s, typeset.Font{Size: 16}, false).Glyphs
		if got := g[0].Face != nil && typeset.SVG(g[0].Face, g[0].ID) != nil; got != picture {
			t.Errorf("%+q is a picture: %v", s, got)
		}
	}
}

// paintedMail lays HTML out as the preview does, and paints all of it.
func paintedMail(t *testing.T, source string, dark bool, scale float32) (*display.List, *image.RGBA) {
	t.Helper()
	faces := mailFaces()
	res, err := mailhtml.Parse("<!DOCTYPE html>"+source).Lay(t.Context(), layout.Options{
		Screen: css.Screen{Width: 300, Height: 100, Dark: dark}, Measurer: faces,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.List, paint.New(faces, nil).Paint(res.List, display.Rect{W: res.List.Width, H: res.List.Height}, scale)
}

// count counts the pixels of a colour, and gives the rectangle that they are in.
func count(m *image.RGBA, c color.RGBA) (n int, r image.Rectangle) {
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			if m.RGBAAt(x, y) == c {
				n++
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return n, r
}

func TestEmojiArePaintedInTheirColoursAtTheSizeOfTheText(t *testing.T) {
	yellow := color.RGBA{0xff, 0xdd, 0x67, 0xff} // of the face
	body := "<body style='margin:0;color:#333;font:40px sans-serif'>" + grinning + " x</body>"
	style := "<style>@media (prefers-color-scheme:dark){body{background:#111;color:#eee!important}}</style>"
	for _, dark := range []bool{false, true} {
		list, m := paintedMail(t, style+body, dark, 1)
		n, r := count(m, yellow)
		if n < 300 || r.Dx() < 34 || r.Dx() > 40 || r.Dy() < 34 || r.Dy() > 40 || r.Min.Y < 0 || r.Max.Y > int(list.Height) {
			t.Errorf("dark %v: %d yellow pixels in %v", dark, n, r)
		}
		_, zoomed := paintedMail(t, style+body, dark, 2)
		n2, r2 := count(zoomed, yellow)
		if n2 < n*3 || r2.Dx() < r.Dx()*2-3 || r2.Dx() > r.Dx()*2+3 {
			t.Errorf("dark %v: %d yellow pixels in %v, twice as large %d in %v", dark, n, r, n2, r2)
		}
	}
	_, faint := paintedMail(t, "<body style='margin:0;font-size:40px;opacity:.5'>"+grinning, false, 1)
	if n, _ := count(faint, yellow); n != 0 {
		t.Errorf("%d pixels are not faint", n)
	}
	_, cut := paintedMail(t, "<body style='margin:0'><div style='font-size:40px;width:20px;overflow:hidden'>"+grinning, false, 1)
	if n, r := count(cut, yellow); n == 0 || r.Max.X > 20 {
		t.Errorf("cut off at 20 pixels: %d pixels in %v", n, r)
	}
}

func TestALetterThatNoFontHasIsABox(t *testing.T) {
	black := color.RGBA{A: 255}
	list, m := paintedMail(t, "<body style='margin:0;font:40px serif'>\U0010fffd", false, 1)
	n, r := count(m, black)
	if n < 60 || r.Dx() < 15 || r.Dy() < 20 {
		t.Errorf("%d black pixels in %v", n, r)
	}
	if c := m.RGBAAt((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2); c != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("the box is filled with %v", c)
	}
	if it := list.Items[len(list.Items)-1]; it.Text == nil || it.W < 20 {
		t.Errorf("%+v", it)
	}
	for _, unseen := range []string{"\u200c", "\u034f", "\u200b", "\ufeff", "\u2060", "\u2007", "\u00a0", "\u3164"} { // as after a preheader
		_, m := paintedMail(t, "<body style='margin:0;font:40px serif'>a"+unseen+unseen+"a<br>"+unseen, false, 1)
		_, plain := paintedMail(t, "<body style='margin:0;font:40px serif'>aa<br>", false, 1)
		got, _ := count(m, black)
		if want, _ := count(plain, black); got < want-20 || got > want+20 {
			t.Errorf("%+q draws %d pixels", unseen, got-want)
		}
	}
}

func TestEmojiAreSelectedWholeAndCopiedAsText(t *testing.T) {
	text := "Emoji: " + party + " " + family + heart + " end"
	list, _ := paintedMail(t, "<body style='margin:0;font:20px sans-serif'>"+text, false, 1)
	faces := mailFaces()
	if got := list.TextBetween(display.Place{}, list.End()); got != text {
		t.Errorf("all is %q", got)
	}
	ends := map[int]bool{0: true, len(text): true}
	from := strings.Index(text, family)
	for i := range len(text) {
		inside := i > from && i < from+len(family) || i > from+len(family) && i < from+len(family)+len(heart)
		ends[i] = !inside
	}
	for x := range 300 {
		p, ok := list.PlaceAt(float32(x), 10, faces)
		if !ok || !ends[p.Offset] {
			t.Errorf("at %d is octet %d, within a picture", x, p.Offset)
		}
	}
}
