package imports

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"postroom.dev/app/config"
	"postroom.dev/mta/mc"
	"postroom.dev/mta/table/check"
)

// tableFeatures are the FEATUREs that put a table into force, with the table and where it is.
func tableFeature(name string) (table, path string) {
	switch name {
	case "access_db":
		return check.Access, "/etc/mail/access"
	case "genericstable":
		return check.Generics, "/etc/mail/genericstable"
	case "virtusertable":
		return check.Virtuals, "/etc/mail/virtusertable"
	case "mailertable":
		return check.Mailers, "/etc/mail/mailertable"
	case "authinfo":
		return check.Authinfo, "/etc/mail/authinfo"
	}
	return "", ""
}

// feature is a FEATURE.
func (r *reader) feature(s mc.Statement) (Verdict, string) {
	name := s.Arg(0)
	if name == "blacklist_recipients" {
		name = "blocklist_recipients"
	}
	r.seen[name] = true
	switch name {
	case "use_cw_file":
		return r.wordFile(check.LocalHosts, r.defined("confCW_FILE", "/etc/mail/local-host-names"))
	case "use_ct_file":
		return r.wordFile(check.Trusted, r.defined("confCT_FILE", "/etc/mail/trusted-users"))
	}
	if table, path := tableFeature(name); table != "" {
		if arg := s.Arg(1); strings.Contains(arg, "/") {
			path = arg
		} else if arg != "" && table != check.Access {
			return Unsupported, fmt.Sprintf("%q names no file", arg)
		}
		from, text, note := r.fileOf(path)
		if text == nil {
			return Taken, note
		}
		r.table(table, text)
		note = fmt.Sprintf("%s: %s of %s", table, describe(table, text), from)
		if table == check.Mailers && string(held(text)) != string(text) {
			note += "; lines that name other machines got \"hold:\": such mail waits until you release it, take \"hold:\" out to let it go"
		}
		if table == check.Authinfo {
			return Unsupported, note + "; it is kept in etc/mail, and nothing asks it: Postroom logs in to no other host"
		}
		return Taken, note
	}
	if k, ok := keyCalled(name); ok {
		value := "true"
		if k.kind == reflect.String {
			if value = quote(s.Arg(1)); s.Arg(1) == "" {
				value = quote("yes")
			}
		}
		return r.assign(k.section, name, value)
	}
	if verdict, note, ok := meaning("FEATURE " + name); ok {
		return verdict, note
	}
	return Unsupported, "Postroom has nothing like it"
}

func (r *reader) defined(name, otherwise string) string {
	if v, ok := r.defs[name]; ok && v != "" {
		return v
	}
	return otherwise
}

// absent turns off what Postroom does by default and this sendmail.mc does not ask for.
func (r *reader) absent(path string) {
	for _, k := range allKeys() {
		if k.section != "rewrite" || k.kind != reflect.Bool || !k.isSet || r.seen[k.name] {
			continue
		}
		r.set(k.section, k.name, "false")
		r.note(Finding{File: path, Text: "no FEATURE(`" + k.name + "')", Verdict: Taken, Note: fmt.Sprintf("[%s] %s = false", k.section, k.name)})
	}
}

// key is a key that postroom.toml can have.
type key struct {
	section, name string
	kind          reflect.Kind
	isSet         bool // its default is not zero
}

// allKeys gives the keys of the settings' sections.
func allKeys() (list []key) {
	all := reflect.ValueOf(config.Default())
	for i := range all.NumField() {
		section := all.Type().Field(i).Tag.Get("toml")
		values := all.Field(i)
		if values.Kind() != reflect.Struct {
			continue
		}
		for j := range values.NumField() {
			list = append(list, key{section, values.Type().Field(j).Tag.Get("toml"), values.Field(j).Kind(), !values.Field(j).IsZero()})
		}
	}
	return list
}

// keyCalled finds the key that is called like a FEATURE: those that Postroom has bear sendmail's names.
func keyCalled(feature string) (key, bool) {
	for _, k := range allKeys() {
		if k.name == feature && (k.kind == reflect.Bool || k.kind == reflect.String) {
			return k, true
		}
	}
	return key{}, false
}

// define is a definition: an option of sendmail's, or a name of the file's own.
func (r *reader) define(name, value string) (Verdict, string) {
	switch name {
	case "SMART_HOST":
		verdict, note := r.assign("delivery", "smart_host", quote(value))
		return verdict, note + "; mail for other domains is caught all the same, until you set [delivery] external = \"relay\""
	case "confDOMAIN_NAME":
		if strings.ContainsAny(value, "$`") {
			return Unsupported, "it is put together of macros; write the name into [smtp] hostname"
		}
		return r.assign("smtp", "hostname", quote(value))
	case "confMAX_MESSAGE_SIZE":
		return r.number("smtp", "max_size", value)
	case "confMAX_RCPTS_PER_MESSAGE":
		return r.number("smtp", "max_recipients", value)
	case "confMAX_DAEMON_CHILDREN":
		return r.number("smtp", "max_connections", value)
	case "confTO_QUEUEWARN":
		return r.interval("warn", value, "h")
	case "confTO_QUEUERETURN":
		return r.interval("return", value, "d")
	case "confMIN_QUEUE_AGE":
		return r.interval("min_age", value, "m")
	case "confFORWARD_PATH":
		return r.assign("delivery", "forward_path", quote(value))
	case "ALIAS_FILE":
		return r.aliases(value)
	case "confCW_FILE", "confCT_FILE":
		return Taken, "the file is read where the FEATURE asks for it"
	case "confTO_IDENT":
		if strings.TrimRight(value, "smhd") == "0" {
			return Already, "nobody is asked who sends"
		}
	}
	if verdict, note, ok := meaning(name); ok {
		return verdict, note
	}
	switch {
	case strings.HasPrefix(name, "conf"):
		return Unsupported, "this option of sendmail's has no counterpart; Postroom does what sendmail does without it"
	case strings.HasSuffix(name, "_MAILER_PATH") || strings.HasSuffix(name, "_MAILER_ARGS") || strings.HasSuffix(name, "_MAILER_FLAGS") || strings.Contains(name, "_MAILER_"):
		return Unsupported, "mailers are Postroom's own: local mail goes to mail/USER, as an mbox"
	}
	return Taken, "put in where the file names it"
}

func (r *reader) number(section, key, value string) (Verdict, string) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil {
		return Unsupported, fmt.Sprintf("%q is no number", value)
	}
	return r.assign(section, key, strconv.FormatInt(n, 10))
}

// interval is a time, in unit where it has none.
func (r *reader) interval(key, value, unit string) (Verdict, string) {
	value = strings.TrimSpace(value)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		value += unit
	}
	if _, err := config.ParseInterval(value); err != nil {
		return Unsupported, err.Error()
	}
	return r.assign("queue", key, quote(value))
}

// aliases reads the aliases files that are named, one behind the other.
func (r *reader) aliases(value string) (Verdict, string) {
	var all []byte
	var notes []string
	for _, file := range strings.Split(value, ",") {
		file = strings.TrimPrefix(strings.TrimSpace(file), "hash:")
		path, text, note := r.fileOf(file)
		if text == nil {
			notes = append(notes, note)
			continue
		}
		all = append(all, text...)
		if n := len(all); n > 0 && all[n-1] != '\n' {
			all = append(all, '\n')
		}
		notes = append(notes, fmt.Sprintf("aliases: %s of %s", describe(check.Aliases, text), path))
	}
	if len(all) > 0 {
		r.table(check.Aliases, all)
	}
	return Taken, strings.Join(notes, "; ")
}
