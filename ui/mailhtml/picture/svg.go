package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	"golang.org/x/image/math/fixed"
	"golang.org/x/net/html/charset"

	"postroom.dev/ui/mailhtml/css"
)

// The limits of a drawing in SVG. One that goes beyond is not a picture.
const (
	MaxSVG         = 512 << 10 // octets
	MaxSVGElements = 4000
	MaxSVGDepth    = 64
	maxSVGTokens   = 20_000
	maxSVGText     = 64 << 10       // octets of text between the elements
	maxSVGCopies   = 8 << 20        // octets that are read again for each use of a definition or of a class
	maxSVGWork     = 400 << 20      // steps of drawing, each two nanoseconds or so: a second or two at most
	maxSVGWorks    = 3 * maxSVGWork // of all drawings of an album
	farthestSVG    = 30_000         // pixels of the picture: what is drawn farther away is drawn there
)

// errSVG says that a drawing goes beyond the limits, or has what the drawing library does not know.
var errSVG = errors.New("the SVG drawing is too complex")

// isSVG says that a file looks like SVG: markup that has the root element near its beginning.
func isSVG(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), 4096)], []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(b, []byte("<")) && bytes.Contains(b, []byte("<svg"))
}

// drawing is what the markup of an SVG file says before anything is drawn.
type drawing struct {
	width, height float64 // in CSS pixels
	view          [4]float64
	stretched     bool // preserveAspectRatio is none
	stops         int  // of all gradients
	elements      int
}

// sketch counts what a reader of SVG would have to do.
type sketch struct {
	elements, tokens, depth, defs    int
	text, style, inDefs, uses, class int
	inStyle                          bool
}

// readSVG reads the size of a drawing and checks that it keeps the limits. Definitions that use others are not taken: they can be
// used in a circle. Masks and such are taken only as definitions, where nothing is seen of them.
func readSVG(file []byte) (drawing, error) {
	var d drawing
	if len(file) > MaxSVG {
		return d, ErrLarge
	}
	var s sketch
	z := xml.NewDecoder(bytes.NewReader(file))
	z.CharsetReader = charset.NewReaderLabel // as oksvg does
	for {
		token, err := z.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return d, err
		}
		s.tokens++
		switch t := token.(type) {
		case xml.StartElement:
			if s.elements == 0 {
				if t.Name.Local != "svg" {
					return d, ErrFormat
				}
				d.root(t.Attr)
			}
			if t.Name.Local == "stop" {
				d.stops++
			}
			if !s.start(t) {
				return d, errSVG
			}
		case xml.EndElement:
			s.depth--
			s.inStyle = false
			if t.Name.Local == "defs" {
				s.defs--
			}
		case xml.CharData:
			if s.text += len(t); s.inStyle {
				s.style += len(t)
			}
		}
		if s.tokens > maxSVGTokens || s.text > maxSVGText || s.uses*s.inDefs > maxSVGCopies || s.class*s.style > maxSVGCopies {
			return d, errSVG
		}
	}
	if s.elements == 0 {
		return d, ErrFormat
	}
	d.elements = s.elements
	return d, nil
}

// start counts an element; false where it goes beyond the limits.
func (s *sketch) start(t xml.StartElement) bool {
	s.elements++
	s.depth++
	octets := len(t.Name.Local)
	for _, a := range t.Attr {
		octets += len(a.Name.Local) + len(a.Value)
		if strings.EqualFold(a.Name.Local, "class") {
			s.class++
		}
	}
	switch t.Name.Local {
	case "svg":
		if s.elements > 1 {
			return false
		}
	case "defs":
		if s.defs++; s.defs > 1 {
			return false
		}
	case "use":
		if s.uses++; s.defs > 0 {
			return false
		}
	case "mask", "clipPath", "pattern", "symbol", "marker": // oksvg would draw what is in them
		if s.defs == 0 {
			return false
		}
	case "style":
		s.inStyle = true
	}
	if s.defs > 0 {
		s.inDefs += octets + 16
	}
	return s.elements <= MaxSVGElements && s.depth <= MaxSVGDepth
}

