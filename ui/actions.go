//go:build !nogui

package ui

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// action is one thing that the user can do. Keys, context menus, the command palette and the list of keys are made from the
// actions; a view lists its own in its own file, one line each, and newActions gathers them.
type action struct {
	name  string      // for the program: "mail.delete"
	title string      // for the user: "Delete"
	icon  string      // of assets.Icons; "" for none
	keys  string      // chords apart by a space, "Ctrl+K F1": menus show the first; "" for none
	when  func() bool // whether it can be done now; nil for always
	do    func()
	in    menus       // the context menus that have it, in the order of the list
	apart bool        // in menus, a line stands above it
	on    func() bool // in menus, it is ticked; nil for never
}

// menus are the context menus that an action stands in.
type menus uint

const (
	inMail   menus = 1 << iota // on the rows of the mail list
	inPart                     // on the rows of the Parts tab
	inQueue                    // on the rows of the queue
	inRules                    // on the rows of a table
	inPorts                    // on the rows of the listeners
	inLogins                   // on the rows of those who may log in
	inClock                    // under the button that moves the clock
	inOrder                    // under the button that says how the mail list is sorted
)

// section is a group of actions under a head. They can be done only when the section can.
type section struct {
	title   string
	when    func() bool // nil for always
	actions []action
}

// actions are all that can be done, in the order of the palette and the list of keys.
type actions struct {
	sections []section
	chords   map[chord][]*action
	byName   map[string]*action
	whens    map[*action]func() bool // of their sections
	problems []error                 // chords that are none
}

// acting is a view with actions. They can be done while it is in sight.
type acting interface {
	actions() []action
}

// newActions gathers the actions of all views. A chord may stand for several: the first that can be done is done.
func newActions(sections ...section) *actions {
	a := &actions{sections: sections, chords: map[chord][]*action{}, byName: map[string]*action{}, whens: map[*action]func() bool{}}
	for _, s := range sections {
		for i := range s.actions {
			act := &s.actions[i]
			a.byName[act.name] = act
			a.whens[act] = s.when
			for k := range strings.FieldsSeq(act.keys) {
				c, err := parseChord(k)
				if err != nil {
					a.problems = append(a.problems, err)
					continue
				}
				a.chords[c] = append(a.chords[c], act)
			}
		}
	}
	return a
}

// can tells whether an action can be done now.
func (a *actions) can(act *action) bool {
	if when := a.whens[act]; when != nil && !when() {
		return false
	}
	return act.when == nil || act.when()
}

// try does the first action of a chord that can be done, and says whether there was one.
func (a *actions) try(c chord) bool {
	for _, act := range a.chords[c] {
		if a.can(act) {
			act.do()
			return true
		}
	}
	return false
}

// typed does what a character stands for.
func (a *actions) typed(r rune) bool { return a.try(chord{typed: unicode.ToLower(r)}) }

// menu gives the lines of a context menu: what can be done now, then the extra lines.
func (a *actions) menu(in menus, extra ...*fyne.MenuItem) *fyne.Menu {
	var lines []*fyne.MenuItem
	apart := false
	for _, s := range a.sections {
		for i := range s.actions {
			act := &s.actions[i]
			if act.in&in == 0 {
				continue
			}
			apart = apart || act.apart
			if !a.can(act) {
				continue
			}
			if apart && len(lines) > 0 {
				lines = append(lines, fyne.NewMenuItemSeparator())
			}
			apart = false
			line := fyne.NewMenuItem(act.title, act.do)
			line.Checked = act.on != nil && act.on()
			if first, _, _ := strings.Cut(act.keys, " "); first != "" {
				if c, err := parseChord(first); err == nil {
					line.Shortcut = menuKey{c}
				}
			}
			lines = append(lines, line)
		}
	}
	return fyne.NewMenu("", append(lines, extra...)...)
}

// popUp shows a context menu. It takes the keyboard, and Fyne gives that back.
func (w *window) popUp(m *fyne.Menu, at fyne.Position) {
	if len(m.Items) > 0 {
		widget.ShowPopUpMenuAtPosition(m, w.frame.Canvas(), at)
	}
}

// menuKey has a menu show a chord beside a line.
type menuKey struct{ chord chord }

// ShortcutName implements fyne.Shortcut.
func (k menuKey) ShortcutName() string { return "menu:" + string(k.Key()) }

// Key implements fyne.KeyboardShortcut.
func (k menuKey) Key() fyne.KeyName {
	if k.chord.typed != 0 {
		return fyne.KeyName(unicode.ToUpper(k.chord.typed))
	}
	return k.chord.key
}

// Mod implements fyne.KeyboardShortcut.
func (k menuKey) Mod() fyne.KeyModifier { return k.chord.held }
