// Package mta holds the nouns of the mail transfer agent: what a message's
// envelope says, where it came from, what became of each recipient and why.
//
// Everything below mta and spool speaks in these types; the package itself
// imports nothing of Postroom but address, opens no files and reads no clock.
package mta

import (
	"io"
	"time"

	"postroom.dev/mta/address"
)

// Envelope is what travels beside a message: RFC 5321 §2.3.1. An *Envelope
// belongs to one goroutine; handing it over is giving it up.
type Envelope struct {
	ID         string          // queue id, 14 characters (spool/qf.IDs makes them)
	Sender     address.Address // reverse-path; the zero value is the null reverse-path
	Recipients []Recipient     // forward-paths in the order in which they were accepted
	Body       BodyType        // BODY= parameter, RFC 6152; "" when none was given
	UTF8       bool            // SMTPUTF8 was asked for, RFC 6531
	Return     Return          // RET= parameter, RFC 3461 §4.3; "" when none was given
	EnvID      string          // ENVID= parameter, decoded, RFC 3461 §4.4
	By         DeliverBy       `json:",omitzero"` // BY= parameter, RFC 2852 §4; Mode "" when none was given
	FullName   string          // sendmail -F: the name for an added From field
	Arrival    time.Time       // when MAIL was accepted
	Origin     Origin          // who handed the message in
	Steps      []Step          `json:",omitempty"` // decisions about the message as a whole
	Discard    bool            `json:"-"`          // a rule throws the message away; its recipients say so once it is accepted
	Quarantine string          `json:"-"`          // why a rule holds the message back, "" for none
	Delayed    Delayed         `json:"-"`          // what is to be said of the connection at RCPT
	Rewritten  []Rewritten     `json:",omitempty"` // header fields that leave in other words than they came
	SentFrom   address.Address `json:",omitzero"`  // the reverse-path as it leaves; the zero value for one that leaves as Sender

	// Added are the header fields that Postroom puts before the received ones
	// (Received, Date, From, Message-Id), CRLF at each line's end. The received bytes stay as they
	// are; this is kept beside them.
	Added []byte `json:"-"`
	// Transcript is the part of the session that this message saw: connection, greeting and its own
	// transaction, up to and with the reply that accepts it.
	Transcript []byte `json:"-"`
}

// Delayed is what was found out of a connection's TLS at MAIL, where sendmail's FEATURE delay_checks has it said at RCPT.
type Delayed struct {
	Refusal Status // Code 0 for none
	Steps   []Step
}

// Rewritten is a header field as it leaves, where rewriting changes what came. The received bytes stay as they are.
type Rewritten struct {
	Name   string // "From"
	Added  bool   `json:",omitempty"` // the field is one of Envelope.Added
	Offset int    // where the field begins, in octets: in the message as received, or in Envelope.Added
	In     []byte // the field as it came, with its name and the lines that continue it, without the last line's end
	Out    []byte // and as it leaves
}

// BodyType is the value of MAIL's BODY parameter.
type BodyType string

// The body types of RFC 6152 and RFC 3030.
const (
	Body7Bit       BodyType = "7BIT"
	Body8BitMIME   BodyType = "8BITMIME"
	BodyBinaryMIME BodyType = "BINARYMIME"
)

// Return is the value of MAIL's RET parameter: how much of a message a report
// about its failure quotes.
type Return string

// The values of RFC 3461 §4.3.
const (
	ReturnFull    Return = "FULL"
	ReturnHeaders Return = "HDRS"
)

// DeliverBy is the value of MAIL's BY parameter: how soon the sender wants the message delivered.
type DeliverBy struct {
	Seconds int64  // from Envelope.Arrival on, -999,999,999 to 999,999,999
	Mode    ByMode // what becomes of a message that is late
	Trace   bool   `json:",omitempty"` // the sender wants to hear of relays on the way
}

// ByMode is what becomes of a message that is not delivered in time.
type ByMode string

// The modes of RFC 2852 §4.
const (
	ByNotify ByMode = "N" // the sender hears of it, and the message goes on
	ByReturn ByMode = "R" // it goes back
)

// Late says that the time has passed.
func (by DeliverBy) Late(arrival, now time.Time) bool {
	return by.Mode != "" && now.Sub(arrival) > time.Duration(by.Seconds)*time.Second
}

