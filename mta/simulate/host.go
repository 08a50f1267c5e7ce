package simulate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Host is a remote host that is only simulated: a script that it answers by. What no rule refuses it takes, and throws away.
type Host struct {
	Name      string // what it calls itself: "greylist.sim.invalid" (RFC 2606 §2: no such name is ever real)
	Script    *Script
	BreaksTLS bool // it offers STARTTLS, and breaks the handshake off
}

// ErrHost is a host that is not known.
var ErrHost = errors.New("no simulated host of that name")

// hostSuffix is the domain of all simulated hosts.
const hostSuffix = ".sim.invalid"

// hostKind is one sort of host. In script %s is what stands behind the colon of NAME:ARGUMENT.
type hostKind struct {
	name, script string
	argument     string // where none is written; "" when there is none
	check        func(argument string) error
	breaksTLS    bool
}

// hostKinds are sorted by what one meets first.
var hostKinds = []hostKind{
	{name: "accept"},
	{name: "defer", script: `rcpt 451 4.3.0 <{to}>: Temporary lookup failure, try again later`},
	{name: "greylist", argument: "5m", check: isTime(maxPeriod),
		script: `rcpt greylist=%s 450 4.2.0 <{to}>: Recipient address rejected: Greylisted, see http://greylist.sim.invalid/help`},
	{name: "slow", argument: "3s", check: isTime(MaxDelay), script: `connect delay=%[1]s
helo delay=%[1]s
mail delay=%[1]s
rcpt delay=%[1]s
data delay=%[1]s
dot delay=%[1]s`},
	{name: "busy", script: `connect 421 4.3.2 {host} Service not available: too many connections, try again later`},
	{name: "full", script: `rcpt 452 4.2.2 <{to}>: The mailbox of this recipient is over its quota.\nPlease try again later, or tell the recipient another way.`},
	{name: "unknown", script: "rcpt to=postmaster@ pass\n" + `rcpt 550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table`},
	{name: "drop", script: `dot disconnect`},
	{name: "tls-fail", script: `mail 530 5.7.0 Must issue a STARTTLS command first`, breaksTLS: true},
	{name: "flaky", argument: "1", check: isSeed, script: `connect chance=15%% seed=%[1]s 421 4.3.2 {host} Service not available, closing transmission channel
connect chance=10%% seed=%[1]s disconnect
rcpt chance=40%% per=triple seed=%[1]s 451 4.3.0 <{to}>: Temporary lookup failure
dot chance=10%% per=triple seed=%[1]s disconnect
dot chance=10%% per=triple seed=%[1]s 451 4.3.0 Error: queue file write error`},
}

// HostNames gives the hosts that there are.
func HostNames() []string {
	var all []string
	for _, k := range hostKinds {
		all = append(all, k.name)
	}
	return all
}

// NewHost makes the host that name says: NAME, or with how long or which seed NAME:ARGUMENT, in any case. The error is an ErrHost, or says
// what is wrong with the argument.
func NewHost(name string) (*Host, error) {
	kind, argument, given := strings.Cut(strings.ToLower(name), ":")
	i := slices.IndexFunc(hostKinds, func(k hostKind) bool { return k.name == kind })
	if i < 0 {
		return nil, fmt.Errorf("%w: %.40q; there are %s", ErrHost, name, strings.Join(HostNames(), ", "))
	}
	k := hostKinds[i]
	h := &Host{Name: k.name + hostSuffix, BreaksTLS: k.breaksTLS}
	text := k.script
	switch {
	case given && k.check == nil:
		return nil, fmt.Errorf("%s takes no argument: %.40q", kind, argument)
	case given:
		if err := k.check(argument); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		h.Name = k.name + "-" + strings.ReplaceAll(argument, ".", "-") + hostSuffix
	default:
		argument = k.argument
	}
	if k.argument != "" {
		text = fmt.Sprintf(text, argument)
	}
	script, problems := Parse("sim:"+name, strings.NewReader(text))
	for _, p := range problems {
		if !p.Warning {
			return nil, errors.New(p.String())
		}
	}
	h.Script = script
	return h, nil
}

// HostName is what the host of that name calls itself, "" where there is none.
func HostName(name string) string {
	h, err := NewHost(name)
	if err != nil {
		return ""
	}
	return h.Name
}

func isTime(most time.Duration) func(string) error {
	return func(s string) error { _, err := parseTime(s, most); return err }
}

func isSeed(s string) error {
	if _, err := strconv.ParseUint(s, 10, 64); err != nil {
		return fmt.Errorf("%.40q is no number for a seed", s)
	}
	return nil
}
