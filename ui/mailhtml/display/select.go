package display

import (
	"strings"
	"unicode/utf8"

	"postroom.dev/ui/mailhtml/typeset"
)

// Place is a place in the text of a list: before an octet of the text of an item.
type Place struct {
	Item   int // number in List.Items
	Offset int // octets, at the start of a character or at the end of the text
}

// Before says that p comes before q in the order of the document.
func (p Place) Before(q Place) bool {
	return p.Item < q.Item || p.Item == q.Item && p.Offset < q.Offset
}

// Ruler tells how wide text is: for each octet of a text and its end, where it stands at a size of one pixel, in the order of reading.
type Ruler interface {
	Prefix(text string, f typeset.Font, rightToLeft bool) []float32
}

// X gives where an octet of a text stands, from the left edge of the item.
func (t *Text) X(offset int, width float32, r Ruler) float32 {
	p := r.Prefix(t.Text, t.Font, t.RightToLeft)
	offset = min(offset, len(t.Text))
	x := p[offset]*t.Font.Size + t.spacing(offset)
	if t.RightToLeft {
		return width - x
	}
	return x
}

// spacing is what letter and word spacing add before an octet.
func (t *Text) spacing(offset int) float32 {
	if t.Letter == 0 && t.Word == 0 {
		return 0
	}
	s := t.Text[:offset]
	return t.Letter*float32(utf8.RuneCountInString(s)) + t.Word*float32(strings.Count(s, " "))
}

// PlaceAt gives the place in the text that is nearest to a point; ok is false where the list has no text.
func (l *List) PlaceAt(x, y float32, r Ruler) (p Place, ok bool) {
	best, distance := -1, float32(0)
	try := func(i int) {
		it := &l.Items[i]
		if it.Text == nil || l.Visible(it).Empty() {
			return
		}
		d := gap(y, it.Y, it.Bottom())*1000 + gap(x, it.X, it.Right())
		if best < 0 || d < distance {
			best, distance = i, d
		}
	}
	for _, i := range l.Near(y-bandHeight, y+bandHeight) {
		try(int(i))
	}
	if best < 0 {
		for i := range l.Items {
			try(i)
		}
	}
	if best < 0 {
		return Place{}, false
	}
	it := &l.Items[best]
	if y >= it.Bottom() && distance >= 1000*bandHeight {
		return Place{best, len(it.Text.Text)}, true
	}
	return Place{best, it.Text.offsetAt(x-it.X, it.W, r)}, true
}

func gap(v, from, to float32) float32 { return max(0, from-v, v-to) }

// offsetAt gives the octet whose place is nearest to x; of several at one place the last, which is not within what is drawn as one.
func (t *Text) offsetAt(x, width float32, r Ruler) int {
	best, distance, at := 0, float32(-1), float32(0)
	for i := range t.Text + "\x00" {
		here := t.X(i, width, r)
		if d := max(here-x, x-here); distance < 0 || d < distance || here == at {
			best, distance, at = i, d, here
		}
	}
	return best
}

// Marks gives rectangles over the text from one place to another, between two heights of the document.
func (l *List) Marks(from, to Place, top, bottom float32, r Ruler) []Rect {
	var out []Rect
	for _, i := range l.Near(top, bottom) {
		it := &l.Items[i]
		if it.Text == nil || int(i) < from.Item || int(i) > to.Item {
			continue
		}
		a, b := 0, len(it.Text.Text)
		if int(i) == from.Item {
			a = min(from.Offset, b)
		}
		if int(i) == to.Item {
			b = min(to.Offset, b)
		}
		if a >= b {
			continue
		}
		x0, x1 := it.Text.X(a, it.W, r), it.Text.X(b, it.W, r)
		if x1 < x0 {
			x0, x1 = x1, x0
		}
		mark := Rect{it.X + x0, it.Y, x1 - x0, it.H}.Intersect(l.Visible(it))
		if !mark.Empty() {
			out = append(out, mark)
		}
	}
	return out
}

// End gives the place after the last text.
func (l *List) End() Place {
	for i := len(l.Items) - 1; i >= 0; i-- {
		if t := l.Items[i].Text; t != nil {
			return Place{i, len(t.Text)}
		}
	}
	return Place{}
}

// TextBetween gives the text from one place to another as it reads: a new line where a line ends for another reason than being
// full, a tab between the columns of a table.
func (l *List) TextBetween(from, to Place) string {
	var b strings.Builder
	var last *Item
	for i := from.Item; i <= to.Item && i < len(l.Items); i++ {
		it := &l.Items[i]
		if it.Text == nil || l.Visible(it).Empty() {
			continue
		}
		s := it.Text.Text
		start, end := 0, len(s)
		if i == to.Item {
			end = min(to.Offset, end)
		}
		if i == from.Item {
			start = min(from.Offset, end)
		}
		if last != nil && b.Len() > 0 {
			b.WriteString(between(last, it))
		}
		b.WriteString(s[start:end])
		last = it
	}
	return b.String()
}

// between gives what stands between two texts that follow one another.
func between(a, b *Item) string {
	size := max(a.Text.Font.Size, 1)
	sameLine := a.Text.Baseline-b.Text.Baseline < size*0.6 && b.Text.Baseline-a.Text.Baseline < size*0.6
	switch {
	case sameLine && max(b.X-a.Right(), a.X-b.Right()) > size:
		return "\t"
	case sameLine:
		return ""
	case b.Text.Joined:
		return " "
	case b.Y-a.Bottom() > size:
		return "\n\n"
	}
	return "\n"
}

// WordAt gives the ends of the word round a place.
func (l *List) WordAt(p Place) (from, to Place) {
	from, to = p, p
	if p.Item >= len(l.Items) || l.Items[p.Item].Text == nil {
		return from, to
	}
	s := l.Items[p.Item].Text.Text
	p.Offset = min(p.Offset, len(s))
	from.Offset = strings.LastIndexAny(s[:p.Offset], " \u00a0\t\n") + 1
	if from.Offset > 0 { // past a space of several octets
		for from.Offset < p.Offset && !utf8.RuneStart(s[from.Offset]) {
			from.Offset++
		}
	}
	to.Offset = len(s)
	if i := strings.IndexAny(s[p.Offset:], " \u00a0\t\n"); i >= 0 {
		to.Offset = p.Offset + i
	}
	return from, to
}
