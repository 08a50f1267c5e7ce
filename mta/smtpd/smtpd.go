// Package smtpd is the server's side of SMTP: the session of RFC 5321, with the
// replies, limits and habits of sendmail 8.17.
//
// A Server runs sessions; what it should take, and where the text goes, a Policy
// decides. Each verb is one method of session (verbs.go, mail.go, data.go, bdat.go),
// each extension one file (ext_*.go) that says its EHLO line and its parameters;
// extensions() lists them. To add one: write its file, put it into that list, and
// give its verbs a line in session.dispatch.
//
// VRFY, EXPN and ETRN are in queries.go; privacy.go has sendmail's PrivacyOptions.
//
// A message's text goes to Message.Write as it comes, without the dots of RFC 5321
// §4.5.2, in slices of at most 32 KiB, and is never in memory as a whole. Only CR LF . CR LF ends it.
// Commands may end in a bare LF, as with sendmail.
//
// With Config.LMTP the protocol is RFC 2033 (lmtp.go). TLS begins by STARTTLS or before the greeting (ext_starttls.go). Nothing that was said in the clear counts after it.
// Where Config.Scripting is set, a script may answer before the Policy does (script.go), so that clients meet errors.
//
// Limits: a command line 2,048 octets, one of AUTH 12,288, a transcript 256 KiB
// a session; messages, recipients, connections and the rest as Config and its Limits say (limits.go). A session holds one block of 32 KiB.
//
// Left to others: routing and access (the Policy), addresses (package address), who may log in (package authusers), certificates (package cert), what is kept (the Message).
package smtpd

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/authusers"
	"postroom.dev/mta/starttls"
)

// Config says how a Server speaks. The zero value works, but Hostname and
// Software should be set.
type Config struct {
	Hostname string // what we call ourselves in the greeting and after HELO
	Software string // "Postroom 0.1.0", in the greeting

	MaxSize       int64 // octets of a message's text as stored; 0 means no limit
	MaxRecipients int   // of a message; 0 means no limit
	MaxConns      int   // sessions at a time; 0 means no limit
	Limits        Limits

	// Strict refuses what production sendmail refuses in the stream: bare CR, bare LF and
	// NUL in the text, commands sent before the answer to EHLO. Off, they are taken as they
	// are, and noted in Envelope.Steps and the transcript.
	Strict bool
	// Local is for the sendmail command's own socket: it adds BDAT, BODY=BINARYMIME and
	// MAIL's XNAME parameter, calls the protocol "sendmail", and looks up no host name.
	Local bool
	Hide  []string // extension keywords that are neither announced nor taken, in any case
	// Privacy are words of sendmail's PrivacyOptions, in any case: those that PrivacyWords lists.
	Privacy []string

	// TLS gives how to do a handshake, as of now: for STARTTLS, or where Implicit is set before the greeting. nil, or a nil answer:
	// there is no TLS. Its Time is the real one, whatever Now says; its ClientCAs, or the system's when they are nil, say which clients verify.
	TLS          func() *tls.Config
	LMTP         bool // RFC 2033 instead of SMTP
	Implicit     bool // TLS from the first octet, RFC 8314 §3.3
	RequireTLS   bool // nothing but greetings before STARTTLS, RFC 3207 §4
	RequireAuth  bool // no mail before AUTH, sendmail's M=a
	AuthNeedsTLS bool // PLAIN and LOGIN only with TLS, sendmail's AuthOptions=p

	// Features gives the letters of sendmail's srv_features for a client; nil: none.
	Features func(*mta.Origin) string
	// CheckTLS says at MAIL why the connection's TLS is not good enough, an error with an mta.Status in its chain; it may add Steps. nil: it is.
	CheckTLS func(env *mta.Envelope, f starttls.Facts) error
	Daemon   string            // our name in log lines, sendmail's DaemonPortOptions=Name; "" means "MTA"
	MailLog  func(text string) // takes lines of the mail log that have no queue id; nil: nobody

	Timeout Timeout
	// Wait lets time pass where a client is slowed down; nil: the real one, cut short when the server ends.
	Wait func(context.Context, time.Duration)

	Clock     func() time.Time // that Timeout.Transaction goes by; nil means time.Now
	Now       func() time.Time // for Arrival, the greeting and the transcript; nil means time.Now
	QueueID   func() string    // called at MAIL; nil leaves Envelope.ID to Policy.Mail
	SessionID func() string    // nil leaves Origin.Session to Policy.Connect
	// Identify fills in what is known of the process at the other end: PID, UID, User, Argv. nil: nothing.
	Identify func(net.Conn, *mta.Origin)
	// Pause is how long the greeting is held back from a client, sendmail's greet_pause: one that talks first is refused. nil: not at all.
	Pause func(*mta.Origin) time.Duration
	// Logins gives who may log in by AUTH, as of now; nil: nobody. It is asked by many sessions at a time.
	Logins func() *authusers.Users
	Nonce  func() string // for the challenges of AUTH: printable ASCII without a comma that nobody can guess; nil means rand.Text
	// Scripting answers in the Policy's place, and before it; at Connect after it. nil: nothing does.
	Scripting *Scripting
	// Lookup gives the host name of a client that is neither 127.0.0.1 nor ::1, "" for none. nil: no lookup.
	Lookup func(context.Context, netip.Addr) string
}

