package layout

import (
	"postroom.dev/ui/mailhtml/style"
)

// mostShared bounds the places of a table whose borders are compared.
const mostShared = 200_000

// collapse makes the borders of neighbouring cells one: of those that meet the widest wins, then the style that shows most
// (CSS 2.2, section 17.6.2.1). Each cell then has half of a border in its frame. The result is the frame of the table.
func (l *layouter) collapse(t *table, s *style.Style, columns int) frame4 {
	rows := len(t.rows)
	if rows*columns > mostShared || rows*columns == 0 {
		return frameOf(s, 0)
	}
	at := make([]int, rows*columns) // the cell at each place, counted from 1
	for i, c := range t.cells {
		for r := c.row; r < c.row+c.rows; r++ {
			for k := c.column; k < c.column+c.columns; k++ {
				at[r*columns+k] = i + 1
			}
		}
	}
	own := make([][4]style.Edge, len(t.cells))
	for i, c := range t.cells {
		own[i] = c.box.style.Border
	}
	var frame frame4
	for i := range t.cells {
		c := &t.cells[i]
		e := own[i]
		meet := func(side, row, column int) {
			if row < 0 || row >= rows || column < 0 || column >= columns {
				e[side] = stronger(e[side], s.Border[side])
				return
			}
			if k := at[row*columns+column]; k > 0 {
				e[side] = stronger(e[side], own[k-1][(side+2)%4])
			}
			if side == style.TopEdge || side == style.BottomEdge {
				e[side] = stronger(e[side], t.rows[c.row].style.Border[side])
				e[side] = stronger(e[side], t.rows[row].style.Border[(side+2)%4])
			}
		}
		meet(style.TopEdge, c.row-1, c.column)
		meet(style.BottomEdge, c.row+c.rows, c.column)
		meet(style.LeftEdge, c.row, c.column-1)
		meet(style.RightEdge, c.row, c.column+c.columns)
		half := *c.box.style
		for k := range half.Border {
			half.Border[k] = e[k]
			half.Border[k].Width = e[k].Width / 2
		}
		drawn := e
		c.box.edges, c.box.style = &drawn, &half
		if c.row == 0 {
			frame.top = max(frame.top, e[style.TopEdge].Width/2)
		}
		if c.row+c.rows == rows {
			frame.bottom = max(frame.bottom, e[style.BottomEdge].Width/2)
		}
		if c.column == 0 {
			frame.left = max(frame.left, e[style.LeftEdge].Width/2)
		}
		if c.column+c.columns == columns {
			frame.right = max(frame.right, e[style.RightEdge].Width/2)
		}
	}
	return frame
}

// stronger gives the border that wins where two meet.
func stronger(a, b style.Edge) style.Edge {
	rank := map[style.EdgeStyle]int{style.NoEdge: 0, style.Dotted: 1, style.Dashed: 2, style.Solid: 3, style.Double: 4}
	if b.Width > a.Width || b.Width == a.Width && rank[b.Style] > rank[a.Style] {
		return b
	}
	return a
}
