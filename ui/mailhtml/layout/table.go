package layout

import (
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/grid"
	"postroom.dev/ui/mailhtml/style"
)

// table is what is known of a table before it is laid out.
type table struct {
	rows     []*box
	groups   []*box // for each row, the group that it stands in
	cells    []cell
	byRow    [][]int // the cells that begin in each row
	columns  []grid.Column
	captions []*box
	across   float32 // the spacing between columns
	down     float32 // and between rows
	frame    frame4  // of the table itself
}

// cell is a cell with its place.
type cell struct {
	box                        *box
	row, column, columns, rows int
	part                       *part
	height                     float32 // that the cell needs, its frame counted
	base                       baselines
	content                    float32 // the height of what is in it
}

// tableOf looks at a table, once: it finds the places of the cells and the wishes of the columns.
func (l *layouter) tableOf(b *box) *table {
	if b.grid != nil {
		return b.grid
	}
	s := b.style
	t := &table{across: s.Spacing[0], down: s.Spacing[1]}
	b.grid = t
	given := l.placeCells(t, b)
	n := 0
	for _, c := range t.cells {
		n = max(n, c.column+c.columns)
	}
	n = max(n, min(len(given), grid.MaxColumns))
	t.frame = frameOf(s, 0)
	if s.Collapse {
		t.across, t.down = 0, 0
		t.frame = l.collapse(t, s, n)
	}
	wishes := make([]grid.Cell, len(t.cells))
	for i, c := range t.cells {
		wishes[i] = grid.Cell{Column: c.column, Span: c.columns, Column0: l.wish(c.box)}
	}
	if n > 0 {
		t.columns = grid.Columns(n, given[:min(len(given), n)], wishes, t.across)
	}
	return t
}

// placeCells finds the rows, the cells and the captions, and gives the wishes of the columns themselves.
func (l *layouter) placeCells(t *table, b *box) (given []grid.Column) {
	var column func(k *box)
	column = func(k *box) {
		inner := 0
		for _, c := range k.kids {
			if c.kind == columnBox {
				column(c)
				inner++
			}
		}
		for range k.columns {
			if inner > 0 || len(given) >= grid.MaxColumns {
				return
			}
			given = append(given, columnWish(k.style))
		}
	}
	for _, k := range b.kids {
		switch k.kind {
		case captionBox:
			t.captions = append(t.captions, k)
		case columnBox:
			column(k)
		case groupBox:
			l.placeGroup(t, k)
		}
	}
	return given
}

// placeGroup finds the places of the cells of one group of rows: no cell reaches out of its group.
func (l *layouter) placeGroup(t *table, g *box) {
	occupied := grid.Occupancy{}
	for i, row := range g.kids {
		if len(t.rows) >= grid.MaxRows {
			l.cut[cutBoxes] = true
			return
		}
		r := len(t.rows)
		t.rows, t.groups, t.byRow = append(t.rows, row), append(t.groups, g), append(t.byRow, nil)
		if i > 0 {
			occupied.NextRow()
		}
		for _, k := range row.kids {
			rows := k.rows
			if rows == 0 || rows > len(g.kids)-i {
				rows = len(g.kids) - i
			}
			at, ok := occupied.Place(k.columns, rows)
			if !ok {
				l.cut[cutBoxes] = true
				break
			}
			t.byRow[r] = append(t.byRow[r], len(t.cells))
			t.cells = append(t.cells, cell{box: k, row: r, column: at, columns: k.columns, rows: rows})
		}
	}
}

func columnWish(s *style.Style) grid.Column {
	switch s.Width.Kind {
	case css.Fixed:
		return grid.Column{Max: s.Width.Px, Fixed: true}
	case css.Relative:
		return grid.Column{Percent: s.Width.Percent}
	}
	return grid.Column{}
}

// wish gives what a cell asks of its columns.
func (l *layouter) wish(b *box) grid.Column {
	s := b.style
	least, may := l.content(b)
	least, may = least+s.Sides(0), may+s.Sides(0)
	if s.MinWidth.Kind == css.Fixed {
		least = max(least, l.outer(s, s.MinWidth, 0))
	}
	w := grid.Column{Min: least, Max: max(least, may)}
	switch s.Width.Kind {
	case css.Fixed:
		w.Fixed, w.Max = true, max(least, l.outer(s, s.Width, 0))
	case css.Relative:
		w.Percent = max(0, s.Width.Percent)
	}
	if s.MaxWidth.Kind == css.Fixed {
		w.Max = max(w.Min, min(w.Max, l.outer(s, s.MaxWidth, 0)))
	}
	return w
}

