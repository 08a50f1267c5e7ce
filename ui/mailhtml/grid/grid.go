// Package grid is the arithmetic of tables: which column a cell stands in, and how wide the columns are.
//
// The widths are those of automatic table layout as browsers agree on it (CSS Tables 3, section 3.9; CSS 2.2, section 17.5.2.2):
// columns get their least width, then what is asked for by percentages, then by fixed widths, then up to what they would
// like, and what is left goes to those that asked for nothing. It knows no HTML; all widths are CSS pixels.
//
// Limits: MaxColumns columns, MaxRows rows. Cells that would lie beyond are left out by Place.
package grid

// The limits of a table.
const (
	MaxColumns = 1000
	MaxRows    = 20_000
)

// Column is what is known of a column, or what a cell asks of the columns that it spans.
type Column struct {
	Min, Max float32 // the least width, and the width that it would like
	Percent  float32 // of the table, 0 for none
	Fixed    bool    // Max was asked for by a width in pixels
}

// Cell is a cell with its place and its wishes.
type Cell struct {
	Column, Span int
	Column0      Column // what the cell asks for, over all columns that it spans
}

// Occupancy finds free places for cells, row by row.
type Occupancy struct {
	left []int // for each column, the rows that a cell from above still reaches down
	next int   // the column to try next
	wide int
}

// NextRow begins a row.
func (o *Occupancy) NextRow() {
	for i := range o.left {
		o.left[i] = max(0, o.left[i]-1)
	}
	o.next = 0
}

// Place gives the column for the next cell of the row. It is not ok beyond MaxColumns.
func (o *Occupancy) Place(columns, rows int) (column int, ok bool) {
	at := o.next
	for at < len(o.left) && o.left[at] > 0 {
		at++
	}
	if at+columns > MaxColumns {
		return 0, false
	}
	for len(o.left) < at+columns {
		o.left = append(o.left, 0)
	}
	for i := at; i < at+columns; i++ {
		o.left[i] = max(o.left[i], min(rows, MaxRows))
	}
	o.next = at + columns
	o.wide = max(o.wide, o.next)
	return at, true
}

// Columns gives the number of columns so far.
func (o *Occupancy) Columns() int { return o.wide }

// Columns merges what the cells ask for. given are wishes of the columns themselves (col elements); it may be shorter.
func Columns(n int, given []Column, cells []Cell, spacing float32) []Column {
	cols := make([]Column, n)
	copy(cols, given)
	widest := 1
	for _, c := range cells {
		if c.Span == 1 {
			cols[c.Column].merge(c.Column0)
		}
		widest = max(widest, c.Span)
	}
	for i := range cols {
		cols[i].Max = max(cols[i].Max, cols[i].Min)
	}
	// Cells over few columns before those over many, as they know better.
	for span := 2; span <= widest; span = nextSpan(cells, span) {
		for _, c := range cells {
			if c.Span == span {
				spread(cols[c.Column:min(c.Column+c.Span, n)], c.Column0, spacing)
			}
		}
	}
	total := float32(0)
	for i := range cols { // percentages beyond the whole do not count
		cols[i].Percent = max(0, min(cols[i].Percent, 100-total))
		total += cols[i].Percent
	}
	return cols
}

// nextSpan gives the next larger span that any cell has.
func nextSpan(cells []Cell, span int) int {
	next := MaxColumns + 1
	for _, c := range cells {
		if c.Span > span {
			next = min(next, c.Span)
		}
	}
	return next
}

// merge adds the wishes of a cell of one column.
func (c *Column) merge(o Column) {
	c.Min = max(c.Min, o.Min)
	c.Percent = max(c.Percent, o.Percent)
	switch {
	case o.Fixed == c.Fixed:
		c.Max = max(c.Max, o.Max)
	case o.Fixed: // a width that was asked for counts for more than the length of texts
		c.Max, c.Fixed = o.Max, true
	}
}

