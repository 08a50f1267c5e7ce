package alias

import (
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// Kind is what a target is.
type Kind string

// The kinds of targets.
const (
	User    Kind = "user"    // a local part, which may be an alias itself
	Mailbox Kind = "mailbox" // an address in a domain that is not local
	Program Kind = "program" // Path is a command line for the shell
	File    Kind = "file"    // Path is a file to append to
	Include Kind = "include" // Path is a file with more targets
	Bad     Kind = "bad"     // Status says what is wrong
)

// Target is one target of a value.
type Target struct {
	Kind    Kind
	Text    string          // as written
	Address address.Address // User: without domain; Mailbox
	Direct  bool            // User: written \name, not to be expanded further
	Path    string          // Program, File, Include
	Status  mta.Status      // Bad: 553 as sendmail would say it
}

// problem says what to tell the file's writer, "" for nothing.
func (t Target) problem() string {
	if t.Kind == Bad {
		return t.Text + "... " + t.Status.Text
	}
	return ""
}

// Targets reads a value. local says which domains are local, as for Parse.
func Targets(value string, local func(domain string) bool) []Target {
	local = isLocal(local)
	var list []Target
	for value != "" {
		var text string
		text, value = cut(value)
		if text = strings.Trim(text, " \t\r\n\v\f"); text != "" {
			list = append(list, target(text, local))
		}
	}
	return list
}

// cut gives the text up to the first comma outside quotes, comments and angle brackets, and what follows it. What is
// not closed reaches to the end of the value.
func cut(s string) (text, rest string) {
	quoted, comments, angles := false, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"' && comments == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			comments++
		case c == ')' && comments > 0:
			comments--
		case comments > 0:
		case c == '<':
			angles++
		case c == '>' && angles > 0:
			angles--
		case c == ',' && angles == 0:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// target reads one target.
func target(text string, local func(string) bool) Target {
	t := Target{Text: text}
	if a, ok := plain(text); ok {
		return t.mailbox(a, false, local)
	}
	inner, whole := unquote(text)
	switch {
	case strings.HasPrefix(inner, "|"):
		t.Kind, t.Path = Program, strings.TrimSpace(inner[1:])
		if command, ok := unquote(t.Path); ok { // |"command arguments"
			t.Path = command
		}
		if t.Path == "" {
			return t.bad([3]int{5, 1, 3}, "Invalid address")
		}
		return t
	case len(inner) > len(include) && strings.EqualFold(inner[:len(include)], include):
		t.Kind, t.Path = Include, strings.TrimSpace(inner[len(include):])
		return t
	case strings.HasPrefix(inner, "/") && (whole || !strings.Contains(inner, "@")):
		t.Kind, t.Path = File, inner
		return t
	}
	rest, direct := strings.CutPrefix(text, `\`)
	a, err := address.Parse(rest)
	if err == nil && a.IsNull() {
		err = address.ErrUserRequired
	}
	if err != nil {
		return t.bad(address.Complaint(err))
	}
	return t.mailbox(a, direct && a.Domain == "", local)
}

// mailbox says whether an address is one of ours.
func (t Target) mailbox(a address.Address, direct bool, local func(string) bool) Target {
	t.Kind, t.Address = Mailbox, a
	if local(a.Domain) {
		t.Kind, t.Address.Domain, t.Direct = User, "", direct
	}
	return t
}

// plain reads what nearly all targets are, letters, digits and dots with an "@" or without: a file of a million is
// read in half the time. ok is false for anything else, good or bad.
func plain(text string) (a address.Address, ok bool) {
	at := -1
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == '+':
		case c == '@' && at < 0 && i > 0 && i < len(text)-1:
			at = i
		default:
			return a, false
		}
	}
	a.Local = text
	if at > 0 {
		a.Local, a.Domain = text[:at], text[at+1:]
	}
	return a, len(a.Local) <= address.MaxLocal && len(a.Domain) <= address.MaxDomain && (at < 0 || a.Domain[0] != '.' && !strings.Contains(a.Domain, ".."))
}

// IncludePrefix begins a target that names a list, and is the Rule of a Step through one.
const IncludePrefix = ":include:"

const include = IncludePrefix

func (t Target) bad(enhanced [3]int, text string) Target {
	t.Kind, t.Status = Bad, mta.Status{Code: 553, Enhanced: enhanced, Text: text}
	return t
}

// unquote gives what stands in the quotes when all of s is one quoted string; else s.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' {
		return s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			if i == len(s)-1 {
				return b.String(), true
			}
			return s, false
		default:
			b.WriteByte(s[i])
		}
	}
	return s, false
}
