package route

import (
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/alias"
)

// The mailers that only aliases, :include: and .forward files lead to.
const (
	Prog = "prog"   // the standard input of a program
	File = "*file*" // the end of a file
)

// devNull is a file that every message may be appended to: nothing is written.
const devNull = "/dev/null"

// direct says why mail for a local name goes nowhere that is meant for a program, a file or a list: who may send mail is not who
// may run programs. Aliases alone lead there.
func direct(local string) (mta.Status, bool) {
	what := ""
	switch {
	case strings.HasPrefix(local, "|"):
		what = "programs"
	case strings.HasPrefix(local, "/"):
		what = "files"
	case len(local) > len(alias.IncludePrefix) && strings.EqualFold(local[:len(alias.IncludePrefix)], alias.IncludePrefix):
		what = alias.IncludePrefix + "s"
	default:
		return mta.Status{}, false
	}
	return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 1}, Text: "Cannot mail directly to " + what}, true
}

// piped is the leaf of a program or a file that an alias named: the :include: or .forward file at source, or the aliases file for "".
func (r *Router) piped(asked address.Address, t alias.Target, source string) Leaf {
	mailer, local, allow := Prog, "|"+t.Path, r.config.Program
	if t.Kind == alias.File {
		mailer, local, allow = File, t.Path, r.config.File
	}
	if t.Kind == alias.File && t.Path == devNull {
		return Leaf{Destination: mta.Destination{Mailer: Discard, User: t.Path}, Address: asked,
			Steps: []mta.Step{{Rule: "local", In: t.Path, Out: Discard, Note: "thrown away"}}}
	}
	why := switchedOff(t.Kind)
	switch {
	case len(local) >= address.MaxLocal: // it could not come back out of the queue
		why = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 3}, Text: "too long"}
	case allow != nil:
		why = mta.Status{}
		if err := allow(t.Path, source); err != nil {
			why = mta.StatusOf(err)
		}
	}
	if why.Code != 0 {
		why.Text = t.Text + "... " + why.Text
		return r.failed(asked, why)
	}
	return Leaf{Destination: mta.Destination{Mailer: mailer, User: t.Path}, Address: address.Address{Local: local},
		Steps: []mta.Step{{Rule: "safety", In: t.Text, Out: mailer, Note: "[safety] allows it"}}}
}

// Piped is Leaf for a recipient that aliases made of a program or a file when the message was accepted: the settings are asked again.
func (r *Router) Piped(a address.Address) Leaf {
	t := alias.Target{Kind: alias.File, Text: a.String(), Path: a.Local}
	if command, ok := strings.CutPrefix(a.Local, "|"); ok {
		t.Kind, t.Path = alias.Program, command
	}
	return r.piped(a, t, "")
}

// IsPiped says that an address names a program or a file, as the recipients that Piped is for do.
func IsPiped(a address.Address) bool {
	return a.Domain == "" && (strings.HasPrefix(a.Local, "|") || strings.HasPrefix(a.Local, "/"))
}

// switchedOff is what is said where the settings allow no program or no file at all.
func switchedOff(kind alias.Kind) mta.Status {
	text := "programs in aliases are switched off; list it in [safety] programs"
	if kind == alias.File {
		text = "files in aliases are switched off; list its directory in [safety] files"
	}
	return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 7, 0}, Text: text}
}

// sourceOf is the :include: or .forward file that named the target of f, "" for the aliases file.
func sourceOf(f alias.Leaf) string {
	if n := len(f.Steps); n > 0 {
		if last := f.Steps[n-1]; last.Rule == alias.IncludePrefix || last.Rule == alias.RuleForward {
			return last.File
		}
	}
	return ""
}
