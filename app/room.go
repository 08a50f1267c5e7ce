// Package app puts the program together: it opens a home, starts what belongs
// in it, and hands the window and the commands their doors. It is the one
// place where the parts are made and wired; docs/flow.md follows a message through them.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/app/control"
	"postroom.dev/app/samples"
	"postroom.dev/app/waiting"
	"postroom.dev/mta"
	"postroom.dev/mta/daemon"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/route"
	"postroom.dev/mta/smtpd"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
	"postroom.dev/spool/store"
	"postroom.dev/ui"
)

// Timing of the room's own work.
const (
	listenRetry   = 5 * time.Second  // between two tries to get an address that another program has, as sendmail does
	statsInterval = 10 * time.Second // between two writings of the statistics
	drainInterval = 5 * time.Second  // between two looks into the client queue
	closeTimeout  = 10 * time.Second // for sessions in progress when the program ends
	deliveryGrace = 5 * time.Second  // for deliveries in progress then
)

// Room is an open home with the mail server running in it. It is what the window and the control socket talk to.
type Room struct {
	home     config.Home
	options  Options
	settings config.Settings // as they were at the start; what is in force of them is with those who go by it
	started  time.Time
	log      *slog.Logger

	lock     homeLock
	clock    clock
	store    spool.Store
	bus      *bus
	delivery *delivery
	daemon   *daemon.Daemon
	waiting  *waiting.List
	activity activity

	reloading sync.Mutex // one reading of the settings at a time
	doors     sync.Mutex // one look at the sockets at a time

	scripting *smtpd.Scripting // what both servers answer by

	certificates *certificates

	ctx     context.Context // ends when Close begins
	stop    context.CancelFunc
	running sync.WaitGroup // all goroutines that Open and Start begin
	session smtpd.Config   // what all listeners have in common
	smtp    *smtpd.Server
	submit  *smtpd.Server
	control *http.Server

	mu        sync.Mutex
	ports     []*port       // those of the settings
	local     []ui.Listener // and the sendmail command's
	problems  []string
	paintedAt time.Time
	window    bool // a window can be raised
}

// Options is what Open needs besides the home.
type Options struct {
	Listen []string // instead of [smtp] listen, when not empty
	Log    *slog.Logger
	Window bool
	Silent bool // takes no mail by SMTP: only runs the queue
	// Interval between queue runs instead of [queue] interval, when not 0.
	Interval time.Duration
	// Quiet opens the home for one piece of work: nothing listens, no queue is run unless asked for.
	Quiet bool
	// Outside is the way to other machines; nil for the network.
	Outside *Outside
	// Hangup has a signal whenever settings and tables are to be read again; nil for never.
	Hangup <-chan os.Signal
}

// overrule puts what the command line says in the place of the file's settings.
func (o Options) overrule(s *config.Settings) {
	if len(o.Listen) > 0 {
		s.SMTP.Listen, s.Listeners = o.Listen, nil
	}
	if o.Silent {
		s.SMTP.Listen, s.Listeners = nil, nil
	}
	if o.Interval > 0 {
		s.Queue.Interval = config.Interval(o.Interval)
	}
}

// Open opens the home and starts the mail server in it. Where a program runs on the home, the error is a *Running.
// A listener that cannot have its address is no error: it is tried again, and Status says why.
func Open(home config.Home, o Options) (_ *Room, err error) {
	if err := home.Create(); err != nil {
		return nil, err
	}
	settings, err := config.Load(home.Settings())
	if err != nil {
		return nil, err
	}
	o.overrule(&settings)
	r := &Room{home: home, options: o, settings: settings, started: time.Now(), log: o.Log, window: o.Window, activity: activity{rings: samples.New()}}
	if r.lock, err = takeHome(home); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.lock.Close()
		}
	}()
	r.bus = newBus(time.Now)
	r.store, err = store.Open(home.Store(), store.Options{
		Durability: durability(settings),
		Now:        time.Now,
		Events:     r.bus.emit,
		Log:        o.Log,
	})
	if err != nil {
		r.bus.close()
		return nil, err
	}
	if err := r.start(o.Quiet); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func durability(s config.Settings) store.Durability {
	if s.Store.Durability == config.DurabilityProcess {
		return store.Process
	}
	return store.Power
}

