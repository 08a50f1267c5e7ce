package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// newLog writes what goes wrong while the program runs to w, a line each, as commands complain: "postroom: text: name value".
// Whoever collects the lines of a server notes their time.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(&lines{out: &output{w: w}})
}

// output is shared by a handler and those made of it.
type output struct {
	mu sync.Mutex
	w  io.Writer
}

// lines is the slog.Handler of newLog.
type lines struct {
	out   *output
	attrs string
}

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString("postroom: " + r.Message + l.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attr(a))
		return true
	})
	line := strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", "; ") + "\n"
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	_, err := io.WriteString(l.out.w, line)
	return err
}

// attr leaves out what is empty, and the name of an error.
func attr(a slog.Attr) string {
	switch value := a.Value.String(); {
	case value == "":
		return ""
	case a.Key == "err" || a.Key == "error":
		return ": " + value
	default:
		return fmt.Sprintf(": %s %s", a.Key, value)
	}
}

func (l *lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := lines{out: l.out, attrs: l.attrs}
	for _, a := range attrs {
		with.attrs += attr(a)
	}
	return &with
}

// WithGroup has no effect: no part of the program names groups.
func (l *lines) WithGroup(string) slog.Handler { return l }
