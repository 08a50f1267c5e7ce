package mta

import (
	"errors"
	"fmt"
	"strconv"
)

// Enhanced is an enhanced status code, RFC 3463. The zero value is none.
type Enhanced [3]int

// String prints the code as "5.1.1", and none as "".
func (e Enhanced) String() string {
	if e == (Enhanced{}) {
		return ""
	}
	var room [24]byte
	b := strconv.AppendInt(room[:0], int64(e[0]), 10)
	b = strconv.AppendInt(append(b, '.'), int64(e[1]), 10)
	return string(strconv.AppendInt(append(b, '.'), int64(e[2]), 10))
}

// Status is the one delivery result that crosses packages, from the mailer or
// the policy that decided to the SMTP reply, the record, mailq and the bounce.
//
// Text is for the peer. Err is the private cause, for our log only: never send it.
type Status struct {
	Code      int      `json:",omitempty"` // SMTP reply code: 250, 451, 550; 0 = none yet
	Enhanced  Enhanced // RFC 3463
	Text      string   `json:",omitempty"` // may have several lines, separated by "\n"
	RemoteMTA string   `json:",omitempty"` // the host that said so, "" when we did
	Command   string   `json:",omitempty"` // what RemoteMTA refused with it: "RCPT To:<ada@example.net>", "DATA"; "" for its greeting
	DSN       bool     `json:",omitempty"` // RemoteMTA took over the duty to report: it offers DSN (RFC 3461)
	By        bool     `json:",omitempty"` // RemoteMTA knows by when the message is to be delivered: it offers DELIVERBY (RFC 2852)
	Cut       int      `json:",omitempty"` // lines of the text that were cut, being longer than the mailer sends
	Recoded   int      `json:",omitempty"` // parts of the text that were encoded, for a host without 8BITMIME
	Output    string   `json:",omitempty"` // what a program printed that the message was given to
	Err       error    `json:"-"`
}

// Error makes a Status an error: "550 5.1.1 user unknown".
func (s Status) Error() string {
	t := fmt.Sprintf("%d", s.Code)
	if e := s.Enhanced.String(); e != "" {
		t += " " + e
	}
	return t + " " + s.Text
}

// Unwrap gives the private cause.
func (s Status) Unwrap() error { return s.Err }

// OK says that the peer took it.
func (s Status) OK() bool { return s.Code/100 == 2 }

// Temporary says that trying again may help: RFC 5321 §4.2.1, 4yz.
func (s Status) Temporary() bool { return s.Code/100 == 4 }

// StatusOf finds the Status in err's chain. An error without one becomes
// 451 4.3.0 with err kept in Err: 4xx when we do not know, and no private text
// for the peer.
func StatusOf(err error) Status {
	if s, ok := errors.AsType[Status](err); ok {
		return s
	}
	return Status{Code: 451, Enhanced: Enhanced{4, 3, 0}, Text: "Local system error; try again later", Err: err}
}
