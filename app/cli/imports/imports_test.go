package imports

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/app/config"
	"postroom.dev/mta/table/live"
)

// lay writes files below a new directory, and gives its path.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func readAll(t *testing.T, paths ...string) *Reading {
	t.Helper()
	r, err := Read(paths)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Reading) tables() map[string]string {
	all := map[string]string{}
	for _, t := range r.Tables {
		all[t.Name] = string(t.Text)
	}
	return all
}

func (r *Reading) settings() (list []string) {
	for _, s := range r.Settings {
		list = append(list, fmt.Sprintf("[%s] %s = %s", s.Section, s.Key, s.Value))
	}
	return list
}

func home(t *testing.T) config.Home {
	t.Helper()
	h := config.Home{Dir: filepath.Join(t.TempDir(), "home")}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestOneLineIsTaken(t *testing.T) {
	tests := []struct {
		line     string
		verdict  Verdict
		note     string // part of it
		settings []string
		tables   map[string]string
	}{
		{"define(`SMART_HOST', `esmtp:[10.0.0.1]')", Taken, "caught all the same", []string{`[delivery] smart_host = "esmtp:[10.0.0.1]"`}, nil},
		{"define(`confMAX_MESSAGE_SIZE', `1000000')", Taken, "", []string{"[smtp] max_size = 1000000"}, nil},
		{"define(`confMAX_MESSAGE_SIZE', `much')", Unsupported, "no number", nil, nil},
		{"define(`confTO_QUEUEWARN', `8')", Taken, "", []string{`[queue] warn = "8h"`}, nil},
		{"define(`confTO_QUEUERETURN', `5d')", Already, "", []string{`[queue] return = "5d"`}, nil},
		{"define(`confDOMAIN_NAME', `mail.example.com')", Taken, "", []string{`[smtp] hostname = "mail.example.com"`}, nil},
		{"define(`confDOMAIN_NAME', `$w.example.com')", Unsupported, "macros", nil, nil},
		{"define(`confSOMETHING', `1')", Unsupported, "no counterpart", nil, nil},
		{"define(`confFORWARD_PATH', `$z/.forward.$w:$z/.forward')", Taken, "", []string{`[delivery] forward_path = "$z/.forward.$w:$z/.forward"`}, nil},
		{"FEATURE(`delay_checks', `friend', `n')", Taken, "", []string{`[features] delay_checks = "friend"`}, nil},
		{"FEATURE(`delay_checks')", Taken, "", []string{`[features] delay_checks = "yes"`}, nil},
		{"FEATURE(`relay_mail_from', `domain')", Taken, "", []string{`[features] relay_mail_from = "domain"`}, nil},
		{"FEATURE(`virtuser_entire_domain')", Taken, "", []string{"[features] virtuser_entire_domain = true"}, nil},
		{"MASQUERADE_AS(`example.com')", Taken, "", []string{`[rewrite] masquerade_as = "example.com"`}, nil},
		{"MASQUERADE_DOMAIN(`a.example b.example')", Taken, "", []string{`[rewrite] masquerade_domains = ["a.example", "b.example"]`}, nil},
		{"EXPOSED_USER(`root')\nEXPOSED_USER(`bob')", Taken, "", []string{`[rewrite] exposed_users = ["root", "bob"]`}, nil},
		{"FEATURE(`masquerade_envelope')", Taken, "", []string{"[rewrite] masquerade_envelope = true"}, nil},
		{"FEATURE(always_add_domain)", Already, "", []string{"[rewrite] always_add_domain = true"}, nil},
		{"FEATURE(`access_db', `hash -T<TMPF> -o /etc/mail/access.db')", Taken, "access: 2 entries of /etc/mail/access", nil, map[string]string{"access": "a.example\tRELAY\nb.example\tOK\n"}},
		{"FEATURE(`virtusertable')", Taken, "there is no", nil, nil},
		{"FEATURE(`genericstable', `ldap:x')", Unsupported, "names no file", nil, nil},
		{"FEATURE(`mailertable')", Taken, "waits until you release it", nil,
			map[string]string{"mailertable": "# routes\na.example\thold:smtp:[10.0.0.5]\nb.example\tsmtp:[127.0.0.1]:2525\nc.example\terror:5.7.0:550 no\n.d.example   hold:esmtp:mx.example"}},
		{"FEATURE(`use_cw_file')LOCAL_DOMAIN(`c.example')", Taken, "", nil, map[string]string{"local-host-names": "adidas.cn\nMagentoWebServer\n# LOCAL_DOMAIN, line 1 of sendmail.mc\nc.example\n"}},
		{"GENERICS_DOMAIN(`a.example b.example')", Taken, "generics-domains: a.example b.example", nil, map[string]string{"generics-domains": "# GENERICS_DOMAIN, line 1 of sendmail.mc\na.example\nb.example\n"}},
		{"GENERICS_DOMAIN_FILE(`-o /etc/mail/local-host-names %[^\\#]')", Taken, "2 entries of /etc/mail/local-host-names", nil, map[string]string{"generics-domains": "adidas.cn\nMagentoWebServer\n"}},
		{"RELAY_DOMAIN(`a.example')", Taken, "", nil, map[string]string{"relay-domains": "# RELAY_DOMAIN, line 1 of sendmail.mc\na.example\n"}},
		{"VIRTUSER_DOMAIN_FILE(`/etc/mail/local-host-names')", Taken, "", nil, map[string]string{"virtuser-domains": "adidas.cn\nMagentoWebServer\n"}},
		{"define(`ALIAS_FILE', `/etc/aliases')", Taken, "aliases: 1 entry of /etc/aliases", nil, map[string]string{"aliases": "root: student0\n"}},
		{"LOCAL_CONFIG\nCw d.example", Taken, "local-host-names: d.example", nil, map[string]string{"local-host-names": "# Cw, line 2 of sendmail.mc\nd.example\n"}},
		{"LOCAL_RULE_0\nR$* <a>\t\t$#error $: no", Unsupported, "rules of one's own", nil, nil},
		{"LOCAL_RULE_0\nR$* <a>    $#error $: no", Unsupported, "tabs", nil, nil},
		{"DAEMON_OPTIONS(`Port=smtp,Addr=127.0.0.1, Name=MTA')", Taken, "port 25 is for root", []string{`[smtp] listen = ["127.0.0.1:1025"]`}, nil},
		{"DAEMON_OPTIONS(`Family=inet6, Port=2525, Addr=::1')", Taken, "", []string{`[smtp] listen = ["[::1]:2525"]`}, nil},
		{"DAEMON_OPTIONS(`Name=MTA, P=8025')", Taken, "the loopback alone", []string{`[smtp] listen = ["127.0.0.1:8025"]`}, nil},
		{"DAEMON_OPTIONS(`Port=smtps, M=s')", Unsupported, "TLS", nil, nil},
		{"TRUST_AUTH_MECH(`LOGIN PLAIN')", Already, "the users in auth-users", nil, nil},
		{"MAILER(`smtp')", Already, "", nil, nil},
		{"MAILER(`procmail')", Unsupported, "no mailer procmail", nil, nil},
		{"NEVER_HEARD_OF(`x')", Unsupported, "no macro of this name", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			dir := lay(t, map[string]string{
				"etc/mail/sendmail.mc":      tt.line + "\n",
				"etc/mail/access":           "a.example\tRELAY\nb.example\tOK\n",
				"etc/mail/local-host-names": "adidas.cn\nMagentoWebServer\n",
				"etc/mail/mailertable":      "# routes\na.example\tsmtp:[10.0.0.5]\nb.example\tsmtp:[127.0.0.1]:2525\nc.example\terror:5.7.0:550 no\n.d.example   esmtp:mx.example",
				"etc/aliases":               "root: student0\n",
			})
			r := readAll(t, filepath.Join(dir, "etc/mail/sendmail.mc"))
			found := false
			for _, f := range r.Findings {
				found = found || f.Verdict == tt.verdict && strings.Contains(f.Note, tt.note)
			}
			if !found {
				t.Errorf("findings %+v, want %s with %q", r.Findings, tt.verdict, tt.note)
			}
			var settings []string
			for _, s := range r.settings() {
				if s != "[rewrite] always_add_domain = false" {
					settings = append(settings, s)
				}
			}
			if diff := cmp.Diff(tt.settings, settings); diff != "" {
				t.Error(diff)
			}
			if want := tt.tables; want == nil {
				tt.tables = map[string]string{}
			}
			if diff := cmp.Diff(tt.tables, r.tables()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsOffThereIsOffHere(t *testing.T) {
	dir := lay(t, map[string]string{"sendmail.mc": "MAILER(smtp)\n"})
	r := readAll(t, filepath.Join(dir, "sendmail.mc"))
	if diff := cmp.Diff([]string{"[rewrite] always_add_domain = false"}, r.settings()); diff != "" {
		t.Error(diff)
	}
}

func TestADirectoryBringsWhatIsInForceThere(t *testing.T) {
	files := map[string]string{
		"etc/mail/sendmail.mc": "FEATURE(`access_db')\nMAILER(smtp)\n", "etc/mail/access": "a OK\n", "etc/mail/virtusertable": "a@b c\n",
		"etc/mail/relay-domains": "x.example\n", "etc/mail/aliases": "a: b\n",
	}
	t.Run("as the sendmail.mc says", func(t *testing.T) {
		r := readAll(t, filepath.Join(lay(t, files), "etc/mail"))
		want := map[string]string{"access": "a OK\n", "relay-domains": "x.example\n", "aliases": "a: b\n"}
		if diff := cmp.Diff(want, r.tables()); diff != "" {
			t.Error(diff)
		}
		last := r.Findings[len(r.Findings)-2]
		if last.Text != "virtusertable" && r.Findings[len(r.Findings)-1].Text != "virtusertable" {
			t.Errorf("virtusertable is not told of: %+v", r.Findings)
		}
	})
	t.Run("all of it where there is none", func(t *testing.T) {
		delete(files, "etc/mail/sendmail.mc")
		r := readAll(t, filepath.Join(lay(t, files), "etc/mail"))
		if len(r.Tables) != 4 {
			t.Errorf("tables %v", r.tables())
		}
	})
}

func TestReadRefuses(t *testing.T) {
	dir := lay(t, map[string]string{"sendmail.cf": "", "access.db": "", "notes": "", "empty/x": ""})
	for _, tt := range []struct{ path, want string }{
		{"sendmail.cf", "import that"}, {"access.db", "makemap -u hash"}, {"notes", "neither"}, {"empty", "no sendmail.mc and no table"}, {"gone", "no such file"},
	} {
		if _, err := Read([]string{filepath.Join(dir, tt.path)}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.path, err, tt.want)
		}
	}
}

func TestPlan(t *testing.T) {
	plan := func(t *testing.T, h config.Home, force bool, files map[string]string, names ...string) []Change {
		t.Helper()
		dir := lay(t, files)
		var paths []string
		for _, n := range names {
			paths = append(paths, filepath.Join(dir, n))
		}
		p, err := readAll(t, paths...).Plan(h, force)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	text := func(t *testing.T, h config.Home, name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(h.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	t.Run("a new home takes everything, and its settings can be read", func(t *testing.T) {
		h := home(t)
		p := plan(t, h, false, map[string]string{"sendmail.mc": "FEATURE(`access_db')\nMASQUERADE_AS(`a.example')\ndefine(`SMART_HOST',`relay.example')\n", "access": "# x\nA OK\n"}, "sendmail.mc")
		if err := Apply(p); err != nil {
			t.Fatal(err)
		}
		s, err := config.Load(h.Settings())
		if err != nil {
			t.Fatal(err)
		}
		if s.Rewrite.MasqueradeAs != "a.example" || s.Rewrite.AlwaysAddDomain || s.Delivery.SmartHost != "relay.example" || s.Delivery.External != "catch" {
			t.Errorf("%+v", s)
		}
		if got := text(t, h, "etc/mail/access"); got != "# x\nA OK\n" {
			t.Errorf("access %q", got)
		}
	})
	t.Run("entries of the user's are not overwritten", func(t *testing.T) {
		h := home(t)
		path := filepath.Join(h.Dir, "etc/mail/access")
		if err := os.WriteFile(path, []byte("mine OK\nboth OK\n"), 0o640); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{"access": "theirs OK\nboth OK\n"}
		p := plan(t, h, false, files, "access")
		if len(p) != 1 || p[0].Action != Differs || !Blocked(p) {
			t.Fatalf("%+v", p)
		}
		if diff := cmp.Diff([]string{"+ theirs OK", "- mine OK"}, p[0].Lines); diff != "" {
			t.Error(diff)
		}
		if err := Apply(p); err == nil {
			t.Error("a blocked plan was applied")
		}
		p = plan(t, h, true, files, "access")
		if err := Apply(p); err != nil {
			t.Fatal(err)
		}
		if got := text(t, h, "etc/mail/access"); got != "theirs OK\nboth OK\n" {
			t.Errorf("access %q", got)
		}
		if got := text(t, h, "etc/mail/access.before-import"); got != "mine OK\nboth OK\n" || p[0].Copy == "" {
			t.Errorf("copy %q, %q", p[0].Copy, got)
		}
		if p = plan(t, h, false, files, "access"); p[0].Action != Unchanged {
			t.Errorf("%+v", p)
		}
	})
	t.Run("settings of the user's stay, others are set beside them", func(t *testing.T) {
		h := home(t)
		if err := os.WriteFile(h.Settings(), []byte("[queue]\nwarn = \"1h\" # mine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{"sendmail.mc": "FEATURE(always_add_domain)define(`confTO_QUEUEWARN',`4h')define(`confTO_QUEUERETURN',`3d')\n"}
		if p := plan(t, h, false, files, "sendmail.mc"); !Blocked(p) {
			t.Errorf("%+v", p)
		}
		p := plan(t, h, true, files, "sendmail.mc")
		if err := Apply(p); err != nil {
			t.Fatal(err)
		}
		if got, want := text(t, h, "etc/postroom.toml"), "[queue]\nwarn = \"4h\" # mine\nreturn = \"3d\"\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := text(t, h, "etc/postroom.toml.before-import"); got != "[queue]\nwarn = \"1h\" # mine\n" {
			t.Errorf("copy %q", got)
		}
	})
	t.Run("comments of the user's are kept in a copy, those of a new home are not", func(t *testing.T) {
		h := home(t)
		if err := os.WriteFile(filepath.Join(h.Dir, "etc/mail/access"), []byte("# mine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p := plan(t, h, false, map[string]string{"access": "a OK\n", "virtusertable": "a@b c\n"}, "access", "virtusertable")
		if err := Apply(p); err != nil {
			t.Fatal(err)
		}
		if got := text(t, h, "etc/mail/access.before-import"); got != "# mine\n" {
			t.Errorf("copy %q", got)
		}
		if p[1].Copy != "" {
			t.Errorf("a copy of the example: %s", p[1].Copy)
		}
	})
	t.Run("a file that was changed meanwhile stays", func(t *testing.T) {
		h := home(t)
		p := plan(t, h, false, map[string]string{"access": "a OK\n"}, "access")
		if err := os.WriteFile(filepath.Join(h.Dir, "etc/mail/access"), []byte("b OK\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Apply(p); err == nil || !strings.Contains(err.Error(), live.ErrChanged.Error()) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("passwords are not shown", func(t *testing.T) {
		p := plan(t, home(t), false, map[string]string{"authinfo": "AuthInfo:h \"U:a\" \"P:secret\"\n"}, "authinfo")
		if strings.Contains(fmt.Sprint(p[0].Lines), "secret") {
			t.Error(p[0].Lines)
		}
	})
}

// TestEverySampleOfThePackageIsTold reads what comes with sendmail: each line gets a verdict, and those that are not supported say what that means.
func TestEverySampleOfThePackageIsTold(t *testing.T) {
	files, _ := filepath.Glob("/usr/share/sendmail/cf/cf/*.mc")
	files = append(files, "../../../mta/mc/testdata/centos.mc")
	if _, err := os.Stat("/etc/mail/sendmail.mc"); err == nil {
		files = append(files, "/etc/mail/sendmail.mc")
	}
	for _, name := range files {
		r, err := Read([]string{name})
		if err != nil {
			if os.IsPermission(err) {
				continue
			}
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(r.Findings) == 0 {
			t.Errorf("%s: nothing is told", name)
		}
		for _, f := range r.Findings {
			if f.Verdict == "" || f.Verdict == Unsupported && f.Note == "" {
				t.Errorf("%s:%d: %s: %q %q", f.File, f.Line, f.Text, f.Verdict, f.Note)
			}
		}
	}
}
