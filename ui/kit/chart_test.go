//go:build !nogui

package kit

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

func newChart(t *testing.T) *Chart {
	t.Helper()
	c := NewChart("Messages", theme.Accent, func(n int) string { return fmt.Sprint(n, " at most") }, func(i int) string { return fmt.Sprint("bar ", i) })
	inWindow(t, c, 224, 100) // 200 pixels for the bars
	c.Set([]int{0, 5, 1000, 1}, "1 h ago", "now")
	return c
}

// heights gives how high the bars stand in a picture.
func heights(c *Chart, w, h int) []int {
	picture := c.draw(w, h)
	n := len(c.values)
	out := make([]int, n)
	for i := range n {
		for y := range h {
			if _, _, _, a := picture.At(i*w/n+1, y).RGBA(); a > 0 {
				out[i]++
			}
		}
	}
	return out
}

func chartTexts(c *Chart) (all []string) {
	for _, o := range test.WidgetRenderer(c).Objects() {
		if w, ok := o.(interface{ Hidden() bool }); ok && w.Hidden() {
			continue
		}
		all = append(all, fmt.Sprint(textOf(o)))
	}
	return all
}

func TestBarsStandAsHighAsTheirValues(t *testing.T) {
	c := newChart(t)
	if got := fmt.Sprint(heights(c, 200, 100)); got != "[0 2 100 2]" {
		t.Errorf("bars are %s pixels high", got)
	}
	if got := fmt.Sprint(heights(c, 3, 10)); len(got) == 0 { // narrower than its bars
		t.Error("no bars")
	}
	c.Set(nil, "", "")
	c.draw(200, 100)
	c.draw(0, 0)
	c.Set([]int{0, 0}, "", "")
	if got := fmt.Sprint(heights(c, 200, 100)); got != "[0 0]" {
		t.Errorf("bars are %s pixels high", got)
	}
}

func TestTheBarUnderThePointerSpeaksForItself(t *testing.T) {
	c := newChart(t)
	has := func(want ...string) {
		t.Helper()
		all := fmt.Sprint(chartTexts(c))
		for _, s := range want {
			if !strings.Contains(all, s) {
				t.Errorf("%q is not among %s", s, all)
			}
		}
	}
	has("Messages", "1000 at most", "1 h ago", "now")
	c.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(70, 20)}})
	has("bar 1", "5 at most")
	c.MouseOut()
	has("Messages", "1000 at most")
	if c.barAt(5) != -1 || c.barAt(220) != -1 {
		t.Error("there are bars beside the bars")
	}
}

func textOf(o fyne.CanvasObject) string {
	if !o.Visible() {
		return ""
	}
	return Said(o)
}
