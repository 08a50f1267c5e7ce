// Package fidelity compares how mailhtml and Chromium lay out the same mail with the same fonts.
//
// Chromium is asked once, headless, for all templates at all widths: where each box stands, and which words stand on each line (see
// measure.js). The answers are kept in testdata, so that the comparison needs no Chromium. Pictures are replaced on both sides by one
// of 300 by 150 pixels, so that nothing has to be fetched.
package fidelity

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/typeset"
)

//go:embed measure.js
var script string

// Job is a document to lay out at a width.
type Job struct {
	Name  string `json:"name"`
	Width int    `json:"width"`
	HTML  string `json:"html,omitempty"`
}

// Geometry is how Chromium laid a document out.
type Geometry struct {
	Name   string  `json:"name"`
	Width  int     `json:"width"`
	Height float64 `json:"height"`
	Boxes  []Box   `json:"boxes"`
	Lines  []Line  `json:"lines"`
}

// Box is where an element stands: its number among all elements, left, top, width, height.
type Box [5]float64

// Line is what stands on one line of one text: the number of the text among all texts, the words, left and top.
type Line struct {
	Text      int
	Words     string
	Left, Top float64
}

// MarshalJSON writes a line as an array, as measure.js does.
func (l Line) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{l.Text, l.Words, l.Left, l.Top})
}

// UnmarshalJSON reads it.
func (l *Line) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&l.Text, &l.Words, &l.Left, &l.Top})
}

// The size of the picture that stands for all pictures, in pixels.
const pictureWidth, pictureHeight = 300, 150

// picture is its address.
func picture() string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, pictureWidth, pictureHeight), color.Palette{color.White})); err != nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}

var (
	addressInCSS = regexp.MustCompile(`url\(\s*['"]?[^'")]*['"]?\s*\)`)
	importRule   = regexp.MustCompile(`@import[^;]*;`)
)

// Prepared puts the same picture in the place of every picture of a document, and takes out what would fetch.
func Prepared(source string) string {
	pic := picture()
	z := html.NewTokenizer(strings.NewReader(source))
	var b strings.Builder
	inStyle := false
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		raw := string(z.Raw())
		switch t := z.Token(); {
		case kind == html.TextToken && inStyle:
			raw = addressInCSS.ReplaceAllString(importRule.ReplaceAllString(raw, ""), "url("+pic+")")
		case kind == html.StartTagToken || kind == html.SelfClosingTagToken:
			inStyle = t.Data == "style" && kind == html.StartTagToken
			if t.Data == "link" || t.Data == "script" {
				continue
			}
			raw = rewritten(raw, t, pic)
		case kind == html.EndTagToken:
			inStyle = false
			if t.Data == "script" {
				continue
			}
		}
		b.WriteString(raw)
	}
}

// rewritten gives a tag with its pictures replaced.
func rewritten(raw string, t html.Token, pic string) string {
	change := false
	for i := range t.Attr {
		a := &t.Attr[i]
		switch {
		case a.Key == "src" && t.Data == "img", a.Key == "background":
			a.Val, change = pic, true
		case a.Key == "srcset":
			a.Key, change = "data-srcset", true
		case a.Key == "style" && strings.Contains(a.Val, "url("):
			a.Val, change = addressInCSS.ReplaceAllString(a.Val, "url("+pic+")"), true
		}
	}
	if !change {
		return raw
	}
	return t.String()
}

// ErrNoChromium says that there is no Chromium on this machine.
var ErrNoChromium = errors.New("chromium is not installed")

// Ask has Chromium lay out documents, with the fonts of a directory and no others.
func Ask(ctx context.Context, dir, fonts string, jobs []Job) ([]Geometry, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, ErrNoChromium
	}
	list, err := json.Marshal(jobs)
	if err != nil {
		return nil, err
	}
	page := filepath.Join(dir, "measure.html")
	text := "<!DOCTYPE html><meta charset=utf-8><body><script>const jobs = " + strings.ReplaceAll(string(list), "</", `<\/`) + ";\n" + script + "</script>"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "fonts.conf")
	if err := os.WriteFile(conf, []byte(fontsConf(fonts, dir, jobs)), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--font-render-hinting=none",
		"--force-device-scale-factor="+strconv.Itoa(Grain), "--hide-scrollbars", "--window-size=1400,1000", "--virtual-time-budget=100000000",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+page)
	cmd.Env = append(os.Environ(), "FONTCONFIG_FILE="+conf, "HOME="+dir)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("chromium: %w", err)
	}
	_, after, ok := strings.Cut(string(out), `<pre id="result">`)
	if !ok {
		return nil, errors.New("chromium: no result in the page")
	}
	result, _, _ := strings.Cut(after, "</pre>")
	var got []Geometry
	if err := json.Unmarshal([]byte(html.UnescapeString(result)), &got); err != nil {
		return nil, fmt.Errorf("chromium: result: %w", err)
	}
	return got, nil
}

var familyRule = regexp.MustCompile(`(?i)(?:font-family\s*:|font\s*:|face\s*=)([^;>}]*)`)

