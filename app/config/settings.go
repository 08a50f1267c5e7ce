// Package config knows where things are and how they are set: the layout of
// the home directory, and etc/postroom.toml with a default for every key.
//
// The file is TOML. A key that does not exist, or a value that makes no sense, is an
// error that names file, line and cure: a setting that is silently not in force is worse than a program that does not start.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Settings is what etc/postroom.toml can say.
type Settings struct {
	Strict   bool     `toml:"strict"`
	SMTP     SMTP     `toml:"smtp"`
	Delivery Delivery `toml:"delivery"`
	Features Features `toml:"features"`
	Rewrite  Rewrite  `toml:"rewrite"`
	Safety   Safety   `toml:"safety"`
	Queue    Queue    `toml:"queue"`
	Store    Store    `toml:"store"`
	Window   Window   `toml:"window"`
	TLS      TLS      `toml:"tls"`
	Preview  Preview  `toml:"preview"`

	Listeners []Listener `toml:"listener"`
}

// Delivery is the [delivery] section: what may leave, and which way.
type Delivery struct {
	External     string   `toml:"external"`
	SmartHost    string   `toml:"smart_host"`
	LocalDomains []string `toml:"local_domains"`
	ForwardPath  string   `toml:"forward_path"`
	Allow        []string `toml:"allow"`
	DailyCap     int      `toml:"daily_cap"`
	Redirect     string   `toml:"redirect"`
}

// Queue is the [queue] section.
type Queue struct {
	Interval Interval `toml:"interval"`
	MinAge   Interval `toml:"min_age"`
	Warn     Interval `toml:"warn"`
	Return   Interval `toml:"return"`
	PerHost  int      `toml:"per_host"`
	Total    int      `toml:"total"`
}

// SMTP is the [smtp] section.
type SMTP struct {
	Listen         []string `toml:"listen"`
	Hostname       string   `toml:"hostname"`
	MaxSize        int64    `toml:"max_size"`
	MaxRecipients  int      `toml:"max_recipients"`
	MaxConnections int      `toml:"max_connections"`
	TLS            string   `toml:"tls"`
	Auth           string   `toml:"auth"`
	Hide           []string `toml:"hide"`
	Privacy        []string `toml:"privacy"`
	AuthNeedsTLS   bool     `toml:"auth_needs_tls"`

	MaxPerClient    int      `toml:"max_per_client"`
	ClientRate      int      `toml:"client_rate"`
	GreetPause      Interval `toml:"greet_pause"`
	BadCommands     int      `toml:"bad_commands"`
	BadRcptThrottle int      `toml:"bad_rcpt_throttle"`
	Throttle        bool     `toml:"throttle"`
	MaxHeader       int64    `toml:"max_header"`
	MaxLine         int64    `toml:"max_line"`
	BareLineEnds    string   `toml:"bare_line_ends"`
	CommandTimeout  Interval `toml:"command_timeout"`
	DataTimeout     Interval `toml:"data_timeout"`
	Transaction     Interval `toml:"transaction_timeout"`
}

// Store is the [store] section.
type Store struct {
	Durability string `toml:"durability"`
}

// The values of [store] durability.
const (
	DurabilityPower   = "power"
	DurabilityProcess = "process"
)

// Example is the settings file of a new home: every key with its default, commented out.
const Example = `# Postroom's settings. Every key has a default, shown here behind a "#".
# A key that does not exist is an error that names its line.

# Refuse what production sendmail would refuse. Off, Postroom accepts the
# message and notes what production would have said.
#strict = false

[smtp]
# Addresses that take mail. Port 0 takes any free port.
#listen = ["127.0.0.1:1025"]

# TLS there: "starttls" offers it, "required" takes nothing before it, "implicit" begins with it. "none" lets
# applications be that would take STARTTLS and not believe the certificate.
#tls = "none"

# What the server calls itself; "" is the machine's own name.
#hostname = ""

# The largest message in octets; 0 for no limit.
#max_size = 52428800

# The most recipients of one message; 0 for no limit.
#max_recipients = 0

# The most clients at one time; 0 for no limit.
#max_connections = 500
` + exampleAuth + exampleVerbs + exampleLimits + `
[delivery]
# Mail for other domains: "catch" keeps it here, "relay" lets ALL of it leave.
#external = "catch"

# The host that takes all mail that leaves: "mail.example.com", "[127.0.0.1]:2525";
# "" sends to each domain's own host. "sim:greylist", "sim:flaky" … is one that is only simulated (see mailertable): nothing leaves.
#smart_host = ""

# Domains whose users have mailboxes here (mail/USER), beside the machine's own name and localhost.
#local_domains = []

# Where a local user says where mail goes, sendmail's ForwardPath: $z is the user's home
# directory, $u the user; the first file that is there counts. "" for nowhere.
#forward_path = "$z/.forward"
` + exampleLeaving + exampleFeatures + exampleRewrite + exampleSafety + exampleTLS + examplePreview + `
[queue]
# Times as sendmail writes them: s m h d w, minutes where no unit is given.
# How often the queue is run.
#interval = "30m"

# A queue run leaves messages alone that were tried less long ago.
#min_age = "0m"

# Age at which the sender is told that a message waits, and at which it goes back.
#warn = "4h"
#return = "5d"

# Messages at a time to one host, and to all hosts beyond this machine.
#per_host = 10
#total = 40

[store]
# "power": what was accepted survives a power cut.
# "process": it survives the end of the program, however that comes, but a
# power cut can take the last few seconds. For slow disks.
#durability = "power"
` + exampleListeners + exampleWindow

