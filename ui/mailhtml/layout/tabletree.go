package layout

import (
	"postroom.dev/ui/mailhtml/style"
)

// The boxes that CSS 2.2 section 17.2.1 asks for where a table's parts are not complete.

// fixTable gives the children of a table as captions, columns and groups of rows: stray cells and other boxes get rows round them.
func (l *layouter) fixTable(b *box) []*box {
	var out []*box
	var loose []*box
	flush := func() {
		if len(loose) > 0 {
			out = append(out, &box{kind: groupBox, style: b.style.Anonymous(style.RowGroup), kids: l.fixRows(b.style, loose)})
		}
		loose = nil
	}
	var heads, foots []*box
	for _, k := range b.kids {
		switch {
		case k.blank():
		case k.kind == captionBox || k.kind == columnBox:
			flush()
			out = append(out, k)
		case k.kind == groupBox:
			flush()
			k.kids = l.fixRows(k.style, k.kids)
			switch k.style.Display {
			case style.HeaderGroup:
				heads = append(heads, k)
			case style.FooterGroup:
				foots = append(foots, k)
			default:
				out = append(out, k)
			}
		default:
			loose = append(loose, k)
		}
	}
	flush()
	return append(append(heads, out...), foots...)
}

// fixRows gives the children of a group as rows.
func (l *layouter) fixRows(s *style.Style, kids []*box) []*box {
	var out []*box
	var loose []*box
	flush := func() {
		if len(loose) > 0 {
			row := &box{kind: rowBox, style: s.Anonymous(style.Row)}
			row.kids = l.fixCells(row.style, loose)
			if len(row.kids) > 0 {
				out = append(out, row)
			}
		}
		loose = nil
	}
	for _, k := range kids {
		switch {
		case k.blank():
		case k.kind == rowBox:
			flush()
			k.kids = l.fixCells(k.style, k.kids)
			out = append(out, k)
		default:
			loose = append(loose, k)
		}
	}
	flush()
	return out
}

// fixCells gives the children of a row as cells. Spaces in a row are nothing, whatever stands beside them.
func (l *layouter) fixCells(s *style.Style, kids []*box) []*box {
	var out []*box
	var loose []*box
	flush := func() {
		if len(loose) > 0 {
			cell := &box{kind: cellBox, style: s.Anonymous(style.Cell), columns: 1, rows: 1}
			cell.kids = l.group(cell, loose)
			out = append(out, cell)
		}
		loose = nil
	}
	for _, k := range kids {
		switch {
		case k.blank():
		case k.kind == cellBox:
			flush()
			out = append(out, k)
		default:
			loose = append(loose, k)
		}
	}
	flush()
	return out
}

// wrapStrays puts tables round cells, rows and groups that lie in no table.
func (l *layouter) wrapStrays(b *box, kids []*box) []*box {
	stray := func(k *box) bool {
		return k.kind == cellBox || k.kind == rowBox || k.kind == groupBox || k.kind == captionBox || k.kind == columnBox
	}
	found := false
	for _, k := range kids {
		found = found || stray(k)
	}
	if !found {
		return kids
	}
	var out, run []*box
	flush := func() {
		for len(run) > 0 && run[len(run)-1].blank() {
			run = run[:len(run)-1]
		}
		if len(run) > 0 {
			t := &box{kind: tableBox, style: b.style.Anonymous(style.Table), kids: run}
			t.kids = l.fixTable(t)
			out = append(out, t)
		}
		run = nil
	}
	for _, k := range kids {
		switch {
		case stray(k), k.blank() && len(run) > 0:
			run = append(run, k)
		default:
			flush()
			out = append(out, k)
		}
	}
	flush()
	return out
}