// Left is how much of the time is left, in whole seconds, -999,999,999 to 999,999,999; 0 and less once it has passed.
func (by DeliverBy) Left(arrival, now time.Time) int64 {
	const most = 999_999_999
	return max(-most, min(by.Seconds-int64(now.Sub(arrival)/time.Second), most))
}

// Notify says which reports the sender of a recipient wants, RFC 3461 §4.1.
// Zero means that no NOTIFY parameter was given.
type Notify uint8

// The values of RFC 3461 §4.1; NotifyNever excludes the others.
const (
	NotifyNever Notify = 1 << iota
	NotifySuccess
	NotifyFailure
	NotifyDelay
)

// Recipient is one forward-path and all that happened to it.
type Recipient struct {
	Address  address.Address
	Original string            `json:",omitempty"` // ORCPT, decoded: "rfc822;user@host"
	Notify   Notify            `json:",omitempty"`
	Via      []address.Address `json:",omitempty"` // aliases passed through, first one first
	State    State             // "" until the message is accepted
	Mailer   string            `json:",omitempty"` // the mailer that took it: catch, local, esmtp …
	Host     string            `json:",omitempty"` // the host that the mailer was given
	Last     Status            // the last delivery result; Code 0 when there is none
	Steps    []Step            `json:",omitempty"` // why it went where it went
	Turns    []Turn            `json:",omitempty"` // what became of it since it was accepted, and when; at most MaxTurns
}

// State is where a recipient stands. Every recipient of a stored message has exactly one.
type State string

// The states of a recipient.
const (
	Queued    State = "queued"    // waits for its first attempt
	Deferred  State = "deferred"  // tried, will be tried again
	Held      State = "held"      // waits until the user lets it go
	Caught    State = "caught"    // kept in Postroom, not sent
	Delivered State = "delivered" // in a local mailbox, file or program
	Relayed   State = "relayed"   // taken by another host
	Bounced   State = "bounced"   // failed for good
	Discarded State = "discarded" // thrown away by a rule
	Refused   State = "refused"   // never accepted
)

// Step is one decision on a recipient's way, as -bv, trace and the window show it.
type Step struct {
	Rule string // "virtusertable", "aliases", "default" …
	File string `json:",omitempty"` // the table's path, when a table decided
	Line int    `json:",omitempty"` // the line in it, from 1
	Key  string `json:",omitempty"` // the key that matched
	In   string `json:",omitempty"` // what was looked up
	Out  string `json:",omitempty"` // what came of it
	Note string `json:",omitempty"` // a near miss, or what strict production would have said
}

// Destination is where a recipient goes: what the router makes of an address.
type Destination struct {
	Mailer string // "local", "esmtp", "relay"; "catch" keeps the message here
	Host   string // what the mailer is given: "example.com", "[192.0.2.1]"; "" for local and catch
	User   string // who it is for there: the local part for local, else the address
}

// Origin says who handed a message in.
type Origin struct {
	Session  string   // id of the session, the key of its transcript
	Protocol string   // "SMTP", "ESMTP"; "ESMTPS", "ESMTPA", "ESMTPSA" with TLS and after AUTH (RFC 3848); "sendmail" for the sendmail command's socket; "queue" for a queue file; "report" for our own delivery reports; ProtocolRelease, ProtocolRedeliver, ProtocolImport
	Of       string   `json:",omitempty"` // the queue id of the message that it was made of, for those two
	Listener string   `json:",omitempty"` // the address or socket path that was connected to
	Client   string   `json:",omitempty"` // "127.0.0.1:51413"; "" for a socket path
	Name     string   `json:",omitempty"` // the client's host name, "" when there is none
	HELO     string   `json:",omitempty"` // what the client called itself
	TLS      string   `json:",omitempty"` // "TLSv1.3 cipher=… bits=256 verify=NO", as Received has it behind "version="; "" in the clear
	User     string   `json:",omitempty"` // the authenticated user, or the system user's name behind UID
	PID      int      `json:",omitempty"` // the process that sent the message, 0 when not known
	UID      int      // its user, -1 when not known
	Argv     []string `json:",omitempty"` // its command line
	Dir      string   `json:",omitempty"` // the directory that it ran in, "" when not known
	Strict   *bool    `json:"-"`          // whether the listener refuses what production would; nil: as the settings say
}

// Content is a message's bytes, exactly as received.
type Content interface {
	// Open gives the bytes from the start. Every call gives a reader of its own.
	Open() (Reader, error)
	Size() int64
}

// Reader is what Content opens.
type Reader interface {
	io.ReadSeekCloser
	io.ReaderAt
}
