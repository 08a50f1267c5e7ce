package query

import (
	"strconv"
	"strings"
	"time"
)

// Operator is a word that may stand before a colon.
type Operator struct {
	Name    string
	Kind    Kind     // "" where it looks for words; of is: and has:, the first that they ask for
	Values  []string // all that it takes; nil where that cannot be listed
	Example string   // of a value
	Meaning string   // in a few words, English
}

// Operators gives all operators, in the order in which they are offered.
func Operators() []Operator {
	names := make([]string, 0, 9)
	for _, s := range states() {
		names = append(names, string(s))
	}
	is := append([]string{"unread", "read", "starred"}, names...)
	return []Operator{
		{Name: "from", Example: "ada@example.com", Meaning: "the From field has the word"},
		{Name: "to", Example: "team@example.com", Meaning: "the To field or an envelope recipient has the word"},
		{Name: "cc", Example: "bob", Meaning: "the Cc field has the word"},
		{Name: "subject", Example: `"your order"`, Meaning: "the subject has the word"},
		{Name: "body", Example: "invoice", Meaning: "the text has the word"},
		{Name: "has", Kind: Attachment, Values: []string{"attachment"}, Example: "attachment", Meaning: "there is an attachment"},
		{Name: "is", Kind: Unread, Values: is, Example: "unread", Meaning: "unread, read, starred, or what became of a recipient"},
		{Name: "state", Kind: State, Values: names, Example: "bounced", Meaning: "what became of a recipient"},
		{Name: "tag", Kind: Tag, Example: "work", Meaning: "it has the tag"},
		{Name: "rcpt", Kind: Rcpt, Example: "ada@example.com", Meaning: "the envelope has exactly this recipient"},
		{Name: "program", Kind: Program, Example: "php", Meaning: "the program that sent it"},
		{Name: "user", Kind: User, Example: "www-data", Meaning: "who logged in, or ran sendmail"},
		{Name: "port", Kind: Port, Example: "1025", Meaning: "the port that it came to"},
		{Name: "dir", Kind: Dir, Example: "/srv/shop", Meaning: "the directory that the program ran in, or one above"},
		{Name: "after", Kind: After, Example: "7d", Meaning: "it arrived on that day or later: 2026-01-31, 7d, today"},
		{Name: "before", Kind: Before, Example: "2026-01-31", Meaning: "it arrived before that day"},
		{Name: "larger", Kind: Larger, Example: "1M", Meaning: "it has more octets: 20k, 1M"},
		{Name: "smaller", Kind: Smaller, Example: "20k", Meaning: "it has fewer octets"},
	}
}

func operator(name string) (Operator, bool) {
	for _, o := range Operators() {
		if o.Name == name {
			return o, true
		}
	}
	return Operator{}, false
}

func (o Operator) example() string { return ", such as " + o.Name + ":" + o.Example }

// condition makes the operator's condition of what stands behind the colon.
func (o Operator) condition(value string, now time.Time) (Condition, error) {
	c := Condition{Kind: o.Kind}
	word := strings.ToLower(strings.TrimSpace(value))
	ok := word != ""
	switch o.Name {
	case "has":
		ok = word == "attachment" || word == "attachments"
	case "is":
		switch word {
		case "unread", "starred":
			c.Kind = Kind(word)
		case "read":
			c.Exclude = true
		default:
			c.Kind, c.Text = State, word
			ok = isState(word)
		}
	case "state":
		c.Text, ok = word, isState(word)
	case "after", "before":
		c.Time, ok = moment(word, now)
	case "larger", "smaller":
		c.Octets, ok = octets(word)
	case "dir":
		c.Text = cleanDir(value)
		ok = c.Text != ""
	default:
		c.Text = word
	}
	if ok {
		return c, nil
	}
	if o.Values != nil {
		all := o.Name + ":" + strings.Join(o.Values, " "+o.Name+":")
		return c, refuse("%s:%s is not known; there %s %s", o.Name, value, isOrAre(len(o.Values)), all)
	}
	return c, refuse("%s:%s is not understood; write it like %s:%s", o.Name, value, o.Name, o.Example)
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func isState(word string) bool {
	for _, s := range states() {
		if word == string(s) {
			return true
		}
	}
	return false
}

// moment reads a day, or how long ago. Days begin in the zone of now.
func moment(word string, now time.Time) (time.Time, bool) {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch word {
	case "today":
		return day, true
	case "yesterday":
		return day.AddDate(0, 0, -1), true
	}
	for _, layout := range []string{"2006-01-02", "2006-01", "2006", "2006-01-02t15:04", "2006-01-02t15:04:05"} {
		if t, err := time.ParseInLocation(layout, word, now.Location()); err == nil {
			return t, true
		}
	}
	digits := strings.TrimRight(word, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > 100_000 {
		return time.Time{}, false
	}
	switch word[len(digits):] {
	case "min":
		return now.Add(-time.Duration(n) * time.Minute), true
	case "h":
		return now.Add(-time.Duration(n) * time.Hour), true
	case "d":
		return now.AddDate(0, 0, -n), true
	case "w":
		return now.AddDate(0, 0, -7*n), true
	}
	return time.Time{}, false
}

// octets reads a size.
func octets(word string) (int64, bool) {
	unit := int64(1)
	word = strings.TrimSuffix(word, "b")
	for suffix, n := range map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30} {
		if short, ok := strings.CutSuffix(word, suffix); ok {
			word, unit = short, n
			break
		}
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil || !(n >= 0 && n <= 1<<40) { // NaN is neither
		return 0, false
	}
	return int64(n * float64(unit)), true
}

// cleanDir gives a directory without the slash at its end.
func cleanDir(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 {
		s = strings.TrimRight(s, "/")
	}
	return s
}

// Matches says that a program, user, port or directory that is known of a message is what a condition asks for.
func (c Condition) Matches(value string) bool {
	if c.Kind != Dir {
		return strings.EqualFold(value, c.Text)
	}
	if value == c.Text || strings.HasSuffix(value, "/"+c.Text) && !strings.HasPrefix(c.Text, "/") {
		return true
	}
	return strings.HasPrefix(c.Text, "/") && strings.HasPrefix(value, strings.TrimSuffix(c.Text, "/")+"/")
}
