package css

import (
	"image/color"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGradientsGoWhereTheySay(t *testing.T) {
	red, blue := color.NRGBA{R: 255, A: 255}, color.NRGBA{B: 255, A: 255}
	plain := []Stop{{Color: red}, {Color: blue}}
	percent := func(v float32) Length { return Length{Percent: v, Kind: Relative} }
	for value, want := range map[string]*Gradient{
		"linear-gradient(red, blue)":                          {Angle: 180, Stops: plain},
		"LINEAR-GRADIENT( To Right , Red , Blue )":            {Angle: 90, Stops: plain},
		"linear-gradient(to left,red,blue)":                   {Angle: 270, Stops: plain},
		"linear-gradient(to top,red,blue)":                    {Angle: 0, Stops: plain},
		"linear-gradient(to left top,red,blue)":               {Angle: 180, Corner: [2]int8{-1, -1}, Stops: plain},
		"linear-gradient(45deg,red,blue)":                     {Angle: 45, Stops: plain},
		"linear-gradient(0,red,blue)":                         {Angle: 0, Stops: plain},
		"linear-gradient(-.25turn,red,blue)":                  {Angle: -90, Stops: plain},
		"linear-gradient(100grad,red,blue)":                   {Angle: 90, Stops: plain},
		"-webkit-linear-gradient(left,red,blue)":              {Angle: 90, Stops: plain},
		"-moz-linear-gradient(top,red,blue)":                  {Angle: 180, Stops: plain},
		"-webkit-linear-gradient(0deg,red,blue)":              {Angle: 90, Stops: plain},
		"-webkit-linear-gradient(left top,red,blue)":          {Angle: 180, Corner: [2]int8{1, 1}, Stops: plain},
		"linear-gradient(red 10%, 2em blue)":                  {Angle: 180, Stops: []Stop{{red, percent(10)}, {blue, Pixels(20)}}},
		"linear-gradient(red 0 5px, rgb(0, 0, 255) calc(1%))": {Angle: 180, Stops: []Stop{{red, Pixels(0)}, {red, Pixels(5)}, {blue, percent(1)}}},
		// Of what is not read, the first colour.
		"radial-gradient(circle at center, red, blue)":                          {Stops: plain[:1]},
		"repeating-linear-gradient(45deg, red, blue 10px)":                      {Stops: plain[:1]},
		"-webkit-gradient(linear, left top, left bottom, from(#f00), to(blue))": {Stops: plain[:1]},
		"linear-gradient(to nowhere, red, blue)":                                {Stops: plain[:1]},
		"linear-gradient(red" + strings.Repeat(",blue", MaxStops) + ")":         {Stops: plain[:1]},
		"linear-gradient(red, 30%, blue)":                                       {Stops: plain[:1]},
		"linear-gradient(red, blue 5)":                                          {Stops: plain[:1]},
		"linear-gradient()":                                                     nil,
		"linear-gradient(":                                                      nil,
		"linear-gradient(,,)":                                                   nil,
		"linear-gradient(red" + strings.Repeat(" ", MaxGradient) + ",blue)":     nil,
	} {
		got, ok := ParseGradient(value, Sizes{Em: 10})
		if ok != (want != nil) {
			t.Errorf("%.80s: %v", value, ok)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%.80s:\n%s", value, d)
		}
	}
}

func FuzzParseGradient(f *testing.F) {
	f.Add("linear-gradient(to top right, red 1px 50%, rgba(0,0,0,.5) calc(1px + 2%), blue)")
	f.Add("-webkit-linear-gradient(1e30deg,#123,#456789ab -9999999%)")
	f.Add("-webkit-gradient(linear, 0 0, 0 100%, from(#fff), to(#000))")
	f.Fuzz(func(t *testing.T, value string) {
		g, ok := ParseGradient(value, Sizes{Em: 16, Rem: 16, Width: 800, Height: 600})
		if ok != (g != nil) || ok && (len(g.Stops) == 0 || len(g.Stops) > 2*MaxStops || g.Angle != g.Angle) {
			t.Errorf("%v, %v", g, ok)
		}
	})
}
