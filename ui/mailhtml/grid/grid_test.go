package grid

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCellsFindTheirColumns(t *testing.T) {
	var o Occupancy
	place := func(columns, rows, want int) {
		t.Helper()
		if got, ok := o.Place(columns, rows); got != want || !ok {
			t.Errorf("a cell of %d columns stands in %d, %v; not %d", columns, got, ok, want)
		}
	}
	place(1, 3, 0)
	place(2, 1, 1)
	o.NextRow()
	place(1, 1, 1)
	place(1, 2, 2)
	o.NextRow()
	place(1, 1, 1)
	place(1, 1, 3)
	if o.Columns() != 4 {
		t.Errorf("%d columns", o.Columns())
	}
	if _, ok := o.Place(MaxColumns, 1); ok {
		t.Error("a cell beyond the limit was placed")
	}
}

func TestDistribute(t *testing.T) {
	free := func(least, may float32) Column { return Column{Min: least, Max: may} }
	for _, c := range []struct {
		name   string
		cols   []Column
		target float32
		want   []float32
	}{
		{"never under the least", []Column{free(30, 50), free(40, 60)}, 10, []float32{30, 40}},
		{"between least and liked", []Column{free(0, 100), free(0, 300)}, 200, []float32{50, 150}},
		{"what is left goes in proportion", []Column{free(0, 10), free(0, 30)}, 80, []float32{20, 60}},
		{"percentages first", []Column{{Percent: 25}, free(10, 20)}, 100, []float32{25, 75}},
		{"fixed columns keep their width", []Column{{Max: 40, Fixed: true}, free(5, 10)}, 100, []float32{40, 60}},
		{"unless all are fixed", []Column{{Max: 40, Fixed: true}, {Max: 10, Fixed: true}}, 100, []float32{80, 20}},
		{"empty columns share", []Column{{}, {}}, 10, []float32{5, 5}},
	} {
		if diff := cmp.Diff(c.want, Distribute(c.cols, c.target)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestACellOverColumnsSpreadsItsWishes(t *testing.T) {
	cols := Columns(3, nil, []Cell{
		{Column: 0, Span: 1, Column0: Column{Min: 10, Max: 10}}, {Column: 1, Span: 1, Column0: Column{Min: 30, Max: 30}},
		{Column: 0, Span: 2, Column0: Column{Min: 80, Max: 80}},
	}, 0)
	least, liked := Sum(cols)
	if least != 80 || liked != 80 || cols[2] != (Column{}) {
		t.Errorf("%v: %v, %v", cols, least, liked)
	}
}

func TestColumnsFillTheTableAndAreNeverTooNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string) float32 { return float32(rapid.IntRange(0, 500).Draw(t, name)) }
		var cells []Cell
		n := rapid.IntRange(1, 6).Draw(t, "columns")
		for range rapid.IntRange(1, 8).Draw(t, "cells") {
			at := rapid.IntRange(0, n-1).Draw(t, "at")
			w := Column{Min: number("min"), Fixed: rapid.Bool().Draw(t, "fixed")}
			w.Max = w.Min + number("more")
			if rapid.Bool().Draw(t, "relative") {
				w.Percent = number("percent") / 5
			}
			cells = append(cells, Cell{Column: at, Span: rapid.IntRange(1, n-at).Draw(t, "span"), Column0: w})
		}
		cols := Columns(n, nil, cells, 0)
		target := number("target") * 4
		least, _ := Sum(cols)
		sum := float32(0)
		for i, w := range Distribute(cols, target) {
			if w < cols[i].Min-0.5 || math.IsNaN(float64(w)) {
				t.Fatalf("column %d of %+v is %v wide at %v", i, cols, w, target)
			}
			sum += w
		}
		if want := max(target, least); math.Abs(float64(sum-want)) > 1 {
			t.Fatalf("%+v are %v wide, not %v", cols, sum, want)
		}
	})
}
