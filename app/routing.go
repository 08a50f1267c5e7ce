package app

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/live"
)

// The tables that routing goes by, by the names of their files in etc/mail.
const (
	tableAccess       = "access"
	tableAliases      = "aliases"
	tableVirtusers    = "virtusertable"
	tableMailers      = "mailertable"
	tableGenerics     = "genericstable"
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
	classes map[string]*live.File[*table.Class]
	order   []problemSource
}

// problemSource is a file that may have problems.
type problemSource interface {
	Path() string
	Problems() []table.Problem
}

// newRouting makes the router that a home's settings and tables describe. host is our own name.
func newRouting(home config.Home, host string, s config.Settings) (*route.Router, *tables, error) {
	return newRoutingOf(home, home.Table, host, s)
}

// newRoutingOf is newRouting with tables that may be elsewhere: path says where one is.
func newRoutingOf(home config.Home, path func(name string) string, host string, s config.Settings) (*route.Router, *tables, error) {
	var router *route.Router // there before anybody asks for an alias
	t := &tables{maps: map[string]live.Table{}, classes: map[string]*live.File[*table.Class]{}}
	t.aliases = live.OpenAliases(path(tableAliases), time.Now, func(domain string) bool { return router.IsLocal(domain) })
	t.order = append(t.order, t.aliases)
	for _, name := range []string{tableAccess, tableVirtusers, tableMailers, tableGenerics} {
		t.maps[name] = live.OpenTable(path(name), time.Now, table.Syntax{})
		t.order = append(t.order, t.maps[name])
	}
	for _, name := range []string{classLocalHosts, classRelayDomains, classVirtuals, classTrusted, classGenerics} {
		t.classes[name] = live.OpenClass(path(name), time.Now)
		t.order = append(t.order, t.classes[name])
	}
	router, err := route.New(route.Config{
		Hostname: host, LocalDomains: s.Delivery.LocalDomains, External: s.Delivery.External, SmartHost: s.Delivery.SmartHost,
		Strict: s.Strict, Features: features(s.Features),
		Tables: route.Tables{
			Access: t.maps[tableAccess].File.Get, Virtusers: t.maps[tableVirtusers].File.Get, Mailers: t.maps[tableMailers].File.Get,
			LocalHosts: t.classes[classLocalHosts].Get, RelayDomains: t.classes[classRelayDomains].Get, VirtualDomains: t.classes[classVirtuals].Get,
		},
		Aliases: t.aliases.Get, Include: openInclude, Forward: newForwarder(s.Delivery.ForwardPath), Known: knownUser(home),
	})
	return router, t, err
}

// features are the settings' as the router has them.
func features(f config.Features) route.Features {
	off := func(s string) string { return strings.TrimSuffix(cmp.Or(s, config.FeatureOff), config.FeatureOff) }
	return route.Features{
		DelayChecks: off(f.DelayChecks), LookupDotDomain: f.LookupDotDomain,
		RelayEntireDomain: f.RelayEntireDomain, RelayHostsOnly: f.RelayHostsOnly, RelayLocalFrom: f.RelayLocalFrom,
		RelayMailFrom: off(f.RelayMailFrom), RelayToFullAddress: f.RelayToFullAddress, PromiscuousRelay: f.PromiscuousRelay,
		VirtuserEntireDomain: f.VirtuserEntireDomain, AcceptUnqualifiedSenders: f.AcceptUnqualifiedSenders,
	}
}

// knownUser says who has a mailbox: the system's users, and who has got mail here.
func knownUser(home config.Home) func(name string) bool {
	accounts := live.Open("/etc/passwd", time.Now, live.Parser[map[string]bool]{Source: readAccounts})
	return func(name string) bool {
		if all, err := accounts.Get(); err == nil && all[name] {
			return true
		}
		if !filepath.IsLocal(name) || name != filepath.Base(name) {
			return false
		}
		if home.HasMailbox(name) {
			return true
		}
		if runtime.GOOS == "linux" {
			return false
		}
		_, err := user.Lookup(name) // where users are not in a file
		return err == nil
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

// readAccounts reads the names in a passwd(5) file.
func readAccounts(_ string, r io.Reader) (map[string]bool, []table.Problem) {
	all := map[string]bool{}
	lines := bufio.NewScanner(io.LimitReader(r, 16<<20))
	for lines.Scan() {
		if name, _, ok := strings.Cut(lines.Text(), ":"); ok && name != "" {
			all[name] = true
		}
	}
	return all, nil
}

// tableInterval is how often a running program looks whether a table was changed for the worse. Mail does not wait for it.
const tableInterval = 2 * time.Second

// keepTables tells what is wrong with the tables, each file's once for each change.
func (r *Room) keepTables(ctx context.Context) {
	told := map[string]string{}
	for {
		for _, f := range r.delivery.tables.order {
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

// openInclude opens an :include: file: a regular one, so that nobody waits for what a pipe says.
func openInclude(path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrPermission}
	}
	return os.Open(path)
}
