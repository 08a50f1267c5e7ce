package app

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/daemon"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/route"
	"postroom.dev/mta/stats"
	"postroom.dev/mta/table/live"
	"postroom.dev/spool/queue"
)

// delivery is what the daemon delivers with; closers end it.
type delivery struct {
	routing *routing
	queue   *queue.Group
	mailers map[string]deliver.Mailer
	log     *maillog.Log

	certificates *certificates
	stats        *stats.Keeper
	closers      []func() error
}

// Outside is how mailers reach other machines: every connection that mail leaves by is made by Dial.
type Outside struct {
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Resolver deliver.Resolver
}

func (r *Room) openDelivery(host string) (*delivery, error) {
	routing, err := newRouting(r.home, host, r.settings)
	if err != nil {
		return nil, err
	}
	watch := live.Watch(r.home.Tables()) // a look at each table for each message would cost a third of taking it
	for _, f := range routing.order {
		f.Watched(watch)
	}
	group, err := queue.OpenAll(queuePattern(r.home.Queue()), rand.IntN)
	if err != nil {
		return nil, err
	}
	d := &delivery{certificates: r.certificates, routing: routing, queue: group, closers: []func() error{watch.Close, routing.domains.close}}
	outside := r.options.Outside
	if outside == nil {
		outside = &Outside{Dial: (&net.Dialer{}).DialContext, Resolver: net.DefaultResolver}
	}
	smtp := func(name string) deliver.Mailer {
		m := deliver.NewSMTP(deliver.Options{
			Plain: name == route.SMTP || name == route.SMTP8, EightBit: name == route.SMTP8 || name == route.Relay,
			Name: name, Hostname: host, Dial: outside.Dial, Resolver: outside.Resolver, Now: r.clock.now,
			TLS: outgoing(), Security: d.security, RcptNeeds: d.rcptNeeds, MailLog: func(line string) { d.log.Free(line) },
			Login: d.login, InClear: func() bool { return d.routing.safety.Load().AuthInClear },
		})
		d.closers = append(d.closers, m.Close)
		return m
	}
	d.mailers = map[string]deliver.Mailer{
		route.Local: deliver.NewLocal(deliver.LocalOptions{Dir: r.home.Mailboxes(), Now: r.clock.now}),
		route.Prog:  deliver.NewProg(deliver.ProgOptions{Command: d.command, Now: r.clock.now, Dir: r.home.Dir, Env: programEnv()}),
		route.File:  deliver.NewFile(deliver.LocalOptions{Now: r.clock.now}, d.file),
		route.ESMTP: smtp(route.ESMTP),
		route.Relay: smtp(route.Relay),
		route.SMTP:  smtp(route.SMTP),
		route.SMTP8: smtp(route.SMTP8),
		route.DSMTP: smtp(route.DSMTP),
	}
	sim := deliver.NewSim(deliver.SimOptions{Now: r.clock.now, Options: deliver.Options{Name: route.Sim, Hostname: host, TLS: outgoing(), Now: r.clock.now}})
	d.mailers[route.Sim] = sim
	d.closers = append(d.closers, sim.Close, keepSimulated(r.home.Simulated(), sim, r.problem).close)
	d.log = maillog.New(maillog.Options{Path: r.home.MailLog(), Host: host, PID: os.Getpid(), Now: time.Now,
		Problem: func(err error) { r.problem("mail log: " + err.Error()) }})
	d.closers = append(d.closers, d.log.Close)
	d.stats = stats.New(r.home.Statistics(), r.home.HostStatus(), time.Now)
	d.closers = append(d.closers, d.stats.Flush)
	return d, nil
}

// queuePattern is sendmail's QueueDirectory for dir: the directories q… in it where there are some, else dir itself. A directory
// that is called like a control file, qf…, is neither that nor a message, and hides no queue.
func queuePattern(dir string) string {
	d, err := os.Open(dir)
	if err != nil {
		return dir
	}
	defer d.Close()
	for {
		found, err := d.ReadDir(1000) // not sorted, and no look at each file: there may be 100,000
		for _, f := range found {
			name, kind := f.Name(), f.Type()
			if name[0] != 'q' || strings.HasPrefix(name, "qf") || !kind.IsDir() && kind&fs.ModeSymlink == 0 {
				continue
			}
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
				return filepath.Join(dir, "q*")
			}
		}
		if err != nil {
			return dir
		}
	}
}

// tally is the daemon's log: the lines of maillog, and the counts that mailstats prints of the same facts.
type tally struct {
	*maillog.Log
	stats    *stats.Keeper
	activity *activity
}

var _ daemon.MailLog = tally{}

// From logs and counts a message that was accepted, and what became of recipients at once.
func (t tally) From(id string, f maillog.From, settled ...maillog.To) {
	t.Log.From(id, f, settled...)
	mailer := route.ESMTP
	if f.Protocol == "" {
		mailer = route.Local
	}
	t.stats.Received(mailer, f.Size)
	for _, to := range settled {
		t.count(to)
	}
	t.activity.came.Add(1)
}

// To logs and counts an attempt.
func (t tally) To(id string, to maillog.To) {
	t.Log.To(id, to)
	t.count(to)
}

// count counts an attempt.
func (t tally) count(to maillog.To) {
	if !to.Tried {
		return
	}
	t.activity.tried(to)
	switch to.Enhanced[0] {
	case 2:
		for range to.To {
			t.stats.Delivered(to.Mailer, 0)
		}
	case 5:
		for range to.To {
			t.stats.Rejected(to.Mailer)
		}
	}
	if route.IsSMTP(to.Mailer) {
		t.stats.Host(to.Relay, mta.Status{Code: to.Enhanced[0] * 100, Enhanced: to.Enhanced, Text: to.Stat})
	}
}
