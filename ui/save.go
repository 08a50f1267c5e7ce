//go:build !nogui

package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// saveMessage asks for a place and puts the exact bytes of the open message there.
func (v *viewer) saveMessage() {
	if v.message == nil {
		return
	}
	id := v.message.Record.ID
	name := model.SafeName(model.Subject(&v.message.Record), "message") + ".eml"
	v.askPlace(name, func(ctx context.Context, w io.Writer) error {
		content, err := v.win.backend.Raw(ctx, id)
		if err != nil {
			return err
		}
		r, err := content.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(w, r)
		return err
	})
}

// saveDecoded asks for a place and puts the part's decoded content there.
func (v *viewer) saveDecoded(part *model.PartRow) {
	if v.message == nil {
		return
	}
	id, number := v.message.Record.ID, part.Number
	v.askPlace(part.SafeName(), func(ctx context.Context, w io.Writer) error {
		return v.win.backend.Part(ctx, id, number, w)
	})
}

// askPlace shows the file dialog, and writes where the user says.
func (v *viewer) askPlace(name string, write func(context.Context, io.Writer) error) {
	c := v.win.frame.Canvas()
	d := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		v.win.over = nil
		c.Focus(v.win.list.rows)
		switch {
		case err != nil:
			v.win.problem(err)
		case file != nil:
			v.saveTo(file, write)
		}
	}, v.win.frame)
	d.SetFileName(name)
	size := c.Size()
	d.Resize(fyne.NewSize(min(size.Width-60, 860), min(size.Height-60, 600)))
	d.Show()
	v.win.over = &cover{leave: d.Dismiss}
	field, ok := c.Focused().(*widget.Entry)
	if !ok {
		return
	}
	own := v.nameField(field, d.Dismiss)
	if !replaceScrolled(c.Overlays().Top(), field, own) {
		return
	}
	v.win.over.field = own
	c.Focus(own)
	own.CursorColumn = len([]rune(strings.TrimSuffix(name, path.Ext(name)))) // typing goes on before the dot
	own.Refresh()
}

// nameField is a field that stands for the dialog's own, which would swallow Esc.
func (v *viewer) nameField(of *widget.Entry, leave func()) *kit.Entry {
	own := kit.NewEntry(v.win.later, of.PlaceHolder).InForm(of.Text)
	own.Keys = kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			leave()
		}
	}}
	own.OnTyped = func(text string) {
		if text != of.Text {
			of.SetText(text)
		}
	}
	own.OnSubmitted = func(text string) { of.OnSubmitted(text) }
	enable := of.OnChanged
	of.OnChanged = func(text string) { // a file was chosen, or this is what was typed
		enable(text)
		if text != own.Text {
			own.SetQuery(text)
		}
	}
	return own
}

// replaceScrolled puts an object into the place of another one that scrolls below root, and says whether it was there.
func replaceScrolled(root, old, with fyne.CanvasObject) bool {
	switch o := root.(type) {
	case *widget.PopUp:
		return replaceScrolled(o.Content, old, with)
	case *fyne.Container:
		return slices.ContainsFunc(o.Objects, func(o fyne.CanvasObject) bool { return replaceScrolled(o, old, with) })
	case *container.Scroll:
		if o.Content == old {
			o.Content = with
			o.Refresh()
			return true
		}
	}
	return false
}

// cover is a dialog over the window: where its typing goes, and how it is left.
type cover struct {
	field fyne.Focusable // nil for nowhere
	leave func()
}

// key takes a key that came while no widget of the dialog had the keyboard.
func (o *cover) key(c fyne.Canvas, e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyEscape:
		o.leave()
	case o.field == nil:
	case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
		o.field.TypedKey(e)
	default:
		c.Focus(o.field)
		o.field.TypedKey(e)
	}
}

// rune takes a character in the same way.
func (o *cover) rune(c fyne.Canvas, r rune) {
	if o.field != nil {
		c.Focus(o.field)
		o.field.TypedRune(r)
	}
}

// saveTo writes on another goroutine. A file that could not be written whole is taken away again.
func (v *viewer) saveTo(file fyne.URIWriteCloser, write func(context.Context, io.Writer) error) {
	saving := model.NewLatest[struct{}](v.win.post)
	v.savings = append(v.savings, saving)
	saving.Ask(func(ctx context.Context) (struct{}, error) {
		err := errors.Join(write(ctx, file), file.Close())
		if err != nil {
			err = fmt.Errorf("save %s: %w", file.URI().Name(), errors.Join(err, storage.Delete(file.URI())))
		}
		return struct{}{}, err
	}, func(_ struct{}, err error) {
		if err != nil {
			v.win.problem(err)
			return
		}
		v.win.notify(say.T("Saved: %s", file.URI().Name()))
	})
}
