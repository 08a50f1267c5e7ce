package mailhtml_test

import (
	"context"
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/assets"
	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/paint"
	"postroom.dev/ui/mailhtml/typeset"
)

// faces are the mail fonts.
func faces() *typeset.Faces {
	return typeset.NewFaces(func(f typeset.Family, bold, italic bool) []byte {
		return assets.Font(map[typeset.Family]string{typeset.Sans: assets.MailSans, typeset.Serif: assets.MailSerif, typeset.Mono: assets.MailMono}[f])
	}, nil)
}

// squares measures text as if every character were half as wide as the font is large, and lines as high as the font.
type squares struct{}

func (squares) Metrics(f typeset.Font) typeset.Metrics {
	return typeset.Metrics{Ascent: f.Size * 0.8, Descent: f.Size * 0.2, Height: f.Size, XHeight: f.Size / 2, Thickness: 1}
}

func (squares) Prefix(text string, _ typeset.Font, _ bool) []float32 {
	out := make([]float32, len(text)+1)
	x := float32(0)
	for i, r := range text {
		for k := i; k < i+len(string(r)); k++ {
			out[k] = x
		}
		x += 0.5
	}
	out[len(text)] = x
	return out
}

func lay(t testing.TB, source string, width float32, dark bool) layout.Result {
	t.Helper()
	res, err := mailhtml.Parse("<!DOCTYPE html><body style='margin:0;font-size:10px'>"+source).Lay(t.Context(), layout.Options{
		Screen: css.Screen{Width: width, Height: 500, Dark: dark}, Measurer: squares{},
		Picture: func(src string) (float32, float32, bool) { return 40, 20, src == "p" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// drawn writes a list as lines: what is drawn, and where.
func drawn(l *display.List) string {
	var b strings.Builder
	for i := range l.Items {
		it := &l.Items[i]
		at := fmt.Sprintf("%.4g,%.4g %.4gx%.4g", it.X, it.Y, it.W, it.H)
		switch {
		case it.Text != nil:
			fmt.Fprintf(&b, "%s %q\n", at, it.Text.Text)
		case it.Picture != nil && it.Picture.Missing:
			fmt.Fprintf(&b, "%s missing %s\n", at, it.Picture.Alt)
		case it.Picture != nil:
			fmt.Fprintf(&b, "%s picture %s\n", at, it.Picture.Source)
		case it.Box != nil:
			fmt.Fprintf(&b, "%s box", at)
			if it.Box.Fill.A > 0 {
				fmt.Fprintf(&b, " #%02x%02x%02x", it.Box.Fill.R, it.Box.Fill.G, it.Box.Fill.B)
			}
			for k, e := range it.Box.Edges {
				if e.Width > 0 {
					fmt.Fprintf(&b, " %s:%g", []string{"top", "right", "bottom", "left"}[k], e.Width)
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestLayout(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"words wrap", "aaaa bbbb cccc dddd eeee",
			"0,0 95x10 \"aaaa bbbb cccc dddd\"\n0,10 20x10 \"eeee\"\n"},
		{"spaces collapse, also over the ends of elements", "<b> a </b> <i> b</i>", "0,0 10x10 \"a \"\n10,0 5x10 \"b\"\n"},
		{"margins of blocks that meet become one", "<div style='margin:10px 0'>a</div><div style='margin:20px 0 0'>b</div>",
			"0,10 5x10 \"a\"\n0,40 5x10 \"b\"\n"},
		{"a margin goes through the top of a block", "<div><div style='margin-top:7px'>a</div></div>", "0,7 5x10 \"a\"\n"},
		{"but not through padding", "<div style='padding-top:1px'><div style='margin-top:7px'>a</div></div>", "0,8 5x10 \"a\"\n"},
		{"borders by side", "<div style='border-top:2px solid red;border-left:3px dashed blue;width:20px'>a</div>",
			"0,0 23x12 box top:2 left:3\n3,2 5x10 \"a\"\n"},
		{"auto margins", "<div style='width:20px;margin:0 auto'>a</div>", "40,0 5x10 \"a\"\n"},
		{"an old centre moves blocks", "<center><table cellpadding=0 cellspacing=0><tr><td>ab</table></center>", "45,0 10x10 \"ab\"\n"},
		{"line-height", "<p style='margin:0;line-height:20px'>a<br>b</p>", "0,5 5x10 \"a\"\n0,25 5x10 \"b\"\n"},
		{"letter-spacing", "<span style='letter-spacing:2px'>abc</span>", "0,0 21x10 \"abc\"\n"},
		{"text-align", "<div style='text-align:right'>ab</div><div style='text-align:center'>ab</div>", "90,0 10x10 \"ab\"\n45,10 10x10 \"ab\"\n"},
		{"text-transform", "<span style='text-transform:uppercase'>ab</span>", "0,0 10x10 \"AB\"\n"},
		{"what is hidden", "<div style='display:none'>a</div><span style='visibility:hidden'>b</span>c", "5,0 5x10 \"c\"\n"},
		{"columns take what their texts need", "<table cellpadding=0 cellspacing=0><tr><td>a<td>bbb<tr><td>cc<td>d</table>",
			"0,0 5x10 \"a\"\n10,0 15x10 \"bbb\"\n0,10 10x10 \"cc\"\n10,10 5x10 \"d\"\n"},
		{"widths in percent", "<table width=100% cellpadding=0 cellspacing=0><tr><td width=30%>a<td>b</table>", "0,0 5x10 \"a\"\n30,0 5x10 \"b\"\n"},
		{"cells over columns and rows", "<table width=90 cellpadding=0 cellspacing=0><tr><td rowspan=2 width=30>a<td colspan=2>b<tr><td width=30>c<td>d</table>",
			"0,5 5x10 \"a\"\n30,0 5x10 \"b\"\n30,10 5x10 \"c\"\n60,10 5x10 \"d\"\n"},
		{"cells stand as valign says", "<table cellpadding=0 cellspacing=0><tr><td height=30 valign=top>a<td valign=bottom>b<td>c</table>",
			"0,0 5x10 \"a\"\n5,20 5x10 \"b\"\n10,10 5x10 \"c\"\n"},
		{"borders that collapse are drawn once", "<table style='border-collapse:collapse' cellpadding=0><tr><td style='border:2px solid'>a<td style='border:4px solid'>b</table>",
			"0,1 11x16 box top:2 right:4 bottom:2 left:2\n2,4 5x10 \"a\"\n7,0 13x18 box top:4 right:4 bottom:4 left:4\n11,4 5x10 \"b\"\n"},
		{"floats stand beside text", "<div style='float:left;width:20px'>a</div>bbb ccc dddddddddddddddd",
			"0,0 5x10 \"a\"\n20,0 35x10 \"bbb ccc\"\n0,10 80x10 \"dddddddddddddddd\"\n"},
		{"clear goes under floats", "<div style='float:right'>a</div><div style='clear:both'>b</div>", "95,0 5x10 \"a\"\n0,10 5x10 \"b\"\n"},
		{"tables that float stand side by side", "<table align=left cellpadding=0 cellspacing=0 width=40><tr><td>a</table><table align=left cellpadding=0 cellspacing=0 width=40><tr><td>b</table>",
			"0,0 5x10 \"a\"\n40,0 5x10 \"b\"\n"},
		{"inline blocks stand on the line", "<div style='font-size:0'><div style='display:inline-block;width:50%;font-size:10px'>a</div><div style='display:inline-block;width:50%;font-size:10px'>b</div></div>",
			"0,0 5x10 \"a\"\n50,0 5x10 \"b\"\n"},
		{"lists have marks", "<ol style='margin:0;padding-left:30px'><li>a<li>b</ol>", "13,0 15x10 \"1. \"\n30,0 5x10 \"a\"\n"},
		{"pictures have their size, or that of their attributes", "<img src=p><img src=p width=20>", "0,0 40x20 picture p\n40,10 20x10 picture p\n"},
		{"a picture that is not there has its text", "<img src=q alt=Logo width=30 height=12>", "0,0 30x12 missing Logo\n"},
		{"a picture behind a box", "<div style='background:#00ff00 url(p) no-repeat right top;width:60px;height:30px'></div>", "0,0 60x30 box #00ff00\n0,0 60x30 picture p\n"},
		{"media of the width", "<style>@media(max-width:200px){.x{display:none}}</style><p class=x>a</p>b", "0,0 5x10 \"b\"\n"},
		{"right to left", "<div dir=rtl>אב 12</div>", "85,0 15x10 \"אב \"\n75,0 10x10 \"12\"\n"},
		{"calc and max-width", "<div style='width:calc(100% - 40px);max-width:50px;margin:0 auto'>a</div>", "25,0 5x10 \"a\"\n"},
		{"flex", "<div style='display:flex;justify-content:space-between'><div>a</div><div>b</div></div>", "0,0 5x10 \"a\"\n95,0 5x10 \"b\"\n"},
		{"relative boxes are moved", "<span>a</span><div style='position:relative;left:5px;top:3px'>b</div>", "0,0 5x10 \"a\"\n5,13 5x10 \"b\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := drawn(lay(t, c.source, 100, false).List)
			if !strings.HasPrefix(got, c.want) {
				t.Error(cmp.Diff(c.want, got))
			}
		})
	}
}

func TestDarkMediaHoldsOnADarkScreen(t *testing.T) {
	source := "<style>@media (prefers-color-scheme: dark){body{background:#102030}}</style>a"
	if c := lay(t, source, 100, false).List.Background; c.R != 255 {
		t.Errorf("light background is %v", c)
	}
	if c := lay(t, source, 100, true).List.Background; c.R != 0x10 || c.B != 0x30 {
		t.Errorf("dark background is %v", c)
	}
}

func TestMailThatIsMeantToHurt(t *testing.T) {
	for _, c := range []struct{ name, source string }{
		{"deep nesting", strings.Repeat("<div>", 100_000) + "x"},
		{"deep tables", strings.Repeat("<table><tr><td>", 400) + "x"},
		{"formatting left open", strings.Repeat("<b><i><font size=1>", 300) + strings.Repeat("<p>x", 50_000)},
		{"many elements", strings.Repeat("<p>x</p>", 300_000)},
		{"huge spans", "<table>" + strings.Repeat("<tr>"+strings.Repeat("<td colspan=1000 rowspan=65534>x", 20), 200) + "</table>"},
		{"inline blocks in one another", strings.Repeat("<div style='display:inline-block;width:99%'>a ", 180) + "x"},
		{"floats", strings.Repeat("<div style='float:left;width:50%'>x</div>", 30_000)},
		{"selectors", "<style>" + strings.Repeat("div div div ~ div div:nth-child(2n+1) .a{color:red}", 4000) + "</style>" + strings.Repeat("<div class=a>", 180) + strings.Repeat("<div class=a></div>", 5000)},
		{"one long word", "<div style='word-break:break-all'>" + strings.Repeat("x", 1<<20)},
		{"one long line", "<div style='white-space:nowrap'>" + strings.Repeat("x y ", 1<<18)},
		{"huge numbers", "<div style='margin:1e30px;padding:999999px;font-size:99999px;width:1e30%;letter-spacing:1e9px'>x</div><table width=99999999 border=99999999 cellspacing=99999999><tr><td>x</table>"},
		{"attributes", "<p " + strings.Repeat("a=1 b=2 ", 300_000) + ">x"},
		{"flex in flex", strings.Repeat("<div style='display:flex'>a", 180) + "x"},
		{"variables of themselves", "<style>*{--a:var(--b)var(--b);--b:var(--a)var(--a);color:var(--a)}</style>x"},
		{"nothing", ""}, {"no end", "<table><tr><td style='"}, {"zero bytes", "\x00<\x00p>\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			start := time.Now()
			res, err := mailhtml.Parse(c.source).Lay(ctx, layout.Options{
				Screen: css.Screen{Width: 600, Height: 800}, Measurer: squares{},
				Picture: func(string) (float32, float32, bool) { return 0, 0, false },
			})
			if took := time.Since(start); took > 30*time.Second { // hanging, not slow
				t.Errorf("took %v", took)
			}
			if err == nil && len(res.List.Items) > layout.MaxItems {
				t.Errorf("%d items", len(res.List.Items))
			}
		})
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("<table border=1 cellpadding=3><tr><td colspan=2 rowspan=3>x<td background=p style='float:left'><ul><li>y</table>")
	f.Add("<style>@media(max-width:500px){a>b{display:flex}}</style><a href=x><b>אב 12</b><img src=p align=right></a>")
	f.Add("<div style='display:inline-block;overflow:hidden;border-radius:9px;opacity:.5;position:absolute'>x<br clear=all>")
	set := faces()
	f.Fuzz(func(t *testing.T, source string) {
		doc := mailhtml.Parse(source)
		doc.Sanitised(func(string) string { return "" })
		for _, width := range []float32{120, 700} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			res, err := doc.Lay(ctx, layout.Options{
				Screen: css.Screen{Width: width, Height: 800}, Measurer: set,
				Picture: func(src string) (float32, float32, bool) { return 3, 5, src == "p" },
			})
			cancel()
			if err != nil {
				continue
			}
			l := res.List
			paint.New(set, func(string) image.Image { return nil }).Paint(l, display.Rect{W: 300, H: 200}, 1)
			if p, ok := l.PlaceAt(10, 10, set); ok {
				l.WordAt(p)
				l.Marks(display.Place{}, p, 0, 100, set)
			}
			l.TextBetween(display.Place{}, l.End())
		}
	})
}