// start makes the servers and begins to work.
func (r *Room) start(quiet bool) error {
	ctx, stop := context.WithCancel(context.Background())
	r.ctx, r.stop = ctx, stop
	host := r.hostname()
	ids := qf.NewIDs(r.clock.now, os.Getpid(), r.started.Nanosecond())
	r.certificates = &certificates{home: r.home, host: host, settings: r.settings.TLS, problem: r.problem, cured: r.cured}
	var err error
	if r.delivery, err = r.openDelivery(host); err != nil {
		return err
	}
	r.daemon = daemon.New(daemon.Config{
		Store: r.store, Hostname: host, Software: software(), Now: r.clock.now, Sink: r.bus.emit, Log: r.log,
		Queue: r.delivery.queue, Rules: r.rules(), Mailers: r.delivery.mailers, QueueID: ids.Next, Grace: deliveryGrace,
		MailLog: tally{r.delivery.log, r.delivery.stats, &r.activity}, Count: gate.NewCounter(r.home.DailyCount(), time.Now), FullName: fullName(r.home),
	})
	r.waiting = r.newWaiting()
	c := smtpd.Config{
		Hostname: host, Software: software(),
		Lookup: clientName(net.DefaultResolver, r.delivery.routing.namesMatter),
		Pause:  func(o *mta.Origin) time.Duration { return r.delivery.routing.router.Load().Pause(route.ClientOf(o)) },
		Logins: logins(r.settings.SMTP.Auth, r.delivery.routing.users),
		Strict: r.settings.Strict, Now: r.clock.now, QueueID: ids.Next, SessionID: newSessionIDs(r.started).next,
	}
	r.scripting = scripting(r.delivery.routing.script, r.clock.now)
	c.Scripting = r.scripting
	limit(&c, r.settings.SMTP)
	r.session = c
	r.delivery.guard(&r.session)
	r.smtp = smtpd.New(r.session, r.daemon)
	c.Local, c.Identify = true, identify
	unlimited := r.settings.SMTP // the sendmail command needs what it needs
	unlimited.Hide, unlimited.Privacy, unlimited.MaxConnections, unlimited.Throttle = nil, nil, 0, false
	limit(&c, unlimited)
	r.submit = smtpd.New(c, r.daemon)
	if err := r.daemon.Reconcile(ctx); err != nil {
		r.problem("queue: " + err.Error())
	}
	if quiet {
		r.adopt(ctx)
		return nil
	}
	return r.open(ctx)
}

// open begins to listen, to run the queue, and to answer commands.
func (r *Room) open(ctx context.Context) error {
	r.control = &http.Server{Handler: control.NewHandler(desk{shelf{r.store}, r}, r.raise), ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelWarn)}
	if err := r.writePid(); err != nil {
		return err
	}
	if err := r.openSubmit(ctx); err != nil {
		return err
	}
	r.local = []ui.Listener{{Protocol: "sendmail", Address: r.home.SubmitSocket()}}
	r.setPorts(ctx, r.settings) // whoever asks for the status from now on sees how they stand
	if err := r.openControl(); err != nil {
		return err
	}
	r.running.Go(func() { r.keepDoors(ctx) })
	r.watchQueue()
	r.running.Go(func() { r.adopt(ctx) })
	r.running.Go(func() { r.keepSampling(ctx) })
	r.running.Go(func() { r.keepDraining(ctx) })
	r.running.Go(func() { r.keepTables(ctx) })
	r.running.Go(func() { r.keepReloading(ctx, r.options.Hangup) })
	r.running.Go(func() {
		if err := r.daemon.Serve(ctx); err != nil {
			r.problem("queue: " + err.Error())
		}
	})
	r.running.Go(func() {
		r.delivery.stats.Run(ctx, statsInterval, func(err error) { r.problem("statistics: " + err.Error()) })
	})
	return nil
}

func (r *Room) serve(ctx context.Context, s *smtpd.Server, l net.Listener) {
	r.running.Go(func() {
		if err := s.Serve(ctx, l); !errors.Is(err, smtpd.ErrClosed) && ctx.Err() == nil {
			r.problem(l.Addr().String() + ": " + err.Error())
		}
	})
}

// problem tells the user of something that is wrong and can be cured.
func (r *Room) problem(text string) {
	r.log.Error(text)
	r.mu.Lock()
	if len(r.problems) == maxProblems {
		r.problems = r.problems[1:]
	}
	r.problems = append(r.problems, text)
	r.mu.Unlock()
	r.bus.emit(mta.Event{Kind: mta.Problem, Text: text})
}

// cured forgets a problem that was told.
func (r *Room) cured(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = slices.DeleteFunc(r.problems, func(p string) bool { return p == text })
}

// maxProblems is how many problems Status remembers.
const maxProblems = 20

func (r *Room) keepDraining(ctx context.Context) {
	told := map[string]bool{}
	for {
		r.drain(ctx, told)
		select {
		case <-ctx.Done():
			return
		case <-time.After(drainInterval):
		}
	}
}

// Close ends the sessions, waits for what is in flight, and closes the home.
func (r *Room) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	errs := []error{os.RemoveAll(r.home.Pages())}
	if r.smtp != nil {
		errs = append(errs, r.smtp.Shutdown(ctx), r.submit.Shutdown(ctx))
	}
	if r.stop != nil {
		r.stop()
	}
	if r.control != nil {
		errs = append(errs, r.control.Shutdown(ctx))
	}
	r.running.Wait()
	if r.delivery != nil {
		for _, end := range r.delivery.closers {
			errs = append(errs, end())
		}
	}
	errs = append(errs, r.store.Close())
	r.bus.close()
	if r.control != nil {
		os.Remove(r.home.PidFile())
	}
	errs = append(errs, r.lock.Close())
	return errors.Join(errs...)
}

func (r *Room) hostname() string {
	if r.settings.SMTP.Hostname != "" {
		return r.settings.SMTP.Hostname
	}
	return hostname()
}

// drain takes what waits in the client queue. Each problem is told once, not at every look.
func (r *Room) drain(ctx context.Context, told map[string]bool) {
	err := r.drainNow(ctx, queue.Selection{})
	if err == nil || ctx.Err() != nil {
		return
	}
	for text := range strings.SplitSeq(err.Error(), "\n") {
		if !told[text] {
			told[text] = true
			r.problem("client queue: " + text)
		}
	}
}
