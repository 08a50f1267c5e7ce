package model

// QueueSelection is which messages a queue run takes.
type QueueSelection struct {
	Keys  []int64  // these messages; nil for any
	Words []string // as they stand behind sendmail's -q: "R@example.com", "Sada"; none for all
}

// QueueAction is what is done with a waiting message.
type QueueAction string

// The actions, as postroom queue names them.
const (
	QueueHold    QueueAction = "hold"
	QueueRelease QueueAction = "release"
	QueueReturn  QueueAction = "return"
	QueueDelete  QueueAction = "delete"
)

// Redirection changes the recipients of a waiting message: From gives way to To. Without a To it is taken out, and without a From, To
// is added.
type Redirection struct{ From, To string }
