//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// linkAt gives the link of the run at a point of the view, "" for none.
func (l *Lines) linkAt(p fyne.Position) string {
	at := l.posAt(p)
	if at.line >= l.src.Lines() {
		return ""
	}
	end := 0
	for _, r := range l.src.Line(at.line) {
		if r.Beside {
			continue
		}
		if end += len(r.Text); at.off < end {
			return r.Link
		}
	}
	return ""
}

// MouseIn implements desktop.Hoverable.
func (l *Lines) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (l *Lines) MouseMoved(e *desktop.MouseEvent) {
	l.overLink = l.OnLink != nil && l.linkAt(e.Position) != ""
}

// MouseOut implements desktop.Hoverable.
func (l *Lines) MouseOut() { l.overLink = false }
