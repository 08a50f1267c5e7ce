package model

import (
	"strings"

	"postroom.dev/mta"
	"postroom.dev/ui/say"
)

// PlanLines says who would get a message that is released, by which host, and what bounds it.
func PlanLines(p *mta.ReleasePlan) []Line {
	var out []Line
	if p.Refusal != "" {
		out = append(out, Line{{Text: say.T("It cannot go: %s", oneLine(p.Refusal)), Tone: Bad}}, nil)
	}
	for _, r := range p.Recipients {
		line := Line{{Text: oneLine(r.Address)}}
		if r.To != r.Address {
			line = append(line, Span{Text: "  →  ", Tone: Dim}, Span{Text: oneLine(r.To)}, Span{Text: "  " + say.T("redirected"), Tone: Warn})
		}
		out = append(out, line)
		switch {
		case r.Leaves && len(r.Hosts) > 0:
			out = append(out, below(say.T("leaves by %s: %s", r.Mailer, strings.Join(r.Hosts, ", ")), OK))
		case r.Leaves:
			out = append(out, below(say.T("leaves by %s: %s", r.Mailer, r.Host), OK))
		case r.Mailer == "catch" || r.Mailer == "error":
		default:
			out = append(out, below(say.T("stays on this machine: %s", strings.TrimSuffix(r.Mailer+":"+r.Host, ":")), Dim))
		}
		if r.Problem != "" && !strings.HasSuffix(p.Refusal, r.Problem) {
			out = append(out, below(r.Problem, Warn))
		}
	}
	var bounds []string
	if p.Redirect != "" {
		bounds = append(bounds, say.T("All mail that leaves goes to %s.", p.Redirect))
	}
	if p.Bounded {
		bounds = append(bounds, say.T("Mail may go only where [delivery] allow says."))
	}
	if p.Cap > 0 {
		bounds = append(bounds, say.T("%s of %s recipients used today.", Count(p.Left), Count(p.Cap)))
	}
	if len(bounds) > 0 {
		out = append(out, nil, Line{{Text: oneLine(strings.Join(bounds, "  ")), Tone: Dim}})
	}
	for i, s := range p.Earlier {
		if i == 0 {
			out = append(out, nil, Line{{Text: say.T("Released before:"), Tone: Dim}})
		}
		out = append(out, below(s.Out+", "+s.Note, Dim))
	}
	return out
}

// below is a line about the one above it.
func below(text string, tone Tone) Line {
	return Line{{Text: "    ", Margin: true}, {Text: oneLine(text), Tone: tone}}
}

// Addressees are the addresses in a field in which somebody types several, apart by commas, blanks or lines.
func Addressees(text string) []string {
	var out []string
	quoted := false
	for _, s := range strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ',' || r == ';' || r <= ' ')
	}) {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">"))
	}
	return out
}
