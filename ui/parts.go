//go:build !nogui

package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// partList is the Parts tab: the tree of parts, each problem in a row under its part.
type partList struct {
	viewer  *viewer
	rows    []partRow
	leaves  int
	chosen  *kit.KeySet
	list    *kit.List
	view    *partView
	content *fyne.Container // list above, view below
}

// partRow is a part, or a problem of the part above it.
type partRow struct {
	part    *model.PartRow
	problem string
}

func newPartList(v *viewer) *partList {
	p := &partList{viewer: v}
	p.chosen = kit.NewKeySet(p)
	p.list = kit.NewList(32, p, p.chosen, func() kit.Row { return newPartLine(p) })
	p.list.Keys = v.win.keys
	p.view = newPartView(v)
	p.content = container.New(freeLayout{fyne.NewSize(80, 100), func(s fyne.Size) {
		h := max(min(float32(len(p.rows))*32, s.Height*0.45), min(64, s.Height))
		put(p.list, 0, 0, s.Width, h)
		put(p.view.content, 0, h, s.Width, s.Height-h)
	}}, p.list, p.view.content)
	p.list.OnSelect = p.showSelected
	p.list.OnOpen = func(int) { p.saveSelected() }
	p.list.OnMenu = func(i int, at fyne.Position) {
		part := p.rows[i].part
		items := []*fyne.MenuItem{fyne.NewMenuItem(say.T("Copy type"), func() { v.win.clipboard.SetContent(part.Type) })}
		if part.Name != "" {
			items = append(items, fyne.NewMenuItem(say.T("Copy file name"), func() { v.win.clipboard.SetContent(part.Name) }))
		}
		v.win.popUp(v.win.acts.menu(inPart, items...), at)
	}
	return p
}

// Len, Key and Index implement kit.Source: rows do not move, a row is its own key.
func (p *partList) Len() int        { return len(p.rows) }
func (p *partList) Key(i int) int64 { return int64(i) }
func (p *partList) Index(key int64) int {
	if key < 0 || key >= int64(len(p.rows)) {
		return -1
	}
	return int(key)
}

// set shows the parts of a message, with its first attachment or part selected.
func (p *partList) set(parts []model.PartRow) {
	p.rows, p.leaves = p.rows[:0], 0
	first := -1
	for i := range parts {
		part := &parts[i]
		if part.Leaf {
			p.leaves++
			if first < 0 || part.Name != "" && p.rows[first].part.Name == "" {
				first = len(p.rows)
			}
		}
		p.rows = append(p.rows, partRow{part: part})
		for _, text := range part.Problems {
			p.rows = append(p.rows, partRow{part: part, problem: text})
		}
	}
	p.chosen.Range(0, -1)
	p.list.Reset()
	if first >= 0 {
		p.chosen.Only(int64(first))
		p.list.SetCursor(first)
	}
	p.view.of = "" // another message's part may have the number
	p.showSelected()
	if s := p.content.Size(); s.Width > 0 {
		p.content.Layout.Layout(p.content.Objects, s)
	}
}

// count is the number of parts that have content of their own.
func (p *partList) count() int { return p.leaves }

// selected gives the part that is selected, nil for none that could be saved.
func (p *partList) selected() *model.PartRow {
	for _, key := range p.chosen.List() {
		if part := p.rows[key].part; part.Leaf {
			return part
		}
	}
	return nil
}

// showSelected shows the selected part, and whether it can be saved.
func (p *partList) showSelected() {
	part := p.selected()
	p.viewer.savePart.SetDisabled(part == nil)
	if p.viewer.tabs == nil || p.viewer.tabs.Selected() == tabParts {
		p.view.show(part)
	}
}

func (p *partList) saveSelected() {
	if part := p.selected(); part != nil {
		p.viewer.saveDecoded(part)
	}
}

// partLine draws a row of the tree: number, type, name, size; or a problem.
type partLine struct {
	list                     *partList
	icon                     *kit.Glyph
	kind, number, name, size *kit.Words
	depth                    int
	problem                  bool
}

func newPartLine(p *partList) *partLine {
	return &partLine{
		list: p, icon: kit.NewGlyph(16), kind: kit.NewWords(theme.SizeMedium), number: kit.NewMonoWords(theme.SizeSmall),
		name: kit.NewWords(theme.SizeMedium), size: kit.NewWords(theme.SizeSmall),
	}
}

// Objects implements kit.Row.
func (l *partLine) Objects() []fyne.CanvasObject {
	return slices.Concat([]fyne.CanvasObject{l.icon.Object()}, l.kind.Objects(), l.number.Objects(), l.name.Objects(), l.size.Objects())
}

// Bind implements kit.Row.
func (l *partLine) Bind(i int, s kit.RowState) {
	row := l.list.rows[i]
	l.depth, l.problem = row.part.Depth, row.problem != ""
	for _, w := range []*kit.Words{l.number, l.name, l.size} {
		w.SetVisible(!l.problem)
	}
	if l.problem {
		l.icon.Set("triangle-alert", theme.Warn)
		l.kind.Set(row.problem, theme.Warn)
		return
	}
	l.icon.Set(partIcon(row.part), s.Dim())
	l.kind.Set(row.part.Type, theme.Text)
	l.number.Set(row.part.Number, s.Dim())
	l.name.Set(row.part.Name, theme.Text)
	size := ""
	if row.part.Leaf {
		size = model.Size(row.part.Size)
		if row.part.Encoding != "" {
			size = row.part.Encoding + "   " + size
		}
	}
	l.size.Set(size, s.Dim())
}

func partIcon(p *model.PartRow) string {
	kind, _, _ := strings.Cut(p.Type, "/")
	switch {
	case !p.Leaf:
		return "layers"
	case p.Type == "message/rfc822":
		return "mail"
	case p.Type == "text/html":
		return "code"
	case kind == "text":
		return "file-text"
	case kind == "image":
		return "image"
	}
	return "file"
}

// Place implements kit.Row.
func (l *partLine) Place(x, y, w, h float32) {
	middle, left := y+h/2, x+18+float32(min(l.depth, 12))*18
	l.icon.Place(left, middle)
	left += 24
	if l.problem {
		l.kind.Place(left, middle, x+w-18-left)
		return
	}
	end := x + w - 18
	end -= l.size.PlaceRight(end, middle) + 14
	l.number.Place(left, middle, 60)
	left += max(l.number.Width()+10, 24)
	l.kind.Place(left, middle, max(end-left, 0))
	left += l.kind.Width() + 16
	l.name.Place(left, middle, max(end-left, 0))
}
