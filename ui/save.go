//go:build !nogui

package ui

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"postroom.dev/ui/model"
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
	d := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			v.win.problem(err)
		case file != nil:
			v.saveTo(file, write)
		}
	}, v.win.frame)
	d.SetFileName(name)
	size := v.win.frame.Canvas().Size()
	d.Resize(fyne.NewSize(min(size.Width-60, 860), min(size.Height-60, 600)))
	d.Show()
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
		}
	})
}
