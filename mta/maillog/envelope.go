package maillog

import (
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// FromOf is the From line of an accepted message. Size is in octets; messageID comes with its angle brackets;
// listener is what the configuration calls the one that took it ("MTA"), unused for the command line.
func FromOf(env *mta.Envelope, size int64, class int, messageID, listener string) From {
	o := &env.Origin
	f := From{
		From: shown(o, env.Sender), Size: size, Class: class, Recipients: len(env.Recipients),
		MessageID: messageID, BodyType: env.Body, Relay: relay(o),
	}
	if o.Client != "" {
		f.Protocol, f.Daemon = o.Protocol, listener
	}
	return f
}

// ToOf is the To line of an attempt on env.Recipients[rcpts…] that began at started and ended at now with status st; all
// of them had the same mailer. A zero started says that there was none: stat is "queued". The host is the one that
// answered, with its address, if the caller knows it: "mx.example.com. [192.0.2.1]".
func ToOf(env *mta.Envelope, rcpts []int, started, now time.Time, st mta.Status, host string, priority int64) To {
	t := To{Delay: now.Sub(env.Arrival), Priority: priority, Relay: host, Enhanced: st.Enhanced, Stat: Stat(st)}
	if !started.IsZero() {
		t.Tried, t.XDelay = true, now.Sub(started)
	}
	if st.RemoteMTA != "" && !st.OK() && st.Code != 0 {
		t.Reply = words(st)
	}
	for _, i := range rcpts {
		t.To = append(t.To, shown(&env.Origin, env.Recipients[i].Address))
		t.Mailer = env.Recipients[i].Mailer
	}
	if o := &env.Origin; o.Client == "" && o.UID >= 0 {
		t.Ctladdr = shown(o, env.Sender) + " (" + strconv.Itoa(o.UID) + "/" + strconv.Itoa(o.UID) + ")"
	}
	return t
}

// Stat is sendmail's word for a status: "Sent (accepted)", "Deferred: 451 4.7.1 …", "User unknown", "queued" when there is none.
func Stat(st mta.Status) string {
	text := strings.ReplaceAll(st.Text, "\n", " ")
	switch {
	case st.Code == 0:
		return "queued"
	case st.OK() && text == "":
		return "Sent"
	case st.OK():
		return "Sent (" + text + ")"
	case st.Temporary() && st.RemoteMTA != "":
		return "Deferred: " + words(st)
	case st.Temporary():
		return "Deferred: " + text
	case st.Enhanced == mta.Enhanced{5, 1, 1}:
		return "User unknown"
	case st.RemoteMTA != "":
		return "Service unavailable"
	}
	return text
}

// words gives a status on one line.
func words(st mta.Status) string {
	return strings.ReplaceAll(mta.Status{Code: st.Code, Enhanced: st.Enhanced, Text: st.Text}.Error(), "\n", " ")
}

// shown gives an address as it was given: between angle brackets when it came by SMTP.
func shown(o *mta.Origin, a address.Address) string {
	if o.Client == "" && !a.IsNull() {
		return a.String()
	}
	return a.Path()
}

// relay says whom the message came from: "localhost [127.0.0.1]", "alice@localhost".
func relay(o *mta.Origin) string {
	if o.Client == "" {
		if o.User == "" {
			return ""
		}
		return o.User + "@localhost"
	}
	ip := o.Client
	if i := strings.LastIndexByte(ip, ':'); i >= 0 {
		ip = strings.Trim(ip[:i], "[]")
	}
	if strings.Contains(ip, ":") {
		ip = "IPv6:" + ip
	}
	return strings.TrimSpace(o.Name + " [" + ip + "]")
}
