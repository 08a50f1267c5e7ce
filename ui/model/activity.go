package model

import (
	"context"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// LogPlace is a place in the maillog. The zero LogPlace is before all of it.
type LogPlace struct {
	File   int   // which of the files that had its name
	Offset int64 // in octets
}

// LogPart is what stands behind a LogPlace.
type LogPart struct {
	Path  string
	Lines []string // whole ones, without their ends
	Next  LogPlace
	Again bool // another file has the name now: what came before is in an older one
}

// QueueRan is a queue run that is over, or goes on.
type QueueRan struct {
	Began, Ended           time.Time // Ended is zero while it goes on
	Planned                bool      // it was time for it; else somebody asked
	Select                 string    // what was asked for, as behind sendmail's -q; "" for all
	Messages               int       // that took part
	Sent, Deferred, Failed int       // recipients
}

// LoadBar is what happened in the time of one bar of a chart.
type LoadBar struct {
	Came     int // messages that were taken in
	Sent     int // recipients that were delivered to or handed on
	Deferred int
	Failed   int
	Waiting  int // the most messages in the queue
}

// Load is how busy the program was, the oldest bar first.
type Load struct {
	Step time.Duration // of a bar
	Bars []LoadBar
}

// ActivitySource is what the view of activity asks of the program.
type ActivitySource interface {
	Sessions(ctx context.Context, q spool.SessionQuery) (spool.SessionPage, error)
	Session(ctx context.Context, id string) (mta.Session, error)
	MailLog(ctx context.Context, since LogPlace) (LogPart, error)
	QueueRuns(ctx context.Context) ([]QueueRan, error)
	Load(ctx context.Context, span time.Duration) (Load, error)
}

// ActivityPart is what the view of activity shows.
type ActivityPart int

// The parts of the view.
const (
	PartSessions ActivityPart = iota
	PartLog
	PartRuns
)

// Activity is what the program did: sessions, the maillog, queue runs, and how busy it was. It looks while it is watched.
type Activity struct {
	// OnChange is told what is another; OnLoad that the charts are; OnProblem of errors.
	OnChange  func(part ActivityPart, reset bool)
	OnLoad    func()
	OnProblem func(error)

	source ActivitySource
	tasks  *tasks
	stop   []context.CancelFunc
	nudge  chan struct{}

	part   ActivityPart
	failed bool
	text   string
	span   time.Duration

	sessions []mta.Session
	index    map[int64]int
	older    int64 // SessionQuery.Before of the next page; 0 for no more
	paging   bool
	runs     []QueueRan
	load     Load

	place LogPlace
	path  string
	lines []string // all that are kept
	shown []string // those with the text
}

// maxLogLines is how many lines of the maillog are kept.
const maxLogLines = 20_000

const (
	sessionPage  = 200
	activityTick = time.Second
)

// NewActivity makes an Activity that shows sessions.
func NewActivity(source ActivitySource, post Post) *Activity {
	return &Activity{
		OnChange: func(ActivityPart, bool) {}, OnLoad: func() {}, OnProblem: func(error) {},
		source: source, tasks: newTasks(post), nudge: make(chan struct{}, 1), span: time.Hour, index: map[int64]int{},
	}
}

// Close ends looking, and waits.
func (a *Activity) Close() { a.tasks.close() }

// Watch begins to look, Unwatch ends it.
func (a *Activity) Watch() {
	if a.stop != nil {
		return
	}
	a.stop = []context.CancelFunc{a.tasks.run(a.follow(a.part, a.failed, a.text)), a.tasks.run(a.measure(a.span))}
}

// Unwatch ends what Watch began.
func (a *Activity) Unwatch() {
	for _, stop := range a.stop {
		stop()
	}
	a.stop = nil
}

// again looks anew, if it is watched at all.
func (a *Activity) again() {
	if a.stop != nil {
		a.Unwatch()
		a.Watch()
	}
}

// Nudge has it look soon.
func (a *Activity) Nudge() {
	select {
	case a.nudge <- struct{}{}:
	default:
	}
}

// Apply takes a batch of events.
func (a *Activity) Apply(events []mta.Event) {
	for _, e := range events {
		if e.Kind == mta.Closed || e.Kind == mta.Resync {
			a.Nudge()
			return
		}
	}
}

// Show shows a part, of it what has the text; failed leaves out sessions in which all was well.
func (a *Activity) Show(part ActivityPart, failed bool, text string) {
	text = strings.TrimSpace(text)
	if part != a.part || failed != a.failed || text != a.text {
		a.part, a.failed, a.text = part, failed, text
		if part == PartSessions {
			a.sessions, a.older = nil, 0
			a.reindex()
		}
		a.filter()
		a.OnChange(part, true)
		a.again()
	}
}

// Part, Failed and Text give what is shown.
func (a *Activity) Part() ActivityPart { return a.part }

// Failed says that sessions in which all was well are left out.
func (a *Activity) Failed() bool { return a.failed }

// Text gives what is looked for.
func (a *Activity) Text() string { return a.text }

// Span is what the charts go back over; SetSpan changes it.
func (a *Activity) Span() time.Duration { return a.span }

// SetSpan has the charts go back a minute, an hour or a day.
func (a *Activity) SetSpan(span time.Duration) {
	if span != a.span {
		a.span = span
		a.again()
	}
}

// Load gives what the charts show.
func (a *Activity) Load() Load { return a.load }

// each runs do now and then every tick, or when there is a nudge, until ctx ends.
func (a *Activity) each(ctx context.Context, nudge <-chan struct{}, do func()) {
	ticker := time.NewTicker(activityTick)
	defer ticker.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-ticker.C:
		case <-nudge:
		case <-ctx.Done():
		}
	}
}

