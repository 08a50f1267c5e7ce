package app

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/app/cli"
	"postroom.dev/app/config"
	"postroom.dev/app/config/keys"
	"postroom.dev/mta/table/live"
	"postroom.dev/ui/model"
)

// section is the settings file's name for a listener of its own.
const section = "listener"

// Ports gives the listeners as the settings file has them, and what came of each.
func (r *Room) Ports(context.Context) ([]model.Port, error) {
	s, err := config.Load(r.home.Settings())
	if err != nil {
		return nil, err
	}
	var all []model.Port
	for i, l := range s.AllListeners() {
		p := model.Port{Section: i - len(s.SMTP.Listen), Address: l.Address}
		if p.Section >= 0 {
			p = portOf(s.Listeners[p.Section], p.Section)
		} else {
			p.Section = -1
		}
		p.Name, p.TLSNow, p.AuthNow, p.StrictNow, p.Shown = protocolName(l), l.TLS, l.Auth, s.Strict, l.Address
		if l.Strict != nil {
			p.StrictNow = *l.Strict
		}
		r.mu.Lock()
		if i := slices.IndexFunc(r.ports, func(p *port) bool { return reflect.DeepEqual(p.config, l) }); i >= 0 {
			shown := r.ports[i].shown
			p.Shown, p.Why, p.Listening = shown.Address, shown.Err, shown.Err == ""
		}
		r.mu.Unlock()
		all = append(all, p)
	}
	return all, nil
}

// portOf is a [[listener]] section as the window has it.
func portOf(l config.Listener, section int) model.Port {
	yes := func(b *bool) string {
		if b == nil {
			return ""
		}
		return strconv.FormatBool(*b)
	}
	p := model.Port{
		Section: section, Address: l.Address, Protocol: l.Protocol, TLS: l.TLS, Auth: l.Auth, Mode: l.Mode,
		Strict: yes(l.Strict), AuthNeedsTLS: yes(l.AuthNeedsTLS), Hide: strings.Join(l.Hide, " "),
	}
	if l.RequireAuth {
		p.RequireAuth = "true"
	}
	return p
}

// pairs are a listener's keys as the file has them.
func pairs(p model.Port) []keys.Pair {
	text := func(s string) string {
		if s = strings.TrimSpace(s); s == "" {
			return ""
		}
		return written(s)
	}
	hide := ""
	if words := strings.Fields(strings.ReplaceAll(p.Hide, ",", " ")); len(words) > 0 {
		hide = written(words)
	}
	require := p.RequireAuth
	if require == "false" { // which it is without a word
		require = ""
	}
	return []keys.Pair{
		{Key: "address", Value: text(p.Address)}, {Key: "protocol", Value: text(p.Protocol)}, {Key: "tls", Value: text(p.TLS)},
		{Key: "strict", Value: p.Strict}, {Key: "auth", Value: text(p.Auth)}, {Key: "auth_needs_tls", Value: p.AuthNeedsTLS},
		{Key: "require_auth", Value: require}, {Key: "hide", Value: hide}, {Key: "mode", Value: text(p.Mode)},
	}
}

// withPort gives a settings file's text with a listener in the place of was; was nil adds it, and p nil takes was out. What comes of it
// makes settings that Postroom takes.
func withPort(text []byte, was, p *model.Port) ([]byte, error) {
	s, err := config.Parse("postroom.toml", text)
	if err != nil {
		return nil, err
	}
	switch {
	case was == nil:
		text, err = keys.AddSection(text, section, pairs(*p))
	case was.Section >= 0:
		if was.Section >= len(s.Listeners) || s.Listeners[was.Section].Address != was.Address {
			return nil, model.ErrTableChanged
		}
		if p == nil {
			text, err = keys.RemoveSection(text, section, was.Section)
			break
		}
		var changed []keys.Pair // what stays as it is stays as it is written
		for i, pair := range pairs(*p) {
			if pairs(*was)[i] != pair {
				changed = append(changed, pair)
			}
		}
		text, err = keys.SetSection(text, section, was.Section, changed)
	default:
		i := slices.Index(s.SMTP.Listen, was.Address)
		if i < 0 {
			return nil, model.ErrTableChanged
		}
		list := slices.Clone(s.SMTP.Listen)
		if p == nil {
			list = slices.Delete(list, i, i+1)
		} else {
			list[i] = strings.TrimSpace(p.Address)
		}
		text, err = keys.Set(text, "smtp", "listen", written(list))
	}
	if err != nil {
		return nil, err
	}
	_, err = config.Parse("postroom.toml", text)
	return text, err
}

// CheckPort says what is wrong with a listener. Nothing is changed.
func (r *Room) CheckPort(_ context.Context, was *model.Port, p model.Port) error {
	text, err := r.settingsText()
	if err != nil {
		return err
	}
	_, err = withPort(text, was, &p)
	return err
}

// SetPort writes a listener into the settings file and opens it.
func (r *Room) SetPort(_ context.Context, was *model.Port, p model.Port) error {
	return r.savePort(was, &p)
}

// RemovePort takes a listener out of the settings file and closes it.
func (r *Room) RemovePort(_ context.Context, was model.Port) error { return r.savePort(&was, nil) }

func (r *Room) savePort(was, p *model.Port) error {
	file, err := live.Take(r.home.Settings())
	if err != nil {
		return err
	}
	text, err := withPort(file.Text, was, p)
	if err != nil {
		return err
	}
	if _, err := file.Save(text); err != nil {
		return err
	}
	r.reload()
	return nil
}

// Certificate gives the certificate of listeners with TLS, which is made where there is none.
func (r *Room) Certificate(context.Context) (c model.Certificate, err error) {
	t, err := showTLS(r.home.Dir)
	if err != nil {
		return c, err
	}
	c.Text, c.NotAfter = cli.TLSText(t), t.Certificate.NotAfter
	if t.CA != nil {
		c.CA = t.CA.File
		if c.CAText, err = os.ReadFile(c.CA); err != nil {
			return c, fmt.Errorf("certificate: %w", err)
		}
	}
	return c, nil
}
