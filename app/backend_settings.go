package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/smtp"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"postroom.dev/app/config"
	"postroom.dev/app/config/keys"
	"postroom.dev/mta/table/live"
	"postroom.dev/ui"
	"postroom.dev/ui/model"
)

// Settings gives every key of the settings file.
func (r *Room) Settings(context.Context) (model.Settings, error) {
	text, err := r.settingsText()
	if err != nil {
		return model.Settings{}, err
	}
	out := model.Settings{Path: r.home.Settings()}
	for _, k := range config.Keys() {
		s := model.Setting{Section: k.Section, Name: k.Name, Value: k.Default, Default: k.Default, Meaning: k.Meaning}
		value, own, err := keys.Get(text, k.Section, k.Name)
		if err != nil {
			return model.Settings{}, fmt.Errorf("%s: %w", r.home.Settings(), err)
		}
		if own {
			s.Own, s.Value = true, written(value)
		}
		key := s.Key()
		s.Live = isPortKey(key) || slices.ContainsFunc(liveSections, func(section string) bool { return strings.HasPrefix(key, section) })
		out.Keys = append(out.Keys, s)
	}
	return out, nil
}

func (r *Room) settingsText() ([]byte, error) {
	text, err := os.ReadFile(r.home.Settings())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// written gives a value as TOML writes it.
func written(value any) string {
	text, err := toml.Marshal(map[string]any{"x": value})
	if err != nil {
		return fmt.Sprint(value)
	}
	s := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(text)), "x = "))
	if !strings.ContainsAny(s, "\"\\") {
		s = strings.ReplaceAll(s, "'", "\"") // as the defaults are written
	}
	return s
}

// CheckSetting says what is wrong with a value.
func (r *Room) CheckSetting(_ context.Context, section, key, value string) error {
	text, err := r.settingsText()
	if err != nil {
		return err
	}
	_, err = withSetting(text, section, key, value)
	return err
}

// withSetting gives a settings file's text with a value in it, when that makes settings that Postroom takes.
func withSetting(text []byte, section, key, value string) ([]byte, error) {
	if strings.ContainsAny(value, "\r\n") {
		return nil, errors.New("write the value in one line")
	}
	text, err := keys.Set(text, section, key, value)
	if err != nil {
		return nil, err
	}
	_, err = config.Parse("postroom.toml", text)
	return text, err
}

// SetSetting writes a value into the settings file and puts it in force.
func (r *Room) SetSetting(_ context.Context, section, key, value string) error {
	file, err := live.Take(r.home.Settings())
	if err != nil {
		return err
	}
	text, err := withSetting(file.Text, section, key, value)
	if err != nil {
		return err
	}
	if _, err := file.Save(text); err != nil {
		return err
	}
	r.reload()
	return nil
}

// testTime is how long a test message may take.
const testTime = 10 * time.Second

// SendTest sends a message to one of our own listeners.
func (r *Room) SendTest(ctx context.Context, address string) (subject string, err error) {
	r.mu.Lock()
	ours := slices.ContainsFunc(r.listening(), func(l ui.Listener) bool { return l.Address == address && l.Err == "" })
	r.mu.Unlock()
	if !ours {
		return "", fmt.Errorf("%s is none of our listeners", address)
	}
	d := net.Dialer{Timeout: testTime}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testTime)); err != nil {
		return "", err
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return "", err
	}
	now := time.Now()
	subject = "Test from Postroom, " + now.Format("15:04:05.000")
	return subject, errors.Join(sendTest(c, subject, now, address), c.Close())
}

func sendTest(c *smtp.Client, subject string, now time.Time, address string) error {
	if err := c.Hello("localhost"); err != nil {
		return err
	}
	if err := c.Mail("test@localhost"); err != nil {
		return err
	}
	if err := c.Rcpt("you@localhost"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "From: Postroom <test@localhost>\r\nTo: you@localhost\r\nSubject: %s\r\nDate: %s\r\n\r\nThis message came by SMTP to %s.\r\nYour application can do the same.\r\n",
		subject, now.Format(time.RFC1123Z), address)
	return errors.Join(err, w.Close())
}
