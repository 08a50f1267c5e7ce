package mailhtml_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/paint"
)

// TestGradientsAndWhatLiesRoundThem looks at single pixels of a page of 100 by 100, with a picture p that is all green.
func TestGradientsAndWhatLiesRoundThem(t *testing.T) {
	red, green, blue, white := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}, color.RGBA{0, 0, 255, 255}, color.RGBA{255, 255, 255, 255}
	const half = "linear-gradient(red 50%, transparent 50%)"
	for name, c := range map[string]struct {
		source      string
		top, bottom color.RGBA // at 50,5 and 50,25
	}{
		"the colour lies under the gradient":       {"<div style='height:30px;background:" + half + " blue'>", red, blue},
		"a colour that comes later too":            {"<div style='height:30px;background-image:" + half + ";background-color:blue'>", red, blue},
		"a shorthand that comes later resets it":   {"<div style='height:30px;background-image:" + half + ";background:blue'>", blue, blue},
		"none resets it":                           {"<div style='height:30px;background:" + half + " blue;background-image:none'>", blue, blue},
		"a gradient lies over a picture behind it": {"<div style='height:30px;background:" + half + ", url(p)'>", red, green},
		"and under one before it":                  {"<div style='height:30px;background:url(p)," + half + "'>", green, green},
		"a picture that is not there shows it":     {"<div style='height:30px;background:url(q)," + half + "'>", red, white},
		"a cell":                                   {"<table cellspacing=0 cellpadding=0><tr><td width=100 height=30 style='background:" + half + "'>", red, white},
		"a row":                                    {"<table cellspacing=0 cellpadding=0><tr style='background:" + half + "'><td width=100 height=30>", red, white},
		"another kind shows its first colour":      {"<div style='height:30px;background:radial-gradient(circle, blue, red)'>", blue, blue},
		"one that is not read changes nothing":     {"<div style='height:30px;background-color:blue;background-image:linear-gradient(nonsense)'>", blue, blue},
		"the page takes the body's":                {"<style>body{background:" + half + "}</style><p style='margin:0;height:30px'>", red, white},
	} {
		res := lay(t, c.source, 100, false)
		p := paint.New(faces(), func(src string) image.Image {
			if src != "p" {
				return nil
			}
			m := image.NewRGBA(image.Rect(0, 0, 40, 20))
			draw.Draw(m, m.Rect, image.NewUniform(green), image.Point{}, draw.Src)
			return m
		})
		m := p.Paint(res.List, display.Rect{W: 100, H: 100}, 1)
		if got := m.RGBAAt(50, 5); got != c.top {
			t.Errorf("%s: the top is %v, not %v", name, got, c.top)
		}
		if got := m.RGBAAt(50, 25); got != c.bottom {
			t.Errorf("%s: the bottom is %v, not %v", name, got, c.bottom)
		}
	}
}

func TestAGradientLooksTheSameInAnyRegion(t *testing.T) {
	res := lay(t, "<div style='height:3000px;border-radius:50%;background:linear-gradient(20deg,red,rgba(0,0,255,.5) 33%,lime)'>", 300, false)
	p := paint.New(faces(), nil)
	whole := p.Paint(res.List, display.Rect{W: 300, H: 2000}, 2)
	part := p.Paint(res.List, display.Rect{X: 100, Y: 900, W: 50, H: 50}, 2)
	for y := range 100 {
		for x := range 100 {
			a, b := part.RGBAAt(x, y), whole.RGBAAt(x+200, y+1800)
			for _, d := range [3]int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
				if d > 1 || d < -1 {
					t.Fatalf("%d,%d is %v in the part and %v in the whole", x, y, a, b)
				}
			}
		}
	}
}
