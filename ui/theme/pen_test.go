//go:build !nogui

package theme

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
)

// byFyne draws a text as Fyne does.
func byFyne(s string, size, scale float32, style fyne.TextStyle, c color.NRGBA) image.Image {
	text := canvas.NewText(s, c)
	text.TextSize, text.TextStyle = size, style
	on := software.NewTransparentCanvas()
	on.SetPadded(false)
	on.SetScale(scale)
	on.SetContent(text)
	return on.Capture()
}

// Roundings of what is covered may differ; what is drawn stands at the same 64th of a pixel.
func TestAPenDrawsAsFyneDoes(t *testing.T) {
	th := setUp(t, Dark)
	ink := color.NRGBA{R: 200, G: 100, B: 50, A: 255}
	for _, s := range []string{"message 100031", "AVATAR To: Wave. fi -> 1/2", "Grüße, Ángström & Ñandú", "Ваш заказ № 5", "Ωmega «quoted» – “so”…", "caught", "(10:22)"} {
		for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}} {
			for _, size := range []float32{SizeTiny, SizeSmall, SizeMedium, SizeText} {
				for _, scale := range []float32{1, 1.5, 2} {
					t.Run(fmt.Sprintf("%s %v %+v at %v", s, size, style, scale), func(t *testing.T) {
						pen := th.Pen(style)
						if !pen.Can(s) {
							t.Skip("not in this font")
						}
						want := byFyne(s, size, scale, style, ink)
						got := image.NewRGBA(want.Bounds())
						pen.Draw(got, s, size, scale, ink)
						sum, most, inked := 0, 0, 0
						for y := range want.Bounds().Dy() {
							for x := range want.Bounds().Dx() {
								r, g, b, a := want.At(x, y).RGBA()
								o := got.RGBAAt(x, y)
								for _, d := range []int{int(r>>8) - int(o.R), int(g>>8) - int(o.G), int(b>>8) - int(o.B), int(a>>8) - int(o.A)} {
									most = max(most, d, -d)
								}
								sum += int(a>>8) - int(o.A)
								if a > 0 {
									inked++
								}
							}
						}
						if most > 8 || inked == 0 || max(sum, -sum) > 3*inked {
							t.Errorf("a pixel differs by %d, all together by %d in %d pixels", most, sum, inked)
						}
					})
				}
			}
		}
	}
}

func BenchmarkPen(b *testing.B) {
	th := New(Dark)
	pen := th.Pen(fyne.TextStyle{})
	dst := image.NewRGBA(image.Rect(0, 0, 90, 16))
	for i := range b.N {
		pen.Draw(dst, fmt.Sprint("message ", i%1000), 13, 1, color.NRGBA{A: 255})
	}
}

func TestAPenDrawsWhatItsFontHasInOneScript(t *testing.T) {
	pen := setUp(t, Dark).Pen(fyne.TextStyle{})
	for s, want := range map[string]bool{
		"": true, "10:22 – “so”…": true, "Grüße, Ñandú": true, "Ваш заказ": true, "Ωmega": false, "发票": false, "عربي": false,
		"e\u0301": false, "a\u00adb": false, "🚀": false, "a\tb": false, "\u202eabc": false,
	} {
		if got := pen.Can(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestALineIsAsHighAsFyneMeasures(t *testing.T) {
	th := setUp(t, Dark)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}, Field()} {
		for _, size := range []float32{SizeTiny, SizeSmall, SizeMedium, SizeText, SizeSubject} {
			if got, want := th.Height(size, style), fyne.MeasureText("M", size, style).Height; got != want {
				t.Errorf("%v %+v: %v, Fyne has %v", size, style, got, want)
			}
		}
	}
}

func TestAPenLeavesOutWhatHasNoRoom(t *testing.T) {
	pen := setUp(t, Dark).Pen(fyne.TextStyle{})
	for _, r := range []image.Rectangle{image.Rect(0, 0, 1, 1), image.Rect(0, 0, 20, 3), image.Rect(0, 0, 3, 20), image.Rect(0, 0, 0, 0)} {
		pen.Draw(image.NewRGBA(r), "jW@§", 13, 1, color.NRGBA{A: 255})
	}
}