// Default is what holds where the file says nothing.
func Default() Settings {
	return Settings{
		SMTP: SMTP{
			Listen:         []string{"127.0.0.1:1025"},
			MaxSize:        50 << 20,
			MaxConnections: 500,
			TLS:            TLSNone,
			Auth:           AuthUsers,
			Hide:           []string{}, Privacy: []string{},
			BadCommands: 25, MaxHeader: 32768, CommandTimeout: Interval(5 * time.Minute), DataTimeout: Interval(3 * time.Minute), Transaction: Interval(time.Hour),
		},
		Delivery: Delivery{External: "catch", LocalDomains: []string{}, ForwardPath: "$z/.forward", Allow: []string{}},
		Features: defaultFeatures(),
		Rewrite:  defaultRewrite(),
		Safety:   defaultSafety(),
		Queue: Queue{
			Interval: Interval(30 * time.Minute),
			Warn:     Interval(4 * time.Hour),
			Return:   Interval(5 * 24 * time.Hour),
			PerHost:  10, Total: 40,
		},
		Store:   Store{Durability: DurabilityPower},
		TLS:     defaultTLS(),
		Preview: defaultPreview(),
		Window:  defaultWindow(),
	}
}

// Load reads the settings file at path. A file that does not exist gives the defaults.
func Load(path string) (Settings, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
		return Settings{}, fmt.Errorf("settings: %s: a directory where a file belongs; move it away: mv '%s' '%s.odd'", path, path, path)
	}
	if err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	return Parse(path, text)
}

// encoding says what an editor made of the file that TOML does not allow: "" for nothing.
func encoding(text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return "the file begins with a byte order mark; save it as UTF-8 without one"
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return "the file is in UTF-16; save it as UTF-8"
	}
	return ""
}

// Parse reads settings; name stands for the file in errors: "postroom.toml:7: unknown key …".
func Parse(name string, text []byte) (Settings, error) {
	if odd := encoding(text); odd != "" {
		return Settings{}, fmt.Errorf("%s:1: %s", name, odd)
	}
	s := Default()
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Settings{}, located(name, err)
	}
	if err := s.check(name, text); err != nil {
		return Settings{}, err
	}
	return s, nil
}

