//go:build !nogui

package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"postroom.dev/spool"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// dropped keeps the mail of files that were dropped onto the window, and shows the last message.
func (w *window) dropped(_ fyne.Position, from []fyne.URI) {
	var paths []string
	for _, u := range from {
		if u.Scheme() == "file" {
			paths = append(paths, u.Path())
		}
	}
	if len(paths) == 0 {
		return
	}
	in := model.NewLatest[spool.Imported](w.post)
	w.imports = append(w.imports, in)
	in.Ask(func(ctx context.Context) (spool.Imported, error) { return ImportFiles(ctx, w.backend, paths) }, func(done spool.Imported, err error) {
		switch {
		case err != nil:
			w.problem(err)
		default:
			w.notify(say.N(done.Messages, "%s message kept", "%s messages kept", model.Count(done.Messages)))
		}
		if done.Newest != 0 {
			w.reveal(done.Newest)
		}
	})
}

// reveal shows a message, as soon as the list has it.
func (w *window) reveal(id int64) {
	w.wanted = id
	w.list.search.SetText("")
	w.goTo(placeAll)
	w.showWanted()
}

// showWanted selects the message that reveal waits for, where the list has it.
func (w *window) showWanted() {
	if w.wanted == 0 {
		return
	}
	if i := w.mail.Index(w.wanted); i >= 0 {
		id := w.wanted
		w.wanted = 0
		w.mail.Only(id)
		w.list.rows.SetCursor(i)
		w.list.rows.Reveal(i)
		w.list.rows.SelectionChanged()
		w.selectionChanged()
	}
}
