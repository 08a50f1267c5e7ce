package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"postroom.dev/app/cli"
	"postroom.dev/app/config"
	"postroom.dev/mta/trace"
)

// traceWorlds makes what decides in a home, as it is and with other files in the place of some tables. Nothing has to run for it.
func traceWorlds(home string, with map[string]string) (w cli.Worlds, err error) {
	h, err := config.FindHome(home, os.Getenv)
	if err != nil {
		return w, err
	}
	s, err := config.Load(h.Settings())
	if err != nil {
		return w, cli.Status{Code: cli.ExitConfig, Err: err}
	}
	if w.Now, err = traceWorld(h, h.Table, s); err != nil || len(with) == 0 {
		return w, err
	}
	for name, path := range with {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return w, cli.Status{Code: cli.ExitNoInput, Err: fmt.Errorf("trace: --with %s=%s: there is no such file", name, path)}
		}
	}
	w.Then, err = traceWorld(h, func(name string) string {
		if path, ok := with[name]; ok {
			return path
		}
		return h.Table(name)
	}, s)
	return w, err
}

func traceWorld(h config.Home, path func(name string) string, s config.Settings) (trace.World, error) {
	host := s.SMTP.Hostname
	if host == "" {
		host = hostname()
	}
	r, err := newRoutingOf(h, path, host, s)
	if err != nil {
		return trace.World{}, err
	}
	return trace.World{Router: r.router.Load(), Rewriter: r.rewrite.Load()}, nil
}
