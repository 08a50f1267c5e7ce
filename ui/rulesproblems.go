//go:build !nogui

package ui

import (
	"sort"
	"strconv"

	"fyne.io/fyne/v2"

	"postroom.dev/mta/table"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// ruleProblems lists below a table what is wrong with it. A click on one, or F8, brings its line into sight.
type ruleProblems struct {
	view   *rulesView
	list   *kit.List
	chosen *kit.KeySet
	line   *kit.Fill
}

const problemLine float32 = 24

const mostProblems = 5 // in sight; the others are scrolled to

func newRuleProblems(v *rulesView) *ruleProblems {
	p := &ruleProblems{view: v, line: kit.NewLine()}
	p.chosen = kit.NewKeySet(p)
	p.list = kit.NewList(problemLine, p, p.chosen, func() kit.Row { return newProblemRow(v) })
	p.list.Keys = v.win.keys
	p.list.OnClick = func(i int) { p.jump(i) }
	p.list.OnOpen = p.jump
	return p
}

// Len, Key and Index make the problems a list.
func (p *ruleProblems) Len() int { return len(p.view.wrongs()) }

// Key implements kit.Source.
func (p *ruleProblems) Key(i int) int64 { return int64(i + 1) }

// Index implements kit.Source.
func (p *ruleProblems) Index(key int64) int {
	if int(key) > p.Len() {
		return -1
	}
	return int(key) - 1
}

// height is how high the list stands where there is so much room for it and the table, 0 when nothing is wrong.
func (p *ruleProblems) height(room float32) float32 {
	n := p.Len()
	if n == 0 {
		return 0
	}
	most := max(1, min(mostProblems, int(room/3/problemLine)))
	return 1 + problemLine*float32(min(n, most))
}

// place puts the list at the bottom of what is between y and end.
func (p *ruleProblems) place(x, end, width, height float32) {
	show(p.line, height > 0)
	show(p.list, height > 0)
	put(p.line, x, end-height, width, 1)
	put(p.list, x, end-height+1, width, max(0, height-1))
}

// jump brings the line of a problem into sight, with the keyboard there.
func (p *ruleProblems) jump(i int) {
	v, at := p.view, p.view.wrongs()[i]
	p.chosen.Only(p.Key(i))
	p.list.SetCursor(i)
	p.list.SelectionChanged()
	if v.who || at.Line == 0 { // there is no line of it here
		return
	}
	if !v.asText && !v.showLine(at.Line) {
		v.switchMode() // it is in no entry
	}
	if v.asText {
		v.text.field.GoToLine(at.Line - 1)
	}
	v.win.focusView()
}

// step jumps to the next problem behind the cursor, or the one before, round the table's ends.
func (p *ruleProblems) step(back bool) {
	list, from := p.view.wrongs(), p.view.lineNow()
	if len(list) == 0 {
		return
	}
	i := sort.Search(len(list), func(i int) bool { return list[i].Line > from }) % len(list)
	if back {
		i = sort.Search(len(list), func(i int) bool { return list[i].Line >= from }) - 1
		if i < 0 {
			i = len(list) - 1
		}
		i = sort.Search(len(list), func(k int) bool { return list[k].Line >= list[i].Line })
	}
	p.jump(i)
}

// wrongs are what is wrong with what is in sight.
func (v *rulesView) wrongs() []table.Problem {
	if v.who {
		return v.logins.problems()
	}
	return v.rules.Problems()
}

// lineNow is the line that the cursor is in, from 1; 0 for none.
func (v *rulesView) lineNow() int {
	if v.asText {
		line, _ := v.text.field.Caret()
		return line + 1
	}
	if keys := v.chosen.List(); len(keys) > 0 {
		return int(keys[0])
	}
	return 0
}

// showLine selects the entry that has a line, and says whether there is one.
func (v *rulesView) showLine(line int) bool {
	i := v.rules.RowAt(line)
	if i < 0 && v.search.Text != "" {
		v.search.SetQuery("")
		v.rules.Find("")
		i = v.rules.RowAt(line)
	}
	if i < 0 {
		return false
	}
	v.chosen.Only(v.rules.Key(i))
	v.grid.Rows.SetCursor(i)
	v.grid.Rows.Reveal(i)
	v.rowChosen()
	return true
}

// problemColor is the colour in which a problem is told.
func problemColor(p table.Problem) fyne.ThemeColorName {
	if p.Warning {
		return theme.Warn
	}
	return theme.Err
}

// problemRow draws a problem: its line, and what is wrong.
type problemRow struct {
	view       *rulesView
	line, text *kit.Words
}

func newProblemRow(v *rulesView) *problemRow {
	return &problemRow{v, kit.NewWords(theme.SizeMedium), kit.NewWords(theme.SizeMedium)}
}

// Objects implements kit.Row.
func (r *problemRow) Objects() []fyne.CanvasObject {
	return append(r.line.Objects(), r.text.Objects()...)
}

// Bind implements kit.Row.
func (r *problemRow) Bind(i int, _ kit.RowState) {
	p := r.view.wrongs()[i]
	where := say.T("line %s", strconv.Itoa(p.Line))
	if p.Line == 0 {
		where = say.T("settings")
	}
	r.line.Set(where, problemColor(p))
	r.text.Set(model.ProblemText(p), theme.Text)
}

// Place implements kit.Row.
func (r *problemRow) Place(x, y, w, h float32) {
	r.line.Place(x+14, y+h/2, 80)
	at := max(84, r.line.Width()+12)
	r.text.Place(x+14+at, y+h/2, w-at-30)
}
