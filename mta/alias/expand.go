package alias

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// Expander expands local names.
type Expander struct {
	Aliases *DB

	// User says that a local part is a user of this machine; nil takes every name for one. A loop ends at a user on it.
	User func(local string) bool
	// Open opens an :include: file. nil says that there are none.
	Open func(path string) (io.ReadCloser, error)
	// Forward opens a user's .forward file; nil says that there are none.
	Forward func(user string) (Forwarding, error)
	// Elsewhere says that an address with one of our domains leads to more than the local name, so that the way ends at it as at a
	// Mailbox; nil says that none does.
	Elsewhere func(address.Address) bool
}

// Leaf is where mail to a name ends: a Target of kind User, Mailbox, Program or File, or Bad with the reason.
type Leaf struct {
	Target
	Via   []address.Address // names and lists passed through, first one first
	Owner string            // the sender that owner-NAME gives to this copy, "" when there is none
	List  string            // the :include: file that named the target, "" for the aliases file
	Steps []mta.Step        // an entry a name, in order
}

// Expand gives where mail to a local part ends. found is false when it is no alias and its user forwards nothing; then the only
// leaf, if any, is that user, with a step that tells why a .forward file is not used. Every target comes once, however many ways lead to it.
func (e Expander) Expand(name string) (leaves []Leaf, found bool) {
	x := expansion{Expander: e, seen: make(map[string]bool)}
	_, found = e.Aliases.Lookup(name)
	if !found && e.Forward == nil {
		return nil, false
	}
	x.user(Target{Kind: User, Text: name, Address: address.Address{Local: name}}, nil)
	return x.leaves, found || x.forwarded
}

// expansion is one Expand on its way.
type expansion struct {
	Expander
	seen   map[string]bool // aliases, files and leaves that were met
	leaves []Leaf

	forwarded bool // a .forward file was read
}

// link is a name or list on the way from the first name to a target.
type link struct {
	up    *link
	key   string // the alias's key, or ":include:/path"
	name  string
	list  bool
	depth int
	owner string
	step  mta.Step
}

func (x *expansion) full() bool { return len(x.leaves) >= MaxLeaves }

// once says that a thing is met for the first time.
func (x *expansion) once(what string) bool {
	if x.seen[what] {
		return false
	}
	x.seen[what] = true
	return true
}

// leaf ends a way.
func (x *expansion) leaf(t Target, at *link) {
	id := string(t.Kind) + " " + t.Path + " " + t.Address.Fold().String()
	if t.Kind == User {
		id = string(User) + " " + strings.ToLower(t.Address.Local)
	}
	if t.Kind == Bad {
		id = string(Bad) + " " + t.Text + " " + t.Status.Text
	}
	if x.full() || !x.once(id) {
		return
	}
	l := Leaf{Target: t}
	if at != nil {
		l.Owner = at.owner
		if at.list {
			l.List = at.name
		}
	}
	for ; at != nil; at = at.up {
		l.Via = append(l.Via, address.Address{Local: at.via()})
		l.Steps = append(l.Steps, at.step)
	}
	reverse(l.Via)
	reverse(l.Steps)
	x.leaves = append(x.leaves, l)
	if x.full() {
		x.leaves = append(x.leaves, Leaf{Target: Target{Text: t.Text}.fail(552, [3]int{5, 5, 3}, fmt.Sprintf("too many targets (%d max)", MaxLeaves))})
	}
}

func (l *link) via() string {
	if l.list {
		return l.key
	}
	return l.name
}

func reverse[T any](s []T) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

func (t Target) fail(code int, enhanced mta.Enhanced, text string) Target {
	t.Kind, t.Status = Bad, mta.Status{Code: code, Enhanced: enhanced, Text: text}
	return t
}

// follow goes on from a target.
func (x *expansion) follow(t Target, at *link) {
	if x.Elsewhere != nil && t.Kind == User && strings.Contains(t.Text, "@") {
		if a, err := address.Parse(t.Text); err == nil && a.Domain != "" && x.Elsewhere(a) {
			t.Kind, t.Address = Mailbox, a
		}
	}
	switch {
	case x.full():
	case t.Kind == User && !t.Direct:
		x.user(t, at)
	case t.Kind == Include:
		x.include(t, at)
	default:
		x.leaf(t, at)
	}
}

// user goes on from a local name.
func (x *expansion) user(t Target, at *link) {
	entry, ok := x.Aliases.Lookup(t.Address.Local)
	if !ok {
		x.forward(t, at)
		return
	}
	if before := at.find(entry.Key); before != nil {
		x.loop(t, at, before)
		return
	}
	next := &link{up: at, key: entry.Key, name: t.Address.Local, step: mta.Step{Rule: "aliases", File: entry.File, Line: entry.Line,
		Key: entry.Key, In: t.Address.Local, Out: entry.Value}}
	if !x.descend(next, t) {
		return
	}
	next.owner = x.owner(entry.Key, next.owner)
	for _, t := range Targets(entry.Value, x.Aliases.local) {
		x.follow(t, next)
	}
}

