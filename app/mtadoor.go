package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"postroom.dev/app/cli"
	"postroom.dev/app/cli/makemap"
	"postroom.dev/app/cli/sendmail"
	"postroom.dev/app/cli/stats"
	"postroom.dev/app/config"
	"postroom.dev/app/control"
)

// mtaDoor does what sendmail's modes ask of a mail server: it asks the program that runs on the home, or opens
// the home for the moment where none runs.
type mtaDoor struct{ home config.Home }

var _ sendmail.MTA = mtaDoor{}

// dir gives the queue directory, or the pattern, that a place means.
func (m mtaDoor) dir(p sendmail.Place) string {
	switch {
	case p.Dir != "":
		return p.Dir
	case p.Client:
		return m.home.ClientQueue()
	}
	return queuePattern(m.home.Queue())
}

// desk gives the running program's desk, or that of a room opened for this call.
func (m mtaDoor) desk(ctx context.Context) (control.Desk, io.Closer, error) {
	client, err := dialControl(ctx, m.home)
	if err == nil {
		return client, client, nil
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return nil, nil, err
	}
	room, err := openQuiet(m.home, newLog(os.Stderr))
	if err != nil {
		return nil, nil, unsafe(err)
	}
	return desk{shelf{room.store}, room}, room, nil
}

// unsafe gives the error of a directory that others may write sendmail's words and exit status.
func unsafe(err error) error {
	if u := (*config.UnsafeDir)(nil); errors.As(err, &u) {
		return &sendmail.Exit{Code: 71, Text: "451 4.0.0 " + u.Text()} // EX_OSERR
	}
	return err
}

// startWait is how long a server in the background may take until it answers.
const startWait = 30 * time.Second

// Serve runs a mail server: in the foreground, or as a process of its own that it waits for until it answers.
func (m mtaDoor) Serve(ctx context.Context, s sendmail.Serve) error {
	if s.Dir != "" || s.Client {
		return &sendmail.Exit{Code: 69, Text: "a server runs the queue of its home; to run another one once: sendmail -oQ" + s.Dir + " -q -v"}
	}
	if client, err := dialControl(ctx, m.home); err == nil {
		defer client.Close()
		pid, err := os.ReadFile(m.home.PidFile())
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(string(pid), "\n")
		return startError(&Running{Home: m.home.Dir, PID: first})
	}
	if err := m.home.Create(); err != nil {
		return unsafe(err)
	}
	args := []string{"--home", m.home.Dir, "serve"}
	if s.Interval > 0 {
		args = append(args, "--queue", s.Interval.String())
	}
	if !s.Listen {
		args = append(args, "--no-listen")
	}
	if s.Foreground {
		return serve(ctx, m.home.Dir, cli.ServeOptions{NoListen: !s.Listen, Interval: s.Interval}, s.Out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "postroom"
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the server or, at the latest, with this process
	for deadline := time.Now().Add(startWait); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if client, err := dialControl(ctx, m.home); err == nil {
			return client.Close()
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the server ended at once (%w); postroom serve says why", err)
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
	return fmt.Errorf("the server does not answer after %v", startWait)
}

// Session is one SMTP session with standard input and output.
func (m mtaDoor) Session(ctx context.Context, s sendmail.Session) error {
	conn, err := dialUnix(ctx, m.home.SubmitSocket())
	if err != nil {
		room, err := openQuiet(m.home, newLog(os.Stderr))
		if err != nil {
			return unsafe(err)
		}
		defer room.Close()
		ours, theirs := halves()
		conn = ours
		room.running.Go(func() { _ = room.submit.ServeConn(ctx, theirs) }) // its outcome is in the replies
	}
	defer conn.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(conn, &typed{from: s.In})
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
			return
		}
		conn.Close()
	}()
	_, err = io.Copy(s.Out, conn)
	if errors.Is(err, io.ErrClosedPipe) {
		err = nil
	}
	return err
}

// routing makes the routing that the home's settings describe.
func (m mtaDoor) routing() (*routing, error) {
	settings, err := config.Load(m.home.Settings())
	if err != nil {
		return nil, err
	}
	host := settings.SMTP.Hostname
	if host == "" {
		host = hostname()
	}
	return newRouting(m.home, host, settings)
}

// Check reads the settings and what they name.
func (m mtaDoor) Check(context.Context) error {
	if _, err := m.routing(); err != nil {
		return &sendmail.Exit{Code: 78, Text: err.Error()} // EX_CONFIG
	}
	return nil
}

// Test is the address test mode.
func (m mtaDoor) Test(_ context.Context, s sendmail.Session) error {
	r, err := m.routing()
	if err != nil {
		return err
	}
	return (&testMode{router: r.router.Load(), rewriter: r.rewrite.Load(), tables: r.tables, host: r.host, out: s.Out}).run(s.In)
}

// Aliases checks the aliases file and writes its map. No program needs to be running for it.
func (m mtaDoor) Aliases(_ context.Context, a sendmail.Aliases) error {
	r, err := m.routing()
	if err != nil {
		return err
	}
	path := a.File
	if path == "" {
		path = m.home.Aliases()
	}
	return sendmail.Code(makemap.Newaliases{
		Files: []string{path}, Local: r.router.Load().IsLocal, Verbose: a.Verbose, Dirs: []string{m.home.Queue(), m.home.ClientQueue()}, Stdout: a.Out,
	}.Run())
}

// praliases prints the home's aliases.
func praliases(home config.Home, argv []string) int {
	r, err := mtaDoor{home}.routing()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", argv[0], err)
		return 78 // EX_CONFIG
	}
	return makemap.Praliases{
		Argv: argv, Files: []string{home.Aliases()}, Local: r.router.Load().IsLocal, Now: time.Now, Stdout: os.Stdout, Stderr: os.Stderr,
	}.Run()
}

// HostStatus prints what is remembered of other hosts.
func (m mtaDoor) HostStatus(_ context.Context, h sendmail.HostStatus) error {
	return sendmail.Code(m.stats(h).Hoststat())
}

// PurgeStatus forgets what has expired.
func (m mtaDoor) PurgeStatus(_ context.Context, h sendmail.HostStatus) error {
	return sendmail.Code(m.stats(h).Purgestat())
}

func (m mtaDoor) stats(h sendmail.HostStatus) stats.Command {
	return stats.Command{
		Name: "hoststat", Counts: m.home.Statistics(), Client: m.home.Statistics(), Hosts: m.home.HostStatus(), Verbose: h.Verbose,
		Now: time.Now(), Stdout: h.Out, Stderr: h.Err,
	}
}
