package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/authusers"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/route"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/live"
	"postroom.dev/mta/table/safe"
)

// The tables that routing goes by, by the names of their files in etc/mail.
const (
	tableAccess       = "access"
	tableAliases      = "aliases"
	tableVirtusers    = "virtusertable"
	tableMailers      = "mailertable"
	tableGenerics     = "genericstable"
	tableAuthInfo     = "authinfo"
	classLocalHosts   = "local-host-names"
	classRelayDomains = "relay-domains"
	classVirtuals     = "virtuser-domains"
	classTrusted      = "trusted-users"
	classGenerics     = "generics-domains"
)

// tables are a home's tables, kept in force.
type tables struct {
	aliases *live.File[*alias.DB]
	maps    map[string]live.Table
	logins  live.Table // authinfo, which nobody is shown
	classes map[string]*live.File[*table.Class]
	users   *live.File[*authusers.Users]
	script  *live.File[*simulate.Script]
	order   []problemSource
}

// problemSource is a file that may have problems.
type problemSource interface {
	Path() string
	Problems() []table.Problem
	Reread()
	Watched(*live.Dir)
}

// routing is the router and the rewriter in force, and the tables that both ask. The tables outlive them: what was right in a table
// stays in force.
type routing struct {
	*tables
	home    config.Home
	host    string // our own name
	router  atomic.Pointer[route.Router]
	rewrite atomic.Pointer[rewrite.Rewriter]
	safety  atomic.Pointer[config.Safety]
	domains *domains // what DNS said of senders' domains
}

// newRouting makes the routing that a home's settings and tables describe. host is our own name.
func newRouting(home config.Home, host string, s config.Settings) (*routing, error) {
	return newRoutingOf(home, home.Table, host, s)
}

// newRoutingOf is newRouting with tables that may be elsewhere: path says where one is.
func newRoutingOf(home config.Home, path func(name string) string, host string, s config.Settings) (*routing, error) {
	r := &routing{home: home, host: host, domains: newDomains(net.DefaultResolver, time.Now)}
	r.tables = openTables(path, func(domain string) bool { return r.router.Load().IsLocal(domain) })
	return r, r.configure(s)
}

// openTables opens a home's tables. local says which domains are ours; it is asked when the first alias is.
func openTables(path func(name string) string, local func(domain string) bool) *tables {
	t := &tables{maps: map[string]live.Table{}, classes: map[string]*live.File[*table.Class]{}}
	t.aliases = live.OpenAliases(path(tableAliases), time.Now, local)
	t.order = append(t.order, t.aliases)
	for _, name := range []string{tableAccess, tableVirtusers, tableMailers, tableGenerics} {
		t.maps[name] = live.OpenTable(path(name), time.Now, table.Syntax{})
		t.order = append(t.order, t.maps[name])
	}
	for _, name := range []string{classLocalHosts, classRelayDomains, classVirtuals, classTrusted, classGenerics} {
		t.classes[name] = live.OpenClass(path(name), time.Now)
		t.order = append(t.order, t.classes[name])
	}
	t.logins = live.OpenSecret(path(tableAuthInfo), time.Now)
	t.order = append(t.order, t.logins)
	t.users = openAuthUsers(path(authUsers))
	t.script = openSimulate(path(tableSimulate))
	t.order = append(t.order, t.users, t.script)
	return t
}

