//go:build !nogui

package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
)

// testSettings is a settings file with two keys, of which a value must be a number.
type testSettings struct {
	lock  sync.Mutex
	value string
	test  error

	ports   []model.Port
	guarded bool // the listeners want AUTH
}

func (s *testSettings) Settings(context.Context) (model.Settings, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	k := model.Setting{Section: "queue", Name: "total", Value: "40", Default: "40", Meaning: "Messages at a time to all hosts.", Live: true}
	if s.value != "" {
		k.Value, k.Own = s.value, true
	}
	return model.Settings{Path: "/home/etc/postroom.toml", Keys: []model.Setting{{Name: "strict", Value: "false", Default: "false", Meaning: "Refuse what production would refuse."}, k}}, nil
}

func (s *testSettings) CheckSetting(_ context.Context, _, _, value string) error {
	if strings.Trim(value, "0123456789") != "" {
		return errors.New("postroom.toml:3: total: a whole number belongs there")
	}
	return nil
}

func (s *testSettings) SetSetting(ctx context.Context, section, key, value string) error {
	if err := s.CheckSetting(ctx, section, key, value); err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.value = value
	return nil
}

func (s *testSettings) SendTest(_ context.Context, _, name, password string) (string, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.test == nil && s.guarded && name+":"+password != "app:secret" {
		return "", model.ErrLoginNeeded
	}
	return "Test 1", s.test
}

func (s *testSettings) Ports(context.Context) ([]model.Port, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.ports), nil
}

func (s *testSettings) CheckPort(_ context.Context, _ *model.Port, p model.Port) error {
	if !strings.Contains(p.Address, ":") && !strings.HasPrefix(p.Address, "/") {
		return errors.New("address: there is no port")
	}
	return nil
}

func (s *testSettings) SetPort(ctx context.Context, was *model.Port, p model.Port) error {
	if err := s.CheckPort(ctx, was, p); err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	p.Shown, p.Name, p.Listening = p.Address, "SMTP", true
	if was == nil {
		p.Section = len(s.ports) - 1
		s.ports = append(s.ports, p)
		return nil
	}
	s.ports[slices.IndexFunc(s.ports, func(o model.Port) bool { return o.Address == was.Address })] = p
	return nil
}

func (s *testSettings) RemovePort(_ context.Context, was model.Port) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.ports = slices.DeleteFunc(s.ports, func(o model.Port) bool { return o.Address == was.Address })
	return nil
}

func (s *testSettings) Certificate(context.Context) (model.Certificate, error) {
	return model.Certificate{Text: "subject CN=mail.example.com", CA: "/home/etc/tls/ca.pem", CAText: []byte("PEM")}, nil
}

func openSettings(t *testing.T) (*bench, *settingsView) {
	t.Helper()
	f := open(t, 1)
	f.ctrl(fyne.Key5)
	v := f.view.(*settingsView)
	f.until("settings", func() bool { return v.list.Len() == 2 })
	return f, v
}

func TestAnApplicationIsConnectedWithTheRealAddress(t *testing.T) {
	f, v := openSettings(t)
	f.wantSeen(v.content, "PHP", "Magento 2", "Laravel", "Symfony", "WordPress", "Rails", "Django", "Node, nodemailer", "Spring Boot", "Go", "Docker", "PHP: php.ini", `sendmail_path = "/usr/bin/postroom sendmail -t -i"`)
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
	e.Position = fyne.NewPos(50, 2*34+10)
	v.names.MouseDown(e)
	f.wantSeen(v.content, "Laravel: .env", "MAIL_HOST=127.0.0.1", "MAIL_PORT=1025")
	f.typedRune('c')
	if got := f.clipboard.Content(); !strings.Contains(got, "MAIL_PORT=1025\n") {
		t.Errorf("copied is %q", got)
	}
}

func TestMailThatArrivesProvesTheConnection(t *testing.T) {
	f, v := openSettings(t)
	f.typedRune('t')
	f.untilSeen(v.content, "Accepted by 127.0.0.1:1025: “Test 1”")
	f.backend.send("From: app@example.com\nSubject: first order\n\nhello\n")
	f.until("arrival", func() bool {
		return strings.Contains(v.proof.Text(), "“first order”, by php (pid 4242)")
	})
	f.backend.test = errors.New("connection refused")
	f.typedRune('t')
	f.untilSeen(v.content, "The test mail was not taken: connection refused")
}

func TestASettingIsCheckedAndSaved(t *testing.T) {
	f, v := openSettings(t)
	f.typedRune('2')
	f.wantSeen(v.content, "queue.total", "Messages at a time to all hosts.", "at once", "after a new start")
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
	e.Position = fyne.NewPos(50, queueRowHeight+10)
	v.table.Rows.MouseDown(e)
	f.typedRune('e')
	field := f.frame.Canvas().Focused().(*kit.Entry)
	field.SetText("many")
	f.key(fyne.KeyReturn)
	f.until("refusal", func() bool {
		for _, text := range seen(f.frame.Canvas().Overlays().Top()) {
			if strings.Contains(text, "a whole number belongs there") {
				return true
			}
		}
		return false
	})
	field.SetText("25")
	f.key(fyne.KeyReturn)
	f.until("saved", func() bool { return !f.covered() && v.list.At(1).Value == "25" })
	f.wantSeen(f.bar, "queue.total is saved and in force")
	v.search.SetText("strict")
	v.search.OnSubmitted("")
	f.until("found", func() bool { return v.list.Len() == 1 })
}

