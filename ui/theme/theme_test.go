//go:build !nogui

package theme

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/google/go-cmp/cmp"

	"postroom.dev/assets"
	"postroom.dev/ui/ink"
)

func setUp(t *testing.T, v Variant) *Theme {
	t.Helper()
	th := New(v)
	test.NewTempApp(t).Settings().SetTheme(th)
	return th
}

func TestCurrentIsTheThemeOfTheApp(t *testing.T) {
	th := setUp(t, Dark)
	if Current() != th {
		t.Error("another theme")
	}
	if Color(Background) != dark()[Background] {
		t.Errorf("background %v", Color(Background))
	}
	fyne.CurrentApp().Settings().SetTheme(fynetheme.DefaultTheme())
	if Color(Dim).A != 255 {
		t.Error("no colour under a theme of another make")
	}
}

func TestTheSameIconInTheSameColourIsTheSameResource(t *testing.T) {
	th := setUp(t, Dark)
	a, b := Icon("inbox", Accent), Icon("inbox", Accent)
	if a != b {
		t.Error("made twice")
	}
	if c := Icon("inbox", Dim); c == a || c.Name() == a.Name() {
		t.Error("two colours under one name")
	}
	if !strings.Contains(string(a.Content()), "#74a4ff") {
		t.Errorf("colour not put in: %s", a.Content())
	}
	if th.Tinted("no-such", dark()[Dim]) != fynetheme.BrokenImageIcon() {
		t.Error("an unknown icon is not shown as broken")
	}
}

func TestAThemedIconFollowsTheVariant(t *testing.T) {
	th := setUp(t, Dark)
	icon := Themed("search", Dim)
	before := icon.Name()
	th.SetVariant(Light)
	if icon.Name() == before {
		t.Errorf("still %s", before)
	}
}

func TestTheSumOfAdvancesIsNeverLessThanTheText(t *testing.T) {
	th := setUp(t, Dark)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}} {
		for _, s := range []string{"", "AVATAR To: Wave.", "fi ffl ->", "Grüße", "Ваш заказ"} {
			real := fyne.MeasureText(s, 13, style).Width
			if sum := th.Width(s, 13, style); sum < real-0.1 || sum > real*1.2+2 {
				t.Errorf("%q %v: sum %v, real %v", s, style, sum, real)
			}
		}
	}
}

func TestAWidthIsWhatFyneWouldMeasure(t *testing.T) {
	th := setUp(t, Dark)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}} {
		for _, size := range []float32{SizeTiny, SizeSubject} {
			for r := rune(' '); r < 0x2100; r++ {
				if !ink.Stands(r) || r > 0x180 && r%9 != 0 { // Fyne takes its time
					continue
				}
				if w, real := th.Advance(r, size, style), fyne.MeasureText(string(r), size, style).Width; w != real {
					t.Errorf("%q at %v %+v: %v, Fyne has %v", r, size, style, w, real)
				}
			}
		}
	}
}

func TestTextIsCutToTheWidthAtACharacter(t *testing.T) {
	th := setUp(t, Dark)
	long := "Undelivered Mail Returned to Sendér 100411"
	for width := float32(0); width < 300; width += 7 {
		got := th.Ellipsis(long, width, 12, fyne.TextStyle{})
		if w := th.Width(got, 12, fyne.TextStyle{}); w > width {
			t.Errorf("%v wide in %v: %q", w, width, got)
		}
		if got != long && got != "" && !(strings.HasSuffix(got, "…") && strings.HasPrefix(long, strings.TrimSuffix(got, "…"))) {
			t.Errorf("%q is no cut of it", got)
		}
	}
	if got := th.Ellipsis(long, 1000, 12, fyne.TextStyle{}); got != long {
		t.Errorf("cut without need: %q", got)
	}
}