// Timeout holds how long the server waits for the client, RFC 5321 §4.5.3.2.
// Zero fields mean the RFC's times.
type Timeout struct {
	Command time.Duration // for the whole of the next command, §4.5.3.2.7: 5 min; also for writing a reply
	Data    time.Duration // for the next block of a message's text, §4.5.3.2.5: 3 min
	// Transaction is how long one may last in all, from MAIL to the end of its text, however busy the client is; 0 means no limit. The RFC has none.
	Transaction time.Duration
}

// Policy decides. Its methods are called from one goroutine per session, for
// many sessions at a time. A refusal is an error that has an mta.Status in its chain; any other
// error is answered with 451 4.3.0. Texts of 450, 550 and 553 get the client's argument before them,
// as in "550 5.1.1 <nobody@example.com>... User unknown". The Steps that Mail adds to the envelope and Rcpt to the recipient stand in
// the transcript before the answer, also of a refusal.
type Policy interface {
	// Connect is called before the greeting. A refusal with 421 stands in place of the greeting; after
	// any other the session goes on, and each command for a message gets the refusal.
	Connect(ctx context.Context, o *mta.Origin) error
	// Mail is called with a new envelope that has its sender and the parameters of MAIL. A nil answer accepts it.
	Mail(ctx context.Context, env *mta.Envelope) error
	// Rcpt is called with the envelope so far and the next recipient, which is appended after a nil answer.
	Rcpt(ctx context.Context, env *mta.Envelope, r *mta.Recipient) error
	// Data is called before the text is asked for, and gives what takes it.
	Data(ctx context.Context, env *mta.Envelope) (Message, error)
	// Verify answers VRFY, and Expand EXPN. The status's Text may have several lines.
	Verify(ctx context.Context, arg string) mta.Status
	Expand(ctx context.Context, arg string) mta.Status
	// RunQueue answers ETRN: it begins to run the queue for a node as RFC 1985 §5 names it, and does not wait.
	RunQueue(ctx context.Context, node string) mta.Status
	// Closed is called at the end of every session, also of a refused or broken one.
	Closed(s mta.Session)
}

// Message takes one message's text. Exactly one of Commit and Abort is called, last.
type Message interface {
	// Write takes the next octets, exactly as they are to be kept. p is not valid after it. After an
	// error the rest of the text is thrown away, and the error's Status is the answer.
	io.Writer
	// Commit makes the message and its envelope durable; only nil lets the server say 250. env is given
	// up to it. The envelope's Transcript ends with the reply that accepts the message.
	Commit(ctx context.Context, env *mta.Envelope) error
	// Abort throws away what was written.
	Abort()
}

// Teller is a Message that can say, after Commit, what becomes of each recipient: a line each, for VERB.
type Teller interface{ Fates() []string }

const (
	maxLine     = 2048 // octets of a command line with its end; sendmail's MAXLINE
	maxBad      = 25   // bad commands in a session; sendmail's MAXBADCOMMANDS
	maxHELO     = 256  // octets of a HELO's argument; sendmail's MAXNAME
	maxShort    = 203  // octets of a client's words repeated in a reply; sendmail's MAXSHORTSTR
	maxSession  = 256 << 10
	maxPrelude  = 8 << 10
	blockSize   = 32 << 10
	defaultCmd  = 5 * time.Minute
	defaultData = 3 * time.Minute
)

// status is short for an mta.Status of our own.
func status(code int, enhanced mta.Enhanced, text string) mta.Status {
	return mta.Status{Code: code, Enhanced: enhanced, Text: text}
}
