package alias

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// Parse reads an aliases file. What is wrong with a line is told in newaliases' words where it has some (Ours is
// false), and only that line is left out. local says which domains are local; names without domain and
// localhost always are. name stands in entries and problems.
func Parse(name string, r io.Reader, local func(domain string) bool) (*DB, []table.Problem) {
	p := parser{name: name, local: isLocal(local), entries: table.NewBuilder(name, table.Syntax{Replace: true})}
	l := newLines(r, MaxLine)
	for l.next() {
		p.line = l.last
		p.logical(l)
	}
	if l.err != nil && !errors.Is(l.err, io.EOF) {
		p.tell(table.Problem{Text: l.err.Error(), Cure: "what follows is not read"})
	}
	db := &DB{entries: p.entries.Map(), local: p.local, count: p.count}
	for _, loop := range db.loops() {
		p.tell(loop)
	}
	if p.untold > 0 {
		p.problems = append(p.problems, table.Problem{File: name, Text: fmt.Sprintf("%d more problems", p.untold), Cure: "mend those above first", Ours: true, Warning: true})
	}
	return db, p.problems
}

type parser struct {
	name     string
	local    func(string) bool
	entries  *table.Builder
	count    Count
	line     int
	problems []table.Problem
	untold   int
}

func (p *parser) tell(problem table.Problem) {
	if len(p.problems) >= table.MaxProblems {
		p.untold++
		return
	}
	problem.File = p.name
	if problem.Line == 0 {
		problem.Line = p.line
	}
	p.problems = append(p.problems, problem)
}

// refuse tells that the line is left out.
func (p *parser) refuse(cure, format string, a ...any) {
	p.tell(table.Problem{Text: fmt.Sprintf(format, a...), Cure: cure})
}

// logical reads one logical line.
func (p *parser) logical(l *lines) {
	text := string(l.text)
	switch {
	case l.long && !strings.HasPrefix(text, "#"):
		p.refuse("put the names into a file and write :include:/path/of/that/file", "alias line too long")
		return
	case text == "" || text[0] == '#':
		return
	case text[0] == ' ' || text[0] == '\t':
		p.refuse("begin the name at the line's start, or remove the empty line above a continued value", "Non-continuation line starts with space")
		return
	}
	written, value, ok := strings.Cut(text, ":")
	if !ok {
		p.refuse("write name: value", "missing colon")
		return
	}
	key, shown, ok := p.readName(text, written)
	if !ok {
		return
	}
	value = strings.TrimLeft(value, " \t\r\n\v\f")
	if value == "" {
		p.refuse("write a value, or remove the line", "%.40s... missing value for alias", text)
		return
	}
	p.store(key, shown, written, value)
	for _, t := range Targets(value, p.local) {
		if text := t.problem(); text != "" {
			p.tell(table.Problem{Text: text, Cure: "write targets with commas between them; \"|program arguments\" in quotes", Ours: true, Warning: true})
		}
	}
}

// readName reads what stands before the colon. shown is how sendmail keeps it.
func (p *parser) readName(text, written string) (key, shown string, ok bool) {
	bare := strings.TrimSpace(written)
	if bare == "" {
		p.refuse("write a name before the colon", "%.40s... illegal alias name", text)
		return "", "", false
	}
	if strings.HasPrefix(bare, "|") || strings.HasPrefix(bare, "/") || strings.HasPrefix(bare, `"|`) || strings.HasPrefix(bare, `"/`) {
		p.refuse("programs and files stand behind the colon", "%s... cannot alias non-local names", written)
		return "", "", false
	}
	// Sendmail takes blanks and commas in a name without quotes, and never finds one with a backslash in front.
	if !strings.ContainsAny(bare, "\"<>()@\\") || bare[0] == '\\' {
		return p.checkName(text, table.Fold(bare), table.Fold(bare))
	}
	a, err := address.Parse(bare)
	if unbalanced := (*address.UnbalancedError)(nil); errors.As(err, &unbalanced) && unbalanced.Char == '"' {
		p.tell(table.Problem{Text: fmt.Sprintf("%s... Unbalanced '\"'", text), Cure: "the name ends at the first colon; close the quote before it", Warning: true})
		whole := table.Fold(text)
		return p.checkName(text, strings.Trim(whole, `"`), whole+`"`)
	}
	switch {
	case err != nil || a.IsNull():
		p.refuse("write a local part, in quotes where it has blanks", "%.40s... illegal alias name", text)
		return "", "", false
	case !p.local(a.Domain):
		p.refuse("name a local user here, or put the domain into local-host-names; other domains belong in virtusertable", "%s... cannot alias non-local names", written)
		return "", "", false
	}
	key = table.Fold(a.Local)
	return p.checkName(text, key, Quote(key))
}

func (p *parser) checkName(text, key, shown string) (string, string, bool) {
	if len(key) > address.MaxLocal || strings.ContainsRune(key, 0) {
		p.refuse("shorten the name", "%.40s... illegal alias name", text)
		return "", "", false
	}
	return key, shown, true
}

// store keeps an entry, in place of an earlier one.
func (p *parser) store(key, shown, written, value string) {
	if first, ok := p.entries.Find([]byte(key)); ok {
		p.tell(table.Problem{Text: fmt.Sprintf("%s... Warning: duplicate alias name %s", written, shown),
			Cure: fmt.Sprintf("remove one of them; this one is in force, line %d is not", first.Line), Warning: true})
	}
	if err := p.entries.Add([]byte(key), []byte(value), p.line); err != nil {
		p.refuse("split the file", "%s... %v", written, err)
		return
	}
	p.count.add(shown, value)
}
