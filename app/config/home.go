package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"postroom.dev/app/config/account"
)

// Home is the directory that holds everything: settings, queues, records, sockets.
// It is laid out as a mail host is, so that whoever knows one knows this.
type Home struct{ Dir string }

// FindHome says which directory is the home: dir (from --home) when not empty,
// else $POSTROOM_HOME, else the platform's place for a program's data.
// The answer is absolute. Nothing is created.
func FindHome(dir string, getenv func(string) string) (Home, error) {
	if dir == "" {
		dir = getenv("POSTROOM_HOME")
	}
	if dir == "" {
		base, err := dataDir(getenv)
		if err != nil {
			return Home{}, err
		}
		dir = filepath.Join(base, "postroom")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Home{}, fmt.Errorf("home %s: %w", dir, err)
	}
	return Home{abs}, nil
}

func dataDir(getenv func(string) string) (string, error) {
	switch runtime.GOOS {
	case "darwin":
		if h := getenv("HOME"); h != "" {
			return filepath.Join(h, "Library", "Application Support"), nil
		}
	case "windows":
		if d := getenv("LOCALAPPDATA"); d != "" {
			return d, nil
		}
	default:
		if d := getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
			return d, nil
		}
		if h := getenv("HOME"); h != "" {
			return filepath.Join(h, ".local", "share"), nil
		}
		// cron and mail programs start us with an empty environment.
		if a, ok := account.System.ByUID(os.Getuid()); ok && a.Home != "" {
			return filepath.Join(a.Home, ".local", "share"), nil
		}
	}
	return "", errors.New("no home directory is known; set POSTROOM_HOME or use --home DIR")
}

func (h Home) path(elem ...string) string {
	return filepath.Join(append([]string{h.Dir}, elem...)...)
}

// Settings is the file with the settings, which need not exist.
func (h Home) Settings() string { return h.path("etc", "postroom.toml") }

// Aliases is the file with the aliases, which need not exist.
func (h Home) Aliases() string { return h.path("etc", "mail", "aliases") }

// ClientQueue holds mail that sendmail took while no MTA was running.
func (h Home) ClientQueue() string { return h.path("spool", "clientmqueue") }

// Queue is the MTA's queue.
func (h Home) Queue() string { return h.path("spool", "mqueue") }

// Mailboxes holds an mbox file for each local user.
func (h Home) Mailboxes() string { return h.path("mail") }

// MailLog is sendmail's log.
func (h Home) MailLog() string { return h.path("log", "maillog") }

// DailyCount counts what left the machine today, while there is a cap on that.
func (h Home) DailyCount() string { return h.path("spool", "daily-count") }

// Simulated is what simulated hosts remember.
func (h Home) Simulated() string { return h.path("run", "simulated.json") }

// Statistics counts messages for mailstats.
func (h Home) Statistics() string { return h.path("log", "statistics") }

// Pages is where pages lie that the browser shows.
func (h Home) Pages() string { return h.path("spool", "pages") }

// HostStatus remembers other hosts for hoststat.
func (h Home) HostStatus() string { return h.path("spool", "hoststat") }

// Store holds the records.
func (h Home) Store() string { return h.path("store") }

// ControlSocket is where the running program answers our own commands.
func (h Home) ControlSocket() string { return h.path("run", "control.sock") }

// SubmitSocket is where the running program takes mail from the sendmail command.
func (h Home) SubmitSocket() string { return h.path("run", "submit.sock") }

// Lock is locked by the running program for as long as it runs.
func (h Home) Lock() string { return h.path("run", "lock") }

// PidFile names the running program: its pid, then its command line.
func (h Home) PidFile() string { return h.path("run", "postroom.pid") }

// Create makes the home and what belongs in it, for the owner alone, and keeps what is there.
// A home that cannot be written, or that others may write, is refused with the cure.
func (h Home) Create() error {
	for _, dir := range []string{h.Dir, h.path("etc"), h.path("spool"), h.Queue(), h.ClientQueue(), h.Mailboxes(), h.path("log"), h.Store(), h.path("run")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return unusable(dir, err)
		}
		if err := CheckDir(dir); err != nil {
			return err
		}
	}
	probe, err := os.CreateTemp(h.path("run"), "probe")
	if err != nil {
		return unusable(h.path("run"), err)
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return unusable(h.path("run"), err)
	}
	if err := example(h.Settings(), Example); err != nil {
		return err
	}
	return h.createTables()
}

// createTables makes etc/mail with its examples. Where it is there already, what is missing was taken away: an empty
// aliases file would put the map that newaliases made out of force.
func (h Home) createTables() error {
	dir := h.path("etc", "mail")
	if _, err := os.Stat(dir); err == nil {
		return CheckDir(dir)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return unusable(dir, err)
	}
	for _, t := range exampleTables {
		if err := example(h.Table(t.name), t.text); err != nil {
			return err
		}
	}
	return example(h.Aliases(), ExampleAliases)
}

// example writes a file that is not there yet.
func example(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return unusable(path, err)
	}
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		os.Remove(f.Name())
		return unusable(path, err)
	}
	return f.Close()
}

func unusable(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		path, err = p.Path, p.Err
	}
	if to, notLink := os.Readlink(path); notLink == nil && errors.Is(err, fs.ErrExist) { // mkdir(2) says only that something is there
		return fmt.Errorf("home: %s: a link to %s, which is no directory; make it one, or choose another home with --home DIR or POSTROOM_HOME", path, to)
	}
	return fmt.Errorf("home: %s: %w; make it writable for you, or choose another home with --home DIR or POSTROOM_HOME", path, err)
}

// CheckDir refuses a directory that others may write, as sendmail does (reference: "World writable directory"): an *UnsafeDir.
func CheckDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // permission bits mean nothing there
	}
	info, err := os.Stat(dir)
	if err != nil {
		return unusable(dir, err)
	}
	who := ""
	switch perm := info.Mode().Perm(); {
	case !info.IsDir():
		return fmt.Errorf("home: %s: not a directory; move it away or choose another home with --home DIR", dir)
	case perm&0o002 != 0:
		who = "World"
	case perm&0o020 != 0:
		who = "Group"
	default:
		return nil
	}
	return &UnsafeDir{Dir: dir, Who: who}
}

// UnsafeDir says that others may write a directory of the home.
type UnsafeDir struct {
	Dir string // its path
	Who string // "World" or "Group"
}

func (u *UnsafeDir) Error() string { return "home: " + u.Text() }

// Text is the error in sendmail's words, with the cure.
func (u *UnsafeDir) Text() string {
	return fmt.Sprintf("%s: %s writable directory; cure: chmod go-w %s", u.Dir, u.Who, u.Dir)
}
