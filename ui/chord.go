//go:build !nogui

package ui

import (
	"fmt"
	"runtime"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// chord is one way to press an action: keys held and a key ("Ctrl+Shift+Tab", "Del", "F5"), or a character that is
// typed ("u", "?"), whichever keys that takes on the user's keyboard.
type chord struct {
	held  fyne.KeyModifier
	key   fyne.KeyName
	typed rune // 0 for a key; letters are lower case and stand for both cases
}

// The names of keys that chords are written with, where Fyne has another name or a letter alone would do.
var keyNames = map[string]fyne.KeyName{
	"Del": fyne.KeyDelete, "Esc": fyne.KeyEscape, "Enter": fyne.KeyReturn, "Backspace": fyne.KeyBackspace, "Tab": fyne.KeyTab,
	"PgUp": fyne.KeyPageUp, "PgDn": fyne.KeyPageDown, "Home": fyne.KeyHome, "End": fyne.KeyEnd, "Left": fyne.KeyLeft, "Right": fyne.KeyRight,
}

var heldNames = map[string]fyne.KeyModifier{
	"Ctrl": fyne.KeyModifierShortcutDefault, "Alt": fyne.KeyModifierAlt, "Shift": fyne.KeyModifierShift,
}

// parseChord reads "Ctrl+K". On a Mac, Ctrl is the command key.
func parseChord(s string) (chord, error) {
	var c chord
	rest := s
	for {
		head, tail, more := strings.Cut(rest, "+")
		m, ok := heldNames[head]
		if !more || !ok || tail == "" {
			break
		}
		c.held |= m
		rest = tail
	}
	switch letters := []rune(rest); {
	case keyNames[rest] != "":
		c.key = keyNames[rest]
	case len(letters) == 1 && c.held == 0:
		c.typed = unicode.ToLower(letters[0])
	case len(letters) == 1 && c.held != fyne.KeyModifierShift: // a shifted character is a character of its own
		c.key = fyne.KeyName(strings.ToUpper(rest))
	case len(letters) > 1 && letters[0] == 'F' && strings.Trim(rest[1:], "0123456789") == "":
		c.key = fyne.KeyName(rest)
	default:
		return chord{}, fmt.Errorf("%q is no key", s)
	}
	return c, nil
}

// chordOf gives the chord of a shortcut, as Fyne has types of its own for some.
func chordOf(s fyne.Shortcut) (chord, bool) {
	known := func(key fyne.KeyName) (chord, bool) {
		return chord{held: fyne.KeyModifierShortcutDefault, key: key}, true
	}
	switch s := s.(type) {
	case *desktop.CustomShortcut:
		return chord{held: s.Modifier, key: s.KeyName}, true
	case *fyne.ShortcutSelectAll:
		return known(fyne.KeyA)
	case *fyne.ShortcutCopy:
		return known(fyne.KeyC)
	case *fyne.ShortcutUndo:
		return known(fyne.KeyZ)
	case *fyne.ShortcutRedo:
		return known(fyne.KeyY)
	}
	return chord{}, false
}

// shortcut gives what Fyne calls the chord, nil where it comes as a plain key or character.
func (c chord) shortcut() fyne.Shortcut {
	if c.typed != 0 || c.held&^fyne.KeyModifierShift == 0 {
		return nil
	}
	if c.held == fyne.KeyModifierShortcutDefault {
		switch c.key {
		case fyne.KeyA:
			return &fyne.ShortcutSelectAll{}
		case fyne.KeyC:
			return &fyne.ShortcutCopy{}
		case fyne.KeyZ:
			return &fyne.ShortcutUndo{}
		case fyne.KeyY:
			return &fyne.ShortcutRedo{}
		}
	}
	return &desktop.CustomShortcut{KeyName: c.key, Modifier: c.held}
}

// chordWords gives a chord as it is shown: "Ctrl+K", "U".
func chordWords(s string) string {
	if r := []rune(s); len(r) == 1 {
		return strings.ToUpper(s)
	}
	if runtime.GOOS == "darwin" {
		return strings.NewReplacer("Ctrl+", "⌘", "Alt+", "⌥", "Shift+", "⇧").Replace(s)
	}
	return s
}