// configure makes another router and rewriter for other settings, and has the tables read again. With an error nothing changes.
func (r *routing) configure(s config.Settings) error {
	t := r.tables
	allow, err := s.Delivery.Allowed()
	if err != nil {
		return err
	}
	redirect, err := s.Delivery.RedirectTo()
	if err != nil {
		return err
	}
	router, err := route.New(route.Config{
		Hostname: r.host, LocalDomains: s.Delivery.LocalDomains, External: s.Delivery.External, SmartHost: s.Delivery.SmartHost,
		Allow: allow, Redirect: redirect, Strict: s.Strict, Features: features(s.Features),
		Limits:  route.Limits{Connections: s.SMTP.MaxPerClient, Rate: s.SMTP.ClientRate, Pause: time.Duration(s.SMTP.GreetPause)},
		Resolve: r.domains.ask,
		Tables: route.Tables{
			Access: t.maps[tableAccess].File.Get, Virtusers: t.maps[tableVirtusers].File.Get, Mailers: t.maps[tableMailers].File.Get,
			LocalHosts: t.classes[classLocalHosts].Get, RelayDomains: t.classes[classRelayDomains].Get, VirtualDomains: t.classes[classVirtuals].Get,
		},
		Aliases: t.aliases.Get, Include: openInclude, Forward: newForwarder(s.Delivery.ForwardPath), Known: knownUser(r.home),
		Program: allowProgram(s.Safety), File: allowFile(s.Safety),
	})
	if err != nil {
		return err
	}
	rewriter, err := newRewriter(r.host, router.IsLocal, t, s.Rewrite)
	if err != nil {
		return err
	}
	r.router.Store(router)
	r.rewrite.Store(rewriter)
	r.safety.Store(&s.Safety)
	for _, f := range t.order {
		f.Reread()
	}
	return nil
}

// features are the settings' as the router has them.
func features(f config.Features) route.Features {
	off := func(s string) string { return strings.TrimSuffix(cmp.Or(s, config.FeatureOff), config.FeatureOff) }
	return route.Features{
		DelayChecks: off(f.DelayChecks), LookupDotDomain: f.LookupDotDomain,
		RelayEntireDomain: f.RelayEntireDomain, RelayHostsOnly: f.RelayHostsOnly, RelayLocalFrom: f.RelayLocalFrom,
		RelayMailFrom: off(f.RelayMailFrom), RelayToFullAddress: f.RelayToFullAddress, PromiscuousRelay: f.PromiscuousRelay,
		VirtuserEntireDomain: f.VirtuserEntireDomain, AcceptUnqualifiedSenders: f.AcceptUnqualifiedSenders,
		AcceptUnresolvableDomains: f.AcceptUnresolvableDomains,
	}
}

// knownUser says who has a mailbox: the system's users, and who has got mail here.
func knownUser(home config.Home) func(name string) bool {
	users := systemUsers()
	return func(name string) bool {
		if _, known := users(name); known {
			return true
		}
		return filepath.IsLocal(name) && name == filepath.Base(name) && home.HasMailbox(name)
	}
}

// fullName says what a user is called who has a mailbox here.
func fullName(home config.Home) func(name string) (full string, known bool) {
	users, known := systemUsers(), knownUser(home)
	return func(name string) (string, bool) {
		a, _ := users(name)
		return a.FullName(), known(name)
	}
}

// isTrusted says that a user is in class t: trusted-users.
func isTrusted(home config.Home, user string) bool {
	class, err := live.OpenClass(home.Table(classTrusted), time.Now).Get()
	if err != nil {
		return false
	}
	_, ok := class.Has(user)
	return ok
}

// tableInterval is how often a running program looks whether a table was changed for the worse. Mail does not wait for it.
const tableInterval = 2 * time.Second

// keepTables tells what is wrong with the tables, each file's once for each change.
func (r *Room) keepTables(ctx context.Context) {
	told := map[string]string{}
	for {
		for _, f := range r.delivery.routing.order {
			text, before := problemText(f.Problems()), told[f.Path()]
			if text == before {
				continue
			}
			r.cured(before)
			if text != "" {
				r.problem(text)
			}
			told[f.Path()] = text
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tableInterval):
		}
	}
}

// maxTold is how many problems of one file are told at a time.
const maxTold = 5

// problemText is what is said of a file's problems, "" for none.
func problemText(problems []table.Problem) string {
	var lines []string
	for i, p := range problems {
		if i == maxTold {
			lines = append(lines, fmt.Sprintf("%d more; postroom check shows them", len(problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
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
