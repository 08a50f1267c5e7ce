package model

import (
	"context"
	"errors"
	"strings"
	"sync"

	"postroom.dev/spool"
	"postroom.dev/ui/say"
)

// RunLog is what a verbose queue run says. Lines come from the run's goroutine, and one function at a time is posted to show them.
type RunLog struct {
	// OnLines is told that there are more lines, or that the run has ended.
	OnLines func()

	post Post
	stop context.CancelFunc // nil while no run goes on
	last string             // how the last one ended

	mu     sync.Mutex
	lines  []string
	posted bool
}

// maxRunLines is how many lines are kept: of a longer run the first ones go.
const maxRunLines = 20_000

// Lines gives the lines so far. The slice does not change any more.
func (r *RunLog) Lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines[:len(r.lines):len(r.lines)]
}

// Busy says that a run goes on.
func (r *RunLog) Busy() bool { return r.stop != nil }

// Ended says how the last run ended, "" while none has.
func (r *RunLog) Ended() string { return r.last }

func (r *RunLog) add(line string) {
	r.mu.Lock()
	if len(r.lines) >= maxRunLines {
		r.lines = append([]string(nil), r.lines[maxRunLines/10:]...)
	}
	r.lines = append(r.lines, line)
	post := !r.posted
	r.posted = true
	r.mu.Unlock()
	if post {
		r.post(func() {
			r.mu.Lock()
			r.posted = false
			r.mu.Unlock()
			r.tell()
		})
	}
}

func (r *RunLog) clear() {
	r.mu.Lock()
	r.lines = nil
	r.mu.Unlock()
	r.last = ""
}

func (r *RunLog) tell() {
	if r.OnLines != nil {
		r.OnLines()
	}
}

// Log gives what the last verbose run says.
func (q *Queue) Log() *RunLog { return &q.log }

// RunQueue runs the queue, or what sel means of it. A verbose run is told line by line in Log; one at a time.
func (q *Queue) RunQueue(sel QueueSelection, verbose bool) {
	if !verbose {
		q.tell(func(ctx context.Context) (string, error) {
			err := q.source.RunQueue(ctx, sel, nil)
			return say.T("The queue was run"), err
		})
		q.Nudge()
		return
	}
	if q.log.Busy() {
		return
	}
	q.log.clear()
	q.log.stop = q.tasks.run(func(ctx context.Context) {
		err := q.source.RunQueue(ctx, sel, q.log.add)
		broken := ctx.Err() != nil
		q.tasks.post(func() { // also when it was stopped
			q.log.stop = nil
			switch {
			case broken || errors.Is(err, context.Canceled):
				q.log.last = say.T("Stopped")
			case err != nil:
				q.log.last = err.Error()
			default:
				q.log.last = say.T("The run is over")
			}
			q.log.tell()
			q.Nudge()
		})
	})
	q.log.tell()
}

// StopRun ends a verbose run after the message that it is at.
func (q *Queue) StopRun() {
	if q.log.stop != nil {
		q.log.stop()
	}
}

// Find asks for the messages that any of the queries finds, each once, and then hands their keys over.
func (q *Queue) Find(queries []spool.WaitingQuery, then func(keys []int64)) {
	q.tasks.run(func(ctx context.Context) {
		var keys []int64
		seen := map[int64]bool{}
		for _, query := range queries {
			list, err := q.source.Queue(ctx, query)
			if err != nil {
				q.tasks.show(ctx, func() { q.OnProblem(err) })
				return
			}
			for _, key := range list.Keys {
				if !seen[key] {
					seen[key] = true
					keys = append(keys, key)
				}
			}
		}
		q.tasks.show(ctx, func() { then(keys) })
	})
}

// RunLines are the lines of a verbose run: what we say and what the other side answers in tones of their own.
func RunLines(lines []string) []Line {
	out := make([]Line, len(lines))
	for i, s := range lines {
		tone := Plain
		switch {
		case strings.HasPrefix(s, ">>> "):
			tone = Accent
		case strings.HasPrefix(s, "Running "):
			tone = Dim
		case strings.Contains(s, "... Sent"):
			tone = OK
		case strings.Contains(s, "... Deferred"), len(s) > 3 && s[0] == '4' && isDigits(s[:3]):
			tone = Warn
		case strings.Contains(s, "... User unknown"), strings.Contains(s, "... Service unavailable"), len(s) > 3 && s[0] == '5' && isDigits(s[:3]):
			tone = Bad
		}
		out[i] = Line{{Text: noControls(s), Tone: tone}}
	}
	return out
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
