package ui

import (
	"context"
	"time"

	"postroom.dev/spool"
	"postroom.dev/ui/model"
)

// QueueBackend is what the window asks of the queue. Messages are named by spool.Waiting.Key.
type QueueBackend interface {
	// Queue lists the messages that wait.
	Queue(ctx context.Context, q spool.WaitingQuery) (spool.WaitingList, error)
	// QueueRows gives what is shown of messages, leaving out those that wait no more.
	QueueRows(ctx context.Context, keys ...int64) ([]spool.Waiting, error)
	// Awaiting gives what the queue knows of the message with a queue id, nil where it does not wait.
	Awaiting(ctx context.Context, queueID string) (*spool.Waiting, error)
	// QueueGroups puts the messages together.
	QueueGroups(ctx context.Context, by spool.WaitingBy, q spool.WaitingQuery) ([]spool.WaitingGroup, error)
	// RunQueue runs the queue, or what sel means of it, and waits for its end. verbose, where it is not nil, hears of it as
	// sendmail -v prints it, line by line on one goroutine; messages are tried one after the other then.
	RunQueue(ctx context.Context, sel model.QueueSelection, verbose func(line string)) error
	// QueueDo does something with messages and gives how many it was done with. What cannot be done with one does not keep it from the others.
	QueueDo(ctx context.Context, do model.QueueAction, keys ...int64) (done int, err error)
	// Redirect changes the recipients of a message, all as asked or none.
	Redirect(ctx context.Context, key int64, changes ...model.Redirection) error
	// ControlFile gives the path and the text of a message's control file.
	ControlFile(ctx context.Context, key int64) (path string, text []byte, err error)
	// MoveClock moves the mail server's clock ahead, or sets it right again, and gives how far ahead it is then.
	MoveClock(ctx context.Context, by time.Duration, reset bool) (time.Duration, error)
}