// measure reads the charts again and again.
func (a *Activity) measure(span time.Duration) func(ctx context.Context) {
	return func(ctx context.Context) {
		a.each(ctx, nil, func() {
			load, err := a.source.Load(ctx, span)
			a.tasks.show(ctx, func() {
				if err != nil {
					a.OnProblem(err)
					return
				}
				a.load = load
				a.OnLoad()
			})
		})
	}
}

// follow reads a part again and again.
func (a *Activity) follow(part ActivityPart, failed bool, text string) func(ctx context.Context) {
	return func(ctx context.Context) {
		a.each(ctx, a.nudge, func() {
			var take func()
			var err error
			switch part {
			case PartSessions:
				var page spool.SessionPage
				page, err = a.source.Sessions(ctx, spool.SessionQuery{Failed: failed, Text: text, Limit: sessionPage})
				take = func() { a.takeSessions(page) }
			case PartLog:
				place := LogPlace{}
				a.tasks.show(ctx, func() { place = a.place })
				var more LogPart
				more, err = a.source.MailLog(ctx, place)
				take = func() { a.takeLog(place, more) }
			default:
				var runs []QueueRan
				runs, err = a.source.QueueRuns(ctx)
				take = func() { a.takeRuns(runs) }
			}
			a.tasks.show(ctx, func() {
				if err != nil {
					a.OnProblem(err)
					return
				}
				take()
			})
		})
	}
}

// takeSessions puts the newest page on top of what is there.
func (a *Activity) takeSessions(page spool.SessionPage) {
	reset := a.sessions == nil
	if n := len(page.Sessions); n > 0 {
		last := slices.IndexFunc(a.sessions, func(s mta.Session) bool { return s.ID == page.Sessions[n-1].ID })
		switch {
		case last >= 0: // what is below that is known
			a.sessions = append(slices.Clone(page.Sessions), a.sessions[last+1:]...)
		default:
			a.sessions, a.older = page.Sessions, page.Next
		}
	} else {
		a.sessions, a.older = []mta.Session{}, 0
	}
	a.reindex()
	a.OnChange(PartSessions, reset)
}

func (a *Activity) reindex() {
	clear(a.index)
	for i := range a.sessions {
		a.index[keyOf(a.sessions[i].ID)] = i
	}
}

// MoreSessions loads the next older page, where there is one.
func (a *Activity) MoreSessions() {
	if a.paging || a.older == 0 {
		return
	}
	a.paging = true
	q := spool.SessionQuery{Failed: a.failed, Text: a.text, Before: a.older, Limit: sessionPage}
	a.tasks.run(func(ctx context.Context) {
		page, err := a.source.Sessions(ctx, q)
		a.tasks.show(ctx, func() {
			a.paging = false
			switch {
			case err != nil:
				a.OnProblem(err)
			case q.Before == a.older && q.Failed == a.failed && q.Text == a.text:
				a.sessions, a.older = append(a.sessions, page.Sessions...), page.Next
				a.reindex()
				a.OnChange(PartSessions, false)
			}
		})
	})
}

// takeLog adds lines of the maillog.
func (a *Activity) takeLog(since LogPlace, part LogPart) {
	if since != a.place {
		return
	}
	reset := a.path == ""
	a.place, a.path = part.Next, part.Path
	if len(part.Lines) == 0 && !reset {
		return
	}
	a.lines = append(a.lines, part.Lines...)
	if more := len(a.lines) - maxLogLines; more > 0 {
		a.lines = slices.Clone(a.lines[more:])
	}
	a.filter()
	a.OnChange(PartLog, reset)
}

// filter chooses the lines that have the text.
func (a *Activity) filter() {
	if a.text == "" || a.part != PartLog {
		a.shown = a.lines
		return
	}
	a.shown = nil
	text := strings.ToLower(a.text)
	for _, line := range a.lines {
		if strings.Contains(strings.ToLower(line), text) {
			a.shown = append(a.shown, line)
		}
	}
}

// LogLines gives the lines of the maillog that are shown, and LogPath where it is.
func (a *Activity) LogLines() []string { return a.shown }

// LogPath is where the maillog is; "" while that is not known.
func (a *Activity) LogPath() string { return a.path }

func (a *Activity) takeRuns(runs []QueueRan) {
	a.runs = runs
	a.OnChange(PartRuns, false)
}
