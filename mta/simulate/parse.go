package simulate

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/table"
)

// Limits of a script.
const (
	MaxSize   = 1 << 20 // octets
	MaxRules  = 1000
	MaxLine   = 1023 // octets
	MaxDelay  = 10 * time.Minute
	maxCount  = 1_000_000
	maxRate   = 1000
	maxPeriod = 365 * 24 * time.Hour
)

// Parse reads a script. name stands for it in problems and Steps. A line that cannot be read is a problem, and is left out.
func Parse(name string, r io.Reader) (*Script, []table.Problem) {
	s := &Script{file: name}
	text, problems := table.ReadText(name, r, MaxSize)
	tell := func(line int, text, cure string) {
		if len(problems) < table.MaxProblems {
			problems = append(problems, table.Problem{File: name, Line: line, Text: text, Cure: cure})
		}
	}
	s.hash = sha256.Sum256(text)
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0 || line[0] == '#':
			continue
		case len(line) > MaxLine:
			tell(n, fmt.Sprintf("line too long (%d octets max)", MaxLine), "cut it")
			continue
		case len(s.rules) == MaxRules:
			tell(n, fmt.Sprintf("more than %d rules", MaxRules), "this line and what follows is not read")
			return s, problems
		}
		rule, err := parseRule(string(line))
		if err != nil {
			m, _ := errors.AsType[mistake](err)
			tell(n, m.text, m.cure)
			continue
		}
		rule.line = n
		s.rules = append(s.rules, rule)
	}
	for i, r := range s.rules { // a rule behind one that always answers
		for _, before := range s.rules[:i] {
			if before.stage == r.stage && len(before.matches) == 0 && before.count.kind == "" {
				problems = append(problems, table.Problem{File: name, Line: r.line, Warning: true,
					Text: fmt.Sprintf("never asked: line %d answers every %s", before.line, r.stage), Cure: "put it before that line"})
				break
			}
		}
	}
	return s, problems
}

// mistake is what is wrong with a line and what to do about it.
type mistake struct{ text, cure string }

func (m mistake) Error() string { return m.text }

func wrong(cure, format string, a ...any) error { return mistake{fmt.Sprintf(format, a...), cure} }

// parseRule reads one line.
func parseRule(line string) (r rule, err error) {
	word, rest, err := cutWord(line)
	if err != nil {
		return r, err
	}
	r.stage = Stage(strings.ToLower(word))
	if !slices.Contains(Stages(), r.stage) {
		return r, wrong("begin with connect, helo, mail, rcpt, data or dot", "%.40q is no stage of a session", word)
	}
	seen := map[string]bool{}
	for {
		r.when = strings.TrimSpace(strings.TrimSuffix(line, rest))
		word, behind, err := cutWord(rest)
		if err != nil {
			return r, err
		}
		key, value, is := strings.Cut(word, "=")
		if key = strings.ToLower(key); !is || !isKey(key) {
			break
		}
		if seen[key] {
			return r, wrong("write another rule", "%s stands there twice", key)
		}
		seen[key] = true
		if err := r.condition(key, value); err != nil {
			return r, err
		}
		rest = behind
	}
	if err := r.count.complete(seen); err != nil {
		return r, err
	}
	if rest == "" && r.answer.Delay > 0 {
		rest = "pass"
	}
	r.says = rest
	if r.answer.Delay > 0 && rest == "pass" {
		r.says = "delay of " + r.answer.Delay.String()
	}
	return r, r.reply(rest)
}

// Split cuts a rule in two: its stage with the conditions, as they are written, and the answer, "" where there is none. It does not ask
// whether they make sense; the error is a quote that is not closed.
func Split(line string) (when, answer string, err error) {
	line = strings.TrimSpace(line)
	_, rest, err := cutWord(line)
	for err == nil && rest != "" {
		var word, behind string
		word, behind, err = cutWord(rest)
		if key, _, is := strings.Cut(word, "="); err != nil || !is || !isKey(strings.ToLower(key)) {
			break
		}
		rest = behind
	}
	return strings.TrimSpace(strings.TrimSuffix(line, rest)), rest, err
}

