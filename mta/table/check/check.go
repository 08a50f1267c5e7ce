// Package check finds in sendmail's tables what can be read and yet does not do what was meant: keys that never match, values that are
// taken for text, domains that another file would have to name, ways that lead nowhere or back to themselves.
//
// Each table has a few small rules (access.go, generics.go, virtual.go, mailer.go, class.go, authinfo.go); a rule looks at one entry and
// gives the problem and its cure. What the readers of the tables find (package table, package alias: lines that cannot be read, duplicate keys,
// loops of aliases) is told with it, so that All says everything that is to be said about a set of tables.
//
// Nothing here opens a file: a World is given the texts. Limits: those of the readers, and table.MaxProblems problems of one table.
package check

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"postroom.dev/mta"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/table"
)

// The tables that are checked, by the names of their files.
const (
	Access          = "access"
	Aliases         = "aliases"
	Authinfo        = "authinfo"
	Generics        = "genericstable"
	GenericsDomains = "generics-domains"
	LocalHosts      = "local-host-names"
	Mailers         = "mailertable"
	RelayDomains    = "relay-domains"
	Trusted         = "trusted-users"
	Virtuals        = "virtusertable"
	VirtualDomains  = "virtuser-domains"
)

// Names gives the tables in the order in which All tells of them.
func Names() []string {
	return []string{Aliases, Access, Generics, GenericsDomains, Virtuals, VirtualDomains, Mailers, LocalHosts, RelayDomains, Trusted, Authinfo}
}

// Source is the text of one table.
type Source struct {
	Path string // as problems name it
	Text []byte
}

// World is a set of tables and what their meaning depends on.
type World struct {
	Tables       map[string]Source // by name; what is missing is empty
	Hostname     string            // our own name
	LocalDomains []string          // local domains beside local-host-names
	Mailers      []string          // that the mailertable may name

	// FEATUREs of those names.
	LookupDotDomain, RelayMailFrom, RelayToFullAddress, VirtuserEntireDomain, GenericsEntireDomain bool

	// Include opens the files that aliases name by :include:; nil leaves them out.
	Include func(path string) (io.ReadCloser, error)
	// Program and File say why aliases may not name a command or a file; nil where they may name none.
	Program, File func(path string) error
	// Known says that a local name has a mailbox; nil takes every name for one.
	Known func(name string) bool
}

// All checks every table. Problems are in the order of Names, and of their lines.
func All(w World) []table.Problem { return Only(w, Names()...) }

// Only checks some tables; the others are read where these depend on them.
func Only(w World, names ...string) []table.Problem {
	c := &checker{World: w, maps: map[string]*table.Map{}, local: w.class(LocalHosts), generic: w.class(GenericsDomains), virtual: w.class(VirtualDomains)}
	if c.generic.Len() == 0 { // as in force
		c.generic = c.local
	}
	var all []table.Problem
	for _, name := range Names() {
		source, there := w.Tables[name]
		if !there || !slices.Contains(names, name) {
			continue
		}
		c.name, c.source, c.problems = name, source, nil
		c.blanks()
		c.table()
		slices.SortStableFunc(c.problems, func(a, b table.Problem) int { return cmp.Compare(a.Line, b.Line) })
		all = append(all, c.problems...)
	}
	return all
}

func (w World) class(name string) *table.Class {
	s := w.Tables[name]
	c, _ := table.ParseClass(s.Path, bytes.NewReader(s.Text))
	return c
}

// checker looks at one table after the other.
type checker struct {
	World
	local, generic, virtual *table.Class

	name     string
	source   Source
	maps     map[string]*table.Map // tables that were read for others
	known    *alias.DB
	problems []table.Problem
}

// rule gives what is wrong with one entry and what to do about it, "" for nothing.
type rule func(c *checker, e table.Entry) (text, cure string)

