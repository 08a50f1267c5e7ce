//go:build !nogui

package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

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

// askPlace shows the file dialog, and writes where the user says. Its field does not get the keyboard before something is typed:
// Fyne's own entry would swallow Esc.
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
	v.win.over = &cover{field: c.Focused(), leave: d.Dismiss}
	if field, ok := c.Focused().(*widget.Entry); ok { // typing goes on before the dot
		field.CursorColumn = len([]rune(strings.TrimSuffix(name, path.Ext(name))))
	}
	c.Unfocus()
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