// isKey says that a word with this before its "=" is a condition: small letters.
func isKey(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < 'a' || c > 'z' })
}

// cutWord takes the first word off a line. What stands in double quotes is part of a word with its blanks, without the quotes.
func cutWord(s string) (word, rest string, err error) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			return b.String(), strings.TrimLeft(s[i:], " \t"), nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", wrong(`end it with "`, "a quote is not closed")
	}
	return b.String(), "", nil
}

// condition reads one key=value.
func (r *rule) condition(key, value string) error {
	if value == "" {
		return wrong("write "+key+"=VALUE", "%s has no value", key)
	}
	add := func(m func(*Event) bool) { r.matches = append(r.matches, m) }
	needs := func(stages ...Stage) error {
		if slices.Contains(stages, r.stage) {
			return nil
		}
		return wrong(fmt.Sprintf("ask at %s", stages[0]), "%s is not known at %s", key, r.stage)
	}
	switch key {
	case "delay":
		d, err := parseTime(value, MaxDelay)
		r.answer.Delay = d
		return err
	case "client":
		m, err := parseClient(value)
		add(m)
		return err
	case "helo":
		if r.stage == Connect {
			return needs(Helo)
		}
		add(func(e *Event) bool { return strings.EqualFold(e.Origin.HELO, value) })
	case "from":
		p, err := parsePattern(value)
		if err == nil {
			err = needs(Mail, Rcpt, Data, Dot)
		}
		add(func(e *Event) bool { a, ok := e.sender(); return ok && p.match(a) })
		return err
	case "to":
		p, err := parsePattern(value)
		if err == nil {
			err = needs(Rcpt, Data, Dot)
		}
		add(func(e *Event) bool { return slices.ContainsFunc(e.recipients(), p.match) })
		return err
	case "after":
		n, err := parseCount(value, maxCount)
		if err == nil {
			err = needs(Rcpt, Data, Dot)
		}
		add(func(e *Event) bool { return e.Envelope != nil && len(e.Envelope.Recipients) >= n })
		return err
	case "over":
		n, err := parseSize(value)
		if err == nil {
			err = needs(Dot)
		}
		add(func(e *Event) bool { return e.Size > n })
		return err
	case "subject", "header":
		name, text := "subject", value
		if key == "header" {
			var ok bool
			if name, text, ok = strings.Cut(value, ":"); !ok || name == "" {
				return wrong("write header=NAME:TEXT", "%.40q names no field", value)
			}
		}
		text = strings.ToLower(strings.TrimSpace(text))
		add(func(e *Event) bool { return fieldHas(e.Header, name, text) })
		return needs(Dot)
	default:
		return r.count.set(key, value)
	}
	return nil
}

// reply reads what a rule answers.
func (r *rule) reply(text string) error {
	switch strings.ToLower(text) {
	case "":
		return wrong("write CODE TEXT, disconnect or pass behind the conditions", "the rule answers nothing")
	case "pass":
		return nil
	case "disconnect":
		r.answer.Disconnect = true
		return nil
	case "accept-disconnect":
		r.answer.Disconnect, r.answer.Keep = true, true
		if r.stage != Dot {
			return wrong("write it at dot, or write disconnect", "nothing is there to be accepted at %s", r.stage)
		}
		return nil
	}
	if size, ok := strings.CutPrefix(text, "disconnect-after="); ok {
		if r.stage != Data {
			return wrong("write it at data", "no text comes after %s", r.stage)
		}
		n, err := parseSize(size)
		r.answer.Within = max(n, 1)
		return err
	}
	word, words, _ := strings.Cut(text, " ")
	code, err := strconv.Atoi(word)
	if err != nil || len(word) != 3 {
		return wrong("write CODE TEXT, disconnect, accept-disconnect or pass", "%.40q is neither a condition nor an answer", word)
	}
	if code < 400 || code > 599 {
		return wrong("write a code from 400 to 599, or pass", "%d is no refusal", code)
	}
	s := mta.Status{Code: code}
	words = strings.TrimLeft(words, " \t")
	if first, rest, _ := strings.Cut(words, " "); strings.Count(first, ".") == 2 {
		if e, ok := parseEnhanced(first); ok {
			if e[0] != code/100 {
				return wrong(fmt.Sprintf("write %d.%d.%d", code/100, e[1], e[2]), "%s does not go with %d", first, code)
			}
			s.Enhanced, words = e, strings.TrimLeft(rest, " \t")
		}
	}
	if words == "" {
		return wrong("write some words behind it", "%s has no text", text)
	}
	if i := strings.IndexFunc(words, func(c rune) bool { return c < ' ' && c != '\t' || c > '~' }); i >= 0 {
		return wrong("write ASCII", "a reply is ASCII, and %.20q is not", words[i:])
	}
	s.Text = strings.ReplaceAll(words, `\n`, "\n")
	r.answer.Status = s
	return nil
}

func parseEnhanced(s string) (e mta.Enhanced, ok bool) {
	for i, p := range strings.SplitN(s, ".", 3) {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n > 999 {
			return e, false
		}
		e[i] = int(n)
	}
	return e, true
}

func parsePattern(s string) (p pattern, err error) {
	if s == "<>" {
		return pattern{null: true}, nil
	}
	i := strings.LastIndexByte(s, '@')
	if i < 0 || s == "@" {
		return p, wrong("write user@host, user@, @host, @.host or <>", "%.40q is no address", s)
	}
	p.local, p.domain = s[:i], strings.TrimRight(address.Address{Local: "x", Domain: s[i+1:]}.Fold().Domain, ".")
	p.domain, p.below = strings.CutPrefix(p.domain, ".")
	return p, nil
}

func parseClient(s string) (func(*Event) bool, error) {
	if strings.EqualFold(s, "sendmail") {
		return func(e *Event) bool { return !e.ip().IsValid() }, nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return func(e *Event) bool { return p.Contains(e.ip()) }, nil
	}
	if ip, err := netip.ParseAddr(strings.TrimPrefix(strings.Trim(s, "[]"), "IPv6:")); err == nil {
		return func(e *Event) bool { return e.ip() == ip.Unmap() }, nil
	}
	name := strings.ToLower(strings.TrimRight(s, "."))
	if strings.ContainsAny(name, "/:@*") || name == "" {
		return nil, wrong("write an IP address, a network such as 192.0.2.0/24, a host name, or sendmail", "%.40q is no client", s)
	}
	if strings.HasPrefix(name, ".") {
		return func(e *Event) bool { return strings.HasSuffix(strings.ToLower(e.Origin.Name), name) }, nil
	}
	return func(e *Event) bool { return strings.ToLower(e.Origin.Name) == name }, nil
}

func parseCount(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, wrong(fmt.Sprintf("write a number from 1 to %d", most), "%.40q is no count", s)
	}
	return n, nil
}

func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "KMGBkmgb")
	n, err := strconv.ParseInt(digits, 10, 40)
	factor, ok := map[string]int64{"": 1, "K": 1 << 10, "KB": 1 << 10, "M": 1 << 20, "MB": 1 << 20, "G": 1 << 30, "GB": 1 << 30}[strings.ToUpper(s[len(digits):])]
	if err != nil || n < 0 || !ok || n > 1<<50/factor {
		return 0, wrong("write 500, 10K or 1M", "%.40q is no size", s)
	}
	return n * factor, nil
}

func parseTime(s string, most time.Duration) (time.Duration, error) {
	text := s
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			text = fmt.Sprintf("%dh", n*24)
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > most {
		return 0, wrong(fmt.Sprintf("write 500ms, 10s or 5m, and not more than %v", most), "%.40q is no time", s)
	}
	return d, nil
}

// fieldHas says that a field of a header, folded lines put together, has text in it in any case.
func fieldHas(header []byte, name, text string) bool {
	var value strings.Builder
	in, found := false, false
	check := func() {
		found = found || in && strings.Contains(strings.ToLower(value.String()), text)
		value.Reset()
	}
	for line := range bytes.Lines(header) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			check()
			key, rest, ok := bytes.Cut(line, []byte(":"))
			in = ok && strings.EqualFold(string(bytes.TrimRight(key, " \t")), name)
			line = rest
		}
		if in {
			value.Write(line)
		}
	}
	check()
	return found
}
