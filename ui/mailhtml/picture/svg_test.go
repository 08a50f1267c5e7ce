package picture

import (
	"encoding/base64"
	"errors"
	"fmt"
	"image/color"
	"net/url"
	"strings"
	"testing"
)

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 40 20">`

func TestSVGIsDrawnAtItsSize(t *testing.T) {
	red, blue, none := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}, color.RGBA{}
	for name, c := range map[string]struct {
		file          string
		width, height float32
		left, right   color.RGBA // a quarter of the width from each side, in the middle
	}{
		"a view box":           {svgHead + `<rect x="0" y="0" width="20" height="20" fill="red"/><path d="M20 0h20v20H20z" fill="#00f"/></svg>`, 20, 10, red, blue},
		"a declaration":        {"\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n" + svgHead + `<rect width="20" height="20" fill="red"/></svg>`, 20, 10, red, none},
		"Latin 1":              {"<?xml version='1.0' encoding='iso-8859-1'?>" + svgHead + "<title>\xe9</title><rect width='20' height='20' fill='red'/></svg>", 20, 10, red, none},
		"only a view box":      {`<svg viewBox="10 0 40 20"><rect x="10" width="20" height="20" fill="red"/></svg>`, 40, 20, red, none},
		"a width alone":        {`<svg width="100%" height="10" viewBox="0 0 40 20"><rect width="20" height="20" fill="red"/></svg>`, 20, 10, red, none},
		"nothing at all":       {`<svg><rect width="150" height="150" fill="red"/></svg>`, 300, 150, red, none},
		"another ratio":        {`<svg width="40" height="10" viewBox="0 0 10 10"><rect width="10" height="10" fill="red"/></svg>`, 40, 10, none, none},
		"stretched":            {`<svg width="40" height="10" viewBox="0 0 10 10" preserveAspectRatio="none"><rect width="10" height="10" fill="red"/></svg>`, 40, 10, red, red},
		"a definition used":    {svgHead + `<defs><rect id="r" width="20" height="20" fill="red"/></defs><use href="#r"/></svg>`, 20, 10, red, none},
		"a clip as definition": {svgHead + `<defs><clipPath id="c"><rect width="40" height="20"/></clipPath></defs><g clip-path="url(#c)"><rect width="20" height="20" fill="red"/></g></svg>`, 20, 10, red, none},
		"a picture inside":     {svgHead + `<image href="https://example.com/x.png" width="40" height="20"/><rect width="20" height="20" fill="red"/></svg>`, 20, 10, red, none},
	} {
		a := NewAlbum()
		source := "data:image/svg+xml," + url.PathEscape(c.file)
		if err := a.AddData(source); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if w, h, ok := a.Size(source); w != c.width || h != c.height || !ok {
			t.Errorf("%s: %v by %v, %v", name, w, h, ok)
		}
		m := a.Image(source)
		if m == nil {
			t.Errorf("%s is not drawn", name)
			continue
		}
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		if got := color.RGBAModel.Convert(m.At(w/5, h/2)); got != c.left {
			t.Errorf("%s: %v on the left", name, got)
		}
		if got := color.RGBAModel.Convert(m.At(w*4/5, h/2)); got != c.right {
			t.Errorf("%s: %v on the right", name, got)
		}
		if !strings.HasPrefix(a.Data(source), "data:image/svg+xml;base64,") {
			t.Errorf("%s: %.40s", name, a.Data(source))
		}
	}
}

// hostile are drawings that would take forever, or end the program.
var hostile = map[string]string{
	"a use of itself":             `<svg><defs><g id="a"><use href="#a"/></g></defs><use href="#a"/></svg>`,
	"definitions in definitions":  `<svg><defs><g id="a"><defs/></g></defs><use href="#a"/><use id="b" href="#b"/></svg>`,
	"drawings in drawings":        strings.Repeat("<svg>", 60) + strings.Repeat("</svg>", 60),
	"a mask that would cover it":  `<svg><rect width="9" height="9"/><mask><rect width="300" height="150" fill="white"/></mask></svg>`,
	"too deep":                    `<svg>` + strings.Repeat("<g>", 100) + strings.Repeat("</g>", 100) + `</svg>`,
	"too many elements":           `<svg>` + strings.Repeat(`<path/>`, MaxSVGElements) + `</svg>`,
	"too much text":               `<svg><title>` + strings.Repeat("x<!---->", maxSVGText) + `</title></svg>`,
	"a definition used too often": `<svg><defs><path id="a" d="` + strings.Repeat("M0 0", 10_000) + `"/></defs>` + strings.Repeat(`<use href="#a"/>`, 1000) + `</svg>`,
	"a class used too often": `<svg><defs><style>.a{` + strings.Repeat("fill:red;", 5000) + `}</style></defs>` +
		strings.Repeat(`<path class="a"/>`, 1000) + `</svg>`,
	"too large a file":            `<svg>` + strings.Repeat(" ", MaxSVG) + `</svg>`,
	"too large a picture":         `<svg width="30000" height="10"/>`,
	"too many pixels":             `<svg width="19000" height="19000"/>`,
	"an element that never ends":  `<svg><g>`,
	"a tag that was never opened": `<svg></svg></g>`,
	"lines to and fro":            `<svg width="1000" height="1000"><path d="M0 0` + strings.Repeat("L-99999 99999L99999-99999", 20_000) + `"/></svg>`,
	"a great many dashes": `<svg width="1000" height="1000"><path d="M0 0` + strings.Repeat("L9000000 9000000L0 0", 1000) +
		`" stroke="red" stroke-linecap="round" stroke-dasharray="0.5"/></svg>`,
	"gradients of many colours": `<svg width="2000" height="2000"><linearGradient id="g">` + strings.Repeat(`<stop offset="1" stop-color="red"/>`, 2000) +
		`</linearGradient>` + strings.Repeat(`<rect width="2000" height="2000" fill="url(#g)"/>`, 100) + `</svg>`,
}

