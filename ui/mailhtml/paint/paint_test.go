package paint

import (
	"image"
	"image/color"
	"slices"
	"testing"

	"postroom.dev/assets"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/typeset"
)

var (
	white = color.NRGBA{255, 255, 255, 255}
	red   = color.NRGBA{255, 0, 0, 255}
	blue  = color.NRGBA{0, 0, 255, 255}
)

func painted(t *testing.T, scale float32, items ...display.Item) *image.RGBA {
	t.Helper()
	l := &display.List{Width: 100, Height: 100, Background: white, Items: items, Clips: []display.Clip{{Rect: display.Rect{X: 10, Y: 10, W: 20, H: 20}, Radius: [4]float32{10, 10, 10, 10}}}}
	l.Finish()
	faces := typeset.NewFaces(func(typeset.Family, bool, bool) []byte { return assets.Font(assets.MailSans) }, nil)
	return New(faces, func(src string) image.Image {
		if src != "p" {
			return nil
		}
		m := image.NewNRGBA(image.Rect(0, 0, 2, 2))
		for i := range 4 {
			m.Set(i%2, i/2, blue)
		}
		return m
	}).Paint(l, display.Rect{W: 100, H: 100}, scale)
}

func want(t *testing.T, m *image.RGBA, x, y int, c color.NRGBA) {
	t.Helper()
	if got := color.NRGBAModel.Convert(m.At(x, y)); got != c {
		t.Errorf("%d,%d is %v, not %v", x, y, got, c)
	}
}

func box(x, y, w, h float32, a display.Art) display.Item {
	return display.Item{Rect: display.Rect{X: x, Y: y, W: w, H: h}, Opacity: 255, Box: &a}
}

func TestBoxesAndBorders(t *testing.T) {
	edge := func(c color.NRGBA, s display.EdgeStyle) display.Edge {
		return display.Edge{Width: 4, Color: c, Style: s}
	}
	m := painted(t, 1, box(10, 10, 40, 40, display.Art{Fill: red, Edges: [4]display.Edge{edge(blue, display.Solid), {}, edge(blue, display.Dashed), {}}}))
	want(t, m, 9, 9, white)
	want(t, m, 30, 11, blue)
	want(t, m, 11, 30, red)
	want(t, m, 49, 30, red)
	want(t, m, 10, 48, blue) // a dash
	want(t, m, 50, 30, white)
}

func TestRoundCornersLeaveWhatIsOutside(t *testing.T) {
	m := painted(t, 1, box(10, 10, 40, 40, display.Art{Fill: red, Radius: [4]float32{20, 20, 20, 20}}))
	want(t, m, 11, 11, white)
	want(t, m, 30, 30, red)
	want(t, m, 30, 12, red)
}

func TestAScaleMakesPixels(t *testing.T) {
	m := painted(t, 2.5, box(10, 10, 10, 10, display.Art{Fill: red}))
	if m.Rect.Dx() != 250 {
		t.Errorf("%v", m.Rect)
	}
	want(t, m, 25, 25, red)
	want(t, m, 49, 49, red)
	want(t, m, 50, 50, white)
}

func TestClipsWithRoundCorners(t *testing.T) {
	it := box(0, 0, 100, 100, display.Art{Fill: red})
	it.Clip = 1
	m := painted(t, 1, it)
	want(t, m, 20, 20, red)
	want(t, m, 11, 11, white)
	want(t, m, 40, 20, white)
}

func TestPicturesFillOrAreRepeated(t *testing.T) {
	r := display.Rect{X: 10, Y: 10, W: 20, H: 20}
	m := painted(t, 1, display.Item{Rect: r, Opacity: 255, Picture: &display.Picture{Source: "p"}})
	want(t, m, 20, 20, blue)
	want(t, m, 31, 20, white)
	tile := &display.Tile{Rect: display.Rect{X: 10, Y: 10, W: 2, H: 2}, RepeatX: true}
	m = painted(t, 1, display.Item{Rect: r, Opacity: 255, Picture: &display.Picture{Source: "p", Tile: tile}})
	want(t, m, 29, 11, blue)
	want(t, m, 29, 13, white)
}

func TestTextIsDrawnInItsPlaceAndColour(t *testing.T) {
	text := display.Item{Rect: display.Rect{X: 10, Y: 10, W: 60, H: 20}, Opacity: 255, Text: &display.Text{
		Text: "lll", Font: typeset.Font{Size: 20}, Color: red, Baseline: 28, Underline: true,
	}}
	m := painted(t, 1, text)
	inked := 0
	for y := range 100 {
		for x := range 100 {
			if c := m.RGBAAt(x, y); c.G < 128 {
				inked++
				if x < 10 || x > 71 || y < 10 || y > 34 {
					t.Fatalf("ink at %d,%d", x, y)
				}
			}
		}
	}
	if inked < 100 {
		t.Errorf("%d pixels of ink", inked)
	}
}

func TestAShadowLiesRoundItsBoxNotUnderIt(t *testing.T) {
	m := painted(t, 1, box(30, 30, 40, 40, display.Art{Shadow: &display.Shadow{Blur: 8, Color: color.NRGBA{A: 255}}}))
	want(t, m, 50, 50, white)
	want(t, m, 31, 31, white)
	if c := m.RGBAAt(50, 72); c.R > 250 {
		t.Errorf("no shadow under the box: %v", c)
	}
}

func TestAHeavierGlyphHasWiderStrokes(t *testing.T) {
	thin := image.NewAlpha(image.Rect(0, 0, 3, 1))
	thin.Pix[1] = 200
	for by, want := range map[float32][]byte{0: {0, 200, 0, 0}, 0.5: {0, 200, 100, 0}, 1.25: {0, 200, 200, 50, 0}} {
		if got := heavier(thin, by); !slices.Equal(got.Pix, want) {
			t.Errorf("by %v: %v, want %v", by, got.Pix, want)
		}
	}
}
