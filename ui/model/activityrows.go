package model

import (
	"cmp"
	"context"
	"path"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/ui/say"
)

// SessionRows are the sessions of an Activity as a list has them.
type SessionRows struct{ *Activity }

// Len is the number of sessions that are loaded.
func (s SessionRows) Len() int { return len(s.sessions) }

// Key gives the key of the session in row i.
func (s SessionRows) Key(i int) int64 { return keyOf(s.sessions[i].ID) }

// Index gives the row of a session, -1 where it is not loaded.
func (s SessionRows) Index(key int64) int {
	if i, ok := s.index[key]; ok {
		return i
	}
	return -1
}

// Session gives the session in row i. The last rows have older ones loaded.
func (s SessionRows) Session(i int) *mta.Session {
	if i+20 > len(s.sessions) {
		s.MoreSessions()
	}
	return &s.sessions[i]
}

// SessionRow is a session as a table shows it.
type SessionRow struct {
	Began, Lasted, Client, Program, Protocol, Messages, Why string
	Outcome                                                 Chip
}

// SessionRowOf makes a table's row of a session.
func SessionRowOf(s *mta.Session, now time.Time) SessionRow {
	o := &s.Origin
	client := o.Client
	if o.Name != "" && o.Name != o.Client {
		client = strings.TrimSpace(o.Name + " " + o.Client)
	}
	program := Program(*o)
	if program == "" && len(o.Argv) > 0 {
		program = path.Base(o.Argv[0])
	}
	protocol := o.Protocol
	if o.TLS != "" {
		version, _, _ := strings.Cut(o.TLS, " ")
		protocol += " " + version
	}
	return SessionRow{
		Began: Clock(s.Started, now), Lasted: Took(s.Ended.Sub(s.Started)), Client: oneLine(cmp.Or(client, o.User)), Program: oneLine(program),
		Protocol: oneLine(protocol), Messages: Count(s.Messages), Why: oneLine(s.Why()), Outcome: outcomeChip(s.Outcome),
	}
}

func outcomeChip(o mta.Outcome) Chip {
	switch o {
	case mta.Denied:
		return Chip{say.T("refused"), Bad}
	case mta.Aborted:
		return Chip{say.T("aborted"), Warn}
	case mta.Accepted:
		return Chip{say.T("accepted"), OK}
	case mta.Idle:
		return Chip{say.T("idle"), Dim}
	}
	return Chip{}
}

// Took prints how long something short took: "0.8 s", "12 s", "3 min".
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return Count(int(d.Milliseconds())) + " ms"
	case d < 10*time.Second:
		return strings.TrimSuffix(d.Truncate(100*time.Millisecond).String(), "s") + " s"
	}
	return Ago(d.Truncate(time.Second))
}

// Transcript asks for a session's transcript and then hands it over.
func (a *Activity) Transcript(id string, then func([]byte)) {
	a.tasks.run(func(ctx context.Context) {
		s, err := a.source.Session(ctx, id)
		a.tasks.show(ctx, func() {
			if err != nil {
				a.OnProblem(err)
				return
			}
			then(s.Transcript)
		})
	})
}

// RunRows are the queue runs of an Activity as a list has them.
type RunRows struct{ *Activity }

// Len is the number of runs that are remembered.
func (r RunRows) Len() int { return len(r.runs) }

// Key gives the key of the run in row i.
func (r RunRows) Key(i int) int64 { return r.runs[i].Began.UnixNano() }

// Index gives the row of a run.
func (r RunRows) Index(key int64) int {
	for i := range r.runs {
		if r.Key(i) == key {
			return i
		}
	}
	return -1
}

// Run gives the run in row i.
func (r RunRows) Run(i int) QueueRan { return r.runs[i] }

// RunCells gives the cells of a run: when, how long, why, messages, sent, deferred, failed.
func RunCells(r QueueRan, now time.Time) [7]string {
	lasted := say.T("going on")
	if !r.Ended.IsZero() {
		lasted = Took(r.Ended.Sub(r.Began))
	}
	why := say.T("it was time")
	switch {
	case r.Select != "":
		why = say.T("asked for: -q%s", strings.ReplaceAll(r.Select, " ", " -q"))
	case !r.Planned:
		why = say.T("asked for")
	}
	return [7]string{Clock(r.Began, now), lasted, Short(why, 200), Count(r.Messages), Count(r.Sent), Count(r.Deferred), Count(r.Failed)}
}

// LogLine is a line of the maillog in tones: when, who, which message, and what came of it.
func LogLine(line string) Line {
	line = noControls(line)
	tone := Plain
	switch {
	case strings.Contains(line, "stat=Sent"), strings.Contains(line, "stat=queued"):
		tone = OK
	case strings.Contains(line, "stat=Deferred"), strings.Contains(line, "stat=Locked"):
		tone = Warn
	case strings.Contains(line, "stat="), strings.Contains(line, "reject="):
		tone = Bad
	}
	stamp, rest, found := strings.Cut(line, "]: ")
	if !found {
		return Line{{Text: line}}
	}
	id, rest, found := strings.Cut(rest, ": ")
	if !found {
		return Line{{Text: stamp + "]: ", Tone: Dim, Margin: true}, {Text: id}}
	}
	before, stat, has := strings.Cut(rest, "stat=")
	known := tone // the end of a line is often out of sight
	if known == Plain {
		known = Accent
	}
	out := Line{{Text: stamp + "]: ", Tone: Dim, Margin: true}, {Text: id, Tone: known}, {Text: ": " + before}}
	if has {
		out = append(out, Span{Text: "stat=" + stat, Tone: tone})
	}
	return out
}
