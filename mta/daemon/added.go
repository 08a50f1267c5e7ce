package daemon

import (
	"bytes"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// addedFields makes the header fields that sendmail would put before the received ones: Received always,
// Date, From and Message-Id where the message has none (reference: Received, Date, Message-Id, From).
func (d *Daemon) addedFields(env *mta.Envelope, head []byte) []byte {
	has := present(head)
	now := env.Arrival
	if now.IsZero() {
		now = d.Now()
	}
	b := make([]byte, 0, 512)
	b = d.appendReceived(b, env, now)
	if !has.date {
		b = append(b, "Date: "+Date(now)+"\r\n"...)
	}
	if !has.from {
		b = append(b, "From: "+d.fromField(env)+"\r\n"...)
	}
	if !has.messageID {
		b = append(b, "Message-Id: <"+now.UTC().Format("200601021504")+"."+env.ID+"@"+d.Hostname+">\r\n"...)
	}
	return b
}

// appendReceived writes the trace field of RFC 5321 §4.4 as sendmail lays it out.
// "for" stands only where there is exactly one recipient: naming one of several would show a Bcc.
func (d *Daemon) appendReceived(b []byte, env *mta.Envelope, now time.Time) []byte {
	o := &env.Origin
	with := o.Protocol
	switch {
	case o.Protocol == protocolReport:
		b = append(b, "Received: from localhost (localhost)"...)
		with = ""
	case o.Client == "":
		user := o.User
		if user == "" {
			user = "unknown"
		}
		if o.HELO != "" && o.Protocol != "sendmail" { // by SMTP or LMTP on a unix socket
			b = append(b, "Received: from "+orIP(o.HELO, "")+" ("+user+"@localhost)"...)
			break
		}
		b = append(b, "Received: (from "+user+"@localhost)"...)
		with = ""
	default:
		b = append(b, "Received: from "+orIP(o.HELO, o.Client)+" ("+peer(o)+")"...)
		if o.User != "" {
			b = append(b, "\r\n\t(authenticated bits=0)"...)
		}
	}
	b = append(b, "\r\n\tby "+d.Hostname+" ("+d.Software+")"...)
	if with != "" {
		b = append(b, " with "+with...)
	}
	b = append(b, " id "+env.ID...)
	if o.TLS != "" {
		b = append(b, "\r\n\t(version="+o.TLS+")"...)
	}
	if len(env.Recipients) == 1 && o.Protocol != protocolReport { // sendmail names nobody in a report
		b = append(b, "\r\n\tfor "+env.Recipients[0].Address.Path()+"; "...)
	} else {
		b = append(b, ";\r\n\t"...)
	}
	return append(b, Date(now)+"\r\n"...)
}

func orIP(helo, client string) string {
	if helo != "" {
		return strings.Map(func(r rune) rune {
			if r <= ' ' || r == 0x7f || r == '(' || r == ')' {
				return '?' // a client's name must not end the field or open a comment
			}
			return r
		}, helo)
	}
	return bracketed(client)
}

// peer is sendmail's $_: "localhost [127.0.0.1]", "[192.0.2.1]".
func peer(o *mta.Origin) string {
	if o.Name != "" {
		return o.Name + " " + bracketed(o.Client)
	}
	return bracketed(o.Client)
}

// bracketed gives the address literal of host:port, RFC 5321 §4.1.3.
func bracketed(client string) string {
	host := client
	if i := strings.LastIndexByte(client, ':'); i >= 0 {
		host = strings.Trim(client[:i], "[]")
	}
	if strings.Contains(host, ":") {
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

func (d *Daemon) fromField(env *mta.Envelope) string {
	sender := env.Sender
	if sender.IsNull() {
		sender.Local = "MAILER-DAEMON"
	}
	if sender.Domain == "" {
		sender = sender.Qualify(d.Hostname)
	}
	return address.Named{Name: env.FullName, Address: sender}.String()
}

// Date prints a time as sendmail does: RFC 5322 §3.3, with GMT for the zone that is UTC.
func Date(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return t.UTC().Format("Mon, 2 Jan 2006 15:04:05 GMT")
	}
	return t.Format("Mon, 2 Jan 2006 15:04:05 -0700")
}

type fields struct{ date, from, messageID bool }

// present looks which of the fields that we may have to add stand in the header at the start of head.
// A line that is no header field ends the header, as it does for sendmail.
func present(head []byte) (f fields) {
	for len(head) > 0 {
		line := head
		if i := bytes.IndexByte(head, '\n'); i >= 0 {
			line, head = head[:i], head[i+1:]
		} else {
			head = nil
		}
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(bytes.TrimRight(name, "\r")) == 0 {
			return f
		}
		name = bytes.TrimRight(name, " \t")
		switch {
		case bytes.EqualFold(name, []byte("date")):
			f.date = true
		case bytes.EqualFold(name, []byte("from")):
			f.from = true
		case bytes.EqualFold(name, []byte("message-id")):
			f.messageID = true
		}
	}
	return f
}