func located(name string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		var all []error
		for i := range unknown.Errors {
			e := &unknown.Errors[i]
			line, _ := e.Position()
			all = append(all, fmt.Errorf("%s:%d: unknown key %q; remove it, or see the keys and defaults in the README", name, line, strings.Join(e.Key(), ".")))
		}
		return errors.Join(all...)
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		if found, want, ok := mismatch(bad); ok {
			return fmt.Errorf("%s:%d: %s: %s where %s belongs", name, line, strings.Join(bad.Key(), "."), found, want)
		}
		return fmt.Errorf("%s:%d: column %d: %s", name, line, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", name, err)
}

// mismatch reads go-toml's words for a value of the wrong kind, which speak of Go's types.
func mismatch(bad *toml.DecodeError) (found, want string, ok bool) {
	rest, ok := strings.CutPrefix(bad.Error(), "toml: cannot decode TOML ")
	found, rest, cut := strings.Cut(rest, " into struct field ")
	i := strings.LastIndex(rest, " of type ")
	if !ok || !cut || i < 0 {
		return "", "", false
	}
	switch want = rest[i+len(" of type "):]; {
	case strings.HasPrefix(want, "[]"):
		want = "a list"
	case strings.HasPrefix(want, "int"):
		want = "a whole number"
	case want == "bool":
		want = "true or false"
	case want == "string":
		want = "text in quotation marks"
	}
	return "a TOML " + found, want, true
}

func (s Settings) check(name string, text []byte) error {
	fail := func(key, format string, a ...any) error {
		return fmt.Errorf("%s:%d: %s: %s", name, lineOf(text, key), key, fmt.Sprintf(format, a...))
	}
	for _, address := range s.SMTP.Listen {
		if err := CheckAddress(address); err != nil {
			return fail("listen", "%v", err)
		}
	}
	if key, value, known := s.Features.wrong(); key != "" {
		return fail(key, "%q is unknown; write one of %q", value, known)
	}
	if key, why := s.Window.wrong(); key != "" {
		return fail(key, "%s", why)
	}
	if key, why := s.Safety.wrong(); key != "" {
		return fail(key, "%s", why)
	}
	if key, why := s.Preview.wrong(); key != "" {
		return fail(key, "%s", why)
	}
	if key, why := s.Delivery.wrongLeaving(); key != "" {
		return fail(key, "%s", why)
	}
	if key, word, known := s.SMTP.wrongVerbs(); key != "" {
		return fail(key, "%q is unknown; write some of %q", word, known)
	}
	if err := s.checkListeners(name, text); err != nil {
		return err
	}
	if key, why := s.TLS.wrong(); key != "" {
		return fmt.Errorf("%s:%d: %s: %s", name, lineIn(text, "[tls]", 0, key), key, why)
	}
	if key, why := s.SMTP.wrongLimits(); key != "" {
		return fail(key, "%s", why)
	}
	if known := wrongAuth(s.SMTP.Auth); known != nil {
		return fail("auth", "%q is unknown; write one of %q", s.SMTP.Auth, known)
	}
	switch {
	case s.SMTP.MaxSize < 0:
		return fail("max_size", "%d is negative; write octets, or 0 for no limit", s.SMTP.MaxSize)
	case s.SMTP.MaxRecipients < 0:
		return fail("max_recipients", "%d is negative; write 0 for no limit", s.SMTP.MaxRecipients)
	case s.SMTP.MaxConnections < 0:
		return fail("max_connections", "%d is negative; write 0 for no limit", s.SMTP.MaxConnections)
	case strings.ContainsFunc(s.SMTP.Hostname, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fail("hostname", "%q has blanks or control characters; write a host name", s.SMTP.Hostname)
	case s.Delivery.External != "catch" && s.Delivery.External != "relay":
		return fail("external", "%q is unknown; write \"catch\" or \"relay\"", s.Delivery.External)
	case s.Queue.PerHost < 1:
		return fail("per_host", "%d is too small; write at least 1", s.Queue.PerHost)
	case s.Queue.Total < 1:
		return fail("total", "%d is too small; write at least 1", s.Queue.Total)
	case s.Store.Durability != DurabilityPower && s.Store.Durability != DurabilityProcess:
		return fail("durability", "%q is unknown; write %q or %q", s.Store.Durability, DurabilityPower, DurabilityProcess)
	}
	return nil
}

// Changed names the keys, as "smtp.listen", whose values differ between two settings, in the file's order.
func Changed(a, b Settings) []string { return changed("", reflect.ValueOf(a), reflect.ValueOf(b)) }

func changed(prefix string, a, b reflect.Value) (keys []string) {
	for i := range a.NumField() {
		key := prefix + a.Type().Field(i).Tag.Get("toml")
		switch x, y := a.Field(i), b.Field(i); {
		case x.Kind() == reflect.Struct:
			keys = append(keys, changed(key+".", x, y)...)
		case !reflect.DeepEqual(x.Interface(), y.Interface()):
			keys = append(keys, key)
		}
	}
	return keys
}

// CheckAddress refuses what can never be listened on: all but host:port with a port from 0 to 65535.
func CheckAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is not an address; write host:port, as in \"127.0.0.1:1025\"", address)
	}
	return nil
}

// lineOf finds the line that sets key. The decoder gives no positions for values that it could read.
func lineOf(text []byte, key string) int {
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if rest, ok := bytes.CutPrefix(line, []byte(key)); ok && bytes.HasPrefix(bytes.TrimSpace(rest), []byte("=")) {
			return i + 1
		}
	}
	return 1
}
