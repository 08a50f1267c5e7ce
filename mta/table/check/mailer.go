package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"postroom.dev/mta/simulate"
	"postroom.dev/mta/table"
)

// mailerKey finds keys that no host can be.
func mailerKey(_ *checker, e table.Entry) (text, cure string) {
	switch {
	case strings.HasPrefix(e.Key, "*."):
		return e.Key + " never matches", "write " + e.Key[1:] + " for the hosts below it"
	case e.Key == "*":
		return "* never matches", "write . for everything else"
	case strings.Contains(e.Key, "@"):
		_, domain, _ := cutLast(e.Key)
		return e.Key + " never matches: keys are hosts", "write " + domain + "; one user belongs in virtusertable"
	case len(e.Key) > 1 && strings.HasSuffix(e.Key, "."):
		return e.Key + " never matches", "write " + strings.TrimRight(e.Key, ".")
	case strings.HasPrefix(e.Key, "["):
		return e.Key + " never matches: addresses are dialled as they stand", "take it out"
	}
	return "", ""
}

// mailerLocal finds keys for domains whose mail stays here.
func mailerLocal(c *checker, e table.Entry) (text, cure string) {
	if strings.HasPrefix(e.Key, ".") || !c.isLocal(e.Key) {
		return "", ""
	}
	where := "it is this machine's own name"
	if in, ok := c.local.Has(e.Key); ok {
		where = fmt.Sprintf("%s line %d says that it is local", LocalHosts, in.Line)
	} else if slices.ContainsFunc(c.LocalDomains, func(d string) bool { return fold(d) == e.Key }) {
		where = "local_domains in postroom.toml says that it is local"
	}
	return e.Key + " never counts: " + where, "take it out there or here"
}

// smtpMailers speak SMTP, so that they need a host.
var smtpMailers = []string{"smtp", "esmtp", "smtp8", "dsmtp", "relay"}

// mailerValue finds values that name no mailer, or no host for it.
func mailerValue(c *checker, e table.Entry) (text, cure string) {
	mailer, host, found := strings.Cut(strings.TrimSpace(e.Value), ":")
	known := slices.ContainsFunc(c.Mailers, func(m string) bool { return strings.EqualFold(m, mailer) })
	smtp := slices.ContainsFunc(smtpMailers, func(m string) bool { return strings.EqualFold(m, mailer) })
	switch {
	case !found || strings.HasPrefix(mailer, "["):
		return fmt.Sprintf("%q names no mailer, so that this entry does not count", e.Value), "write esmtp:" + strings.TrimSpace(e.Value)
	case !known && !smtp:
		return fmt.Sprintf("%s is an unknown mailer", mailer), "write one of " + strings.Join(c.Mailers, ", ")
	case strings.EqualFold(mailer, "sim"):
		if _, err := simulate.NewHost(strings.TrimSpace(host)); err != nil {
			return "sim: leads nowhere: " + err.Error(), "write sim:greylist, or sim:slow:10s"
		}
		return "", ""
	case !smtp:
		return "", ""
	case strings.TrimSpace(host) == "":
		return fmt.Sprintf("%s: leads nowhere: it names no host", mailer), "write " + mailer + ":host, or " + mailer + ":[192.0.2.1]"
	case strings.Contains(host, "#"):
		return fmt.Sprintf("what stands behind # belongs to the host %q", host), "put the comment on a line of its own"
	case strings.ContainsAny(strings.TrimSpace(host), " \t"):
		return fmt.Sprintf("%q has blanks, which no host has", host), "write several hosts with colons between them"
	}
	_, host, _ = cutLast("@" + host) // user@host
	for _, h := range strings.Split(strings.TrimSpace(host), ":") {
		h = strings.TrimSpace(h)
		switch {
		case strings.HasPrefix(h, "[") != strings.HasSuffix(h, "]") && !strings.Contains(host, "ipv6") && !strings.Contains(host, "IPv6"):
			return fmt.Sprintf("%q has one bracket", h), "write [192.0.2.1]"
		case isIP(h):
			return fmt.Sprintf("%s is looked up as a name, which leads nowhere", h), "write [" + h + "]"
		case fold(h) == fold(c.Hostname):
			return fmt.Sprintf("%s is this machine: its mail would come back", h), "write local: to keep it, or name the other host"
		}
	}
	return "", ""
}

func isIP(s string) bool {
	ip, err := netip.ParseAddr(s)
	return err == nil && ip.Is4()
}
