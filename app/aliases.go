package app

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table/live"
	"postroom.dev/mta/table/safe"
)

// aliasInterval is how often a running program looks whether the aliases file was changed for the worse. Mail does not wait for it.
const aliasInterval = 2 * time.Second

// routing is the router in force and the tables that it asks. The tables outlive routers: what was right in them stays in force.
type routing struct {
	host    string // our own name
	router  atomic.Pointer[route.Router]
	aliases *live.File[*alias.DB]
}

// newRouting makes the routing that a home's settings and aliases describe.
func newRouting(home config.Home, host string, d config.Delivery) (*routing, error) {
	t := &routing{host: host}
	t.aliases = live.OpenAliases(home.Aliases(), time.Now, func(domain string) bool { return t.router.Load().IsLocal(domain) })
	return t, t.configure(d)
}

// configure makes another router for other settings, and has the tables read again.
func (t *routing) configure(d config.Delivery) error {
	router, err := route.New(route.Config{
		Hostname: t.host, LocalDomains: d.LocalDomains, External: d.External, SmartHost: d.SmartHost,
		Aliases: t.aliases.Get, Include: openInclude,
	})
	if err == nil {
		t.router.Store(router)
		t.aliases.Reread()
	}
	return err
}

// newRouter makes the router that a home's settings and aliases describe. host is our own name.
func newRouter(home config.Home, host string, d config.Delivery) (*route.Router, error) {
	t, err := newRouting(home, host, d)
	if err != nil {
		return nil, err
	}
	return t.router.Load(), nil
}

// openInclude opens an :include: file: a regular one, so that nobody waits for what a pipe says, and one that only its owner writes.
func openInclude(path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	if err := safe.Check(path); err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.Open(path)
}

// keepAliases tells what is wrong with the aliases file, once for each change.
func (r *Room) keepAliases(ctx context.Context) {
	told := ""
	for {
		text := aliasProblems(r.delivery.routing.aliases)
		if text != told && text != "" {
			r.problem(text)
		}
		told = text
		select {
		case <-ctx.Done():
			return
		case <-time.After(aliasInterval):
		}
	}
}

// maxAliasProblems is how many problems of one file are told at a time.
const maxAliasProblems = 5

// aliasProblems says what is wrong with the aliases file, "" for nothing.
func aliasProblems(f *live.File[*alias.DB]) string {
	problems := f.Problems()
	var lines []string
	for i, p := range problems {
		if i == maxAliasProblems {
			lines = append(lines, fmt.Sprintf("%d more; newaliases shows them", len(problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}
