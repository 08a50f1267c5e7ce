//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// form asks over the window for some values at once: a row for each, what is wrong with them, and two buttons. Enter in a field does it,
// Esc does not.
type form struct {
	win   *window
	rows  []formRow
	wrong *kit.Label
	yes   *kit.IconButton
	no    *kit.IconButton
	box   *widget.PopUp
	back  fyne.Focusable
	do    func(then func(error))
	// changed is told when a value may be another.
	changed func()
}

// formRow is a value with what it is called. when says whether it is asked for; nil is always.
type formRow struct {
	label *kit.Label
	field fyne.CanvasObject
	back  *kit.Fill // of a choice, so that it looks like a field
	when  func() bool
}

const (
	formLine  float32 = 40
	formLabel float32 = 150
)

// newForm begins a form. It is open when open is called.
func (w *window) newForm() *form {
	f := &form{win: w, wrong: kit.NewLabel("", theme.SizeMedium, theme.Err).Shrink(), changed: func() {}}
	f.no = kit.NewIconButton("", say.T("Cancel"), f.leave)
	f.no.Keys = f.keys()
	return f
}

func (f *form) keys() kit.Keys {
	return kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			f.leave()
		}
	}}
}

// text adds a field.
func (f *form) text(label, hint, value string, when func() bool) *kit.Entry {
	e := kit.NewEntry(f.win.later, hint)
	e.Plain, e.Keys = true, f.keys()
	e.InForm(value)
	e.OnTyped = func(string) { f.changed() }
	e.OnSubmitted = func(string) { f.submit() }
	f.add(label, e, when)
	return e
}

// choice adds a button that opens a menu of values.
func (f *form) choice(label string, options []option, value string, when func() bool) *picker {
	c := newPicker(f.win, options, value, func() {
		f.look()
		f.changed()
	})
	c.button.Keys = f.keys()
	f.add(label, c.button, when)
	return c
}

func (f *form) add(label string, field fyne.CanvasObject, when func() bool) {
	back := kit.NewFill(theme.Input)
	back.SetRadius(5)
	f.rows = append(f.rows, formRow{kit.NewLabel(label, theme.SizeMedium, theme.Dim).Shrink(), field, back, when})
}

// open shows the form, with a note under its title. do is what the button does; the form stays while that has an error.
func (f *form) open(title, note, icon, verb string, do func(then func(error))) {
	c := f.win.frame.Canvas()
	f.back, f.do = c.Focused(), do
	f.yes = kit.NewIconButton(icon, verb, f.submit).Primary()
	f.yes.Keys = f.keys()
	head := kit.NewLabel(title, theme.SizeText, theme.Text).Bold().Shrink()
	words := kit.NewLabel(note, theme.SizeMedium, theme.Dim).Shrink()
	objects := []fyne.CanvasObject{head, words, f.wrong, f.yes, f.no}
	for _, r := range f.rows {
		objects = append(objects, r.label, r.back, r.field)
	}
	size := fyne.NewSize(min(600, c.Size().Width-60), 118+formLine*float32(len(f.rows)))
	f.box = widget.NewModalPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(head, 12, 8, s.Width-24, 20)
		put(words, 12, 32, s.Width-24, 18)
		y := float32(62)
		for _, r := range f.rows {
			if !r.label.Visible() {
				continue
			}
			put(r.label, 12, y+5, formLabel-12, 18)
			width := s.Width - formLabel - 12
			if _, ok := r.field.(*kit.IconButton); ok {
				width = min(width, r.field.MinSize().Width)
				put(r.back, formLabel, y, width, 30)
			}
			put(r.field, formLabel, y, width, 30)
			y += formLine
		}
		a, b := f.yes.MinSize(), f.no.MinSize()
		put(f.wrong, 14, s.Height-58, s.Width-28, 18)
		put(f.yes, s.Width-a.Width-12, s.Height-a.Height-8, a.Width, a.Height)
		put(f.no, s.Width-a.Width-b.Width-20, s.Height-b.Height-8, b.Width, b.Height)
	}}, objects...), c)
	f.look()
	f.box.Show()
	for _, r := range f.rows {
		if e, ok := r.field.(*kit.Entry); ok && r.label.Visible() {
			c.Focus(e)
			break
		}
	}
}

// look shows the rows that are asked for.
func (f *form) look() {
	for _, r := range f.rows {
		on := r.when == nil || r.when()
		show(r.label, on)
		show(r.field, on)
		_, button := r.field.(*kit.IconButton)
		show(r.back, on && button)
	}
	if f.box != nil {
		f.box.Content.Refresh()
		if box, ok := f.box.Content.(*fyne.Container); ok {
			box.Layout.Layout(box.Objects, box.Size())
		}
	}
}

// say shows what is wrong, nil for nothing.
func (f *form) say(err error) {
	text := ""
	if err != nil {
		text = model.Short(err.Error(), 200)
	}
	f.wrong.SetText(text)
}

func (f *form) submit() {
	if f.yes.Disabled() {
		return
	}
	f.yes.SetDisabled(true)
	f.do(func(err error) {
		f.yes.SetDisabled(false)
		if f.say(err); err == nil {
			f.leave()
		}
	})
}

func (f *form) leave() {
	f.box.Hide()
	if f.back != nil {
		f.win.frame.Canvas().Focus(f.back)
	}
}

// option is a value and what it is called.
type option struct{ value, words string }

// picker is a button that shows a value and opens a menu of all there are.
type picker struct {
	button  *kit.IconButton
	options []option
	value   string
	told    func()
}

func newPicker(w *window, options []option, value string, told func()) *picker {
	c := &picker{options: options, told: told}
	c.button = kit.NewIconButton("chevron-down", "", func() {
		var lines []*fyne.MenuItem
		for _, o := range c.options {
			line := fyne.NewMenuItem(o.words, func() {
				c.set(o.value)
				c.told()
			})
			line.Checked = o.value == c.value
			lines = append(lines, line)
		}
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(c.button)
		w.popUp(fyne.NewMenu("", lines...), at.AddXY(0, c.button.Size().Height))
	})
	c.set(value)
	return c
}

// set shows another value.
func (c *picker) set(value string) {
	c.value = value
	words := value
	for _, o := range c.options {
		if o.value == value {
			words = o.words
		}
	}
	c.button.SetText(words)
}
