// Package mc reads sendmail's .mc files: what m4 is given to make a sendmail.cf.
//
// It is the part of m4 that such files use:
//
//	`text'             quoted: taken as it stands, one pair of quotes less
//	dnl                the rest of the line, and its end, disappear
//	#                  a comment for m4 until cf.m4 is included; afterwards text like any other
//	NAME(a, `b')       a call; blanks before an argument disappear, parentheses nest; behind some of sendmail's
//	                   macros (EXPOSED_USER, GENERICS_DOMAIN, TRUST_AUTH_MECH …) the rest of the line disappears
//	define undefine pushdef popdef ifdef ifelse divert undivert include sinclude changequote changecom
//
// What the file defines is put in where its name stands. sendmail's own macros (FEATURE, MAILER, DAEMON_OPTIONS …)
// are not run: each call is a Statement, in the file's order, as are define, undefine and include, and every line that
// m4 would copy into the sendmail.cf (rules behind LOCAL_RULE_0, lines behind LOCAL_CONFIG). What a
// Statement means is the caller's to know. Any other name in capital letters before a "(" is taken for
// a macro, too, so that nothing is passed over in silence.
//
// m4's programs and arithmetic (esyscmd, syscmd, eval, format …) are not run; each is a Problem.
//
// Parse opens no file: it is given a function for include. Limits: MaxSize octets in all files together, MaxRead octets read, those
// included that macros expand to, MaxCalls and MaxDepth calls and files inside each other, MaxStatements, MaxProblems.
package mc

import (
	"fmt"
	"strings"

	"postroom.dev/mta/table"
)

// The limits of this package.
const (
	MaxSize       = 1 << 20 // octets of all files
	MaxRead       = 2 << 20 // octets that are looked at, expansions among them
	MaxCalls      = 20_000  // macros that the files define are put in so often
	MaxDepth      = 50      // calls in arguments of calls, files included by files
	MaxStatements = 10_000
	MaxProblems   = 100
)

// Statement is a call of one of sendmail's macros, or a line for the sendmail.cf.
type Statement struct {
	File    string
	Line    int      // where it begins, from 1
	Name    string   // "FEATURE", "define", "LOCAL_CONFIG"; "" for a line of the sendmail.cf
	Args    []string // without quotes, macros put in; the line's text where Name is ""
	Section string   // the last LOCAL_… or MAILER_DEFINITIONS before it, "" for none
}

// Arg is the argument with the number n, from 0; "" where there are not so many.
func (s Statement) Arg(n int) string {
	if n < len(s.Args) {
		return s.Args[n]
	}
	return ""
}

// String prints s as it would stand in a file.
func (s Statement) String() string {
	if s.Name == "" {
		return s.Arg(0)
	}
	if len(s.Args) == 0 {
		return s.Name
	}
	quoted := make([]string, len(s.Args))
	for i, a := range s.Args {
		quoted[i] = "`" + a + "'"
	}
	return s.Name + "(" + strings.Join(quoted, ", ") + ")"
}

// Parse reads a file; name stands for it in statements and problems. include gives the text of files that it includes; nil lets none be read.
// sendmail's own cf.m4 is never asked for.
func Parse(name, text string, include func(path string) (string, error)) ([]Statement, []table.Problem) {
	r := &reader{
		macros: map[string]string{"MAIL_SETTINGS_DIR": "/etc/mail/", "DATABASE_MAP_TYPE": "hash"},
		open:   "`", shut: "'", include: include, size: len(text),
		// Without an include of cf.m4 it is named before this file on m4's command line.
		comments: strings.Contains(text, "cf.m4"),
	}
	if len(text) > MaxSize {
		r.file, r.line = name, 1
		r.complain(fmt.Sprintf("larger than %d octets", MaxSize), "this is hardly a .mc file; name another", false)
		return nil, r.problems
	}
	r.push(frame{text: text, file: name, line: 1, source: true})
	r.readAll()
	return r.statements, r.problems
}

