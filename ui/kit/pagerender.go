//go:build !nogui

package kit

import (
	"image"
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/theme"
)

// strip is a strip of the page as it was drawn.
type strip struct {
	picture *image.RGBA // nil until it was drawn for the first time
	stale   bool        // it is to be drawn anew
	asked   int         // the generation that it was asked for in
}

// keptStrips is how many strips are kept: those in view, and about as many round them.
const keptStrips = 24

// mostMarks bounds the rectangles over selected text that is in view.
const mostMarks = 400

// Give brings a strip that was asked for. One that comes too late is dropped.
func (p *Page) Give(generation, number int, picture *image.RGBA) {
	if generation != p.generation {
		return
	}
	p.strips[number] = &strip{picture: picture, asked: generation}
	p.Refresh()
}

// pageSlot shows one strip. Slot k shows the strips k, k+n … of n slots.
type pageSlot struct {
	raster *canvas.Raster
	shown  *image.RGBA
}

type pageRenderer struct {
	page    *Page
	behind  *canvas.Rectangle // the window round the document
	paper   *canvas.Rectangle // the document's own background, until it is drawn
	ring    *canvas.Rectangle // says that the page has the keyboard
	slots   []*pageSlot
	marks   []*canvas.Rectangle
	bar     *canvas.Rectangle
	objects []fyne.CanvasObject
}

// CreateRenderer implements fyne.Widget.
func (p *Page) CreateRenderer() fyne.WidgetRenderer {
	r := &pageRenderer{
		page: p, behind: canvas.NewRectangle(nil), paper: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil),
	}
	r.bar.CornerRadius = barWidth / 2
	r.ring.StrokeWidth = 1
	r.collect()
	return r
}

func (r *pageRenderer) Destroy()                     {}
func (r *pageRenderer) MinSize() fyne.Size           { return r.page.MinSize() }
func (r *pageRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *pageRenderer) Layout(fyne.Size)             { r.update() }

func (r *pageRenderer) Refresh() {
	r.update()
	canvas.Refresh(r.page)
}

// collect lists the objects anew, after their number has changed.
func (r *pageRenderer) collect() {
	r.objects = []fyne.CanvasObject{r.behind, r.paper}
	for _, s := range r.slots {
		r.objects = append(r.objects, s.raster)
	}
	for _, m := range r.marks {
		r.objects = append(r.objects, m)
	}
	r.objects = append(r.objects, r.bar, r.ring)
}

func (r *pageRenderer) update() {
	p, size := r.page, r.page.Size()
	place(r.behind, 0, 0, size.Width, size.Height)
	fill(r.behind, theme.Side)
	place(r.ring, 0, 0, size.Width, size.Height)
	r.ring.FillColor, r.ring.StrokeColor = color.Transparent, theme.Color(theme.FocusRing)
	show(r.ring, p.focused)
	grown := false
	for need := int(size.Height/StripHeight) + 2; len(r.slots) < need; grown = true {
		s := &pageSlot{}
		s.raster = canvas.NewRaster(func(int, int) image.Image { return s.picture() })
		r.slots = append(r.slots, s)
	}
	show(r.paper, p.list != nil)
	long := float32(0)
	if p.list == nil {
		for _, s := range r.slots {
			show(s.raster, false)
		}
		r.mark(nil)
	} else {
		left, w, h := p.paper()
		place(r.paper, left-float32(p.side), 0, float32(w), max(size.Height, float32(h-p.offset)))
		r.paper.FillColor = p.list.Background
		r.placeStrips(left, float32(w), h)
		grown = r.placeMarks(left) || grown
		var y float32
		if y, long = p.bar.geometry(size.Height, h, p.offset); long > 0 {
			place(r.bar, size.Width-barWidth-3, y, barWidth, long)
			fill(r.bar, theme.ScrollBar)
		}
	}
	show(r.bar, long > 0)
	if grown {
		r.collect()
	}
}

// picture gives what the slot shows.
func (s *pageSlot) picture() image.Image {
	if s.shown == nil {
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	return s.shown
}

// placeStrips puts the strips in view into their places and asks for those that are not there.
func (r *pageRenderer) placeStrips(left, w float32, h float64) {
	p, size := r.page, r.page.Size()
	first := int(p.offset / StripHeight)
	var want []int
	for k := range r.slots {
		number := first + k
		slot := r.slots[number%len(r.slots)]
		y := float32(float64(number)*StripHeight - p.offset)
		inside := float64(number)*StripHeight < h && y < size.Height
		s := p.strips[number]
		if inside && (s == nil || s.stale) && (s == nil || s.asked != p.generation) {
			want = append(want, number)
		}
		seen := inside && s != nil && s.picture != nil
		show(slot.raster, seen)
		if !seen {
			continue
		}
		place(slot.raster, left-float32(p.side), y, w, StripHeight)
		if slot.shown != s.picture {
			slot.shown = s.picture
			slot.raster.Refresh()
		}
	}
	if len(want) > 0 {
		r.ask(want, first)
	}
}

// ask has strips drawn, and forgets those that are far from the view.
func (r *pageRenderer) ask(want []int, first int) {
	p := r.page
	for _, n := range want {
		if s := p.strips[n]; s != nil {
			s.asked = p.generation
		} else {
			p.strips[n] = &strip{asked: p.generation}
		}
	}
	if len(p.strips) > keptStrips {
		var all []int
		for n := range p.strips {
			all = append(all, n)
		}
		far := func(n int) int { return max(first-n, n-first-len(r.slots)) }
		sort.Slice(all, func(a, b int) bool { return far(all[a]) > far(all[b]) })
		for _, n := range all[:len(all)-keptStrips] {
			delete(p.strips, n)
		}
	}
	if p.OnWant == nil {
		return
	}
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		scale = c.Scale()
	}
	p.OnWant(Strips{Generation: p.generation, List: p.list, Numbers: want, Zoom: p.zoom, Scale: scale})
}

// placeMarks lays rectangles over the selected text in view. It says whether there are more than before.
func (r *pageRenderer) placeMarks(left float32) (grown bool) {
	p := r.page
	from, to := p.selection()
	if from == to {
		return r.mark(nil)
	}
	top := float32(p.offset / float64(p.zoom))
	rects := p.list.Marks(from, to, top, top+p.Size().Height/p.zoom, p.ruler)
	if len(rects) > mostMarks {
		rects = rects[:mostMarks]
	}
	for i := range rects {
		q := &rects[i]
		*q = display.Rect{
			X: q.X*p.zoom + left - float32(p.side), Y: float32(float64(q.Y*p.zoom) - p.offset), W: q.W * p.zoom, H: q.H * p.zoom,
		}
	}
	return r.mark(rects)
}

func (r *pageRenderer) mark(rects []display.Rect) (grown bool) {
	for len(r.marks) < len(rects) {
		m := canvas.NewRectangle(color.NRGBA{R: 60, G: 120, B: 240, A: 90})
		r.marks = append(r.marks, m)
		grown = true
	}
	for i, m := range r.marks {
		show(m, i < len(rects))
		if i < len(rects) {
			place(m, rects[i].X, rects[i].Y, rects[i].W, rects[i].H)
		}
	}
	return grown
}
