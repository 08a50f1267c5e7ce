package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheExampleSaysWhatTheDefaultsAre(t *testing.T) {
	var lines []string
	for line := range strings.Lines(Example) {
		if key, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(key, " ") {
			line = key
		}
		lines = append(lines, line)
	}
	got, err := Parse("example", []byte(strings.Join(lines, "")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("example with its keys switched on (-default +example):\n%s", diff)
	}
}

func TestWrongSettingsNameFileLineAndCure(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", "strict = true\ncolour = 1\n", `p.toml:2: unknown key "colour"; remove it`},
		{"byte order mark", "\ufeffstrict = true\n", `p.toml:1: the file begins with a byte order mark; save it as UTF-8 without one`},
		{"UTF-16", "\xff\xfes\x00", `p.toml:1: the file is in UTF-16; save it as UTF-8`},
		{"unknown key in a section", "[smtp]\n\nport = 25\n", `p.toml:3: unknown key "smtp.port"; remove it`},
		{"text for a switch", "strict = \"yes\"\n", `p.toml:1: strict: a TOML string where true or false belongs`},
		{"text for a number", "[smtp]\nmax_size = \"5 MB\"\n", `p.toml:2: smtp.max_size: a TOML string where a whole number belongs`},
		{"text for a list", "[smtp]\nlisten = \"127.0.0.1:25\"\n", `p.toml:2: smtp.listen: a TOML string where a list belongs`},
		{"number for a text", "[smtp]\nhostname = 1\n", `p.toml:2: smtp.hostname: a TOML integer where text in quotation marks belongs`},
		{"not TOML", "[smtp\n", `p.toml:1: column `},
		{"listen without a port", "[smtp]\nlisten = [\"localhost\"]\n", `p.toml:2: listen: "localhost" is not an address; write host:port`},
		{"listen on a port that is none", "[smtp]\nlisten = [\"localhost:66000\"]\n", `p.toml:2: listen: "localhost:66000" is not an address`},
		{"a way to log in that is none", "[smtp]\nauth = \"some\"\n", `p.toml:2: auth: "some" is unknown; write one of ["off" "any" "users"]`},
		{"TLS of a kind that is none", "[smtp]\ntls = \"ssl\"\n", `p.toml:2: tls: "ssl" is unknown; write one of ["none" "starttls" "required" "implicit"]`},
		{"a listener without an address", "[[listener]]\ntls = \"implicit\"\n", `p.toml:1: listener: address: there is none`},
		{"a listener's protocol", "[[listener]]\naddress = \"127.0.0.1:0\"\n[[listener]] # two\naddress = \"127.0.0.1:0\"\nprotocol = \"uucp\"\n", `p.toml:5: listener: protocol: "uucp" is unknown; write one of ["smtp" "submission" "lmtp"]`},
		{"a listener's address", "[[listener]]\n\naddress = \"localhost\"\n", `p.toml:3: listener: address: "localhost" is not an address`},
		{"an address twice", "[[listener]]\naddress = \"127.0.0.1:1025\"\n", `p.toml:2: listener: address: 127.0.0.1:1025 is listened on already`},
		{"an extension that is none", "[[listener]]\naddress = \"127.0.0.1:0\"\nhide = [\"TURN\"]\n", `p.toml:3: listener: hide: "TURN" is unknown; write some of ["ENHANCEDSTATUSCODES"`},
		{"a mode that is none", "[[listener]]\naddress = \"/tmp/x\"\nmode = \"rw\"\n", `p.toml:3: listener: mode: "rw" is no mode`},
		{"a mode of a port", "[[listener]]\naddress = \"127.0.0.1:0\"\nmode = \"0600\"\n", `p.toml:3: listener: mode: only unix sockets have one`},
		{"AUTH that nobody can have", "[[listener]]\naddress = \"127.0.0.1:0\"\nauth = \"off\"\nrequire_auth = true\n", `p.toml:4: listener: require_auth: nobody can log in`},
		{"unknown key of a listener", "[[listener]]\nport = 1\n", `p.toml:2: unknown key "listener.port"`},
		{"a certificate without a key", "[tls]\ncert_file = \"/c.pem\"\n", `p.toml:2: cert_file: there is no key_file with it`},
		{"a file's name alone", "[tls]\nca_file = \"ca.pem\"\n", `p.toml:2: ca_file: "ca.pem" is not an absolute path`},
		{"TLS of clients", "[tls]\nclient = \"always\"\n", `p.toml:2: client: "always" is unknown; write one of ["none" "may" "encrypt" "verify"]`},
		{"negative size", "[smtp]\nmax_size = -1\n", `p.toml:2: max_size: -1 is negative`},
		{"nothing but catch and relay", "[delivery]\nexternal = \"send\"\n", `p.toml:2: external: "send" is unknown; write "catch" or "relay"`},
		{"a destination that is none", "[delivery]\nallow = [\"*.example\"]\n", `p.toml:2: allow: "*.example" is neither an address, a domain nor a host in brackets; write`},
		{"a cap below nothing", "[delivery]\ndaily_cap = -1\n", `p.toml:2: daily_cap: -1 is negative`},
		{"a redirect to no address", "[delivery]\nredirect = \"me@\"\n", `p.toml:2: redirect: "me@" is no address; write "me@example.com"`},
		{"a redirect to a program", "[delivery]\nredirect = \"|/bin/sh\"\n", `p.toml:2: redirect: "|/bin/sh" is no address`},
		{"a feature that is none", "[features]\ndelay_checks = \"enemy\"\n", `p.toml:2: delay_checks: "enemy" is unknown; write one of ["no" "yes" "friend" "hater"]`},
		{"not a span of time", "[queue]\nwarn = \"soon\"\n", `p.toml:2: column `},
		{"unknown durability", "[store]\ndurability = \"some\"\n", `p.toml:2: durability: "some" is unknown; write "power" or "process"`},
		{"blank in the host name", "[smtp]\nhostname = \"a b\"\n", `p.toml:2: hostname: "a b" has blanks`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("p.toml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestIntervalsAreWrittenAsSendmailDoes(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30m": 30 * time.Minute, "15": 15 * time.Minute, "15s": 15 * time.Second, "4h": 4 * time.Hour, "5d": 120 * time.Hour,
		"1w": 168 * time.Hour, "1h30m": 90 * time.Minute, "0": 0,
	} {
		if got, err := ParseInterval(text); err != nil || time.Duration(got) != want {
			t.Errorf("%q: %v, %v, want %v", text, time.Duration(got), err, want)
		}
	}
	for _, text := range []string{"", "m", "-1", "3x", "1h-", "99999999999999999999", "9999999999999w"} {
		if got, err := ParseInterval(text); err == nil {
			t.Errorf("%q gives %v", text, time.Duration(got))
		}
	}
}

func TestAMissingFileMeansDefaults(t *testing.T) {
	got, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	if err != nil || cmp.Diff(Default(), got) != "" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestADirectoryInPlaceOfTheFileIsNamedWithTheCure(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "mv '"+dir+"' '"+dir+".odd'") {
		t.Error(err)
	}
}

func TestHomeIsFoundInThisOrder(t *testing.T) {
	env := map[string]string{}
	getenv := func(k string) string { return env[k] }
	check := func(dir, want string) {
		t.Helper()
		if got, err := FindHome(dir, getenv); err != nil || got.Dir != want {
			t.Errorf("got %q, %v, want %q", got.Dir, err, want)
		}
	}
	if runtime.GOOS == "linux" {
		env["HOME"] = "/h"
		check("", "/h/.local/share/postroom")
		env["XDG_DATA_HOME"] = "/x"
		check("", "/x/postroom")
	}
	env["POSTROOM_HOME"] = "/p"
	check("", "/p")
	check("/d", "/d")
}

func TestCreateMakesAPrivateHomeAndKeepsWhatIsThere(t *testing.T) {
	h := Home{filepath.Join(t.TempDir(), "new", "home")}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{h.Dir, h.ClientQueue(), h.Store()} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", dir, info.Mode(), err)
		}
	}
	mine := []byte("strict = true\n")
	if err := os.WriteFile(h.Settings(), mine, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(h.Settings()); string(got) != string(mine) {
		t.Errorf("settings were overwritten: %q", got)
	}
}

func TestAHomeThatOthersMayWriteIsRefusedWithTheCure(t *testing.T) {
	h := Home{t.TempDir()}
	if err := os.Chmod(h.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	want := "home: " + h.Dir + ": World writable directory; cure: chmod go-w " + h.Dir
	if err := h.Create(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAHomeThatCannotBeMadeSaysSoInOneLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Home{filepath.Join(file, "home")}.Create()
	if err == nil || !strings.Contains(err.Error(), "choose another home with --home DIR") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestALinkToNoDirectoryIsNoHome(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "away")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if err := (Home{link}).Create(); err == nil || !strings.Contains(err.Error(), link+": a link to "+target+", which is no directory") {
		t.Error(err)
	}
	if err := os.Mkdir(target, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := (Home{link}).Create(); err != nil {
		t.Error(err)
	}
}
