package layout

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
)

func TestStopsWithoutAPlaceShareTheRoomBetweenTheirNeighbours(t *testing.T) {
	percent := func(v float32) css.Length { return css.Length{Percent: v, Kind: css.Relative} }
	for _, c := range []struct {
		name string
		at   []css.Length
		want []float32
	}{
		{"two", make([]css.Length, 2), []float32{0, 1}},
		{"one", make([]css.Length, 1), []float32{1}},
		{"five", make([]css.Length, 5), []float32{0, 0.25, 0.5, 0.75, 1}},
		{"a first with a place", []css.Length{percent(50), {}, {}}, []float32{0.5, 0.75, 1}},
		{"pixels", []css.Length{{}, css.Pixels(50), {}, percent(100)}, []float32{0, 0.25, 0.625, 1}},
		{"none before an earlier one", []css.Length{percent(60), percent(40), {}, percent(20)}, []float32{0.6, 0.6, 0.6, 0.6}},
		{"beyond both ends", []css.Length{percent(-100), {}, percent(300)}, []float32{-1, 1, 3}},
	} {
		stops := make([]css.Stop, len(c.at))
		for i := range stops {
			stops[i].At = c.at[i]
		}
		var got []float32
		for _, s := range placed(stops, 200) {
			got = append(got, s.At)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestTheLineOfAGradientReachesTheCorners(t *testing.T) {
	r := display.Rect{W: 300, H: 100}
	stops := make([]css.Stop, 2)
	for _, c := range []struct {
		g    css.Gradient
		want [3]float64
	}{
		{css.Gradient{Angle: 0, Stops: stops}, [3]float64{0, -1, 100}},
		{css.Gradient{Angle: 90, Stops: stops}, [3]float64{1, 0, 300}},
		{css.Gradient{Angle: 135, Stops: stops}, [3]float64{math.Sqrt2 / 2, math.Sqrt2 / 2, 400 * math.Sqrt2 / 2}},
		{css.Gradient{Corner: [2]int8{-1, 1}, Stops: stops}, [3]float64{-1 / math.Sqrt(10), 3 / math.Sqrt(10), 600 / math.Sqrt(10)}},
	} {
		g := gradient(&c.g, r)
		for i, v := range [3]float32{g.X, g.Y, g.Length} {
			if math.Abs(float64(v)-c.want[i]) > 1e-3 {
				t.Errorf("%+v goes %v", c.g, g)
				break
			}
		}
	}
	if g := gradient(&css.Gradient{Stops: stops}, display.Rect{W: 5}); g != nil {
		t.Errorf("over nothing: %v", g)
	}
}
