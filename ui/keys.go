//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"

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
	for ch := range w.acts.chords {
		if s := ch.shortcut(); s != nil {
			c.AddShortcut(s, w.typedShortcut)
		}
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
	if w.acts.try(chord{key: e.Name, held: w.list.rows.Held() & fyne.KeyModifierShift}) {
		return
	}
	if k := w.view.keys().Key; k != nil {
		k(e)
	}
}

func (w *window) typedRune(r rune) {
	if w.covered() {
		if w.over != nil {
			w.over.rune(w.frame.Canvas(), r)
		}
		return
	}
	if w.acts.typed(r) {
		return
	}
	if k := w.view.keys().Rune; k != nil {
		k(r)
	}
}

func (w *window) typedShortcut(s fyne.Shortcut) {
	if w.covered() {
		return
	}
	if c, ok := chordOf(s); ok && w.acts.try(c) {
		return
	}
	if k := w.view.keys().Shortcut; k != nil {
		k(s)
	}
}

// mailKey takes the keys of the mail that are no actions: those that move in the list.
func (w *window) mailKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd:
		if w.frame.Canvas().Focused() != fyne.Focusable(w.list.rows) { // which uses them all
			w.frame.Canvas().Focus(w.list.rows)
			w.list.rows.TypedKey(e)
		}
	}
}
