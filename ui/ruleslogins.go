//go:build !nogui

package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postroom.dev/mta/table"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// loginsTable is the file of those who may log in, which stands among the tables and is no text to be edited: it has passwords.
const loginsTable = "auth-users"

// ruleLogins lists who may log in by SMTP AUTH. What is done here is in force at once.
type ruleLogins struct {
	view     *rulesView
	list     *model.LoginList
	chosen   *kit.KeySet
	table    *kit.Table
	password *kit.IconButton
	note     *kit.Label
	content  *fyne.Container
}

func newRuleLogins(v *rulesView) *ruleLogins {
	w := v.win
	l := &ruleLogins{view: v, list: model.NewLoginList(w.backend, w.post)}
	l.list.OnProblem, l.list.OnChange = w.problem, l.changed
	l.chosen = kit.NewKeySet(l.list)
	l.table = kit.NewTable(queueRowHeight, []kit.Column{
		{Key: "name", Title: say.T("Name"), Width: 220, Mono: true, Fixed: true},
		{Key: "line", Title: say.T("Line"), Width: 60, Right: true},
		{Key: "kept", Title: say.T("What is kept"), Width: 330},
	}, l.list, l.chosen, l.bind)
	l.table.Rows.Keys = w.keys
	l.table.Rows.OnSelect = func() {
		l.table.Rows.SelectionChanged()
		v.showButtons()
	}
	l.table.Rows.OnOpen = func(int) { l.setPassword() }
	l.table.Rows.OnMenu = func(_ int, at fyne.Position) { w.popUp(w.acts.menu(inLogins), at) }
	l.password = kit.NewIconButton("key", say.T("Set the password …"), l.setPassword)
	l.password.Keys = w.keys
	l.note = kit.NewLabel("", theme.SizeMedium, theme.Dim).Shrink()
	line := kit.NewLine()
	l.content = container.New(freeLayout{fyne.NewSize(300, 100), func(s fyne.Size) {
		put(l.table, 0, 0, s.Width, s.Height-44)
		put(line, 0, s.Height-44, s.Width, 1)
		n := l.password.MinSize().Width
		put(l.password, 8, s.Height-36, n, 28)
		put(l.note, n+20, s.Height-31, s.Width-n-32, 18)
	}}, l.table, line, l.password, l.note)
	l.content.Hide()
	return l
}

func (l *ruleLogins) close() { l.list.Close() }

func (l *ruleLogins) bind(i int, s kit.RowState, cells []kit.Cell) {
	u := l.list.All().Users[i]
	kept := say.T("a hash: PLAIN, LOGIN, SCRAM-SHA-256")
	if u.Plain {
		kept = say.T("the password itself: CRAM-MD5, too")
	}
	cells[0], cells[1], cells[2] = kit.Cell{Text: u.Name}, kit.Cell{Text: strconv.Itoa(u.Line), Color: s.Dim()}, kit.Cell{Text: kept, Color: s.Dim()}
}

// changed shows logins that were read.
func (l *ruleLogins) changed() {
	l.table.Rows.SetEmpty(say.T("Nobody. Add somebody, and AUTH is offered to all who connect."))
	l.table.Rows.Changed()
	l.note.SetColor(theme.Dim)
	text := say.T("Changes are in force at once.")
	if !l.list.All().Asked {
		l.note.SetColor(theme.Warn)
		text = say.T("[smtp] auth does not ask who is in here; see Settings.")
	}
	l.note.SetText(text)
	l.view.changed(false)
}

// problems are what is wrong with the file.
func (l *ruleLogins) problems() []table.Problem { return l.list.All().Problems }

func (l *ruleLogins) add() { l.view.win.askLogin(l.list, nil) }

// one gives the login that is selected alone, nil for none.
func (l *ruleLogins) one() *model.Login {
	if keys := l.chosen.List(); len(keys) == 1 {
		return &l.list.All().Users[l.list.Index(keys[0])]
	}
	return nil
}

func (l *ruleLogins) setPassword() {
	if u := l.one(); u != nil {
		l.view.win.askLogin(l.list, u)
	}
}

// remove takes the selected logins out, when the user agrees.
func (l *ruleLogins) remove() {
	w := l.view.win
	var names []string
	for _, key := range l.chosen.List() {
		names = append(names, l.list.All().Users[l.list.Index(key)].Name)
	}
	if len(names) == 0 {
		return
	}
	w.confirm(say.N(len(names), "Remove %s login?", "Remove %s logins?", model.Count(len(names))), model.Short(strings.Join(names, ", "), 90), say.T("Remove"), func() {
		l.list.Remove(names, func(err error) {
			if err != nil {
				w.problem(err)
			}
		})
	})
}