// fontsConf gives a fontconfig file of these fonts alone, in which every family that a document names and mailhtml knows is the one
// that mailhtml takes it for.
func fontsConf(fonts, cache string, jobs []Job) string {
	names := map[string]bool{"sans-serif": true, "serif": true, "monospace": true, "Arial": true, "Times New Roman": true, "Courier New": true}
	for _, j := range jobs {
		for _, m := range familyRule.FindAllStringSubmatch(html.UnescapeString(j.HTML), -1) {
			for _, name := range strings.Split(m[1], ",") {
				name = strings.Trim(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(name), "!important")), `'" `)
				if name != "" && !strings.ContainsAny(name, "<>&") {
					names[name] = true
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig><dir>" + fonts + "</dir><cachedir>" + cache + "</cachedir>\n")
	sorted := make([]string, 0, len(names))
	for n := range names {
		sorted = append(sorted, n)
	}
	sort.Strings(sorted)
	for _, n := range sorted {
		if f, known := typeset.Known(n); known {
			to := map[typeset.Family]string{typeset.Sans: "Liberation Sans", typeset.Serif: "Liberation Serif", typeset.Mono: "Liberation Mono"}[f]
			fmt.Fprintf(&b, "<alias binding=\"same\"><family>%s</family><prefer><family>%s</family></prefer></alias>\n", n, to)
		}
	}
	b.WriteString("</fontconfig>\n")
	return b.String()
}

// Score is how two layouts of a document compare.
type Score struct {
	Lines, SameLines int     // of Chromium, and those of them that have the same words here
	Boxes, NearBoxes int     // of Chromium, and those of them whose four edges lie within Near pixels here
	Height           float64 // by how much the document is higher here, in pixels
	Problems         []string
	Different        []string // what differs, for whoever mends it
}

// Grain is how many pixels of the screen a CSS pixel has on both sides: with one only, Chromium for Linux sets text by whole pixels,
// as no other browser does, and as it does not on most screens of today.
const Grain = 2

// Near is how far an edge may be off, in pixels.
const Near = 8

// Compare lays a document out and compares it with what Chromium made of it.
func Compare(source string, g Geometry, m layout.Measurer) (Score, error) {
	doc := mailhtml.Parse(source)
	res, err := doc.Lay(context.Background(), layout.Options{
		Screen: css.Screen{Width: float32(g.Width), Height: 1000}, Measurer: m, Grain: Grain,
		Picture: func(src string) (float32, float32, bool) {
			return pictureWidth, pictureHeight, strings.HasPrefix(src, "data:")
		},
	})
	if err != nil {
		return Score{}, err
	}
	s := Score{Lines: len(g.Lines), Boxes: len(g.Boxes), Height: max(float64(res.List.Height), 1000) - g.Height, Problems: append(doc.Problems, res.Problems...)}
	s.compareLines(g, res)
	s.compareBoxes(g, res)
	return s, nil
}

func (s *Score) compareLines(g Geometry, res layout.Result) {
	ours := map[int][]string{}
	var base float32
	last := -1
	for i := range res.List.Items {
		t := res.List.Items[i].Text
		if t == nil || t.Source < 0 {
			continue
		}
		words := strings.ToLower(strings.Join(strings.FieldsFunc(t.Text, func(r rune) bool { return r == ' ' }), " "))
		if words == "" {
			continue
		}
		if t.Source == last && math.Abs(float64(t.Baseline-base)) < 1 { // one line in several directions
			ours[last][len(ours[last])-1] += " " + words
		} else {
			ours[t.Source] = append(ours[t.Source], words)
		}
		last, base = t.Source, t.Baseline
	}
	n := map[int]int{}
	for _, l := range g.Lines {
		k := n[l.Text]
		n[l.Text]++
		want := strings.ToLower(l.Words)
		if k < len(ours[l.Text]) && ours[l.Text][k] == want {
			s.SameLines++
			continue
		}
		got := "nothing"
		if k < len(ours[l.Text]) {
			got = ours[l.Text][k]
		}
		s.Different = append(s.Different, fmt.Sprintf("line %d of text %d is %q, should be %q", k, l.Text, got, want))
	}
}

func (s *Score) compareBoxes(g Geometry, res layout.Result) {
	at := map[int][4]float64{}
	tag := map[int]string{}
	for _, b := range res.List.Boxes {
		if _, ok := at[b.Element]; !ok {
			at[b.Element] = [4]float64{float64(b.X), float64(b.Y), float64(b.W), float64(b.H)}
			tag[b.Element] = b.Tag
		}
	}
	for _, b := range g.Boxes {
		o, ok := at[int(b[0])]
		if ok && near(o[0], b[1]) && near(o[1], b[2]) && near(o[0]+o[2], b[1]+b[3]) && near(o[1]+o[3], b[2]+b[4]) {
			s.NearBoxes++
			continue
		}
		s.Different = append(s.Different, fmt.Sprintf("box %v (%s) is at %.1f, should be at %.1f", b[0], tag[int(b[0])], o, b[1:]))
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= Near }
