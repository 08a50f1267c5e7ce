//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/ui/kit"
)

// newKeys makes what all keys come to that the widget with the keyboard does not use itself.
func (w *window) newKeys() kit.Keys {
	return kit.Keys{Key: w.typedKey, Rune: w.typedRune, Shortcut: w.typedShortcut}
}

// bindCanvas takes the keys that come while no widget has the keyboard.
func (w *window) bindCanvas(c fyne.Canvas) {
	c.SetOnTypedKey(w.typedKey)
	c.SetOnTypedRune(w.typedRune)
	for _, s := range []fyne.Shortcut{
		&desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierShortcutDefault},
		&desktop.CustomShortcut{KeyName: fyne.KeyTab, Modifier: fyne.KeyModifierControl},
		&desktop.CustomShortcut{KeyName: fyne.KeyTab, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift},
		&fyne.ShortcutSelectAll{}, &fyne.ShortcutCopy{},
	} {
		c.AddShortcut(s, w.typedShortcut)
	}
	for _, key := range digits {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, w.typedShortcut)
	}
}

// covered tells whether something lies over the window, which no key may reach then.
func (w *window) covered() bool { return w.frame.Canvas().Overlays().Top() != nil }

func (w *window) typedKey(e *fyne.KeyEvent) {
	if w.covered() {
		if w.over != nil {
			w.over.key(w.frame.Canvas(), e)
		}
		return
	}
	if e.Name == fyne.KeyEscape {
		w.focusView()
		return
	}
	if k := w.view.keys().Key; k != nil {
		k(e)
	}
}

// mailKey is for the mail.
func (w *window) mailKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyDelete:
		w.delete()
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd:
		if w.frame.Canvas().Focused() != fyne.Focusable(w.list.rows) { // which uses them all
			w.frame.Canvas().Focus(w.list.rows)
			w.list.rows.TypedKey(e)
		}
	}
}

func (w *window) typedRune(r rune) {
	if w.covered() {
		if w.over != nil {
			w.over.rune(w.frame.Canvas(), r)
		}
		return
	}
	if k := w.view.keys().Rune; k != nil {
		k(r)
	}
}

// mailRune is for the mail.
func (w *window) mailRune(r rune) {
	switch {
	case r == '/':
		w.list.focusSearch()
	case r == 'u' || r == 'U':
		w.toggleRead()
	case r >= '1' && r < '1'+rune(tabCount):
		w.viewer.choose(int(r - '1'))
	}
}

func (w *window) typedShortcut(s fyne.Shortcut) {
	if w.covered() {
		return
	}
	if s, ok := s.(*desktop.CustomShortcut); ok && w.goDigit(s) {
		return
	}
	if k := w.view.keys().Shortcut; k != nil {
		k(s)
	}
}

// mailShortcut is for the mail.
func (w *window) mailShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutSelectAll:
		w.list.rows.TypedShortcut(s)
	case *fyne.ShortcutCopy:
		w.viewer.copy()
	case *desktop.CustomShortcut:
		switch {
		case s.KeyName == fyne.KeyF && s.Modifier == fyne.KeyModifierShortcutDefault:
			w.list.focusSearch()
		case s.KeyName == fyne.KeyTab && s.Modifier == fyne.KeyModifierControl:
			w.viewer.choose((w.viewer.tabs.Selected() + 1) % tabCount)
		case s.KeyName == fyne.KeyTab && s.Modifier == fyne.KeyModifierControl|fyne.KeyModifierShift:
			w.viewer.choose((w.viewer.tabs.Selected() + tabCount - 1) % tabCount)
		}
	}
}
