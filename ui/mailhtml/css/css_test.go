package css

import (
	"image/color"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

func TestASheetIsReadAsABrowserReadsIt(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"rules and their declarations", "a{color:red;margin:0}p , b{x:y}", "color=red margin=0 | x=y"},
		{"comments are nothing", "/* a{b:c} */p{/*x*/color:/**/red}", "color=red"},
		{"marks for ancient browsers", "<!-- p{color:red} -->", "color=red"},
		{"a string may hold a brace", `p{content:"}";color:red}`, `content="}" color=red`},
		{"a string in a url may hold a semicolon", `p{background:url(data:image/png;base64,AA==);color:red}`, "background=url(data:image/png;base64,AA==) color=red"},
		{"important", "p{color:red ! IMPORTANT}", "color=red!"},
		{"an import is left out", "@import url(http://x/);p{a:b}", "a=b"},
		{"a font face is left out", "@font-face{font-family:X;src:url(http://x)}p{a:b}", "a=b"},
		{"a sheet that stops in the middle", "p{color:red", "color=red"},
		{"too many closing braces", "p{a:b}}}q{c:d}", "a=b | c=d"},
		{"a rule with one selector not understood keeps the others", "p,a::before,q{a:b}", "a=b"},
		{"a rule with no selector understood is dropped", "::selection{a:b}", ""},
		{"a declaration without a colon", "p{nonsense;a:b}", "a=b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, r := range Parse(c.text).Rules {
				var ds []string
				for _, d := range r.Declarations {
					s := d.Name + "=" + d.Value
					if d.Important {
						s += "!"
					}
					ds = append(ds, s)
				}
				got = append(got, strings.Join(ds, " "))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " | ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMediaConditions(t *testing.T) {
	for _, c := range []struct {
		query string
		want  bool // on a light screen of 600 pixels
	}{
		{"", true}, {"screen", true}, {"all", true}, {"print", false}, {"not print", true}, {"not screen", false},
		{"only screen and (max-width: 600px)", true}, {"only screen and (max-width:599px)", false},
		{"(min-width:480px)", true}, {"(min-width:601px)", false}, {"(max-device-width: 480px)", false},
		{"screen and (min-width:30em) and (max-width:40em)", true},
		{"print, (max-width: 600px)", true},
		{"(prefers-color-scheme: dark)", false}, {"(prefers-color-scheme: light)", true},
		{"not all and (prefers-color-scheme: dark)", true},
		{"(width <= 600px)", true}, {"(600px < width)", false}, {"(width > 500px)", true},
		{"screen and (-webkit-min-device-pixel-ratio:0)", true}, {"(-webkit-min-device-pixel-ratio: 2)", false},
		{"(orientation: landscape)", false},
		{"(nonsense: 1)", false}, {"screen yahoo", false}, {"((((", false}, {"and", true},
	} {
		if got := ParseMedia(c.query).Holds(Screen{Width: 600, Height: 800}); got != c.want {
			t.Errorf("%q holds: %v", c.query, got)
		}
	}
	if !ParseMedia("(prefers-color-scheme: dark)").Holds(Screen{Width: 600, Dark: true}) {
		t.Error("dark does not hold on a dark screen")
	}
}

func TestLengths(t *testing.T) {
	sizes := Sizes{Em: 20, Rem: 16, Width: 600, Height: 800}
	px := Pixels
	for _, c := range []struct {
		text string
		want Length
		ok   bool
	}{
		{"12px", px(12), true}, {" 1.5EM ", px(30), true}, {"2rem", px(32), true}, {"9pt", px(12), true}, {"10vw", px(60), true},
		{"0", px(0), true}, {"-3px", px(-3), true}, {"50%", Length{Percent: 50, Kind: Relative}, true}, {"auto", Length{Kind: Auto}, true},
		{"12", Length{}, false}, {"wide", Length{}, false}, {"", Length{}, false}, {"px", Length{}, false}, {"NaNpx", Length{}, false},
		{"infpx", Length{}, false}, {"1e30px", px(1e6), true}, {"0x10px", Length{}, false},
		{"calc(100% - 40px)", Length{Px: -40, Percent: 100, Kind: Relative}, true},
		{"calc(2 * (10px + 1em))", px(60), true}, {"calc(480px * 100 - 48000px)", px(0), true}, {"calc(600px / 4)", px(150), true},
		{"calc(1px * 1px)", Length{}, false}, {"calc(1px / 0)", Length{}, false}, {"calc(((", Length{}, false}, {"calc()", Length{}, false},
	} {
		got, ok := ParseLength(c.text, sizes)
		if got != c.want && ok || ok != c.ok {
			t.Errorf("%q is %+v, %v", c.text, got, ok)
		}
	}
	if l, ok := ParseLoose("12", sizes); !ok || l.Px != 12 {
		t.Errorf("an attribute's number is %+v, %v", l, ok)
	}
}

func TestColors(t *testing.T) {
	for _, c := range []struct {
		text string
		want color.NRGBA
		ok   bool
	}{
		{"red", color.NRGBA{255, 0, 0, 255}, true}, {"TRANSPARENT", color.NRGBA{}, true}, {"#fA0", color.NRGBA{255, 170, 0, 255}, true},
		{"#ffaa00", color.NRGBA{255, 170, 0, 255}, true}, {"#ffaa0080", color.NRGBA{255, 170, 0, 128}, true},
		{"rgb(1, 2, 3)", color.NRGBA{1, 2, 3, 255}, true}, {"rgba(1,2,3,.5)", color.NRGBA{1, 2, 3, 128}, true},
		{"rgb(100% 0% 0% / 50%)", color.NRGBA{255, 0, 0, 128}, true}, {"rgb(300,-5,0)", color.NRGBA{255, 0, 0, 255}, true},
		{"hsl(120, 100%, 25%)", color.NRGBA{0, 128, 0, 255}, true}, {"hsl(-240deg 100% 25%)", color.NRGBA{0, 128, 0, 255}, true},
		{"#ggg", color.NRGBA{}, false}, {"#12345", color.NRGBA{}, false}, {"rgb(1,2)", color.NRGBA{}, false}, {"blurple", color.NRGBA{}, false},
	} {
		if got, ok := ParseColor(c.text); got != c.want && ok || ok != c.ok {
			t.Errorf("%q is %v, %v", c.text, got, ok)
		}
	}
	if got, ok := ParseLegacyColor("ffaa00"); !ok || got != (color.NRGBA{255, 170, 0, 255}) {
		t.Errorf("a colour without its mark is %v, %v", got, ok)
	}
}

func TestSelectors(t *testing.T) {
	doc, err := html.Parse(strings.NewReader(`<div id=top class="a b"><p class=x>1</p><p class=y>2</p><div class=c><span id=s title=t>3</span></div></div>`))
	if err != nil {
		t.Fatal(err)
	}
	var span *html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Data == "span" {
			span = n
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	for _, c := range []struct {
		text      string
		ok, match bool
	}{
		{"span", true, true}, {"SPAN", true, true}, {"div span", true, true}, {"div > span", true, true}, {"#top>span", true, false},
		{"#top span", true, true}, {".a.b .c>span", true, true}, {"p + div span", true, true}, {"p ~ div > span", true, true},
		{".x+div span", true, false}, {".x ~ .c span", true, true}, {"span[title=t]", true, true}, {"body   div\n.c   #s", true, true},
		{"html > body > #top > .c > span", true, true}, {"html > #top span", true, false}, {"*", true, true},
		{"span:hover", true, false}, {"span:first-child", true, true}, {"span:not(.c)", true, true},
		{"span::before", false, false}, {"span:contains(3)", false, false}, {"> span", false, false}, {"div >> span", false, false},
		{"div >", false, false}, {"", false, false}, {"span:not(div span)", false, false}, {"a b c d e f g h i j k l m", false, false},
	} {
		s, ok := ParseSelector(c.text)
		match, _ := s.Match(span, 3)
		if ok != c.ok || ok && match != c.match {
			t.Errorf("%q: ok %v, matches %v", c.text, ok, match)
		}
	}
}

func TestASelectorCostsNoMoreThanTheDepth(t *testing.T) {
	root := &html.Node{Type: html.ElementNode, Data: "div"}
	n := root
	for range 400 {
		c := &html.Node{Type: html.ElementNode, Data: "div"}
		n.AppendChild(c)
		n = c
	}
	s, ok := ParseSelector("p div div div div div div div div div div div")
	if !ok {
		t.Fatal("not read")
	}
	if match, steps := s.Match(n, 1); match || steps > 12*400 {
		t.Errorf("matches: %v, in %d steps", match, steps)
	}
}

func TestLimitsOfASheet(t *testing.T) {
	s := Parse(strings.Repeat("p{a:b}", MaxRules+10))
	if len(s.Rules) != MaxRules || s.Dropped != 10 {
		t.Errorf("%d rules, %d dropped", len(s.Rules), s.Dropped)
	}
	if s := Parse(strings.Repeat("@media all{", 1000) + "p{a:b}"); len(s.Rules) != 0 || s.Dropped == 0 {
		t.Errorf("%d rules of a deep nest, %d dropped", len(s.Rules), s.Dropped)
	}
	if ds := ParseDeclarations(strings.Repeat("a:b;", 10_000)); len(ds) != MaxDeclarations {
		t.Errorf("%d declarations", len(ds))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("@media (max-width:calc(1px + 2em)){a>b~c+d e:not(.f)[g='h']{i:j!important;k:url(\"l\")}}")
	f.Add(`p{a:"\`)
	f.Add("@media((({a{b:c}")
	f.Add("[A]{0:\x90url(0")
	doc, err := html.Parse(strings.NewReader("<div><p class=a id=b>x<p><b>y"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range Parse(text).Rules {
			for _, m := range r.Media {
				m.Holds(Screen{Width: 600})
			}
			for _, s := range r.Selectors {
				s.Match(doc.FirstChild.LastChild.FirstChild, 2)
			}
			for _, d := range r.Declarations {
				ParseLength(d.Value, Sizes{Em: 1})
				ParseColor(d.Value)
				Words(d.Value)
				URL(d.Value)
			}
		}
	})
}
