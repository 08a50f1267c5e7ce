package qf

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// returnPath is the field that sendmail writes first: 0x81 'g' is its sender macro, unexpanded.
const returnPath = "Return-Path: <\x81g>"

// suppliedFlag gives the mailer flags of a field that sendmail supplies: a mailer without
// them does not send it.
func suppliedFlag(name string) (string, bool) {
	switch name {
	case "received":
		return "", true
	case "date", "resent-date":
		return "D", true
	case "from", "resent-from":
		return "F", true
	case "full-name":
		return "x", true
	case "message-id", "resent-message-id":
		return "M", true
	}
	return "", false
}

// FromEnvelope makes the Control of a new message from its envelope and its header as received: the
// fields up to the empty line, LF or CRLF at each line's end. The fields in env.Added, which must
// include a Received field, are written before them with the flags that sendmail gives to fields
// that it supplies, so that HeaderBytes can tell them from the received ones.
//
// Priority counts the header and the recipients; see Measure for the body. Errors are
// ErrHeader, ErrBody, ErrTooLarge and ErrIncomplete.
func FromEnvelope(env *mta.Envelope, header []byte) (*Control, error) {
	c := &Control{Version: 8, Time: env.Arrival.UTC().Truncate(time.Second), Ended: true}
	switch env.Body {
	case "", mta.Body7Bit, mta.Body8BitMIME:
		c.Body = string(env.Body)
	case mta.BodyBinaryMIME:
		c.Body = string(mta.Body8BitMIME)
	default:
		return nil, fmt.Errorf("%w: %s", ErrBody, env.Body)
	}
	received, err := fields(header)
	if err != nil {
		return nil, err
	}
	if err := c.supply(env); err != nil {
		return nil, err
	}
	class := 0
	for _, text := range received {
		c.Header = append(c.Header, Header{Text: text})
		name, value := cutField(text)
		switch name {
		case "to", "cc", "bcc":
			c.SetFlag('b', true)
		case "precedence":
			class = Class(value)
		}
	}
	c.envelope(env)
	c.Priority = Priority(int64(len(bytes.ReplaceAll(header, []byte("\r\n"), []byte("\n")))), len(env.Recipients), class)
	if class < 0 || env.Return == mta.ReturnHeaders {
		c.SetFlag('n', true)
	}
	_, err = printable(c)
	return c, err
}

// printable says whether c can be written as a message that sendmail runs.
func printable(c *Control) ([]byte, error) {
	if c.Sender == "" || len(c.Recipients) == 0 {
		return nil, ErrIncomplete
	}
	return c.Append(nil)
}

// supply begins the header with the fields that were added.
func (c *Control) supply(env *mta.Envelope) error {
	added, err := fields(env.Added)
	if err != nil {
		return err
	}
	c.Header = []Header{{"P", returnPath}}
	if env.FullName != "" {
		added = append(added, "Full-Name: "+oneLine(env.FullName))
	}
	for _, flag := range []string{"", "D", "F", "x", "M"} { // in sendmail's order
		for _, text := range added {
			name, _ := cutField(text)
			if f, ok := suppliedFlag(name); ok && f == flag {
				c.Header = append(c.Header, Header{flag, text})
			}
		}
		if flag == "" && len(c.Header) != 2 {
			return fmt.Errorf("%w: %d Received fields in the added ones, not 1", ErrHeader, len(c.Header)-1)
		}
	}
	if len(c.Header) != 1+len(added) {
		return fmt.Errorf("%w: among the added ones is one that sendmail does not supply", ErrHeader)
	}
	return nil
}

// envelope takes over what is not header.
func (c *Control) envelope(env *mta.Envelope) {
	form := plain
	if o := env.Origin; strings.Contains(o.Protocol, "SMTP") {
		form = address.Address.Path
		c.Macros = []Macro{{"_", client(o)}, {"r", o.Protocol}, {"s", o.HELO}, {"{daemon_flags}", ""}}
	} else {
		if o.User != "" {
			c.Macros = append(c.Macros, Macro{"_", o.User + "@localhost"})
		}
		c.Macros = append(c.Macros, Macro{"{daemon_flags}", "c u"})
		if o.PID > 0 {
			c.Macros = append(c.Macros, Macro{callerMacro, caller(&o)})
		}
	}
	if env.Body == mta.BodyBinaryMIME {
		c.Macros = append(c.Macros, Macro{bodyMacro, string(env.Body)})
	}
	c.Sender = form(env.Sender)
	c.EnvID = xtext(env.EnvID)
	c.DeliverBy = deliverBy(env.By)
	c.SetFlag('s', true)
	c.SetFlag('d', env.Return != "")
	c.SetFlag('e', env.UTF8)
	for i := range env.Recipients {
		r := &env.Recipients[i]
		to := Recipient{Flags: "P" + notifyFlags(r.Notify), Address: form(r.Address)}
		if r.Original != "" {
			kind, original, _ := strings.Cut(r.Original, ";")
			to.Original = kind + ";" + xtext(original)
		}
		if r.Address.Domain != "" {
			to.Final = "RFC822; " + plain(r.Address)
		}
		to.Status = r.Last.Text
		c.Recipients = append(c.Recipients, to)
	}
}

