package mta

import "time"

// Session is one client's connection, with or without a message.
type Session struct {
	ID       string
	Started  time.Time
	Ended    time.Time
	Origin   Origin
	Asked    bool    `json:"-"` // whether it may connect, which is not known of one that broke off before the greeting
	Messages int     // accepted in this session
	Outcome  Outcome // "" of a session that was kept before there were outcomes
	// Refused counts the answers 4yz and 5yz to the connection and to commands for a message or a login. Refusal is the
	// first of them: "RCPT TO:<x@example.com>: 550 5.1.1 <x@example.com>... User unknown".
	Refused    int    `json:",omitempty"`
	Refusal    string `json:",omitempty"`
	Reason     string // how it ended, when not by QUIT outside of a transaction: "lost input channel after rcpt"; "" otherwise
	Transcript []byte
}

// Outcome says in one word how a session went.
type Outcome string

// The outcomes of a session. What comes first holds: a session in which a recipient was refused and another one had its message is Denied.
const (
	Denied   Outcome = "refused"  // something that the client asked for was refused
	Aborted  Outcome = "aborted"  // it broke off in a transaction, by a timeout or at our end
	Accepted Outcome = "accepted" // there were messages, and all was well
	Idle     Outcome = "idle"     // the client asked for nothing
)

// Failed says that somebody may be looking for the reason.
func (o Outcome) Failed() bool { return o == Denied || o == Aborted }

// Why is the reason in words: what was refused first, else how the session ended; "" when all was well.
func (s *Session) Why() string {
	if s.Refusal != "" {
		return s.Refusal
	}
	return s.Reason
}
