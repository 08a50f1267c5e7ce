package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/mta/starttls"
	"postroom.dev/mta/table"
)

// accessTags are the tags that sendmail's rulesets look up.
var accessTags = []string{"Connect", "From", "To", "Spam", "GreetPause", "ClientRate", "ClientConn", "Srv_Features", "Clt_Features",
	"Try_TLS", "TLS_Srv", "TLS_Clt", "TLS_Rcpt", "AuthInfo", "CERTISSUER", "CERTSUBJECT", "HubRoute", "BadRcptThrottle"}

// cutTag cuts a key of the access table into its tag, without the colon and in lower case, and the rest.
func cutTag(key string) (tag, rest string) {
	tag, rest, ok := strings.Cut(key, ":")
	if !ok || tag == "ipv6" || strings.ContainsAny(tag, "@.") {
		return "", key
	}
	return tag, rest
}

func isTag(tag string) bool {
	return slices.ContainsFunc(accessTags, func(t string) bool { return strings.EqualFold(t, tag) })
}

// accessTag finds tags that nobody looks up, and a blank behind a tag.
func accessTag(_ *checker, e table.Entry) (text, cure string) {
	tag, rest := cutTag(e.Key)
	switch {
	case tag == "":
		return "", ""
	case rest == "" && isTag(tag) && len(strings.Fields(e.Value)) > 1:
		return fmt.Sprintf("a blank behind the tag ends the key: the key is %q, the value %q", e.Key, e.Value), "write no blank behind " + e.Key
	case !isTag(tag) && strings.Trim(tag, "0123456789abcdef") != "":
		return fmt.Sprintf("%s: is no tag, so that this key never matches", tag), "write Connect:, From: or To:, or no tag"
	case !isTag(tag):
		return fmt.Sprintf("%s is never looked up: an IPv6 address begins with IPv6:", e.Key), "write " + ipv6Cure("", e.Key)
	}
	return "", ""
}

// accessKey finds networks, hosts and addresses in forms that are never looked up.
func accessKey(c *checker, e table.Entry) (text, cure string) {
	tag, rest := cutTag(e.Key)
	written := tag
	if tag != "" {
		written += ":"
	}
	never := func(instead string) (string, string) { return e.Key + " never matches", "write " + instead }
	prefix, err := netip.ParsePrefix(rest)
	switch {
	case err == nil:
		return never(cidrCure(written, prefix))
	case rest == "<>":
		return e.Key + " never matches: the null sender is not looked up", "take it out"
	case strings.HasPrefix(rest, "*."):
		return never(written + rest[2:] + ", which is for the hosts below it, too")
	case strings.HasPrefix(rest, ".") && len(rest) > 1 && !c.LookupDotDomain:
		return never(written + rest[1:] + ", which is for the hosts below it, too; or set lookupdotdomain")
	case strings.HasPrefix(rest, "@"):
		return never(written + rest[1:])
	case len(rest) > 1 && strings.HasSuffix(rest, "."):
		return never(written + strings.TrimRight(rest, "."))
	case tag == "connect" && strings.HasPrefix(rest, "["):
		return e.Key + " matches only while the client has no host name", "write " + written + strings.Trim(rest, "[]")
	case strings.HasPrefix(rest, "ipv6:"):
		if strings.Contains(rest, "::") {
			return never(ipv6Cure(written, rest[len("ipv6:"):]))
		}
	case tag != "" && strings.Count(rest, ":") > 1:
		return never(ipv6Cure(written, rest))
	}
	return "", ""
}

func ipv6Cure(tag, ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return tag + "IPv6: and the address in its long form"
	}
	return tag + table.Literal(a)
}

// cidrCure is a network as the table has it: cut at a dot or colon.
func cidrCure(tag string, p netip.Prefix) string {
	if !p.Addr().Is4() || p.Bits()%8 != 0 || p.Bits() == 0 {
		return "networks that end at a dot, " + tag + "192.0.2 and so on, one for each"
	}
	return tag + strings.Join(strings.Split(p.Addr().String(), ".")[:p.Bits()/8], ".")
}

// accessAddress finds octets that no IPv4 address has.
func accessAddress(_ *checker, e table.Entry) (text, cure string) {
	_, rest := cutTag(e.Key)
	parts := strings.Split(rest, ".")
	if strings.Trim(rest, "0123456789.") != "" || rest == "" {
		return "", ""
	}
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err != nil || n > 255 || len(parts) > 4 {
			return fmt.Sprintf("%s is no address and no network", rest), "write four numbers up to 255, or fewer for a network"
		}
	}
	return "", ""
}

// accessWords are values that do something; with a colon more follows.
var accessWords = []string{"OK", "RELAY", "REJECT", "DISCARD", "SKIP", "FRIEND", "HATER", "SUBDOMAIN"}