// root reads the attributes of the root element. A drawing that tells no size has that of its view box, else 300 by 150 (CSS 2.2,
// section 10.3.2).
func (d *drawing) root(attrs []xml.Attr) {
	for _, a := range attrs {
		switch a.Name.Local {
		case "width":
			d.width = svgLength(a.Value)
		case "height":
			d.height = svgLength(a.Value)
		case "viewBox":
			f := strings.FieldsFunc(a.Value, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
			for i := range min(len(f), 4) {
				if v, err := strconv.ParseFloat(f[i], 64); err == nil && math.Abs(v) < 1e6 {
					d.view[i] = v
				}
			}
		case "preserveAspectRatio":
			d.stretched = strings.HasPrefix(strings.TrimSpace(a.Value), "none")
		}
	}
	v := d.view
	boxed := v[2] > 0 && v[3] > 0
	switch {
	case d.width > 0 && d.height > 0:
	case boxed && d.width > 0:
		d.height = d.width * v[3] / v[2]
	case boxed && d.height > 0:
		d.width = d.height * v[2] / v[3]
	case boxed:
		d.width, d.height = v[2], v[3]
	case d.width > 0:
		d.height = 150
	case d.height > 0:
		d.width = 300
	default:
		d.width, d.height = 300, 150
	}
	if !boxed {
		d.view = [4]float64{0, 0, d.width, d.height}
	}
}

// svgLength gives a length in pixels; 0 for a percentage and for none.
func svgLength(s string) float64 {
	l, ok := css.ParseLoose(s, css.Sizes{Em: 16, Rem: 16})
	if !ok || l.Kind != css.Fixed {
		return 0
	}
	return max(0, float64(l.Px))
}

// svgConfig gives the size of a drawing.
func svgConfig(file []byte) (image.Config, error) {
	d, err := readSVG(file)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{Width: int(math.Ceil(d.width)), Height: int(math.Ceil(d.height))}, nil
}

// decodeSVG draws a drawing, in as many steps as are left, and takes them away. Nothing outside of the file is looked at, and what the drawing library cannot bear is an error.
func decodeSVG(file []byte, left *int) (_ image.Image, err error) {
	defer func() {
		if r := recover(); r != nil { // of the library, or of the brush
			err = errSVG
		}
	}()
	d, err := readSVG(file)
	if err != nil {
		return nil, err
	}
	w, h := int(math.Ceil(d.width)), int(math.Ceil(d.height))
	if w <= 0 || h <= 0 || w > MaxSide || h > MaxSide || w*h > MaxPixels {
		return nil, ErrLarge
	}
	if *left -= 16 * len(file); *left <= 0 {
		return nil, errSVG
	}
	// With twice its size, for screens with small pixels, and smaller where that would take too long: each element is a fill or two.
	scale := math.Sqrt(maxSVGWork / 2 / (12 * float64(w*h) * float64(d.elements)))
	w, h = max(1, int(float64(w)*min(scale, 2))), max(1, int(float64(h)*min(scale, 2)))
	icon, err := oksvg.ReadIconStream(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	for i := range icon.SVGPaths {
		bearable(&icon.SVGPaths[i])
	}
	icon.Transform = d.transform(float64(w), float64(h))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	b := &brush{ScannerGV: rasterx.NewScannerGV(w, h, out, out.Rect), pixels: w * h, stops: d.stops, left: min(*left, maxSVGWork)}
	was := b.left
	defer func() { *left -= was - b.left }()
	icon.Draw(rasterx.NewDasher(w, h, b), 1)
	return out, nil
}

// transform puts the view box into a picture, in the middle and as large as fits (SVG 1.1, section 7.8).
func (d *drawing) transform(w, h float64) rasterx.Matrix2D {
	v := d.view
	across, down := w/v[2], h/v[3]
	if !d.stretched {
		across = min(across, down)
		down = across
	}
	return rasterx.Matrix2D{A: across, D: down, E: (w-v[2]*across)/2 - v[0]*across, F: (h-v[3]*down)/2 - v[1]*down}
}

// bearable takes from a path the dashes that would take forever: it steps through them one by one.
func bearable(p *oksvg.SvgPath) {
	sum := 0.0
	for _, v := range p.Dash {
		sum += max(0, v)
	}
	if len(p.Dash) == 0 {
		return
	}
	if len(p.Dash) > 64 || !(sum >= 0.5 && sum < 1e6) {
		p.Dash = nil
		return
	}
	if p.DashOffset = math.Mod(p.DashOffset, 2*sum); !(p.DashOffset >= 0) {
		p.DashOffset = 0
	}
}

// brush is a scanner that ends a drawing with a panic when it has done too much.
type brush struct {
	*rasterx.ScannerGV
	pixels, stops int
	graded        bool // the colour is that of a gradient
	at            fixed.Point26_6
	left          int // of maxSVGWork
}

func (b *brush) spend(n int) {
	if b.left -= n; b.left < 0 {
		panic(errSVG)
	}
}

// near gives a point, not too far away: the rasterizer goes through every pixel of a line.
func near(p fixed.Point26_6) fixed.Point26_6 {
	const far = farthestSVG * 64
	return fixed.Point26_6{X: max(-far, min(p.X, far)), Y: max(-far, min(p.Y, far))}
}

func (b *brush) Start(p fixed.Point26_6) {
	b.spend(8)
	b.at = near(p)
	b.ScannerGV.Start(b.at)
}

func (b *brush) Line(p fixed.Point26_6) {
	p = near(p)
	d := p.Sub(b.at)
	b.spend(24 + int(max(d.X, -d.X)+max(d.Y, -d.Y))/64)
	b.at = p
	b.ScannerGV.Line(p)
}

func (b *brush) SetColor(c any) {
	_, b.graded = c.(rasterx.ColorFunc)
	b.ScannerGV.SetColor(c)
}

func (b *brush) Clear() {
	b.spend(b.pixels)
	b.ScannerGV.Clear()
}

func (b *brush) Draw() {
	each := 5
	if b.graded {
		each = 50 + b.stops
	}
	b.spend(b.pixels * each)
	b.ScannerGV.Draw()
}
