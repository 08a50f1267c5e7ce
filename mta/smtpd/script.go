package smtpd

import (
	"context"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/simulate"
)

// maxHead is how much of a text's start a script may look at.
const maxHead = 64 << 10

// Scripting has the server answer as a script says, for clients to be tried with.
type Scripting struct {
	Script func() *simulate.Script // in force now; nil, or one without rules, answers nothing
	Player *simulate.Player
}

// ask asks the script what to answer at a stage, and waits as it says. ok is false where it has nothing to say. The step goes into the
// transcript, and into the envelope where there is one.
func (s *session) ask(ctx context.Context, e simulate.Event) (a simulate.Answer, ok bool) {
	c := &s.server.config
	if c.Scripting == nil {
		return a, false
	}
	e.Host, e.Origin = c.Hostname, &s.origin
	if a, ok = c.Scripting.Player.Ask(c.Scripting.Script(), e); !ok {
		return a, false
	}
	s.log.note(a.Step.String())
	if e.Envelope != nil {
		e.Envelope.Steps = append(e.Envelope.Steps, a.Step)
	}
	s.wait(ctx, a.Delay)
	return a, true
}

// scripted is ask for a stage at which a message is neither coming nor kept: Code 0 means that all goes as ever.
func (s *session) scripted(ctx context.Context, e simulate.Event) mta.Status {
	a, ok := s.ask(ctx, e)
	if ok && a.Disconnect {
		return s.disconnect(asScripted(a))
	}
	return a.Status
}

// asScripted is the reason of a session that ends without an answer.
func asScripted(a simulate.Answer) string {
	return "disconnected without an answer, as " + a.Step.Where() + " says"
}

// keptUnsaid stands before the reply that a client does not get though its message is kept.
const keptUnsaid = "the message is kept, but the client was disconnected without hearing "

// disconnect ends the connection at once; no reply is sent any more. The transcript ends with why.
func (s *session) disconnect(why string) mta.Status {
	s.cut = true
	s.end(why)
	return status(421, mta.Enhanced{4, 4, 2}, why)
}

// scriptsText says that the start of a text is to be kept for the script.
func (s *session) scriptsText() bool {
	c := s.server.config.Scripting
	return c != nil && c.Script().Len() > 0
}

// wait lets time pass, but not longer than the server runs.
func (s *session) wait(ctx context.Context, d time.Duration) {
	const look = 200 * time.Millisecond
	for ; d > 0 && !s.server.isClosing(); d -= look {
		timer := time.NewTimer(min(d, look))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