func TestCuttingTextAllocatesNothingWhenItFits(t *testing.T) {
	th := setUp(t, Dark)
	cut := func() { th.Ellipsis("Undelivered Mail Returned", 500, 12, fyne.TextStyle{}) }
	cut()
	if n := testing.AllocsPerRun(100, cut); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTheAdvanceTableIsBounded(t *testing.T) {
	a := &Face{other: map[rune]float32{}, key: faceKey{size: 12}}
	for r := rune(0x4e00); r < 0x4e00+maxAdvances; r++ {
		a.other[r] = 12
	}
	setUp(t, Dark)
	a.Advance(0x3042)
	if len(a.other) > maxAdvances {
		t.Errorf("%d characters kept", len(a.other))
	}
}

func TestAStrutStandsBeforeTextThatOurFontsCannotBegin(t *testing.T) {
	for s, want := range map[string]bool{"": false, "Hello": false, "Привет": false, "Ελλ": false, "“q”": false, "→": false, "你好": true, "مرحبا": true, "📬": true, "한국": true} {
		if got := Strut(s) != s; got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestTextOfTwoDirectionsStandsInTheOrderInWhichItIsDrawn(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a name before an address", `"مرحبا" <a@b>`, `|"|مرحبا|" <a@b>`},
		{"a number behind such a word stands left of it", "طلب 123 (Order)", "|123| |طلب| (Order)"},
		{"signs between the two are turned", "טלב (123", "|123|) |טלב"},
		{"two words are one piece", "Re: مرحبا بالعالم!", "|Re: |مرحبا بالعالم|!"},
		{"from left to right all stays", "Hello 你好", "Hello 你好"},
	} {
		if got := strings.ReplaceAll(Strut(c.text), strut, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The strut must be known to the fonts, take no room, and keep the baseline where Latin has it.
func TestTheStrutHasNoWidthInAnyFont(t *testing.T) {
	setUp(t, Dark)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}} {
		plain, with := fyne.MeasureText("Hxg", 13, style), fyne.MeasureText(strut+"Hxg", 13, style)
		if plain != with {
			t.Errorf("%v: %v and %v", style, plain, with)
		}
	}
	picture := func(s string) image.Image {
		c := software.NewTransparentCanvas()
		c.SetPadded(false)
		c.SetContent(canvas.NewText(s, Color(Text)))
		return c.Capture()
	}
	if diff := cmp.Diff(picture("Hxg"), picture(strut+"Hxg")); diff != "" {
		t.Errorf("the strut changes the picture: %s", diff)
	}
}

// Text that begins in another script stands on that script's baseline, which is lower: 1.16 of the size in Noto's fonts for Chinese.
func TestAFieldHasRoomForLettersOfOtherScripts(t *testing.T) {
	setUp(t, Dark)
	for _, s := range []string{"Hxg", "gjpqy", "0123"} {
		plain, field := fyne.MeasureText(s, 13, fyne.TextStyle{}), fyne.MeasureText(s, 13, Field())
		if plain.Width != field.Width {
			t.Errorf("%s is %v wide in a field, and %v elsewhere", s, field.Width, plain.Width)
		}
		if field.Height < 1.16*13+3 {
			t.Errorf("a line of a field is %v high", field.Height)
		}
	}
}

func TestAFontThatIsBuiltOtherwiseIsLeftAsItIs(t *testing.T) {
	whole := assets.Font(assets.InterRegular)
	for _, font := range [][]byte{nil, []byte("OTTO"), whole[:12], whole[:60], append([]byte("OTTO\xff\xff\x00\x00\x00\x00\x00\x00"), make([]byte, 64)...)} {
		if got := higher(font, 0.1, 0.1); !bytes.Equal(got, font) {
			t.Errorf("%d octets became %d others", len(font), len(got))
		}
	}
}

func TestFontsAreOurs(t *testing.T) {
	th := New(Dark)
	for name, style := range map[string]fyne.TextStyle{
		assets.InterRegular: {}, assets.InterSemiBold: {Bold: true}, assets.InterItalic: {Italic: true}, assets.Mono: {Monospace: true, Bold: true},
	} {
		if got := th.Font(style).Name(); got != name {
			t.Errorf("%v: %s", style, got)
		}
	}
	if th.Font(fyne.TextStyle{Symbol: true}) == nil {
		t.Error("no symbol font")
	}
}

func TestTextSizesAreWhole(t *testing.T) {
	th := New(Dark)
	for _, name := range []fyne.ThemeSizeName{fynetheme.SizeNameText, fynetheme.SizeNameCaptionText, fynetheme.SizeNameSubHeadingText, fynetheme.SizeNameHeadingText} {
		if s := th.Size(name); s != float32(int(s)) {
			t.Errorf("%s: %v", name, s)
		}
	}
}

func TestTheKeysInMenusCanBeRead(t *testing.T) {
	for _, v := range []Variant{Dark, Light} {
		th := New(v)
		test.NewTempApp(t).Settings().SetTheme(th)
		line := fyne.NewMenuItem("Save", nil)
		line.Shortcut = &desktop.CustomShortcut{KeyName: fyne.KeyS, Modifier: fyne.KeyModifierControl}
		menu := widget.NewMenu(fyne.NewMenu("", line))
		win := test.NewTempWindow(t, menu)
		win.Resize(fyne.NewSize(300, 200))
		p := th.Palette(0)
		seen := 0
		for _, o := range test.LaidOutObjects(menu) {
			text, ok := o.(*canvas.Text)
			if !ok {
				continue
			}
			seen++
			want := p[Text]
			if text.Text != "Save" {
				want = p[Dim]
			}
			if r, g, b, a := text.Color.RGBA(); (color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}) != want {
				t.Errorf("%q is drawn in %v, not %v", text.Text, text.Color, want)
			}
		}
		if seen < 2 {
			t.Errorf("%d texts are drawn", seen)
		}
	}
}