// openPorts opens the settings on the listeners: one of [smtp] listen, and a section that does not listen.
func openPorts(t *testing.T) (*bench, *portsPart) {
	t.Helper()
	f, v := openSettings(t)
	f.backend.testSettings.lock.Lock()
	f.backend.ports = []model.Port{
		{Section: -1, Address: "127.0.0.1:1025", Shown: "127.0.0.1:1025", Name: "SMTP", TLSNow: "starttls", AuthNow: "users", Listening: true},
		{Section: 0, Address: "127.0.0.1:1465", Shown: "127.0.0.1:1465", Name: "SMTPS", TLS: "implicit", TLSNow: "implicit", AuthNow: "any", RequireAuth: "true", Why: "cannot listen on 127.0.0.1:1465: another program does"},
	}
	f.backend.testSettings.lock.Unlock()
	v.ports.list.Load()
	f.typedRune('3')
	f.until("listeners", func() bool { return v.ports.list.Len() == 2 })
	return f, v.ports
}

func TestListenersAreListedWithTheirState(t *testing.T) {
	f, p := openPorts(t)
	f.wantSeen(p.view.content, "127.0.0.1:1025", "listening", "starttls", "not listening", "SMTPS", "any, required", "cannot listen on 127.0.0.1:1465: another program does", "Show the certificate", "Let somebody log in …")
	if !p.change.Disabled() || !p.test.Disabled() {
		t.Error("nothing is selected, and yet can be changed")
	}
	f.acts.byName["ports.certificate"].do()
	f.until("the certificate", f.covered)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "subject CN=mail.example.com")
	f.key(fyne.KeyEscape)
	p.copyCA()
	f.until("copied", func() bool { return f.clipboard.Content() == "/home/etc/tls/ca.pem" })
}

func TestAListenerIsAddedChangedAndRemoved(t *testing.T) {
	f, p := openPorts(t)
	f.acts.byName["ports.add"].do()
	address := f.frame.Canvas().Focused().(*kit.Entry)
	address.SetText("nowhere")
	f.untilSeen(f.frame.Canvas().Overlays().Top(), "address: there is no port")
	address.SetText("/run/lmtp.sock")
	f.untilSeen(f.frame.Canvas().Overlays().Top(), "Mode of the socket")
	address.SetText("127.0.0.1:2525")
	f.key(fyne.KeyReturn)
	f.until("it is added", func() bool { return !f.covered() && p.list.Len() == 3 })
	f.wantSeen(p.view.content, "127.0.0.1:2525")
	p.chosen.Only(p.list.Key(2))
	f.acts.byName["ports.change"].do()
	f.frame.Canvas().Focused().(*kit.Entry).SetText("127.0.0.1:2626")
	f.key(fyne.KeyReturn)
	f.until("it is changed", func() bool { return !f.covered() && p.list.At(2).Address == "127.0.0.1:2626" })
	f.wantSeen(f.bar, "127.0.0.1:2626 is saved and in force")
	p.chosen.Only(p.list.Key(2))
	f.acts.byName["ports.remove"].do()
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "Remove the listener 127.0.0.1:2626?")
	f.key(fyne.KeyReturn)
	f.until("it is gone", func() bool { return p.list.Len() == 2 })
}

func TestATestMailLogsInWhereTheListenerWantsIt(t *testing.T) {
	f, p := openPorts(t)
	f.backend.guarded = true
	p.chosen.Only(p.list.Key(0))
	f.typedRune('t')
	f.until("the question", f.covered)
	f.wantSeen(f.frame.Canvas().Overlays().Top(), "127.0.0.1:1025 takes mail only from those who log in.")
	f.frame.Canvas().Focused().(*kit.Entry).SetText("app")
	f.tab().SetText("secret")
	f.key(fyne.KeyReturn)
	f.untilSeen(p.view.content, "Accepted by 127.0.0.1:1025: “Test 1”")
	if f.covered() {
		t.Error("the question stays")
	}
}

func TestTheSelectedSettingIsExplainedInFull(t *testing.T) {
	f := openOn(t, newTestBackend(t))
	f.ctrl(fyne.Key5)
	v := f.view.(*settingsView)
	f.typedRune('2')
	f.until("the settings", func() bool { return v.list.Len() == 2 })
	if v.about.Visible() {
		t.Error("something is said though nothing is selected")
	}
	v.table.Rows.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(40, 40)}, Button: desktop.MouseButtonPrimary})
	v.about.SelectAll()
	if got := v.about.Selected(); got != "queue.total = 40   Default 40\nMessages at a time to all hosts." || !v.about.Visible() {
		t.Errorf("it says %q", got)
	}
	f.typedRune('1')
	if v.about.Visible() {
		t.Error("it is said in another part, too")
	}
}