func (c *checker) table() {
	switch c.name {
	case Aliases:
		c.aliases()
	case Access:
		c.entries(accessTag, accessKey, accessAddress, accessValue, accessRelay, accessShadowed)
	case Generics:
		c.entries(genericKey, genericValue)
		c.uncovered(c.mapOf(Generics), "is never rewritten", GenericsDomains, c.isGeneric)
	case Virtuals:
		c.entries(virtualKey, virtualValue, virtualLoop)
		c.uncovered(c.mapOf(Virtuals), "never counts", LocalHosts, c.isVirtual)
	case Mailers:
		c.entries(mailerKey, mailerLocal, mailerValue)
	case Authinfo:
		c.entries(authinfoKey, authinfoValue)
	default:
		c.words()
	}
}

// tell adds a problem, unless there are too many.
func (c *checker) tell(line int, text, cure string) {
	if text != "" && len(c.problems) < table.MaxProblems {
		c.problems = append(c.problems, table.Problem{File: c.source.Path, Line: line, Text: text, Cure: cure, Ours: true, Warning: true})
	}
}

// mapOf is a table without a word about what is wrong with it; it is read once.
func (c *checker) mapOf(name string) *table.Map {
	if m, ok := c.maps[name]; ok {
		return m
	}
	s := c.Tables[name]
	m, _ := table.Parse(s.Path, bytes.NewReader(s.Text), table.Syntax{})
	c.maps[name] = m
	return m
}

// entries tells what the table's reader says, and for each entry what the first rule says that does.
func (c *checker) entries(rules ...rule) {
	m, problems := table.Parse(c.source.Path, bytes.NewReader(c.source.Text), table.Syntax{})
	c.maps[c.name] = m
	c.problems = append(c.problems, problems...)
	for e := range m.All() {
		for _, r := range rules {
			if text, cure := r(c, e); text != "" {
				c.tell(e.Line, text, cure)
				break
			}
		}
	}
}

// aliases tells what their reader says, and which targets lead nowhere.
func (c *checker) aliases() {
	db, problems := alias.Parse(c.source.Path, bytes.NewReader(c.source.Text), c.isLocal)
	c.problems = append(c.problems, problems...)
	for e := range db.Map().All() {
		for _, t := range alias.Targets(e.Value, c.isLocal) {
			switch {
			case t.Kind == alias.Include && c.Include != nil:
				f, err := c.Include(t.Path)
				if err != nil {
					c.tell(e.Line, fmt.Sprintf("%s leads nowhere: :include:%s: %v", e.Key, t.Path, reason(err)), "make the file, or take the target out")
					continue
				}
				f.Close()
			case t.Kind == alias.Program:
				c.allowed(e, t, c.Program, "programs in aliases are switched off; list it in [safety] programs")
			case t.Kind == alias.File && t.Path != "/dev/null":
				c.allowed(e, t, c.File, "files in aliases are switched off; list its directory in [safety] files")
			case t.Kind == alias.User && c.nobody(t.Address.Local, db):
				c.tell(e.Line, fmt.Sprintf("%s leads nowhere: %s is no alias and has no mailbox", e.Key, t.Address.Local), "name a user, or make an alias of that name")
			}
		}
	}
}

// allowed tells of a program or a file that the settings do not allow.
func (c *checker) allowed(e table.Entry, t alias.Target, allow func(path string) error, why string) {
	if allow != nil {
		err := allow(t.Path)
		if err == nil {
			return
		}
		if why = err.Error(); errors.As(err, new(mta.Status)) {
			why = mta.StatusOf(err).Text
		}
	}
	text, cure, _ := strings.Cut(why, "; ")
	c.tell(e.Line, fmt.Sprintf("%s leads nowhere: %s: %s", e.Key, t.Text, text), cmp.Or(cure, "name a user or an address"))
}

