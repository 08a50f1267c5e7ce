//go:build !nogui

package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/assets"
)

func TestChordsAreReadAndComeAsFyneSendsThem(t *testing.T) {
	for s, want := range map[string]chord{
		"u":              {typed: 'u'},
		"?":              {typed: '?'},
		"Del":            {key: fyne.KeyDelete},
		"F5":             {key: fyne.KeyF5},
		"Ctrl+k":         {key: fyne.KeyK, held: fyne.KeyModifierShortcutDefault},
		"Ctrl++":         {key: fyne.KeyPlus, held: fyne.KeyModifierShortcutDefault},
		"Ctrl+Shift+Tab": {key: fyne.KeyTab, held: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift},
		"Shift+Del":      {key: fyne.KeyDelete, held: fyne.KeyModifierShift},
	} {
		got, err := parseChord(s)
		if err != nil || got != want {
			t.Errorf("%s is %+v (%v), want %+v", s, got, err, want)
		}
		if sent := got.shortcut(); sent != nil {
			if back, ok := chordOf(sent); !ok || back != got {
				t.Errorf("%s comes as %T and is taken for %+v", s, sent, back)
			}
		}
	}
	for _, s := range []string{"", "Ctrl+", "Hyper+K", "Ctrl", "Shift+u", "Fx", "Control+K"} {
		if c, err := parseChord(s); err == nil {
			t.Errorf("%q is taken for %+v", s, c)
		}
	}
}

func TestTheTableOfActionsIsInOrder(t *testing.T) {
	f := open(t, 1)
	withPlaces(f)
	f.ctrl(fyne.Key4)
	for _, err := range f.acts.problems {
		t.Error(err)
	}
	names, titles := map[string]bool{}, map[string]bool{}
	for _, s := range f.acts.sections {
		for _, a := range s.actions {
			if a.name == "" || names[a.name] {
				t.Errorf("%q: no name, or one of two", a.name)
			}
			if a.title == "" || titles[s.title+a.title] {
				t.Errorf("%s: title %q: none, or one of two", a.name, a.title)
			}
			names[a.name], titles[s.title+a.title] = true, true
			if a.do == nil {
				t.Errorf("%s does nothing", a.name)
			}
			if a.icon != "" && !slices.Contains(assets.Icons(), a.icon) {
				t.Errorf("%s: no icon %s", a.name, a.icon)
			}
		}
	}
	for c, all := range f.acts.chords { // one chord for two only where they exclude each other
		for i, a := range all {
			if i < len(all)-1 && a.when == nil && f.acts.whens[a] == nil {
				t.Errorf("%+v: %s can always be done, so that %s never is", c, a.name, all[i+1].name)
			}
		}
	}
}

func typeInto(f *bench, text string) {
	for _, r := range text {
		f.frame.Canvas().Focused().TypedRune(r)
	}
}

func TestThePaletteFindsAndDoes(t *testing.T) {
	f := open(t, 5)
	f.openRow(2)
	ctrlK := &desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierShortcutDefault}
	f.list.rows.TypedShortcut(ctrlK)
	top := f.frame.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("Ctrl+K opens nothing")
	}
	f.wantSeen(top, "Mark unread", "Release …", "Ctrl+R")
	if slices.Contains(seen(top), "Mark read") {
		t.Error("offers what cannot be done")
	}
	typeInto(f, "gounr")
	f.wantSeen(top, "Go to Unread")
	f.key(fyne.KeyReturn)
	if f.covered() || f.sidebar.Selected() != placeUnread {
		t.Errorf("covered: %t; the place is %s", f.covered(), f.sidebar.Selected())
	}
	if f.frame.Canvas().Focused() != fyne.Focusable(f.list.rows) {
		t.Errorf("the keyboard is at %T", f.frame.Canvas().Focused())
	}

	f.list.rows.TypedShortcut(ctrlK)
	typeInto(f, "xyzzy")
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Nothing is called that")
	f.key(fyne.KeyReturn) // does nothing
	f.key(fyne.KeyEscape) // clears the field
	f.key(fyne.KeyEscape)
	if f.covered() {
		t.Error("Esc does not leave the palette")
	}
}

func TestTheListOfKeysNamesEveryKey(t *testing.T) {
	f := open(t, 1)
	f.list.rows.TypedRune('?')
	top := f.frame.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("? opens nothing")
	}
	p := &palette{win: f.window, keys: true}
	p.gather()
	var all []string
	for _, c := range p.all {
		all = append(all, keysWords(c.act.keys, true))
	}
	for _, k := range []string{"U", "Del", "Ctrl+K", "/   Ctrl+F", "F1   ?", "1", "Shift+Up   Shift+Down   Shift+Click"} {
		if !slices.Contains(all, strings.ReplaceAll(k, "Ctrl+", chordWords("Ctrl+"))) {
			t.Errorf("%s is not in the list: %q", k, all)
		}
	}
}

func TestTheContextMenuHasWhatCanBeDone(t *testing.T) {
	f := open(t, 5)
	titles := func() (all []string) {
		for _, m := range f.acts.menu(inMail).Items {
			all = append(all, m.Label)
		}
		return all
	}
	if got := titles(); len(got) != 0 {
		t.Errorf("nothing is selected, and %q is offered", got)
	}
	f.openRow(1)
	want := []string{"Mark unread", "Add a star", "Tags …", "", "Release …", "Forward …", "Through the tables again", "", "Save .eml …", "", "Copy recipients", "Copy queue id", "", "What happens to this address", "Always catch mail for this domain …", "Write this sender as …", "", "Delete"}
	if got := titles(); !slices.Equal(got, want) {
		t.Errorf("for one message: %q, want %q", got, want)
	}
	f.clickRow(3, fyne.KeyModifierShift)
	if got, want := titles(), []string{"Mark read", "Add a star", "Tags …", "", "Through the tables again", "", "Delete"}; !slices.Equal(got, want) {
		t.Errorf("for three messages: %q, want %q", got, want)
	}
}