// section says that name begins lines for the sendmail.cf; such names take no arguments.
func section(name string) bool {
	switch name {
	case "LOCAL_CONFIG", "LOCAL_NET_CONFIG", "LOCAL_RULE_0", "LOCAL_RULE_1", "LOCAL_RULE_2", "LOCAL_RULE_3", "LOCAL_RULESETS",
		"LOCAL_UUCP", "LOCAL_DNSBL", "LOCAL_TLS_CLIENT", "LOCAL_TLS_RCPT", "LOCAL_TLS_SERVER", "LOCAL_TRY_TLS",
		"LOCAL_SRV_FEATURES", "LOCAL_CLT_FEATURES", "MAILER_DEFINITIONS":
		return true
	}
	return false
}

// known says that name is a macro of sendmail's that takes arguments. It is called wherever it stands, behind divert(-1), too.
func known(name string) bool {
	switch name {
	case "CANONIFY_DOMAIN", "CANONIFY_DOMAIN_FILE", "CLIENT_OPTIONS", "DAEMON_OPTIONS", "DOMAIN", "EXPOSED_USER", "EXPOSED_USER_FILE",
		"FEATURE", "GENERICS_DOMAIN", "GENERICS_DOMAIN_FILE", "HACK", "INPUT_MAIL_FILTER", "LDAPROUTE_DOMAIN", "LDAPROUTE_DOMAIN_FILE",
		"LDAPROUTE_EQUIVALENT", "LDAPROUTE_EQUIVALENT_FILE", "LOCAL_DOMAIN", "LOCAL_USER", "LOCAL_USER_FILE", "MAILER", "MAIL_FILTER",
		"MASQUERADE_AS", "MASQUERADE_DOMAIN", "MASQUERADE_DOMAIN_FILE", "MASQUERADE_EXCEPTION", "MASQUERADE_EXCEPTION_FILE",
		"MODIFY_MAILER_FLAGS", "OSTYPE", "QUEUE_GROUP", "RELAY_DOMAIN", "RELAY_DOMAIN_FILE", "SITE", "SITECONFIG", "TRUST_AUTH_MECH",
		"UUCPSMTP", "VERSIONID", "VIRTUSER_DOMAIN", "VIRTUSER_DOMAIN_FILE":
		return true
	}
	return false
}

// endsLine says that sendmail's macro of that name ends with a dnl of its own.
func endsLine(name string) bool {
	switch name {
	case "TRUST_AUTH_MECH", "LOCAL_USER", "LOCAL_USER_FILE", "EXPOSED_USER", "EXPOSED_USER_FILE", "LOCAL_DOMAIN",
		"MASQUERADE_DOMAIN", "MASQUERADE_EXCEPTION", "MASQUERADE_DOMAIN_FILE", "MASQUERADE_EXCEPTION_FILE",
		"CANONIFY_DOMAIN", "CANONIFY_DOMAIN_FILE", "GENERICS_DOMAIN", "GENERICS_DOMAIN_FILE", "VIRTUSER_DOMAIN", "VIRTUSER_DOMAIN_FILE",
		"RELAY_DOMAIN", "RELAY_DOMAIN_FILE", "LDAPROUTE_DOMAIN", "LDAPROUTE_DOMAIN_FILE", "LDAPROUTE_EQUIVALENT", "LDAPROUTE_EQUIVALENT_FILE":
		return true
	}
	return false
}

// builtin says that name is m4's own, and needs arguments to be called.
func builtin(name string) bool {
	switch name {
	case "define", "undefine", "pushdef", "popdef", "ifdef", "ifelse", "include", "sinclude":
		return true
	}
	return uncomputed(name)
}

// uncomputed says that name is of m4 and not run here.
func uncomputed(name string) bool {
	switch name {
	case "esyscmd", "syscmd", "eval", "format", "incr", "decr", "index", "len", "substr", "translit", "regexp", "patsubst",
		"indir", "builtin", "defn", "errprint", "debugmode", "debugfile", "traceon", "traceoff", "m4exit", "m4wrap", "dumpdef", "maketemp", "mkstemp", "shift":
		return true
	}
	return false
}

// capitals says that name is written like sendmail's macros.
func capitals(name string) bool {
	letters := 0
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			letters++
		case c != '_' && (c < '0' || c > '9'):
			return false
		}
	}
	return letters > 1
}
