package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"postroom.dev/app/cli/mailq"
	"postroom.dev/app/cli/sendmail"
	"postroom.dev/app/control"
	"postroom.dev/spool/queue"
)

// List lists a queue. The program that runs on the home knows its queue and is asked; where none runs, or another queue is meant,
// the directories are read.
func (m mtaDoor) List(ctx context.Context, l sendmail.Listing) error {
	asked, complaints, err := mailq.ParseSettings(l.Settings)
	if err != nil {
		return &sendmail.Exit{Code: 70, Text: err.Error()} // EX_SOFTWARE
	}
	for _, text := range complaints {
		fmt.Fprintln(l.Err, text)
	}
	if l.Dir == "" && !l.Client {
		if exit, done, err := m.askMailq(ctx, l, asked); done {
			return errors.Join(err, sendmail.Code(exit))
		}
	}
	return sendmail.Code(mailq.Command{
		Directory: m.dir(l.Place), Select: l.Select, Order: asked.Order(), Max: asked.Max, MinAge: asked.MinAge, Verbose: l.Verbose,
		Now: time.Now(), Zone: time.Local, Stdout: l.Out, Stderr: l.Err,
	}.Run(ctx))
}

// askMailq asks the running program. done says that there is an answer, or half of one and an error.
func (m mtaDoor) askMailq(ctx context.Context, l sendmail.Listing, s mailq.Settings) (exit int, done bool, err error) {
	conn, err := dialUnix(ctx, m.home.ControlSocket())
	if err != nil {
		return 0, false, nil // it does not run, or is not for us to ask: then we need no more than the files
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	q := control.Listing{Select: l.Select.Words(), Verbose: l.Verbose, Order: s.SortOrder, Max: s.Max, MinAge: s.MinAge}
	q.Zone, q.HasZone = os.LookupEnv("TZ")
	exit, begun, err := control.Mailq(conn, q, l.Out, l.Err)
	return exit, begun || err == nil, err
}

// Mailq prints what mailq prints, for a caller whose zone need not be ours.
func (d desk) Mailq(ctx context.Context, l control.Listing, stdout, stderr io.Writer) (exit int, err error) {
	sel, err := queue.ParseSelection(l.Select...)
	if err != nil {
		return 0, err
	}
	zone, err := zoneOf(l.Zone, l.HasZone)
	if err != nil {
		return 0, err
	}
	s := mailq.Settings{SortOrder: l.Order, Max: l.Max, MinAge: l.MinAge}
	return mailq.Command{
		Directory: d.room.home.Queue(), Index: d.room.daemon.Index(), Select: sel,
		Order: s.Order(), Max: s.Max, MinAge: s.MinAge, Verbose: l.Verbose,
		Now: time.Now(), Zone: zone, Stdout: stdout, Stderr: stderr,
	}.Run(ctx), nil
}

// zoneOf gives the zone that TZ means to a process in whose environment it stands, as package time reads it.
func zoneOf(tz string, set bool) (*time.Location, error) {
	if own, has := os.LookupEnv("TZ"); own == tz && has == set {
		return time.Local, nil
	}
	name := strings.TrimPrefix(tz, ":")
	if !set || strings.HasPrefix(name, "/") {
		return nil, fmt.Errorf("the zone TZ=%q is not the server's", tz) // the caller then lists by itself
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.UTC, nil
}

// watchQueue keeps the index of the queue warm.
func (r *Room) watchQueue() {
	index := r.daemon.Index()
	index.Watch()
	r.delivery.closers = append(r.delivery.closers, index.Close)
}