// accessValue finds values that are taken for the text of a refusal, and were hardly meant so.
func accessValue(_ *checker, e table.Entry) (text, cure string) {
	tag, rest := cutTag(e.Key)
	value := strings.TrimSpace(e.Value)
	first, more, _ := strings.Cut(value, " ")
	first, _, _ = strings.Cut(first, "\t")
	number := len(first) == 3 && strings.Trim(first, "0123456789") == ""
	word := slices.ContainsFunc(accessWords, func(w string) bool { return strings.EqualFold(w, first) })
	switch {
	case tag == "greetpause" || tag == "clientrate" || tag == "clientconn":
		if strings.Trim(value, "0123456789") != "" {
			return fmt.Sprintf("%q is no number", value), "write a number; for GreetPause: milliseconds"
		}
	case tag != "" && tag != "connect" && tag != "from" && tag != "to" && tag != "spam":
		return accessTLS(tag, value) // which have words of their own
	case word && len(first) < len(value) && strings.Contains(value, "#"):
		return fmt.Sprintf("what stands behind %s belongs to the value: all of it is the text of a refusal", first), "put the comment on a line of its own"
	case word && len(first) < len(value):
		return fmt.Sprintf("%q is the text of a refusal, for all that it begins with %s", value, first), "write " + first + " alone, or ERROR:550 and the text"
	case number && first[0] != '4' && first[0] != '5':
		return fmt.Sprintf("%s is no code of a refusal", first), "write 550 or another code that begins with 4 or 5"
	case !word && more == "" && rest != "" && strings.ToUpper(value) == value && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "":
		return fmt.Sprintf("%q is no word of the access table: it refuses, with this as the text", value), "write OK, RELAY, REJECT, DISCARD, QUARANTINE:reason or ERROR:550 text"
	}
	return "", ""
}

// accessTLS finds values of the tags about TLS and features that ask for nothing.
func accessTLS(tag, value string) (text, cure string) {
	switch tag {
	case "tls_srv", "tls_clt", "tls_rcpt":
		if _, ok := starttls.ParseRequirement(value); !ok && !strings.EqualFold(value, "OK") {
			return fmt.Sprintf("%q asks for nothing", value), "write VERIFY, VERIFY:bits or ENCR:bits, with PERM+ or TEMP+ before it and +CN behind it as need be; or OK"
		}
	case "try_tls":
		if !strings.EqualFold(value, "NO") && !strings.EqualFold(value, "OK") && !strings.EqualFold(value, "YES") {
			return fmt.Sprintf("%q says nothing", value), "write NO"
		}
	case "srv_features":
		if i := strings.IndexFunc(value, func(r rune) bool { return !strings.ContainsRune("AaBbCcDdEeLlPpSsVvXx \t,", r) }); i >= 0 {
			return fmt.Sprintf("srv_features: unknown feature %c", value[i]), "write some of A B C D E L P S V X, small for what is to be, capital for what is not"
		}
	case "clt_features":
		if i := strings.IndexFunc(value, func(r rune) bool { return !strings.ContainsRune("ASDM \t,", r) }); i >= 0 {
			return fmt.Sprintf("clt_features: unknown feature %c", value[i]), "write A to do without AUTH, S without STARTTLS"
		}
		if strings.ContainsAny(value, "DM") {
			return "clt_features: Postroom uses neither DANE (D) nor MTA-STS (M)", "take it out, or leave it for production"
		}
	}
	return "", ""
}

// accessRelay finds a RELAY that lets nobody relay.
func accessRelay(c *checker, e table.Entry) (text, cure string) {
	if !strings.EqualFold(strings.TrimSpace(e.Value), "RELAY") {
		return "", ""
	}
	switch tag, rest := cutTag(e.Key); {
	case tag == "from" && !c.RelayMailFrom:
		return e.Key + " RELAY has no effect: who sends says nothing about who may relay", "write Connect: and the client, or To: and the domain; or set relay_mail_from"
	case strings.Contains(rest, "@") && (tag == "to" || tag == "") && !c.RelayToFullAddress:
		return e.Key + " RELAY has no effect: relaying is allowed for domains", "write the domain alone, or set relaytofulladdress"
	}
	return "", ""
}

// accessShadowed finds keys without a tag that are never reached, because each that is looked up before them is there.
func accessShadowed(c *checker, e table.Entry) (text, cure string) {
	tag, rest := cutTag(e.Key)
	tags := []string{"connect:", "from:", "to:"}
	switch {
	case tag != "":
		return "", ""
	case strings.Contains(rest, "@"):
		tags = tags[1:]
	case strings.Trim(rest, "0123456789.") == "" || strings.HasPrefix(rest, "ipv6:"):
		tags = tags[:1]
	}
	var lines []string
	for _, t := range tags {
		first, ok, _ := c.mapOf(Access).Get(t + rest)
		if !ok {
			return "", ""
		}
		lines = append(lines, strconv.Itoa(first.Line))
	}
	return fmt.Sprintf("%s never counts: %s%s is looked up first (line %s)", e.Key, strings.Join(tags, rest+", "), rest, strings.Join(lines, ", ")), "take it out, or one of those"
}
