package smtpd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/authusers"
	"postroom.dev/mta/simulate"
)

// Dialogue files (testdata/*.smtp) are sessions as the two ends see them:
//
//	# a comment
//	@ strict | local | size N | rcpts N | hide KEYWORD | connect CODE TEXT    settings, before the first line
//	@ header N | line N | bad N | badrcpts N | bare WORD | repeats           Limits
//	@ transaction TIME                                                       Timeout.Transaction
//	@ privacy WORD                                                           of PrivacyOptions
//	@ user NAME:SECRET | anyone | nobody | nonce TEXT                        who may log in
//	@ lmtp | tls | implicit | require tls | require auth | plain needs tls | features LETTERS
//	> MAIL FROM:<a@b>     the client sends a line
//	>> "a\r\n"            the client sends these octets (a Go string)
//	< 250 2.1.0 *         the server answers; * stands for anything
//	! tls [cert | other]  the client does a handshake, shows no certificate, or one that verifies, or one that does not
//	! pass TIME           so much time passes on the clock of Timeout.Transaction
//	= log TEXT            a line of the mail log contains TEXT
//	<+ 250 HELP           it answers some lines, the last of which is this
//	= closed              the server closes the connection
//	= bye                 the client does
//	= kept "a\r\n"        the next message kept has this text
//	= step TEXT           that message has a step whose note contains TEXT
//	= envelope TEXT       that message's envelope, as describe prints it, contains TEXT
//	= nothing             no further message was kept
//	= transcript TEXT     the session, which has ended, has TEXT in its transcript, a disconnection once; = secret TEXT: and this not
//	= reason TEXT         the session ended for this reason; "" after QUIT
//	= waited TIME         the client was kept waiting so long, in all
//	= outcome WORD        and this became of it
//	= refusal TEXT        this is what was refused first; "" for nothing
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.smtp")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogue files: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".smtp"), func(t *testing.T) { dialogue(t, f) })
	}
}

func dialogue(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config, d := testConfig(), newDesk()
	config.Clock = func() time.Time { return time.Unix(0, d.clock.Load()) }
	config.Wait = func(_ context.Context, t time.Duration) { d.waited.Add(int64(t)) }
	var c *client
	next := 0 // message
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		what, arg, _ := strings.Cut(line, " ")
		where := func(format string, args ...any) {
			t.Helper()
			t.Fatalf(file+":"+strconv.Itoa(i+1)+": "+format, args...)
		}
		if c == nil && slices.Contains([]string{"<", "<+", ">", ">>", "=", "!"}, what) {
			_, addr := start(t, config, d)
			c = dial(t, addr)
		}
		switch what {
		case "", "#":
		case "@":
			setting(t, &config, d, arg)
		case ">":
			c.send(arg + "\r\n")
		case ">>":
			s, err := strconv.Unquote(arg)
			if err != nil {
				where("%v", err)
			}
			c.send(s)
		case "!":
			if t, is := strings.CutPrefix(arg, "pass "); is {
				passes, err := time.ParseDuration(t)
				if err != nil {
					where("%v", err)
				}
				d.clock.Add(int64(passes))
				continue
			}
			c.handshake(strings.TrimPrefix(arg, "tls"))
		case "<":
			if got := c.line(); !match(arg, got) {
				where("reply %q, want %q", got, arg)
			}
		case "<+":
			for got := c.line(); !match(arg, got); got = c.line() {
				if len(got) < 4 || got[3] != '-' {
					where("reply ends with %q, want %q", got, arg)
				}
			}
		case "=":
			claim, rest, _ := strings.Cut(arg, " ")
			if claim == "kept" {
				next++
			}
			if wrong := d.claim(t, c, claim, rest, next); wrong != "" {
				where("%s", wrong)
			}
		default:
			where("unknown line %q", line)
		}
	}
	_ = c.conn.Close()
	if n := len(d.messages()); n != next {
		t.Errorf("%s: %d messages kept, the dialogue tells of %d", file, n, next)
	}
}

