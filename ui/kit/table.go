//go:build !nogui

package kit

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Column is one column of a Table.
type Column struct {
	Key    string // names it
	Title  string
	Width  float32 // in pixels
	Right  bool    // text stands at the right end: for numbers
	Mono   bool    // in the monospaced face
	Tag    bool    // as a Tag, on a tint of its colour
	Sorts  bool    // a click on its head sorts
	Fixed  bool    // cannot be hidden
	Hidden bool
}

// Cell is what stands in one column of a row.
type Cell struct {
	Text  string
	Color fyne.ThemeColorName
	Bold  bool
}

// Table is a List with columns under a head. All columns stand in one place, so that head and rows agree. Where they need more room than
// there is, the table scrolls sideways; where they need less, the last one takes the rest.
//
// Mouse, besides the List's: a click on a head sorts, dragging the line between two makes the left one wider, a right click asks
// which are shown. Left and Right scroll sideways.
type Table struct {
	widget.BaseWidget

	// Rows is the list under the head: its keys and On… functions are the table's.
	Rows *List
	// OnSort is told the column that the user wants the rows in the order of.
	OnSort func(key string, down bool)
	// OnLayout is told that the user made a column wider or narrower.
	OnLayout func()
	// OnHead is told of a right click on the head; at is absolute.
	OnHead func(at fyne.Position)

	columns []Column
	bind    func(i int, s RowState, cells []Cell)
	sort    string
	down    bool
	side    float32 // pixels scrolled sideways
	head    *tableHead
	bar     *tableBar
}

const (
	headHeight  float32 = 28
	leastColumn float32 = 36
	cellInset   float32 = 10
	tableBarAt  float32 = 8
)

// NewTable makes a table with rows that are rowHeight pixels high. bind fills the cells of row i, one for each of columns; it is asked as
// Row.Bind is.
func NewTable(rowHeight float32, columns []Column, src Source, sel Selection, bind func(i int, s RowState, cells []Cell)) *Table {
	t := &Table{columns: columns, bind: bind}
	t.Rows = NewList(rowHeight, src, sel, func() Row { return newTableRow(t) })
	t.Rows.OnSide = func(by float32) { t.scrollTo(t.side + by) }
	t.head, t.bar = &tableHead{table: t, hover: -1, edge: -1}, &tableBar{table: t}
	t.head.ExtendBaseWidget(t.head)
	t.bar.ExtendBaseWidget(t.bar)
	t.ExtendBaseWidget(t)
	return t
}

// Columns gives the columns as they stand.
func (t *Table) Columns() []Column { return t.columns }

// SetTitle changes the title of a column.
func (t *Table) SetTitle(key, title string) {
	for i := range t.columns {
		if t.columns[i].Key == key {
			t.columns[i].Title = title
		}
	}
	t.head.Refresh()
}

// ShowColumn shows or hides a column.
func (t *Table) ShowColumn(key string, on bool) {
	for i := range t.columns {
		if t.columns[i].Key == key {
			t.columns[i].Hidden = !on
		}
	}
	t.arranged()
}

// SetSort says in which order the rows stand, without telling OnSort.
func (t *Table) SetSort(key string, down bool) {
	t.sort, t.down = key, down
	t.head.Refresh()
}

// Sort gives the order that the head shows.
func (t *Table) Sort() (key string, down bool) { return t.sort, t.down }

// Arrangement gives widths and what is hidden as a short text, for the next time: "id=110 size=-64".
func (t *Table) Arrangement() string {
	var parts []string
	for _, c := range t.columns {
		w := int(c.Width)
		if c.Hidden {
			w = -w
		}
		parts = append(parts, c.Key+"="+strconv.Itoa(w))
	}
	return strings.Join(parts, " ")
}

// Arrange takes what Arrangement gave. Columns that it does not name, and nonsense, change nothing.
func (t *Table) Arrange(text string) {
	for part := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(part, "=")
		w, err := strconv.Atoi(value)
		if err != nil || max(w, -w) < int(leastColumn) || max(w, -w) > 2000 {
			continue
		}
		for i := range t.columns {
			if c := &t.columns[i]; c.Key == key {
				c.Width, c.Hidden = float32(max(w, -w)), w < 0 && !c.Fixed
			}
		}
	}
	t.arranged()
}

