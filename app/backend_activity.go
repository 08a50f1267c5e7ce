package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"postroom.dev/app/samples"
	"postroom.dev/mta/maillog"
	"postroom.dev/ui/model"
)

// activity counts what happens, and remembers how busy each second was.
type activity struct {
	rings                        *samples.Rings
	came, sent, deferred, failed atomic.Int64

	mu  sync.Mutex
	log fs.FileInfo // the maillog as it was read last; nil before
	gen int         // how often another file had its name since
}

// second takes what was counted since the last call.
func (a *activity) second(waiting int) samples.Second {
	return samples.Second{Came: int(a.came.Swap(0)), Sent: int(a.sent.Swap(0)), Deferred: int(a.deferred.Swap(0)), Failed: int(a.failed.Swap(0)), Waiting: waiting}
}

// tried counts an attempt.
func (a *activity) tried(to maillog.To) {
	n := int64(len(to.To))
	switch to.Enhanced[0] {
	case 2:
		a.sent.Add(n)
	case 4:
		a.deferred.Add(n)
	case 5:
		a.failed.Add(n)
	}
}

// keepSampling takes a sample every second.
func (r *Room) keepSampling(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			r.activity.rings.Take(now, r.activity.second(r.daemon.Index().Len()))
		}
	}
}

// Load tells how busy the program was.
func (r *Room) Load(_ context.Context, span time.Duration) (model.Load, error) {
	bars, step := r.activity.rings.Bars(time.Now(), span)
	load := model.Load{Step: step}
	for _, b := range bars {
		load.Bars = append(load.Bars, model.LoadBar(b))
	}
	return load, nil
}

// QueueRuns gives the last runs of the queue.
func (r *Room) QueueRuns(context.Context) ([]model.QueueRan, error) {
	var runs []model.QueueRan
	for _, h := range r.daemon.History() {
		runs = append(runs, model.QueueRan(h))
	}
	return runs, nil
}

// maxLogRead is how much of the maillog is read at once, in octets: its end.
const maxLogRead = 1 << 20

// MailLog gives what was written to the maillog since a place.
func (r *Room) MailLog(_ context.Context, since model.LogPlace) (model.LogPart, error) {
	f, err := os.Open(r.home.MailLog())
	if errors.Is(err, fs.ErrNotExist) {
		return model.LogPart{Next: since}, nil
	}
	if err != nil {
		return model.LogPart{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return model.LogPart{}, err
	}
	a := &r.activity
	a.mu.Lock()
	if a.log == nil || !os.SameFile(a.log, info) || info.Size() < a.log.Size() {
		a.gen++
	}
	a.log = info
	gen := a.gen
	a.mu.Unlock()
	from := since.Offset
	if since.File != gen {
		from = 0
	}
	part := model.LogPart{Path: r.home.MailLog(), Next: model.LogPlace{File: gen}, Again: since.File != 0 && since.File != gen}
	cut := info.Size()-from > maxLogRead
	if cut {
		from = info.Size() - maxLogRead
	}
	text, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return model.LogPart{}, err
	}
	s := string(text)
	if cut {
		_, s, _ = strings.Cut(s, "\n")
		from += int64(len(text) - len(s))
	}
	whole := strings.LastIndexByte(s, '\n') + 1 // a line that is being written is for the next time
	part.Next.Offset = from + int64(whole)
	if whole > 0 {
		part.Lines = strings.Split(s[:whole-1], "\n")
	}
	return part, nil
}