func TestAHostileDrawingIsNotShown(t *testing.T) {
	for name, file := range hostile {
		a := NewAlbum()
		a.steps /= 30 // the limit is the same, the test is shorter
		if a.Add("x", []byte(file)) == nil && a.Image("x") != nil {
			t.Errorf("%s is shown", name)
		}
	}
}

func TestADrawingThatGoesTooFarIsDrawnInTime(t *testing.T) {
	for name, inside := range map[string]string{
		"dashes like dust":          `<path d="M0 0L9e6 9e6" stroke="red" stroke-width="2" stroke-dasharray="0.0001" stroke-dashoffset="1e9"/>`,
		"a great many large layers": strings.Repeat(`<rect width="9999" height="9999" fill="red"/>`, 1000),
		"an offset":                 `<path d="M0 0L40 20" stroke="red" stroke-dasharray="1" stroke-dashoffset="-1e300"/>`,
		"not numbers":               `<path d="M0 0LNaN Inf" stroke="red" stroke-width="Inf" stroke-dasharray="NaN,1"/><circle r="1e300" cx="-1e300"/>`,
		"a huge line":               `<circle r="9e9" stroke="red" stroke-width="9e9" stroke-linecap="round" stroke-linejoin="round"/>`,
		"no stops":                  `<linearGradient id="g"/><rect width="40" height="20" fill="url(#g)"/>`,
		"a flat matrix":             `<g transform="matrix(0 0 0 0 0 0)"><rect width="40" height="20" stroke="red"/></g>`,
	} {
		a := NewAlbum()
		a.steps /= 30
		if err := a.Add("x", []byte(`<svg width="4000" height="4000">`+inside+"</svg>")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a.Image("x") // whatever it looks like
	}
}

func TestManyDrawingsShareTheWork(t *testing.T) {
	a := NewAlbum()
	a.steps = 1 << 20
	for source, inside := range map[string]string{"large": strings.Repeat(`<circle r="9"/>`, 2000), "small": `<circle r="9"/>`} {
		if err := a.Add(source, []byte(svgHead+inside+`</svg>`)); err != nil {
			t.Fatal(err)
		}
	}
	if a.Image("large") != nil || a.steps > 0 {
		t.Errorf("a drawing took more steps than were left, now %d", a.steps)
	}
	if a.Image("small") != nil {
		t.Error("there was work left for another drawing")
	}
}

func TestAPictureThatIsTooLargeSaysSo(t *testing.T) {
	if err := NewAlbum().Add("x", []byte(hostile["too many pixels"])); !errors.Is(err, ErrLarge) {
		t.Error(err)
	}
}

func FuzzSVG(f *testing.F) {
	for _, file := range hostile {
		if len(file) < 1000 {
			f.Add([]byte(file))
		}
	}
	f.Add([]byte(svgHead + `<defs><style>.a{fill:red}</style><radialGradient id="g" fx="1" spreadMethod="reflect"><stop offset="10%" stop-color="hsl(1,2%,3%)"/></radialGradient></defs>` +
		`<g transform="rotate(3 1 2) skewX(4)"><path class="a" d="M1 2a3 4 5 0 1 6 7q1 2 3 4t5 6s1 2 3 4zC1 2 3 4 5 6" stroke="url(#g)" stroke-dasharray="1,2"/><ellipse rx="3" ry="4"/><polygon points="1,2 3,4 5,6"/></g></svg>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a := NewAlbum()
		if a.Add("x", b) == nil {
			a.Image("x")
		}
	})
}

func BenchmarkTheWorstDrawing(b *testing.B) {
	for name, file := range hostile {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				a := NewAlbum()
				if a.Add("x", []byte(file)) == nil {
					a.Image("x")
				}
			}
		})
	}
}

func TestSVGByBase64(t *testing.T) {
	file := svgHead + "</svg>"
	a := NewAlbum()
	if err := a.AddData(fmt.Sprintf("data:image/svg+xml;base64,%s", base64.StdEncoding.EncodeToString([]byte(file)))); err != nil {
		t.Error(err)
	}
}