// reason is an error without the operation and the path.
func reason(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// nobody says that a local name is neither an alias nor a user.
func (c *checker) nobody(name string, db *alias.DB) bool {
	if c.Known == nil || c.Known(name) || c.Known(strings.ToLower(name)) {
		return false
	}
	e, ok := db.Lookup(name)
	return !ok || strings.EqualFold(strings.TrimSpace(e.Value), name) // an alias for itself is a user that there is not
}

// aliasDB is the aliases file; it is read once.
func (c *checker) aliasDB() *alias.DB {
	if c.known == nil {
		s := c.Tables[Aliases]
		c.known, _ = alias.Parse(s.Path, bytes.NewReader(s.Text), c.isLocal)
	}
	return c.known
}

// blanks tells of signs that look like a blank or a colon to people alone, and of a byte order mark.
func (c *checker) blanks() {
	if bytes.HasPrefix(c.source.Text, []byte("\ufeff")) {
		c.tell(1, "the file begins with a byte order mark, which becomes part of the first key", "save it as UTF-8 without one")
	}
	n := 0
	for line := range bytes.Lines(c.source.Text) {
		n++
		if line[0] == '#' || bytes.IndexFunc(line, func(r rune) bool { return r >= utf8.RuneSelf && r != utf8.RuneError }) < 0 {
			continue
		}
		for sign, name := range map[string]string{"\u00a0": "a no-break space", "\u3000": "a full-width space", "\uff1a": "a full-width colon", "\uff20": "a full-width @"} {
			if at := bytes.Index(line, []byte(sign)); at >= 0 && (sign != "\uff1a" || bytes.IndexByte(line[:at], ' ') < 0) {
				c.tell(n, fmt.Sprintf("%s (U+%04X) stands in the line, which separates nothing", name, []rune(sign)[0]), "type the plain sign in its place")
			}
		}
	}
}

// isLocal says that mail for a domain is ours.
func (c *checker) isLocal(domain string) bool {
	domain = fold(domain)
	short, rest, _ := strings.Cut(fold(c.Hostname), ".")
	if domain == "" || domain == "localhost" || domain == fold(c.Hostname) || domain == short || rest != "" && domain == "localhost."+rest {
		return true
	}
	if slices.ContainsFunc(c.LocalDomains, func(d string) bool { return fold(d) == domain }) {
		return true
	}
	_, ok := c.local.Has(domain)
	return ok
}

// isGeneric says that the genericstable is for a domain. Keys with our own name are for senders without a domain.
func (c *checker) isGeneric(domain string) bool {
	_, ok := c.generic.Has(domain)
	if !ok && c.GenericsEntireDomain {
		_, ok = c.generic.Within(domain)
	}
	return ok || domain == fold(c.Hostname)
}

// isVirtual says that the virtusertable is for a domain.
func (c *checker) isVirtual(domain string) bool {
	_, ok := c.virtual.Has(domain)
	if !ok && c.VirtuserEntireDomain {
		_, ok = c.virtual.Within(domain)
	}
	return ok || c.isLocal(domain)
}

// uncovered tells of keys for domains that the table is not for, once for each domain. what is what becomes of them, file where the domain belongs.
func (c *checker) uncovered(m *table.Map, what, file string, covers func(domain string) bool) {
	type group struct {
		table.Entry
		more int
	}
	groups, order := map[string]*group{}, []string{}
	for e := range m.All() {
		_, domain, at := cutLast(e.Key)
		if !at || domain == "" || covers(domain) {
			continue
		}
		if g, ok := groups[domain]; ok {
			g.more++
			continue
		}
		groups[domain] = &group{Entry: e}
		order = append(order, domain)
	}
	for _, domain := range order {
		g, more := groups[domain], ""
		if g.more > 0 {
			more = fmt.Sprintf(", and %d more of that domain", g.more)
		}
		cure := fmt.Sprintf("add %s to %s", domain, file)
		if file == GenericsDomains && c.generic == c.local && c.local.Len() > 0 {
			cure += ", and the domains of " + LocalHosts + ", which serve while it is empty"
		}
		c.tell(g.Line, fmt.Sprintf("%s %s%s: %s is not in %s", g.Key, what, more, domain, file), cure)
	}
}

// cutLast cuts a key at its last @.
func cutLast(key string) (user, domain string, ok bool) {
	i := strings.LastIndexByte(key, '@')
	if i < 0 {
		return key, "", false
	}
	return key[:i], key[i+1:], true
}

// fold makes a domain comparable.
func fold(domain string) string { return strings.TrimRight(table.Fold(domain), ".") }
