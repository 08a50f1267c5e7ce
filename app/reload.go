package app

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/daemon"
)

// liveSections are the sections of the settings that Reload puts in force. The others are read at a start only: they are what
// listeners, sessions and the store were made with.
var liveSections = []string{"delivery.", "features.", "rewrite.", "safety.", "queue.", "smtp.max_per_client", "smtp.client_rate", "smtp.greet_pause"}

// rules are what the settings tell the daemon.
func (r *Room) rules() daemon.Rules { return rules(r.settings, r.delivery) }

func rules(s config.Settings, d *delivery) daemon.Rules {
	q := s.Queue
	return daemon.Rules{
		Router: d.routing.router.Load(), Rewrite: d.routing.rewrite.Load(), Interval: time.Duration(q.Interval), MinAge: time.Duration(q.MinAge),
		Warn: time.Duration(q.Warn), Return: time.Duration(q.Return), PerHost: q.PerHost, Total: q.Total, DailyCap: s.Delivery.DailyCap,
	}
}

// keepReloading reads settings and tables again for each signal, as a mail server does for SIGHUP.
func (r *Room) keepReloading(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			r.reload()
		}
	}
}

// reload puts the settings that can change while we run in force, and has all tables read again. Settings with a mistake
// leave everything as it is; of those that need a new start, one line names the changed ones.
func (r *Room) reload() {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	settings, err := config.Load(r.home.Settings())
	if err != nil {
		r.problem("settings not read again: " + err.Error())
		return
	}
	r.options.overrule(&settings)
	now := settings
	now.Strict = r.settings.Strict // sessions were made with it
	if err := r.delivery.routing.configure(now); err != nil {
		r.problem("settings not read again: " + err.Error())
		return
	}
	r.daemon.SetRules(rules(settings, r.delivery))
	r.scripting.Player.Forget()
	_ = r.certificates.configure(settings.TLS) // what is wrong was told, and what was in force stays so
	r.setPorts(r.ctx, settings)
	text := "settings and tables read again"
	isLive := func(key string) bool {
		return isPortKey(key) || slices.ContainsFunc(liveSections, func(section string) bool { return strings.HasPrefix(key, section) })
	}
	if later := slices.DeleteFunc(config.Changed(r.settings, settings), isLive); len(later) > 0 {
		text += "; in force after a new start: " + strings.Join(later, ", ")
	}
	r.log.Warn(text)
}