// arranged shows columns that stand otherwise now.
func (t *Table) arranged() {
	t.clampSide()
	t.Rows.Refresh()
	t.head.Refresh()
	t.bar.Refresh()
}

// total is the room that the columns ask for.
func (t *Table) total() float32 {
	w := float32(0)
	for _, c := range t.columns {
		if !c.Hidden {
			w += c.Width
		}
	}
	return w
}

// each tells where every visible column stands in a view of this width.
func (t *Table) each(width float32, do func(i int, x, w float32)) {
	last := -1
	for i, c := range t.columns {
		if !c.Hidden {
			last = i
		}
	}
	x := -t.side
	for i, c := range t.columns {
		if c.Hidden {
			continue
		}
		w := c.Width
		if i == last {
			w = max(w, width-x)
		}
		do(i, x, w)
		x += w
	}
}

func (t *Table) clampSide() {
	t.side = max(0, min(t.side, t.total()-t.Size().Width))
}

func (t *Table) scrollTo(side float32) {
	before := t.side
	t.side = whole(side)
	t.clampSide()
	if t.side != before {
		t.Rows.reflow()
		t.head.Refresh()
		t.bar.Refresh()
	}
}

func (t *Table) clickedHead(i int) {
	c := t.columns[i]
	if !c.Sorts {
		return
	}
	t.SetSort(c.Key, t.sort == c.Key && !t.down)
	if t.OnSort != nil {
		t.OnSort(t.sort, t.down)
	}
}

// CreateRenderer implements fyne.Widget.
func (t *Table) CreateRenderer() fyne.WidgetRenderer {
	d := &drawing{owner: t, objects: []fyne.CanvasObject{t.head, t.Rows, t.bar}}
	d.min = func() fyne.Size { return fyne.NewSize(120, headHeight+80) }
	d.layout = func(s fyne.Size) {
		t.clampSide()
		place(t.head, 0, 0, s.Width, headHeight)
		place(t.Rows, 0, headHeight, s.Width, s.Height-headHeight)
		place(t.bar, 0, s.Height-tableBarAt, s.Width, tableBarAt)
		t.bar.Refresh()
	}
	d.paint = func() {}
	return d
}

// tableBar is the bar along the bottom of a Table that is wider than its view.
type tableBar struct {
	widget.BaseWidget
	table *Table
}

// thumb gives where the bar stands; long is 0 where there is none.
func (b *tableBar) thumb() (x, long float32) {
	view, total := b.Size().Width, b.table.total()
	if total <= view || view <= 0 {
		return 0, 0
	}
	long = max(32, view*view/total)
	return (view - long) * b.table.side / (total - view), long
}

// Dragged implements fyne.Draggable.
func (b *tableBar) Dragged(e *fyne.DragEvent) {
	if _, long := b.thumb(); long > 0 && b.Size().Width > long {
		b.table.scrollTo(b.table.side + e.Dragged.DX*(b.table.total()-b.Size().Width)/(b.Size().Width-long))
	}
}

// DragEnd implements fyne.Draggable.
func (b *tableBar) DragEnd() {}

// CreateRenderer implements fyne.Widget.
func (b *tableBar) CreateRenderer() fyne.WidgetRenderer {
	bar := canvas.NewRectangle(nil)
	bar.CornerRadius = 2
	d := &drawing{owner: b, objects: []fyne.CanvasObject{bar}}
	d.min = func() fyne.Size { return fyne.NewSize(10, tableBarAt) }
	d.layout = func(s fyne.Size) {
		x, long := b.thumb()
		show(bar, long > 0)
		place(bar, whole(x), 2, whole(long), 4)
	}
	d.paint = func() { fill(bar, theme.ScrollBar) }
	d.paint()
	return d
}

var (
	_ fyne.Draggable      = (*tableBar)(nil)
	_ desktop.Mouseable   = (*tableHead)(nil)
	_ desktop.Hoverable   = (*tableHead)(nil)
	_ desktop.Cursorable  = (*tableHead)(nil)
	_ fyne.Draggable      = (*tableHead)(nil)
	_ fyne.CanvasObject   = (*Table)(nil)
	_ fyne.WidgetRenderer = (*drawing)(nil)
)
