package paint

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	xdraw "golang.org/x/image/draw"

	"postroom.dev/ui/mailhtml/typeset"
)

// The square round the origin of a glyph in which its drawing is seen, in parts of the em.
const svgLeft, svgTop, svgSide = -0.25, -1.25, 1.75

// drawSVG draws a glyph that is a drawing with colours, as emoji are.
func drawSVG(k glyphKey, source []byte, size float32) *glyph {
	if size > largestGlyph/svgSide {
		return nil
	}
	icon, err := oksvg.ReadIconStream(bytes.NewReader(source))
	if err != nil {
		return nil
	}
	box := icon.ViewBox
	if box.W <= 0 || box.H <= 0 {
		box.X, box.Y, box.W, box.H = 0, 0, float64(k.face.Upem()), float64(k.face.Upem())
	}
	x, y := int(math.Floor(float64(svgLeft*size))), int(math.Floor(float64(svgTop*size)))
	side := int(math.Ceil(float64(svgSide*size))) + 1
	across, down := float64(size)/box.W, float64(size)/box.H
	icon.Transform = rasterx.Matrix2D{
		A: across, D: down, E: -box.X*across - float64(x) + float64(k.quarter)/4, F: -box.Y*down - float64(y),
	}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	icon.Draw(rasterx.NewDasher(side, side, rasterx.NewScannerGV(side, side, out, out.Rect)), 1)
	return &glyph{colour: out, x: x, y: y}
}

// drawBitmap scales a glyph that is a picture, as emoji are, to the size of the text.
func drawBitmap(k glyphKey, size float32) *glyph {
	file, w, h := typeset.Bitmap(k.face, k.id)
	if file == nil || w <= 0 || h <= 0 || size > largestGlyph/2 {
		return nil
	}
	src, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	high := int(size * 1.17)
	r := image.Rect(0, 0, high*src.Bounds().Dx()/max(1, src.Bounds().Dy()), high)
	if r.Empty() {
		return nil
	}
	out := image.NewRGBA(r)
	xdraw.CatmullRom.Scale(out, r, src, src.Bounds(), draw.Src, nil)
	return &glyph{colour: out, x: 0, y: -int(size * 0.93)}
}

// drawMissing draws the box that stands for a character which no face has.
func drawMissing(k glyphKey, size float32) *glyph {
	if size > largestGlyph {
		return nil
	}
	const side, high = 0.07, 0.7 // what is left free at both sides, and the height, in parts of the em
	left := int(round(side*size + float32(k.quarter)/4))
	r := image.Rect(0, 0, max(3, int(round((typeset.BoxWidth-2*side)*size))), max(3, int(round(high*size))))
	m := image.NewAlpha(r)
	draw.Draw(m, r, image.Opaque, image.Point{}, draw.Src)
	draw.Draw(m, r.Inset(max(1, int(round(size/18)))), image.Transparent, image.Point{}, draw.Src)
	return &glyph{mask: m, x: left, y: -r.Dy()}
}
