package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"postroom.dev/app/cli"
	"postroom.dev/app/config"
	"postroom.dev/app/control"
	"postroom.dev/ui"
)

// Version is the program's version. A release build sets it with the linker's -X.
var Version = "0.1.0"

func software() string { return "Postroom " + Version }

// Main runs the program that was called with argv, and gives its exit status.
func Main(argv []string) int {
	if name := calledAs(argv[0]); name != "" {
		return runAlias(context.Background(), "", name, argv[1:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A mail command waits for standard input, which no context interrupts: a signal ends it, as if it had been called by its own name.
	alias := func(_ context.Context, home, name string, args []string) int {
		stop()
		return runAlias(context.Background(), home, name, args)
	}
	p := cli.Program{
		Version: fmt.Sprintf("postroom %s (%s %s/%s)", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH),
		Window:  openWindow, Serve: serve, Desk: openDesk, Read: readFile, Alias: alias,
		Check: checkHome, Trace: traceWorlds, Table: tablePath, Import: importInto, AuthUser: setAuthUser, TLS: showTLS,
	}
	return p.Run(ctx, cli.Call{Args: argv[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Aliases: mailCommands})
}

// spareCollector lets some garbage more gather than Go's default before it is collected, which with the few MB that a server lives on would be
// dozens of times a second under load. Who sets GOGC or GOMEMLIMIT knows better.
func spareCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(128 << 20) // from there on it is thrifty
	}
}

// thriftyCollector lets half as much garbage gather as Go's default: the window holds what it lists in memory, a million ids or a queue of 100,000
// messages, and as much again in garbage is seen by whoever looks at the machine's memory. Who sets GOGC or GOMEMLIMIT knows better.
func thriftyCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(50)
	}
}

// serve runs the mail server until ctx ends.
func serve(ctx context.Context, home string, o cli.ServeOptions, out io.Writer) error {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return err
	}
	for _, address := range o.Listen {
		if err := config.CheckAddress(address); err != nil {
			return cli.Status{Code: cli.ExitUsage, Err: fmt.Errorf("--listen: %w", err)}
		}
	}
	spareCollector()
	hup, stop := hangups()
	defer stop()
	room, err := Open(h, Options{Listen: o.Listen, Silent: o.NoListen, Interval: o.Interval, Log: newLog(os.Stderr), Hangup: hup})
	if err != nil {
		return startError(err)
	}
	status, err := room.Status(ctx)
	if err != nil {
		return errors.Join(err, room.Close())
	}
	for _, l := range status.Listeners {
		if l.Err == "" {
			fmt.Fprintf(out, "postroom: %s on %s\n", l.Protocol, l.Address)
		}
	}
	fmt.Fprintf(out, "postroom: ready, home %s\n", h.Dir)
	<-ctx.Done()
	return room.Close()
}

// openWindow opens the window with the mail server inside, or raises the one that is open.
func openWindow(ctx context.Context, home string, o cli.WindowOptions) error {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return err
	}
	if err := raiseOther(ctx, h, o.Files); !errors.Is(err, control.ErrNotRunning) {
		return err
	}
	switch err := ui.CanOpen(os.Getenv); {
	case errors.Is(err, ui.ErrNoDisplay):
		return cli.Status{Code: cli.ExitUnavailable, Err: errors.New("there is no display to open the window on; without one, run: postroom serve")}
	case errors.Is(err, ui.ErrNoWindow):
		return cli.Status{Code: cli.ExitUnavailable, Err: errors.New("this program was built without the window; run: postroom serve")}
	case err != nil:
		return err
	}
	thriftyCollector()
	hup, stop := hangups()
	defer stop()
	room, err := Open(h, Options{Log: newLog(os.Stderr), Window: true, Hangup: hup})
	if running := (*Running)(nil); errors.As(err, &running) {
		return raiseOther(ctx, h, o.Files) // it started while we looked
	}
	if err != nil {
		return startError(err)
	}
	self, err := os.Executable()
	if err != nil {
		self = "" // the window then shows no lines that name the program
	}
	manner := manner(room.settings.Window)
	manner.Hidden = manner.Hidden || o.Hidden
	imported, err := ui.ImportFiles(ctx, room, o.Files)
	if err != nil {
		room.problem(err.Error())
	}
	err = ui.Run(ctx, room, ui.Options{Title: "Postroom", Version: Version, Program: self, Window: manner, Show: imported.Newest, Ready: room.painted, Beat: beats(), Sight: sights()})
	return errors.Join(err, room.Close())
}

// manner gives the settings of the window as it takes them.
func manner(w config.Window) ui.Manner {
	return ui.Manner{Language: w.Language, Scale: w.Scale, Notify: w.Notifications, Tray: w.Tray, Hidden: w.StartHidden}
}

// hangups takes SIGHUP, which would end the program, until stop is called. A window that was opened from a terminal outlives it, too.
func hangups() (hup <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// raiseOther raises the window of the program that runs on the home, and has it keep and show files of mail. control.ErrNotRunning when
// there is none.
func raiseOther(ctx context.Context, h config.Home, files []string) error {
	client, err := dialControl(ctx, h)
	if err != nil {
		return err
	}
	defer client.Close()
	imported, problems := ui.ImportFiles(ctx, client, files)
	err = client.Raise(ctx, imported.Newest)
	if errors.Is(err, control.ErrNoWindow) {
		err = fmt.Errorf("%s: %w: stop it (postroom serve) to open one", h.Dir, control.ErrNoWindow)
	}
	return errors.Join(problems, err)
}

func dialControl(ctx context.Context, h config.Home) (*control.Client, error) {
	client, err := control.Dial(ctx, func(ctx context.Context) (net.Conn, error) { return dialUnix(ctx, h.ControlSocket()) })
	if errors.Is(err, fs.ErrPermission) {
		return nil, cli.Status{Code: cli.ExitNoPerm, Err: fmt.Errorf("%s: permission denied: it is another user's home; choose your own with --home DIR or POSTROOM_HOME", h.Dir)}
	}
	return client, err
}

// openDesk gives the running program's desk, or the store itself where none runs.
func openDesk(ctx context.Context, home string) (control.Desk, io.Closer, error) {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	client, err := dialControl(ctx, h)
	if err == nil {
		return client, client, nil
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return nil, nil, err
	}
	if _, err := os.Stat(h.Store()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, cli.Status{Code: cli.ExitUnavailable, Err: fmt.Errorf("no Postroom has run on %s yet; start one with postroom or postroom serve", h.Dir)}
	}
	room, err := openQuiet(h, newLog(os.Stderr))
	if running := (*Running)(nil); errors.As(err, &running) {
		if client, err := dialControl(ctx, h); err == nil {
			return client, client, nil // it started while we looked
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return desk{shelf{room.store}, room}, room, nil
}

// startError gives the errors of a start their exit status.
func startError(err error) error {
	if running := (*Running)(nil); errors.As(err, &running) {
		return cli.Status{Code: cli.ExitTempFail, Err: err}
	}
	return cli.Status{Code: cli.ExitConfig, Err: err}
}
