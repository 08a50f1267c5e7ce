package model

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/table"
	"postroom.dev/mta/table/edit"
	"postroom.dev/mta/trace"
	"postroom.dev/ui/say"
)

// RuleRow is an entry as it is shown.
type RuleRow struct {
	Key, Value string
	Line       string
	Check      Span   // "ok", "note", "error"
	Note       string // what is wrong with it
}

// Len, Key and Index make Rules a list of what is found: a row is named by its line.
func (r *Rules) Len() int { return len(r.shown) }

// Key names a row.
func (r *Rules) Key(i int) int64 { return int64(r.now.entries[r.shown[i]].First) }

// Index finds a row, -1 when it is not there.
func (r *Rules) Index(key int64) int {
	i := sort.Search(len(r.shown), func(i int) bool { return r.Key(i) >= key })
	if i < len(r.shown) && r.Key(i) == key {
		return i
	}
	return -1
}

// RowAt finds the row whose entry has a line, -1 when none of those found has.
func (r *Rules) RowAt(line int) int {
	i := sort.Search(len(r.shown), func(i int) bool { return r.Entry(i).Last >= line })
	if i < len(r.shown) && r.Entry(i).First <= line {
		return i
	}
	return -1
}

// Entry gives the entry of a row.
func (r *Rules) Entry(i int) edit.Entry { return r.now.entries[r.shown[i]] }

// Entries is how many entries the table in sight has.
func (r *Rules) Entries() int {
	if r.now == nil {
		return 0
	}
	return len(r.now.entries)
}

// secret is a password in authinfo, which a grid does not show.
var secret = regexp.MustCompile(`("P[:=])[^"]*`)

// Row gives a row.
func (r *Rules) Row(i int) RuleRow {
	e := r.Entry(i)
	row := RuleRow{Key: noControls(e.Key), Value: noControls(e.Value), Line: strconv.Itoa(e.First), Check: Span{Text: "ok", Tone: OK}}
	if r.now.name == "authinfo" {
		row.Value = secret.ReplaceAllString(row.Value, "$1•••")
	}
	if p, ok := r.problemOf(e); ok {
		row.Note, row.Check = ProblemText(p), Span{Text: "error", Tone: Bad}
		if p.Warning {
			row.Check = Span{Text: "note", Tone: Warn}
		}
	} else if !r.now.checked {
		row.Check = Span{}
	}
	return row
}

// problemOf gives what is wrong with an entry.
func (r *Rules) problemOf(e edit.Entry) (table.Problem, bool) {
	for _, p := range r.now.problems {
		if p.Line >= e.First && p.Line <= e.Last {
			return p, true
		}
	}
	return table.Problem{}, false
}

// ProblemText is a problem and its cure.
func ProblemText(p table.Problem) string {
	return noControls(strings.TrimSuffix(p.Text+"; "+p.Cure, "; "))
}

// Problems are what is wrong with the table in sight.
func (r *Rules) Problems() []table.Problem {
	if r.now == nil {
		return nil
	}
	return r.now.problems
}

// AddressQuestion asks what would happen to mail.
type AddressQuestion struct{ To, From string } // From may be ""

// AddressAnswer says it.
type AddressAnswer struct {
	Answer trace.Answer
	Was    string // what happens now, where that is something else
}

// AnswerLines tells of the steps, and where they end.
func AnswerLines(q AddressQuestion, a *AddressAnswer) []Line {
	ans := &a.Answer
	var out []Line
	for _, s := range ans.Steps {
		out = append(out, ruleStep(s))
	}
	seen := map[string]bool{}
	for _, l := range ans.Leaves {
		for _, s := range l.Steps {
			line := ruleStep(s)
			if text := line.String(); !seen[text] {
				seen[text] = true
				out = append(out, line)
			}
		}
	}
	for _, s := range ans.Renames {
		out = append(out, ruleStep(s))
	}
	tone := OK
	switch {
	case ans.Refusal.Code != 0:
		tone = Bad
	case ans.Discard || ans.Quarantine != "":
		tone = Warn
	}
	for _, l := range ans.Leaves {
		if l.Mailer == "error" {
			tone = Bad
		}
	}
	fate := ans.Fate()
	if q.To == "" {
		fate = ""
	}
	if fate != "" {
		out = append(out, result(say.T("result"), fate, tone))
		if a.Was != "" && a.Was != fate {
			out = append(out, result(say.T("until now"), a.Was, Dim))
		}
	}
	if q.From != "" && ans.Refusal.Code == 0 {
		out = append(out, result(say.T("sender"), fmt.Sprintf("%s → %s", q.From, ans.Sender), Plain))
	}
	return out
}

// ruleStep is one step: dot, rule, and what it did.
func ruleStep(s mta.Step) Line {
	what := strings.TrimPrefix(strings.TrimPrefix(s.Decision(), s.Rule), ": ")
	line := Line{{Text: "●  ", Tone: Accent, Margin: true}, {Text: pad(s.Rule), Margin: true}}
	if what != "" {
		line = append(line, Span{Text: noControls(strings.ReplaceAll(what, " -> ", "  →  "))})
	}
	if source := s.Source(); source != "" {
		name := source[strings.LastIndexByte(source, '/')+1:]
		line = append(line, Span{Text: "   " + noControls(name), Tone: Dim})
	}
	if s.Note != "" {
		line = append(line, Span{Text: "   " + noControls(s.Note), Tone: noteTone(s)})
	}
	return line
}

func result(name, text string, tone Tone) Line {
	return Line{{Text: "●  ", Tone: tone, Margin: true}, {Text: pad(name), Margin: true}, {Text: noControls(text), Tone: tone}}
}

func pad(name string) string {
	name = noControls(name)
	return name + strings.Repeat(" ", max(1, 15-len([]rune(name))))
}

// RulesPreview is which kept messages would fare otherwise.
type RulesPreview struct {
	Looked  int // the newest ones
	All     bool
	Changed []ChangedMessage // at most maxChanged
	More    int
}

// ChangedMessage is a message that would fare otherwise.
type ChangedMessage struct {
	ID      int64
	Subject string
	What    []trace.Difference
}

// PreviewLines tells of a preview.
func PreviewLines(p *RulesPreview) []Line {
	n := len(p.Changed) + p.More
	head := say.T("None of the %s newest messages would fare otherwise.", Count(p.Looked))
	if n > 0 {
		head = say.T("%s of the %s newest messages would fare otherwise:", Count(n), Count(p.Looked))
	}
	out := []Line{{{Text: head, Tone: Accent}}}
	for _, m := range p.Changed {
		out = append(out, Line{{Text: fmt.Sprintf("%d  ", m.ID), Tone: Dim, Margin: true}, {Text: linkText(m.Subject), Tone: Accent, Link: MessageLink(m.ID)}})
		for _, d := range m.What {
			out = append(out, Line{{Text: "    ", Margin: true}, {Text: noControls(d.What) + "  ", Tone: Dim}, {Text: noControls(d.Was)}, {Text: "  →  ", Tone: Dim}, {Text: noControls(d.Then), Tone: Accent}})
		}
	}
	if p.More > 0 {
		out = append(out, Line{{Text: say.T("and %s more", Count(p.More)), Tone: Dim}})
	}
	return out
}

// linkText is what stands for a message that can be clicked.
func linkText(subject string) string {
	if s := strings.TrimSpace(noControls(subject)); s != "" {
		return Short(s, 80)
	}
	return say.T("(no subject)")
}

// DomainOf is the domain of an address, "" when it has none.
func DomainOf(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return address[i+1:]
	}
	return ""
}
