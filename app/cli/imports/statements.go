package imports

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"postroom.dev/app/config"
	"postroom.dev/mta/mc"
	"postroom.dev/mta/table/check"
	"postroom.dev/mta/table/live"
)

// statement takes one statement, and says what it comes to.
func (r *reader) statement(s mc.Statement) (Verdict, string) {
	words := strings.Fields(s.Arg(0))
	switch s.Name {
	case "FEATURE":
		return r.feature(s)
	case "define":
		return r.define(s.Arg(0), s.Arg(1))
	case "DAEMON_OPTIONS":
		return r.daemon(s.Arg(0))
	case "MASQUERADE_AS":
		return r.assign("rewrite", "masquerade_as", quote(s.Arg(0)))
	case "MASQUERADE_DOMAIN":
		return r.extend("rewrite", "masquerade_domains", words)
	case "MASQUERADE_EXCEPTION":
		return r.extend("rewrite", "masquerade_exceptions", words)
	case "EXPOSED_USER":
		return r.extend("rewrite", "exposed_users", words)
	case "MASQUERADE_DOMAIN_FILE":
		return r.extendFile("rewrite", "masquerade_domains", s.Arg(0))
	case "MASQUERADE_EXCEPTION_FILE":
		return r.extendFile("rewrite", "masquerade_exceptions", s.Arg(0))
	case "EXPOSED_USER_FILE":
		return r.extendFile("rewrite", "exposed_users", s.Arg(0))
	case "GENERICS_DOMAIN":
		return r.words(check.GenericsDomains, s, words)
	case "GENERICS_DOMAIN_FILE":
		return r.wordFile(check.GenericsDomains, s.Arg(0))
	case "LOCAL_DOMAIN":
		return r.words(check.LocalHosts, s, words)
	case "RELAY_DOMAIN":
		return r.words(check.RelayDomains, s, words)
	case "RELAY_DOMAIN_FILE":
		return r.wordFile(check.RelayDomains, s.Arg(0))
	case "VIRTUSER_DOMAIN":
		return r.words(check.VirtualDomains, s, words)
	case "VIRTUSER_DOMAIN_FILE":
		return r.wordFile(check.VirtualDomains, s.Arg(0))
	case "MAILER":
		return mailer(s.Arg(0))
	case "undefine":
		return Already, "what is not defined has Postroom's default"
	case "":
		return r.line(s)
	}
	if verdict, note, ok := meaning(s.Name); ok {
		return verdict, note
	}
	return Unsupported, "Postroom knows no macro of this name"
}

// assign sets a key of postroom.toml. One that has this value by default is set, too, if the user chose another.
func (r *reader) assign(section, key, value string) (Verdict, string) {
	s, err := config.Parse("postroom.toml", fmt.Appendf(nil, "[%s]\n%s = %s\n", section, key, value))
	if err != nil {
		return Unsupported, fmt.Sprintf("[%s] %s cannot be %s", section, key, value)
	}
	r.set(section, key, value)
	verdict := Taken
	if fmt.Sprint(s) == fmt.Sprint(config.Default()) {
		verdict = Already
	}
	return verdict, fmt.Sprintf("[%s] %s = %s", section, key, value)
}

// extend adds words to a list in postroom.toml.
func (r *reader) extend(section, key string, words []string) (Verdict, string) {
	var all []string
	for _, s := range r.out.Settings {
		if s.Section == section && s.Key == key {
			all = unlist(s.Value)
		}
	}
	for _, w := range words {
		if !contains(all, w) {
			all = append(all, w)
		}
	}
	return r.assign(section, key, list(all))
}

func (r *reader) extendFile(section, key, arg string) (Verdict, string) {
	path, text, note := r.fileOf(arg)
	if text == nil {
		return Taken, note
	}
	verdict, note := r.extend(section, key, classWords(text))
	return verdict, note + ", of " + path
}

// words adds words of the sendmail.mc itself to the file of a class.
func (r *reader) words(name string, s mc.Statement, words []string) (Verdict, string) {
	c := r.class(name)
	c.text = fmt.Appendf(c.text, "# %s, line %d of sendmail.mc\n%s\n", s.Name, s.Line, strings.Join(words, "\n"))
	return Taken, fmt.Sprintf("%s: %s", name, strings.Join(words, " "))
}

// wordFile adds a file to that of a class.
func (r *reader) wordFile(name, arg string) (Verdict, string) {
	path, text, note := r.fileOf(arg)
	if text == nil {
		return Taken, note
	}
	c := r.class(name)
	c.text = append(c.text, text...)
	if n := len(text); n > 0 && text[n-1] != '\n' {
		c.text = append(c.text, '\n')
	}
	return Taken, fmt.Sprintf("%s: %s of %s", name, describe(name, text), path)
}

func (r *reader) class(name string) *class {
	c, ok := r.classes[name]
	if !ok {
		c = &class{}
		r.classes[name] = c
	}
	return c
}