// bodyMacro is a macro of our own: the df is a binary text, exactly as it came, with CRLF where lines end. Such a B line would cost the
// message: sendmail calls the file bogus. What sendmail sends of it, where it shares the queue, has CRLF for every LF.
const bodyMacro = "{postroom_body}"

// Envelope gives the envelope that c stands for, with id as its queue id: the inverse of FromEnvelope. An address
// that cannot be read as a mailbox (a program, a path) is put whole into Local. RET=FULL of a message with a
// low Precedence comes back as HDRS: sendmail's flags are the same for both.
func (c *Control) Envelope(id string) *mta.Envelope {
	env := &mta.Envelope{
		ID: id, Sender: mailbox(c.Sender), Body: mta.BodyType(c.Body), EnvID: unxtext(c.EnvID),
		By: byOf(c.DeliverBy), UTF8: c.HasFlag('e'), Arrival: c.Time, Origin: c.origin(), Added: c.added(),
	}
	if c.Macro(bodyMacro) == string(mta.BodyBinaryMIME) {
		env.Body = mta.BodyBinaryMIME
	}
	if c.HasFlag('d') {
		env.Return = mta.ReturnFull
		if c.HasFlag('n') {
			env.Return = mta.ReturnHeaders
		}
	}
	for _, h := range c.Header[:c.supplied()] {
		if name, value := cutField(h.Text); name == "full-name" {
			env.FullName = strings.TrimSpace(value)
		}
	}
	for _, r := range c.Recipients {
		to := mta.Recipient{Address: mailbox(r.Address), Notify: notify(r.Flags), State: mta.Queued}
		if kind, original, found := strings.Cut(r.Original, ";"); found {
			to.Original = kind + ";" + unxtext(original)
		}
		if c.Tries > 0 {
			to.State, to.Last.Text = mta.Deferred, r.Status
		}
		env.Recipients = append(env.Recipients, to)
	}
	return env
}

// HeaderBytes gives the received header: the fields that did not come from us or sendmail, exactly as
// received, LF at each line's end, without the empty line that ends a header. With that line and
// the df behind it, it is the message as received.
func (c *Control) HeaderBytes() []byte {
	var b []byte
	for _, h := range c.Header[c.supplied():] {
		b = append(append(b, h.Text...), '\n')
	}
	return b
}

// added gives the supplied fields as mta.Envelope.Added has them.
func (c *Control) added() []byte {
	var b []byte
	for _, h := range c.Header[:c.supplied()] {
		if name, _ := cutField(h.Text); name == "return-path" || name == "full-name" {
			continue
		}
		b = append(append(b, strings.ReplaceAll(h.Text, "\n", "\r\n")...), "\r\n"...)
	}
	return b
}

// supplied is how many fields at the top were supplied on the way into the queue. They have flags, except
// Received, which follows Return-Path; received fields have none.
func (c *Control) supplied() int {
	for i, h := range c.Header {
		if h.Flags != "" {
			continue
		}
		name, _ := cutField(h.Text)
		before := ""
		if i == 1 {
			before, _ = cutField(c.Header[0].Text)
		}
		if name != "received" || before != "return-path" {
			return i
		}
	}
	return len(c.Header)
}

// Measure gives a reader of body that completes c as the body passes: Priority by its octets, the flag 8
// for 8-bit content. Create of package queue prints c only after it has read the body.
func (c *Control) Measure(body io.Reader) io.Reader { return &measure{c, body} }

type measure struct {
	c    *Control
	body io.Reader
}

func (m *measure) Read(p []byte) (int, error) {
	n, err := m.body.Read(p)
	m.c.Priority += int64(n)
	if !m.c.HasFlag('8') && bytes.ContainsFunc(p[:n], func(r rune) bool { return r > 0x7f }) {
		m.c.SetFlag('8', true)
	}
	return n, err
}

// fields cuts a header into fields without their last line end; folded lines stand after "\n".
func fields(header []byte) ([]string, error) {
	if len(header) > 2*MaxHeader { // twice, because the carriage returns do not count
		return nil, fmt.Errorf("%w: %d octets of header", ErrTooLarge, len(header))
	}
	var all []string
	for len(header) > 0 {
		text, rest := logicalLine(header)
		header = rest
		if !IsField(text) {
			return nil, fmt.Errorf("%w: %q", ErrHeader, text[:min(len(text), 80)])
		}
		text = bytes.TrimSuffix(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"))
		all = append(all, string(text))
	}
	return all, nil
}

// cutField gives a field's name in lower case, and its value.
func cutField(text string) (name, value string) {
	name, value, _ = strings.Cut(text, ":")
	return strings.ToLower(strings.TrimRight(name, " \t")), value
}

// origin reads the macros.
func (c *Control) origin() mta.Origin {
	o := mta.Origin{Protocol: "queue", UID: -1, HELO: c.Macro("s")}
	peer := c.Macro("_")
	if name, ok := strings.CutSuffix(peer, "@localhost"); ok {
		o.User = name
		readCaller(c.Macro(callerMacro), &o)
		return o
	}
	if i := strings.IndexByte(peer, '['); i >= 0 {
		o.Name = strings.TrimSpace(peer[:i])
		o.Client, _, _ = strings.Cut(peer[i+1:], "]")
		return o
	}
	o.Name = peer
	return o
}