// sides is what of a table's width is not columns.
func (t *table) sides() float32 {
	return t.frame.left + t.frame.right + t.across*float32(len(t.columns)+1)
}

func (l *layouter) intrinsicTable(b *box) (least, may float32) {
	t := l.tableOf(b)
	s := b.style
	least, may = grid.Sum(t.columns)
	least, may = least+t.sides(), may+t.sides()
	for _, c := range t.captions {
		mn, _ := l.intrinsic(c)
		least = max(least, mn)
	}
	if s.FixedTable && s.Width.Kind == css.Fixed {
		least = 0
	}
	if s.MaxWidth.Kind == css.Fixed {
		may = max(least, min(may, l.tableOuter(s, s.MaxWidth, 0)))
	}
	if s.Width.Kind == css.Fixed {
		least = max(least, l.tableOuter(s, s.Width, 0))
		may = least
	}
	if s.MinWidth.Kind == css.Fixed {
		least = max(least, l.tableOuter(s, s.MinWidth, 0))
	}
	return least, max(least, may)
}

// tableOuter gives the border box's width of a width that a table asks for.
func (l *layouter) tableOuter(s *style.Style, w css.Length, avail float32) float32 {
	v := max(0, w.Of(avail))
	if !s.BorderBox {
		v += s.Sides(avail)
	}
	return v
}

// tableWidth gives the width of a table's border box, where room is what its margins leave of avail.
func (l *layouter) tableWidth(b *box, avail, room float32) float32 {
	t := l.tableOf(b)
	s := b.style
	least, may := grid.Sum(t.columns)
	least, may = least+t.sides(), may+t.sides()
	for _, c := range t.captions {
		mn, _ := l.intrinsic(c)
		least = max(least, mn)
	}
	w := min(max(least, room), max(least, may))
	if s.Width.Definite() {
		w = l.tableOuter(s, s.Width, avail)
		if !s.FixedTable {
			w = max(w, least)
		}
	}
	if s.MaxWidth.Definite() {
		w = max(min(w, l.tableOuter(s, s.MaxWidth, avail)), min(w, least))
	}
	if s.MinWidth.Definite() {
		w = max(w, l.tableOuter(s, s.MinWidth, avail))
	}
	return w
}

// columnWidths gives the widths of the columns of a table of this width.
func (l *layouter) columnWidths(b *box, t *table, w float32) []float32 {
	room := max(0, w-t.sides())
	if !b.style.FixedTable || !b.style.Width.Definite() {
		return grid.Distribute(t.columns, room)
	}
	// Only the first row has a say (CSS 2.2, section 17.5.2.1).
	cols := make([]grid.Column, len(t.columns))
	for i, c := range t.columns {
		if c.Fixed || c.Percent > 0 {
			cols[i] = grid.Column{}
		}
	}
	for _, k := range t.first() {
		c := &t.cells[k]
		wish := columnWish(c.box.style)
		if wish.Fixed {
			wish.Max = l.outer(c.box.style, c.box.style.Width, 0)
		}
		for i := c.column; i < min(c.column+c.columns, len(cols)); i++ {
			cols[i] = grid.Column{Max: wish.Max / float32(c.columns), Percent: wish.Percent / float32(c.columns), Fixed: wish.Fixed}
		}
	}
	out := make([]float32, len(cols))
	left, free := room, 0
	for i, c := range cols {
		switch {
		case c.Percent > 0:
			out[i] = c.Percent * room / 100
		case c.Fixed:
			out[i] = c.Max
		default:
			free++
			continue
		}
		left -= out[i]
	}
	if free == 0 {
		return grid.Distribute(cols, room)
	}
	for i, c := range cols {
		if c.Percent == 0 && !c.Fixed {
			out[i] = max(0, left) / float32(free)
		}
	}
	return out
}

// first gives the cells of the first row.
func (t *table) first() []int {
	if len(t.byRow) == 0 {
		return nil
	}
	return t.byRow[0]
}
