package display

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/ui/mailhtml/typeset"
)

// tens measures every octet as one em.
type tens struct{}

func (tens) Prefix(text string, _ typeset.Font, _ bool) []float32 {
	out := make([]float32, len(text)+1)
	for i := range out {
		out[i] = float32(i)
	}
	return out
}

// page is two lines of a paragraph, a row of two cells, and a link.
func page() *List {
	text := func(x, y float32, s string, joined bool) Item {
		return Item{Rect: Rect{x, y, float32(len(s)) * 10, 10}, Text: &Text{Text: s, Font: typeset.Font{Size: 10}, Baseline: y + 8, Joined: joined}}
	}
	l := &List{Width: 500, Height: 900, Links: []string{"https://x/"}, Clips: []Clip{{Rect: Rect{0, 0, 500, 600}}}}
	l.Items = []Item{text(0, 0, "one two", false), text(0, 10, "three", true), text(0, 100, "cell", false), text(200, 100, "next", false), text(0, 800, "far", false), text(0, 700, "clipped", false)}
	l.Items[3].Link, l.Items[5].Clip = 1, 1
	l.Finish()
	return l
}

func TestTextIsCopiedAsItReads(t *testing.T) {
	l := page()
	for _, c := range []struct {
		from, to Place
		want     string
	}{
		{Place{0, 0}, l.End(), "one two three\n\ncell\tnext\n\nfar"},
		{Place{0, 4}, Place{1, 2}, "two th"},
		{Place{0, 2}, Place{0, 2}, ""},
	} {
		if got := l.TextBetween(c.from, c.to); got != c.want {
			t.Errorf("%v to %v is %q, not %q", c.from, c.to, got, c.want)
		}
	}
}

func TestPlacesAndMarks(t *testing.T) {
	l := page()
	for _, c := range []struct {
		x, y float32
		want Place
	}{{0, 5, Place{0, 0}}, {44, 5, Place{0, 4}}, {999, 12, Place{1, 5}}, {205, 105, Place{3, 0}}, {206, 105, Place{3, 1}}} {
		if got, ok := l.PlaceAt(c.x, c.y, tens{}); got != c.want || !ok {
			t.Errorf("%v,%v is %v, %v; not %v", c.x, c.y, got, ok, c.want)
		}
	}
	if from, to := l.WordAt(Place{0, 5}); from.Offset != 4 || to.Offset != 7 {
		t.Errorf("the word is from %v to %v", from, to)
	}
	want := []Rect{{40, 0, 30, 10}, {0, 10, 20, 10}}
	if diff := cmp.Diff(want, l.Marks(Place{0, 4}, Place{1, 2}, 0, 50, tens{})); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhatIsNearIsLookedAt(t *testing.T) {
	l := page()
	if got := l.Near(790, 820); len(got) != 1 || got[0] != 4 {
		t.Errorf("near 800 is %v", got)
	}
	if got := l.Near(0, 900); len(got) != 6 {
		t.Errorf("all is %v", got)
	}
	if l.LinkAt(210, 105) != "https://x/" || l.LinkAt(10, 105) != "" || l.LinkAt(10, 5000) != "" {
		t.Error("links are elsewhere")
	}
	if l.OverText(10, 705) || !l.OverText(10, 5) {
		t.Error("what is clipped is there, or what is not is not")
	}
}