// fileOf reads the file that an argument names: "/etc/mail/x", "-o /etc/mail/x", "hash -T<TMPF> -o /etc/mail/x.db". text is nil where there is none, and note
// says so.
func (r *reader) fileOf(arg string) (path string, text []byte, note string) {
	for _, word := range strings.Fields(arg) {
		if strings.HasPrefix(word, "/") {
			path, _, _ = strings.Cut(word, "%")
		}
	}
	path = strings.TrimSuffix(strings.TrimSpace(path), ".db")
	if path == "" {
		return "", nil, fmt.Sprintf("but %q names no file that can be read", arg)
	}
	s, err := live.Take(r.local(path))
	switch {
	case err != nil:
		return path, nil, fmt.Sprintf("but %v", err)
	case !s.Exists():
		return path, nil, fmt.Sprintf("but there is no %s", r.local(path))
	}
	return path, append([]byte{}, s.Text...), ""
}

// daemon is DAEMON_OPTIONS: "Port=smtp, Addr=127.0.0.1, Name=MTA, M=Ea", in which the first letter of a key is enough.
func (r *reader) daemon(arg string) (Verdict, string) {
	host, port, notes := "127.0.0.1", 25, []string{}
	everywhere, modes := true, ""
	for _, part := range strings.Split(arg, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		value = strings.TrimSpace(value)
		switch {
		case name == "":
		case name[0] == 'P':
			n, ok := portNumber(value)
			if !ok {
				return Unsupported, fmt.Sprintf("port %q is unknown; write its number into [smtp] listen", value)
			}
			port = n
		case name[0] == 'A':
			everywhere = false
			if ip, err := netip.ParseAddr(strings.Trim(value, "[]")); err == nil && ip.IsLoopback() {
				host = ip.String()
			} else if value != "localhost" {
				everywhere = true
			}
		case name[0] == 'F' && value == "inet6" && host == "127.0.0.1":
			host = "::1"
		case name[0] == 'F' && value != "inet" && value != "inet6":
			return Unsupported, fmt.Sprintf("Family=%s: Postroom listens for TCP alone", value)
		case name[0] == 'M':
			modes = value
		}
	}
	if strings.Contains(modes, "s") {
		return Unsupported, "TLS from the first octet is not offered"
	}
	if port > 0 && port < 1024 {
		notes = append(notes, fmt.Sprintf("port %d is for root alone", port))
		port += 1000
	}
	if everywhere {
		notes = append(notes, "the loopback alone, so that no other machine's mail comes in; name an address in [smtp] listen to change that")
	}
	if strings.Trim(modes, "fhCEbcru") != "" {
		notes = append(notes, fmt.Sprintf("M=%s changes nothing here: clients need not authenticate", modes))
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	if !contains(r.daemons, address) {
		r.daemons = append(r.daemons, address)
	}
	return Taken, strings.Join(append([]string{"[smtp] listen has " + address}, notes...), "; ")
}

func portNumber(name string) (int, bool) {
	switch strings.ToLower(name) {
	case "smtp":
		return 25, true
	case "submission", "msa":
		return 587, true
	case "smtps", "submissions":
		return 465, true
	}
	n, err := strconv.Atoi(name)
	return n, err == nil && n > 0 && n < 1<<16-1000
}

func mailer(name string) (Verdict, string) {
	switch name {
	case "local", "smtp":
		return Already, ""
	case "procmail", "cyrus", "cyrusv2", "fax", "mail11", "phquery", "pop", "qpage", "usenet", "uucp":
		return Unsupported, "there is no mailer " + name + ": mail that the mailertable gives it is refused, check finds it"
	}
	return Unsupported, "there is no mailer " + name
}

// line is a line for the sendmail.cf: of those that only add to a class the words are taken.
func (r *reader) line(s mc.Statement) (Verdict, string) {
	text := s.Arg(0)
	if len(text) > 2 && text[0] == 'C' || len(text) > 2 && text[0] == 'F' {
		if name, file := classFile(text[1]); file != "" {
			if text[0] == 'C' {
				return r.words(file, mc.Statement{Name: "C" + name, Line: s.Line}, strings.Fields(text[2:]))
			}
			return r.wordFile(file, text[2:])
		}
	}
	switch text[0] {
	case 'R':
		if !strings.Contains(text, "\t") {
			return Unsupported, "rules of one's own are not run; sendmail would not read this one either: tabs stand between its sides, not blanks"
		}
		return Unsupported, "rules of one's own are not run"
	case 'S':
		return Unsupported, "rules of one's own are not run"
	case 'K':
		return Unsupported, "maps of one's own are not looked up"
	case 'H':
		return Unsupported, "headers are not added or checked by rules of one's own"
	case 'O':
		return Unsupported, "the option keeps its default"
	}
	return Unsupported, "lines of a sendmail.cf are not read"
}

// classFile is the file of a class of sendmail.
func classFile(letter byte) (name, file string) {
	switch letter {
	case 'w':
		return "w", check.LocalHosts
	case 'G':
		return "G", check.GenericsDomains
	case 'R':
		return "R", check.RelayDomains
	case 't':
		return "t", check.Trusted
	}
	return "", ""
}
