//go:build !nogui

package kit

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"postroom.dev/ui/theme"
)

// tableFixture is a table of three columns with what it told.
type tableFixture struct {
	*Table
	told []string
}

func newTable(t testing.TB, n int, width float32) *tableFixture {
	t.Helper()
	src := upTo(n)
	f := &tableFixture{}
	f.Table = NewTable(32, []Column{
		{Key: "id", Title: "Id", Width: 100, Sorts: true, Mono: true, Fixed: true},
		{Key: "state", Title: "State", Width: 80, Tag: true},
		{Key: "size", Title: "Size", Width: 120, Sorts: true, Right: true},
	}, src, NewKeySet(src), func(i int, _ RowState, cells []Cell) {
		cells[0] = Cell{Text: fmt.Sprintf("id%d", src.keys[i])}
		cells[1] = Cell{Text: "held", Color: theme.Warn}
		cells[2] = Cell{Text: fmt.Sprint(src.keys[i] * 10)}
	})
	f.OnSort = func(key string, down bool) { f.told = append(f.told, fmt.Sprint("sort ", key, " ", down)) }
	f.OnLayout = func() { f.told = append(f.told, "layout "+f.Arrangement()) }
	inWindow(t, f.Table, width, 200)
	return f
}

// row gives the visible cells of the row that is drawn for index i, with where they begin.
func (f *tableFixture) row(i int) (texts []string, at []float32) {
	r := test.WidgetRenderer(f.Rows).(*listRenderer)
	for _, s := range r.slots {
		if s.index != i {
			continue
		}
		row := s.row.(*tableRow)
		for k := range row.words {
			w := row.words[k]
			if row.tags[k] != nil {
				w = row.tags[k].words
			}
			if w.text.Visible() || w.ink.Visible() {
				texts, at = append(texts, w.text.Text), append(at, w.text.Position().X)
			}
		}
	}
	return texts, at
}

func (f *tableFixture) headAt(x float32, button desktop.MouseButton) {
	e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 10)}, Button: button}
	f.head.MouseMoved(e)
	f.head.MouseDown(e)
}

func TestATableShowsItsCellsUnderTheirHeads(t *testing.T) {
	f := newTable(t, 10, 400)
	texts, at := f.row(0)
	if want := []string{"id10", "held", "100"}; !slices.Equal(texts, want) {
		t.Fatalf("row 0 shows %q, want %q", texts, want)
	}
	if at[0] != 10 || at[1] != 116 { // the tag's text stands 6 pixels inside it
		t.Errorf("cells begin at %v", at)
	}
	if at[2] < 300 { // the last column takes the rest, and its numbers stand at the right
		t.Errorf("the number begins at %v", at[2])
	}
}

func TestAClickOnAHeadSorts(t *testing.T) {
	f := newTable(t, 10, 400)
	f.headAt(50, desktop.MouseButtonPrimary)
	f.headAt(50, desktop.MouseButtonPrimary)
	f.headAt(140, desktop.MouseButtonPrimary) // which does not sort
	f.headAt(250, desktop.MouseButtonPrimary)
	if want := []string{"sort id false", "sort id true", "sort size false"}; !slices.Equal(f.told, want) {
		t.Errorf("told %q, want %q", f.told, want)
	}
}

func TestDraggingTheLineBetweenHeadsMakesAColumnWider(t *testing.T) {
	f := newTable(t, 10, 400)
	f.headAt(101, desktop.MouseButtonPrimary)
	f.head.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(150, 10)}})
	f.head.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(140, 10)}})
	f.head.DragEnd()
	f.head.MouseUp(nil)
	if _, at := f.row(0); at[1] != 156 {
		t.Errorf("the second cell begins at %v", at[1])
	}
	if want := []string{"layout id=140 state=80 size=120"}; !slices.Equal(f.told, want) {
		t.Errorf("told %q, want %q", f.told, want)
	}
	f.headAt(141, desktop.MouseButtonPrimary)
	f.head.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(-500, 10)}})
	f.head.DragEnd()
	if w := f.Columns()[0].Width; w != leastColumn {
		t.Errorf("a column can be %v pixels wide", w)
	}
}

func TestAHiddenColumnLeavesItsRoomToOthers(t *testing.T) {
	f := newTable(t, 10, 400)
	f.ShowColumn("state", false)
	texts, _ := f.row(0)
	if want := []string{"id10", "100"}; !slices.Equal(texts, want) {
		t.Errorf("row 0 shows %q, want %q", texts, want)
	}
	f.headAt(150, desktop.MouseButtonPrimary) // where the state was, size is now
	if want := []string{"sort size false"}; !slices.Equal(f.told, want) {
		t.Errorf("told %q", f.told)
	}
	f.ShowColumn("state", true)
	if texts, _ = f.row(0); len(texts) != 3 {
		t.Errorf("row 0 shows %q", texts)
	}
}

func TestATableThatIsTooWideScrollsSideways(t *testing.T) {
	f := newTable(t, 10, 200) // of 300
	f.Rows.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if _, at := f.row(0); at[0] != 10-sideStep {
		t.Errorf("after Right the first cell begins at %v", at[0])
	}
	for range 10 {
		f.Rows.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	}
	if f.side != 100 {
		t.Errorf("scrolled by %v of 100", f.side)
	}
	f.headAt(40, desktop.MouseButtonPrimary) // at 140 of all: the state, which does not sort
	f.headAt(150, desktop.MouseButtonPrimary)
	if want := []string{"sort size false"}; !slices.Equal(f.told, want) {
		t.Errorf("told %q", f.told)
	}
	f.bar.Dragged(&fyne.DragEvent{Dragged: fyne.Delta{DX: -500}})
	if f.side != 0 {
		t.Errorf("the bar leaves it at %v", f.side)
	}
}

func TestAnArrangementIsFoundAgain(t *testing.T) {
	f := newTable(t, 1, 400)
	f.Arrange("id=-150 size=-200 state=x nonsense =3 size2=90 state=999999")
	if got, want := f.Arrangement(), "id=150 state=80 size=-200"; got != want { // the id cannot be hidden
		t.Errorf("arranged as %q, want %q", got, want)
	}
	g := newTable(t, 1, 400)
	g.Arrange(f.Arrangement())
	if g.Arrangement() != f.Arrangement() {
		t.Errorf("again as %q", g.Arrangement())
	}
}

func TestALayoutOfATableMakesNoObjects(t *testing.T) {
	f := newTable(t, 100, 400)
	before := len(test.WidgetRenderer(f.Rows).Objects())
	for range 5 {
		f.Resize(fyne.NewSize(390, 200))
		f.Resize(fyne.NewSize(400, 200))
	}
	if after := len(test.WidgetRenderer(f.Rows).Objects()); after != before {
		t.Errorf("%d objects became %d", before, after)
	}
}
