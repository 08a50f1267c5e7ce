//go:build !nogui

package ui

import (
	"context"
	"errors"
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

func (s *testSettings) SendTest(context.Context, string) (string, error) { return "Test 1", s.test }

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

func TestListenersAreListed(t *testing.T) {
	f, v := openSettings(t)
	f.typedRune('3')
	f.wantSeen(v.content, "127.0.0.1:1025", "listening", "postroom setup tls", "postroom setup auth-user NAME")
}
