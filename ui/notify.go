//go:build !nogui

package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"postroom.dev/mta"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
)

// notifier tells the desktop of mail that comes while the window is not in front.
type notifier struct {
	win     *window
	send    func(*fyne.Notification) // may take long
	notices model.Notices
	ask     *model.Latest[fyne.Notification]
}

func newNotifier(w *window, send func(*fyne.Notification)) *notifier {
	return &notifier{win: w, send: send, ask: model.NewLatest[fyne.Notification](w.post)}
}

// apply looks for new mail among events.
func (n *notifier) apply(events []mta.Event) {
	count, newest := 0, int64(0)
	for _, e := range events {
		if e.Kind == mta.Stored {
			count, newest = count+1, max(newest, e.Message)
		}
	}
	if count == 0 || n.win.front {
		return
	}
	if wait, ask := n.notices.Arrived(count, newest, n.win.now()); ask {
		n.win.later(wait, n.due)
	}
}

func (n *notifier) due() {
	if n.win.front {
		n.notices.Seen()
	}
	notice, ok, wait := n.notices.Due(n.win.now())
	if wait > 0 {
		n.win.later(wait, n.due)
	}
	if !ok {
		return
	}
	n.ask.Ask(func(ctx context.Context) (fyne.Notification, error) {
		told := fyne.Notification{Title: "Postroom", Content: say.N(notice.Count, "%s new message", "%s new messages", model.Count(notice.Count))}
		if notice.Count == 1 {
			if records, err := n.win.backend.Get(ctx, notice.Newest); err == nil && len(records) == 1 {
				told.Title, told.Content = model.SenderName(&records[0]), model.Subject(&records[0])
			}
		}
		n.send(&told)
		return told, nil
	}, func(fyne.Notification, error) {})
}

func (n *notifier) close() { n.ask.Close() }