func setting(t *testing.T, c *Config, d *desk, line string) {
	name, value, _ := strings.Cut(line, " ")
	n, _ := strconv.Atoi(value)
	switch name {
	case "strict":
		c.Strict = true
	case "local":
		c.Local = true
	case "size":
		c.MaxSize = int64(n)
	case "rcpts":
		c.MaxRecipients = n
	case "hide":
		c.Hide = append(c.Hide, value)
	case "user":
		users, problems := authusers.Parse("auth-users", strings.NewReader(d.users+value+"\n"))
		d.users += value + "\n"
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		c.Logins = func() *authusers.Users { return users }
	case "anyone":
		c.Logins = authusers.Anyone
	case "nobody":
		c.Logins = func() *authusers.Users { return nil }
	case "nonce":
		c.Nonce = func() string { return value }
	case "tls":
		withTLS(c, d)
	case "lmtp":
		c.LMTP = true
	case "implicit":
		withTLS(c, d)
		c.Implicit = true
	case "require":
		c.RequireTLS = c.RequireTLS || value == "tls"
		c.RequireAuth = c.RequireAuth || value == "auth"
	case "plain":
		c.AuthNeedsTLS = true
	case "features":
		c.Features = func(*mta.Origin) string { return value }
	case "script":
		d.script += value + "\n"
		script, problems := simulate.Parse("simulate", strings.NewReader(d.script))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		c.Scripting = &Scripting{Script: func() *simulate.Script { return script }, Player: simulate.NewPlayer(time.Now)}
	case "transaction":
		c.Timeout.Transaction, _ = time.ParseDuration(value)
	case "header":
		c.Limits.Header = int64(n)
	case "line":
		c.Limits.Line = int64(n)
	case "bare":
		c.Limits.Bare = Bare(value)
	case "bad":
		c.Limits.Bad = n
	case "badrcpts":
		c.Limits.BadRcpts = n
	case "repeats":
		c.Limits.Repeats = true
	case "privacy":
		c.Privacy = append(c.Privacy, value)
	case "connect":
		code, text, _ := strings.Cut(value, " ")
		n, _ := strconv.Atoi(code)
		d.connect = status(n, mta.Enhanced{5, 7, 1}, text)
		if n < 500 {
			d.connect.Enhanced = mta.Enhanced{4, 7, 1}
		}
	default:
		t.Fatalf("unknown setting %q", line)
	}
}

// claim checks a "=" line about message number n, from 1, and gives what is wrong.
func (d *desk) claim(t *testing.T, c *client, claim, arg string, n int) string {
	all := d.messages()
	if (claim == "kept" || claim == "step" || claim == "envelope") && len(all) < n {
		return "no message was kept"
	}
	switch claim {
	case "closed":
		if got := c.line(); got != "" {
			return "reply " + got + ", want the end of the connection"
		}
	case "waited":
		if got := time.Duration(d.waited.Load()); got.String() != arg {
			return "waited " + got.String()
		}
	case "bye":
		_ = c.conn.Close()
	case "kept":
		want, err := strconv.Unquote(arg)
		if err != nil {
			return err.Error()
		}
		if got := string(all[n-1].text); got != want {
			return "kept " + strconv.Quote(got)
		}
	case "nothing":
		if len(all) != n {
			return strconv.Itoa(len(all)) + " messages kept, want " + strconv.Itoa(n)
		}
	case "step":
		var notes []string
		for _, s := range all[n-1].env.Steps {
			notes = append(notes, s.Rule+": "+s.Note)
		}
		if !strings.Contains(strings.Join(notes, "\n"), arg) || arg == "" && len(notes) > 0 {
			return "steps: " + strings.Join(notes, " | ")
		}
	case "envelope":
		if got := describe(all[n-1].env); !strings.Contains(got, arg) {
			return "envelope: " + got
		}
	case "transcript", "secret", "reason", "outcome", "refusal":
		if d.ended == nil {
			s := d.session(t)
			d.ended = &s
		}
		d.check(t)
		if what, is := map[string]string{"reason": d.ended.Reason, "outcome": string(d.ended.Outcome), "refusal": d.ended.Refusal}[claim]; is {
			if what != strings.Trim(arg, `"`) {
				return claim + " " + strconv.Quote(what)
			}
			return ""
		}
		if n := strings.Count(string(d.ended.Transcript), arg); n != 1 && strings.HasPrefix(arg, "disconnected") {
			return fmt.Sprintf("%d times in the session's transcript:\n%s", n, d.ended.Transcript)
		}
		if strings.Contains(string(d.ended.Transcript), arg) != (claim == "transcript") {
			return "the session's transcript:\n" + string(d.ended.Transcript)
		}
	case "log":
		if all := d.logged(); !strings.Contains(all, arg) {
			return "the mail log: " + all
		}
	default:
		return "unknown claim " + claim
	}
	return ""
}

func describe(e *mta.Envelope) string {
	s := e.ID + " from <" + e.Sender.String() + "> to"
	for _, r := range e.Recipients {
		s += " <" + r.Address.String() + ">"
		if r.Notify != 0 || r.Original != "" {
			s += fmt.Sprintf("(notify %d, %s)", r.Notify, r.Original)
		}
	}
	s += " body=" + string(e.Body) + " name=" + e.FullName
	if e.Return != "" || e.EnvID != "" {
		s += " ret=" + string(e.Return) + " envid=" + e.EnvID
	}
	if e.By.Mode != "" {
		s += fmt.Sprintf(" by=%d%s", e.By.Seconds, e.By.Mode)
	}
	if e.By.Trace {
		s += " trace"
	}
	if e.UTF8 {
		s += " utf8"
	}
	o := e.Origin
	if o.TLS != "" {
		s += " tls=" + o.TLS
	}
	return s + " protocol=" + o.Protocol + " helo=" + o.HELO + " client=" + o.Name + " user=" + o.User
}