// spread gives the wishes of a cell to the columns that it spans.
func spread(cols []Column, want Column, spacing float32) {
	room := spacing * float32(len(cols)-1)
	want.Min, want.Max = max(0, want.Min-room), max(0, want.Max-room)
	var sum Column
	free := 0 // columns without a percentage
	liking := float32(0)
	for _, c := range cols {
		sum.Min += c.Min
		sum.Max += c.Max
		sum.Percent += c.Percent
		if c.Percent == 0 {
			free++
			liking += c.Max
		}
	}
	if more := want.Percent - sum.Percent; more > 0 && free > 0 {
		for i := range cols {
			if cols[i].Percent > 0 {
				continue
			}
			if liking > 0 {
				cols[i].Percent = more * cols[i].Max / liking
			} else {
				cols[i].Percent = more / float32(free)
			}
		}
	}
	if want.Min > sum.Min {
		for i, w := range Distribute(cols, want.Min) {
			cols[i].Min = max(cols[i].Min, w)
			cols[i].Max = max(cols[i].Max, cols[i].Min)
		}
	}
	if want.Max > sum.Max {
		for i, w := range Distribute(cols, want.Max) {
			cols[i].Max = max(cols[i].Max, w)
		}
	}
}

// Sum gives the least width of all columns together and the width that they would like, so that percentages come true.
func Sum(cols []Column) (least, liked float32) {
	percent, rest := float32(0), float32(0)
	for _, c := range cols {
		least += c.Min
		liked += c.Max
		if c.Percent > 0 {
			percent += c.Percent
		} else {
			rest += c.Max
		}
	}
	for _, c := range cols {
		if c.Percent > 0 {
			liked = max(liked, min(c.Max*100/c.Percent, widest))
		}
	}
	switch {
	case percent > 0 && percent < 100:
		liked = max(liked, min(rest*100/(100-percent), widest))
	case percent >= 100 && rest > 0:
		liked = widest
	}
	return least, max(least, liked)
}

// widest bounds what a percentage can ask for, in pixels.
const widest = 1e6

// Distribute gives each column its width, so that all together are target, or their least width where that is more.
func Distribute(cols []Column, target float32) []float32 {
	out := make([]float32, len(cols))
	// What the columns are in each of four guesses, and the sums.
	level := func(c Column, guess int) float32 {
		switch {
		case c.Percent > 0 && guess >= 1:
			return max(c.Min, c.Percent*target/100)
		case c.Fixed && c.Percent == 0 && guess >= 2, c.Percent == 0 && guess >= 3:
			return c.Max
		}
		return c.Min
	}
	var sums [4]float32
	for _, c := range cols {
		for g := range sums {
			sums[g] += level(c, g)
		}
	}
	for g := 1; g < 4; g++ {
		if target > sums[g] {
			continue
		}
		f := float32(0)
		if d := sums[g] - sums[g-1]; d > 0 {
			f = max(0, (target-sums[g-1])/d)
		}
		for i, c := range cols {
			low := level(c, g-1)
			out[i] = low + (level(c, g)-low)*f
		}
		return out
	}
	for i, c := range cols {
		out[i] = level(c, 3)
	}
	excess(cols, out, target-sums[3])
	return out
}

// excess shares what is left among the columns that asked for least: those without a wish, else those of fixed width, else all.
func excess(cols []Column, out []float32, left float32) {
	share := func(in func(Column) bool, weight func(i int) float32) bool {
		total, n := float32(0), 0
		for i, c := range cols {
			if in(c) {
				total += weight(i)
				n++
			}
		}
		for i, c := range cols {
			switch {
			case !in(c):
			case total > 0:
				out[i] += left * weight(i) / total
			default:
				out[i] += left / float32(n)
			}
		}
		return n > 0
	}
	liking := func(i int) float32 { return cols[i].Max }
	switch {
	case share(func(c Column) bool { return c.Percent == 0 && !c.Fixed }, liking):
	case share(func(c Column) bool { return c.Percent == 0 }, liking):
	default:
		share(func(Column) bool { return true }, func(i int) float32 { return cols[i].Percent })
	}
}
