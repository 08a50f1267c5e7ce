package daemon

import (
	"bytes"
	"fmt"
	"strings"

	"postroom.dev/mta"
)

// maxExplained is how much of a transcript may tell of steps that were decided at the end of the text, in octets. The record has
// them all.
const maxExplained = 32 << 10

// saidOf gives the steps that a message's transcript tells already: those of its MAIL and RCPT commands.
func saidOf(env *mta.Envelope) map[mta.Step]bool {
	n := len(env.Steps)
	for i := range env.Recipients {
		n += len(env.Recipients[i].Steps)
	}
	said := make(map[mta.Step]bool, n)
	for _, s := range env.Steps {
		said[s] = true
	}
	for i := range env.Recipients {
		for _, s := range env.Recipients[i].Steps {
			said[s] = true
		}
	}
	return said
}

// explain puts what was decided since, where the message goes and what changes in it, into its transcript: before the last line,
// the reply that accepts it. A step that many recipients share stands there once: said has those that stand there already, and gets the others.
func explain(env *mta.Envelope, said map[mta.Step]bool) {
	if len(env.Transcript) == 0 {
		return
	}
	last := bytes.LastIndexByte(env.Transcript[:len(env.Transcript)-1], '\n') + 1
	reply := env.Transcript[last:]
	before := ""
	if stamp, _, ok := bytes.Cut(reply, []byte(" ")); ok && bytes.HasPrefix(stamp, []byte("+")) {
		before = string(stamp) + " "
	}
	var lines strings.Builder
	left := 0
	tell := func(steps []mta.Step) {
		for _, s := range steps {
			if said[s] {
				continue
			}
			said[s] = true
			line := before + "* " + visible(s.String()) + "\n"
			if left > 0 || lines.Len()+len(line) > maxExplained {
				left++
				continue
			}
			lines.WriteString(line)
		}
	}
	for i := range env.Recipients {
		tell(env.Recipients[i].Steps)
	}
	tell(env.Steps)
	if left > 0 {
		fmt.Fprintf(&lines, "%s* %d more steps\n", before, left)
	}
	all := make([]byte, 0, len(env.Transcript)+lines.Len())
	env.Transcript = append(append(append(all, env.Transcript[:last]...), lines.String()...), reply...)
}

// visible writes control characters as smtpd does in a transcript: \x0d.
func visible(s string) string {
	if strings.IndexFunc(s, control) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if control(rune(s[i])) {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
