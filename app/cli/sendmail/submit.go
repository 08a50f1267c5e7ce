package sendmail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"postroom.dev/mta"
)

// submit finds somebody to take the message: the MTA's socket, an SMTP listener, the client queue. A server
// that could not be talked to leaves it to the next; one that broke off in the middle, or
// said "later", leaves what it did not accept to the queue, and no second server is asked: it
// may be the same one, with the message.
func (j *job) submit(ctx context.Context) error {
	var tried []error
	if j.delivery != 'q' && j.delivery != 'd' {
		for _, route := range []struct{ network, address string }{{"unix", j.Home.Submit}, {"tcp", j.SMTP}} {
			if route.address == "" {
				continue
			}
			status, sender, begun, err := j.offer(ctx, route.network, route.address)
			if err != nil {
				tried = append(tried, fmt.Errorf("%s: %w", route.address, bare(err)))
			}
			if begun {
				j.report(status, sender)
				j.keepUnsettled(status, &tried)
				break
			}
		}
	}
	if len(j.env.Recipients) == 0 {
		return nil
	}
	if err := j.enqueue(ctx); err != nil {
		return j.nowhere(append(tried, err))
	}
	return nil
}

// offer hands the message to one server. begun says that a transaction was begun, so that status counts.
func (j *job) offer(ctx context.Context, network, address string) (status []mta.Status, sender, begun bool, err error) {
	to, conn, err := j.connect(network, address)
	if err != nil {
		return nil, false, false, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	s, err := openSession(conn, j.hostname(), j.talk)
	if err != nil {
		j.say("%s... Deferred: %s", names(j.env.Recipients), silence(err, to))
		return nil, false, false, err
	}
	s.peer = to
	status, sender, err = s.send(&j.env, j.text)
	return status, sender, true, err
}

// connect dials a server, which is called local when it is behind the MTA's own socket.
func (j *job) connect(network, address string) (to string, conn net.Conn, err error) {
	if to = "local"; network != "unix" {
		to = "[" + strings.Replace(address, ":", "]:", 1)
	}
	if j.verbose {
		if to == "local" {
			j.say("%s... Connecting to local...", names(j.env.Recipients))
		} else {
			j.say("%s... Connecting to %s via relay...", names(j.env.Recipients), to)
		}
	}
	if conn, err = j.Dial(network, address); err != nil {
		j.say("%s... Deferred: %s", names(j.env.Recipients), silence(err, to))
		return to, nil, err
	}
	j.record("===", "CONNECT "+to)
	return to, conn, nil
}

// report says which recipients were refused, those with the same answer in one line as sendmail does.
func (j *job) report(status []mta.Status, sender bool) {
	type line struct {
		names []string
		mta.Status
	}
	var lines []*line
	for i, s := range status {
		if s.Code/100 != 5 {
			continue
		}
		r := j.env.Recipients[i]
		r.Last = s
		j.refused = append(j.refused, r)
		name := r.Address.String()
		if last := len(lines) - 1; last >= 0 && sameAnswer(lines[last].Status, s) {
			lines[last].names = append(lines[last].names, name)
			continue
		}
		lines = append(lines, &line{[]string{name}, s})
	}
	for _, l := range lines {
		who := strings.Join(l.names, ",")
		if sender {
			who = j.env.Sender.String()
			if who == "" {
				who = "<>"
			}
		}
		exit := exitStatus(l.Status)
		j.complain(printable(who)+"... "+answerText(l.Status, exit), exit)
	}
}

func sameAnswer(a, b mta.Status) bool {
	return a.Code == b.Code && a.Enhanced == b.Enhanced && a.Text == b.Text
}

// answerText is a reply's text for a user, without the address that sendmail's servers begin it with.
func answerText(s mta.Status, exit int) string {
	text := s.Text
	if who, rest, ok := strings.Cut(text, "... "); ok && !strings.Contains(who, "\n") && strings.Contains(who, "@") {
		text = rest
	}
	if text = strings.TrimSpace(printable(text)); text == "" {
		return words(exit)
	}
	return text
}

// keepUnsettled leaves in the envelope the recipients whom nobody has accepted or refused.
func (j *job) keepUnsettled(status []mta.Status, tried *[]error) {
	var left []mta.Recipient
	for i, s := range status {
		if s.OK() || s.Code/100 == 5 {
			continue
		}
		if s.Code != 0 && len(left) == 0 {
			*tried = append(*tried, s)
		}
		left = append(left, j.env.Recipients[i])
	}
	j.env.Recipients = left
}

// nowhere is the answer when nobody could take the message: why, and the cure, in one line. The
// caller still has the message and hears that it has.
func (j *job) nowhere(why []error) error {
	if r, ok := errors.AsType[*Exit](why[len(why)-1]); ok {
		return r
	}
	texts := make([]string, len(why))
	for i, err := range why {
		texts[i] = printable(err.Error())
	}
	return &Exit{exTempFail, "sendmail: message not accepted: " + strings.Join(texts, "; ") +
		"; start postroom (or postroom serve), or name a server that runs with POSTROOM_SMTP=host:port"}
}

// bare takes off what net says about addresses: the caller of bare names the one that matters.
func bare(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
