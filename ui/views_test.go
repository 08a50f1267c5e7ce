//go:build !nogui

package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/mta"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/theme"
)

// plainView is a view that notes what happens to it.
type plainView struct {
	all   *fyne.Container
	field *kit.Entry
	noted []string
}

func (v *plainView) object() fyne.CanvasObject { return v.all }
func (v *plainView) focus() fyne.Focusable     { return v.field }
func (v *plainView) show()                     { v.noted = append(v.noted, "show") }
func (v *plainView) hide()                     { v.noted = append(v.noted, "hide") }
func (v *plainView) apply([]mta.Event)         { v.noted = append(v.noted, "apply") }
func (v *plainView) statusChanged()            {}
func (v *plainView) close()                    { v.noted = append(v.noted, "close") }
func (v *plainView) keys() kit.Keys {
	return kit.Keys{Rune: func(r rune) { v.noted = append(v.noted, "rune "+string(r)) }}
}

// withPlaces adds two places to a window, and gives their views, which are made when they are gone to.
func withPlaces(f *bench) (first, second **plainView) {
	first, second = new(*plainView), new(*plainView)
	maker := func(to **plainView, text string) func() view {
		return func() view {
			v := &plainView{field: kit.NewEntry(f.later, text)}
			v.all, *to = container.NewVBox(kit.NewLabel(text, theme.SizeText, theme.Text), v.field), v
			return v
		}
	}
	f.addPlaces(&viewPlace{key: "first", digit: fyne.Key8, icon: "activity", text: "First", make: maker(first, "words of the first")},
		&viewPlace{key: "second", digit: fyne.Key9, icon: "activity", text: "Second", make: maker(second, "words of the second")})
	return first, second
}

func (f *bench) ctrl(key fyne.KeyName) {
	f.typedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault})
}

func TestAViewIsMadeWhenItIsGoneToAndOneIsInSight(t *testing.T) {
	f := open(t, 3)
	first, second := withPlaces(f)
	f.wantSeen(f.sidebar, "SERVER", "First", "Second")
	if *first != nil || *second != nil {
		t.Fatal("a view was made before anybody went there")
	}
	f.ctrl(fyne.Key8)
	if got := f.sidebar.Selected(); got != "first" {
		t.Errorf("the sidebar stands on %q", got)
	}
	f.wantSeen(f.main, "words of the first")
	if slices.Contains(seen(f.main), "Newest first") {
		t.Error("the mail is still in sight")
	}
	f.ctrl(fyne.Key9)
	f.ctrl(fyne.Key1)
	f.wantSeen(f.main, "Newest first")
	f.ctrl(fyne.Key8)
	if got, want := (*first).noted, []string{"show", "hide", "show"}; !slices.Equal(got, want) {
		t.Errorf("the first view saw %q, want %q", got, want)
	}
	if n := len(f.main.Objects); n != 3 {
		t.Errorf("%d views stand in the window, want the mail and two", n)
	}
}

func TestTheMailIsFoundAsItWasLeft(t *testing.T) {
	f := open(t, 3)
	withPlaces(f)
	f.goTo(placeUnread)
	f.until("unread", func() bool { return !f.mail.Loading() })
	f.ctrl(fyne.Key8)
	f.ctrl(fyne.Key1)
	if got := f.sidebar.Selected(); got != placeUnread || !f.mail.Filter().Unread {
		t.Errorf("Ctrl+1 leads to %q with %+v", got, f.mail.Filter())
	}
}

func TestKeysGoToTheViewInSight(t *testing.T) {
	f := open(t, 3)
	first, _ := withPlaces(f)
	f.ctrl(fyne.Key8)
	f.typedRune('u')
	f.typedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if got := (*first).noted; !slices.Contains(got, "rune u") {
		t.Errorf("the view saw %q", got)
	}
	if f.mail.Len() != 3 {
		t.Error("a key reached the mail behind the view")
	}
	f.frame.Canvas().Unfocus()
	f.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if f.frame.Canvas().Focused() != fyne.Focusable((*first).field) {
		t.Error("Escape does not give the keyboard back to the view")
	}
}
