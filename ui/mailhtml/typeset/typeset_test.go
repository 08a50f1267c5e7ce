package typeset

import (
	"bytes"
	"math"
	"testing"

	"github.com/go-text/typesetting/font"

	"postroom.dev/assets"
)

func mailFaces() *Faces {
	return NewFaces(func(f Family, bold, italic bool) []byte {
		if f == Mono && italic {
			return nil
		}
		return assets.Font(map[Family]string{Sans: "LiberationSans-", Serif: "LiberationSerif-", Mono: "LiberationMono-"}[f] +
			map[[2]bool]string{{false, false}: "Regular", {true, false}: "Bold", {false, true}: "Italic", {true, true}: "BoldItalic"}[[2]bool{bold, italic}] + ".ttf")
	}, nil)
}

func TestTextIsAsWideAsInABrowser(t *testing.T) {
	f := mailFaces()
	const text = "delete your data for you in 90 days. But don't worry, we'll send AWAY Type To We"
	for _, c := range []struct {
		font Font
		want float32 // Chromium's
	}{{Font{Size: 16}, 574.1}, {Font{Size: 13}, 466.5}, {Font{Size: 16, Bold: true}, 614}, {Font{Size: 16, Family: Serif}, 530.2}} {
		p := f.Prefix(text, c.font, false)
		if got := p[len(p)-1] * c.font.Size; math.Abs(float64(got-c.want)) > 0.1 {
			t.Errorf("%+v: %v wide, not %v", c.font, got, c.want)
		}
	}
}

func TestMetricsAreWholePixelsAsInABrowser(t *testing.T) {
	f := mailFaces()
	if m := f.Metrics(Font{Size: 16}); m.Height != 18 || m.Ascent+m.Descent != 17 {
		t.Errorf("%+v", m)
	}
	f.Grain = 2
	if m := f.Metrics(Font{Size: 16}); m.Height != 18.5 {
		t.Errorf("on two pixels of the screen: %+v", m)
	}
	if m := f.Metrics(Font{}); m != (Metrics{}) {
		t.Errorf("of no size: %+v", m)
	}
}

func TestPlacesOfOctets(t *testing.T) {
	f := mailFaces()
	r := f.Shape("aé漢b", Font{Size: 10}, false)
	if len(r.Prefix) != len("aé漢b")+1 || r.Prefix[1] != r.Prefix[2] || r.Prefix[0] != 0 {
		t.Errorf("%v", r.Prefix)
	}
	for i := 1; i < len(r.Prefix); i++ {
		if r.Prefix[i] < r.Prefix[i-1] {
			t.Errorf("octet %d stands before the one before it: %v", i, r.Prefix)
		}
	}
	back := f.Shape("אב", Font{Size: 10}, true)
	if len(back.Glyphs) != 2 || back.Glyphs[0].Cluster != 2 || back.Glyphs[1].Cluster != 0 {
		t.Errorf("from right to left: %+v", back.Glyphs)
	}
	if r := f.Shape("", Font{Size: 10}, false); len(r.Prefix) != 1 || len(r.Glyphs) != 0 {
		t.Errorf("nothing is %+v", r)
	}
}

func TestACharacterWithoutAGlyphIsABoxAndWhatIsNotToBeSeenIsNothing(t *testing.T) {
	f := mailFaces()
	for text, boxes := range map[string]int{
		"a\U0010fffdb": 1, "\U0010fffd\U0010fffd": 2, "हिन्दी": 3, "a\u200c\u034f\u3164\ufe0f\u0001b": 0, "e\u0301": 0,
	} {
		r, got := f.Shape(text, Font{Size: 10}, false), 0
		for _, g := range r.Glyphs {
			if g.Face == nil {
				got++
				if g.Advance < BoxWidth-0.01 || g.Advance > BoxWidth+0.01 {
					t.Errorf("%+q has a box %v wide", text, g.Advance)
				}
			}
		}
		if got != boxes {
			t.Errorf("%+q has %d boxes, not %d", text, got, boxes)
		}
	}
}

func TestThePartsOfAPictureAreOfOneFace(t *testing.T) {
	face := func(name string) *font.Face {
		f, err := font.ParseTTF(bytes.NewReader(assets.Font(name)))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, second := face(assets.MailSerif), face(assets.MailMono)
	f := NewFaces(mailFaces().source, func(r rune, picture bool) *font.Face {
		switch {
		case !picture:
			return nil
		case r == '©':
			return first
		}
		return second
	})
	for text, want := range map[string]*font.Face{"©\ufe0f\u200d♥\ufe0f": first, "©\ufe0f♥\ufe0f": second} {
		g := f.Shape(text, Font{Size: 10}, false).Glyphs
		if g[0].Face != first || g[len(g)-1].Face != want {
			t.Errorf("%+q is set in %v and %v", text, g[0].Face == first, g[len(g)-1].Face == want)
		}
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	f := mailFaces()
	for i := range 300 {
		text := make([]byte, 3000)
		for k := range text {
			text[k] = byte('a' + (i+k)%26)
		}
		text[0], text[1] = byte('a'+i%26), byte('a'+i/26)
		f.Shape(string(text), Font{Size: 10}, false)
	}
	if f.runes > cacheRunes || len(f.cache) != len(f.order) {
		t.Errorf("%d runes in %d texts", f.runes, len(f.cache))
	}
}

func TestFamiliesOfNames(t *testing.T) {
	for name, want := range map[string]Family{
		"Arial": Sans, `"Times New Roman"`: Serif, "Georgia": Serif, "'Courier New'": Mono, "SFMono-Regular": Mono, "Open Sans": Sans,
		"monospace": Mono, "Noto Sans Mono": Mono, "PT Serif": Serif, "-apple-system": Sans,
	} {
		if got, known := Known(name); got != want || !known {
			t.Errorf("%s is %v, %v", name, got, known)
		}
	}
	if _, known := Known("Blurble"); known {
		t.Error("a name that says nothing is known")
	}
}

func TestBoldTextIsDrawnHeavierInFacesThatHaveNoBold(t *testing.T) {
	const lacked = '⌘' // of Liberation's faces
	faceOf := func(name string) *font.Face {
		f, err := font.ParseTTF(bytes.NewReader(assets.Font(name)))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for name, heavier := range map[string]bool{assets.InterRegular: true, assets.InterSemiBold: false} {
		other := faceOf(name)
		s := NewFaces(func(Family, bool, bool) []byte { return assets.Font(assets.MailSans) }, func(rune, bool) *font.Face { return other })
		for _, bold := range []bool{false, true} {
			run := s.Shape("a"+string(lacked), Font{Size: 16, Bold: bold}, false)
			if len(run.Glyphs) != 2 || run.Glyphs[1].Face != other {
				t.Fatalf("%s: the other face is not asked: %+v", name, run.Glyphs)
			}
			if run.Glyphs[0].Heavier || run.Glyphs[1].Heavier != (bold && heavier) {
				t.Errorf("%s, bold %t: %+v", name, bold, run.Glyphs)
			}
		}
	}
}