// descend hangs next below its parent; false when that is too deep or was done before.
func (x *expansion) descend(next *link, t Target) bool {
	next.depth = 1
	if next.up != nil {
		next.depth, next.owner = next.up.depth+1, next.up.owner
	}
	if next.depth > MaxDepth {
		x.leaf(t.fail(554, mta.Enhanced{5, 4, 6}, fmt.Sprintf("aliasing/forwarding loop broken (%d aliases deep; %d max)", next.depth, MaxDepth)), next.up)
		return false
	}
	return x.once("alias " + next.key)
}

// find finds a key on the way to here.
func (l *link) find(key string) *link {
	for ; l != nil; l = l.up {
		if l.key == key {
			return l
		}
	}
	return nil
}

// loop ends a way that comes back to before: at a user on it, who gets the mail, as sendmail has it. A name that leads to
// itself at once ends there whoever that is.
func (x *expansion) loop(t Target, at, before *link) {
	for l := at; ; l = l.up {
		if !l.list && (strings.HasPrefix(l.key, RuleForward+" ") || x.User == nil && at == before || x.User != nil && x.User(l.name)) {
			x.leaf(Target{Kind: User, Text: l.name, Address: address.Address{Local: l.name}, Direct: true}, at)
			return
		}
		if l == before {
			break
		}
	}
	if at == before && !at.list {
		t.Direct = true
		x.leaf(t, at)
		return
	}
	x.leaf(t.fail(554, mta.Enhanced{5, 4, 6}, "aliasing/forwarding loop broken"), at)
}

// owner is the sender for copies that go through an alias: owner-NAME's target when that is one plain address, else owner-NAME.
func (x *expansion) owner(key, inherited string) string {
	name := "owner-" + key
	if strings.HasPrefix(key, "owner-") {
		name = "owner-owner"
	}
	e, ok, _ := x.Aliases.entries.Get(name)
	switch {
	case !ok:
		return inherited
	case strings.ContainsAny(e.Value, `,:/|"`):
		return name
	}
	return strings.TrimSpace(e.Value)
}

// include goes on from an :include: file.
func (x *expansion) include(t Target, at *link) {
	key := include + t.Path
	if at.find(key) != nil {
		x.leaf(t.fail(554, mta.Enhanced{5, 4, 6}, "aliasing/forwarding loop broken"), at)
		return
	}
	next := &link{up: at, key: key, name: t.Path, list: true, step: mta.Step{Rule: include, File: t.Path, In: t.Text}}
	if !x.descend(next, t) {
		return
	}
	if x.Open == nil {
		x.cannotOpen(t, next, fs.ErrPermission)
		return
	}
	r, err := x.Open(t.Path)
	if err != nil {
		x.cannotOpen(t, next, err)
		return
	}
	defer r.Close()
	x.lines(r, next, t)
}

// lines goes on from the lines of a file.
func (x *expansion) lines(r io.Reader, next *link, t Target) {
	l := newIncluded(r)
	for !x.full() && l.physical() {
		line := l.last
		text := strings.TrimRight(string(l.text), "\r")
		long := l.long
		l.text, l.long = l.text[:0], false
		if strings.HasPrefix(text, "#") {
			continue
		}
		here := *next // each line has a step of its own
		here.step.Line, here.step.Out = line, text
		if long {
			x.leaf(t.fail(554, mta.Enhanced{5, 3, 5}, fmt.Sprintf("line %d too long (%d bytes max)", line, MaxLine)), &here)
			continue
		}
		for _, target := range Targets(text, x.Aliases.local) {
			x.seen["line "+t.Path] = true
			x.follow(target, &here)
		}
	}
	if l.err != nil && !errors.Is(l.err, io.EOF) {
		x.cannotOpen(t, next, l.err)
	}
}

func newIncluded(r io.Reader) *lines { return newLines(io.LimitReader(r, MaxInclude), MaxLine) }

// cannotOpen says so in sendmail's words. A file that is not there, or is not to be read, stays so; anything else may pass.
func (x *expansion) cannotOpen(t Target, at *link, err error) {
	status := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 2, 4}, Err: err}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		status.Code, status.Enhanced[0] = 550, 5
	}
	status.Text = fmt.Sprintf("Cannot open %s: %s", t.Path, reason(err))
	t.Kind, t.Status = Bad, status
	x.leaf(t, at)
}

// reason is an error without the operation and the path, with a capital as strerror(3) has it.
func reason(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	text := []rune(err.Error())
	if len(text) > 0 {
		text[0] = unicode.ToUpper(text[0])
	}
	return string(text)
}
