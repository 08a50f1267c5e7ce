package sendmail

import (
	"math"
	"slices"
	"strings"
	"time"

	"postroom.dev/spool/queue"
)

// defaultGroup is the queue group that there is.
const defaultGroup = "mqueue"

// runs is what the -q options of a command line ask for together.
type runs struct {
	asked      bool
	words      []string // selections, as queue.ParseSelection takes them
	group      string   // -qG
	foreground bool     // -qf
	interval   time.Duration
}

// add reads the value of one -q.
func (r *runs) add(v string) error {
	r.asked = true
	if strings.HasPrefix(v, "-") {
		return usage("Invalid -q value")
	}
	word, negated := strings.CutPrefix(v, "!")
	if word == "" {
		return nil
	}
	switch word[0] {
	case 'I', 'R', 'S', 'Q', 'L':
		r.words = append(r.words, v)
	case 'G':
		switch {
		case negated:
			return usage("Can not use -q!G")
		case r.group != "":
			return usage("Can not use multiple -qG options")
		}
		r.group = word[1:]
	case 'f':
		r.foreground = true
	case 'p': // a runner that lives on: the difference to an interval is how it divides its work
		r.interval = time.Second
		if word = word[1:]; word == "" {
			return nil
		}
		fallthrough
	default:
		if bad := badUnit(word); bad != "" {
			return usage("%s", bad)
		}
		r.interval = interval(word)
	}
	return nil
}

// selection gives which messages are meant.
func (r *runs) selection() (queue.Selection, error) {
	words := r.words
	if r.group != "" {
		words = append(slices.Clone(words), "G"+r.group)
	}
	s, err := queue.ParseSelection(words...)
	if err != nil {
		return s, usage("%s", err)
	}
	return s, nil
}

// interval reads "1h30m"; a number without a unit is minutes. badUnit has looked at v. What is too long for a
// time.Duration becomes the longest one.
func interval(v string) time.Duration {
	total, number := 0.0, 0.0
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	for i := range len(v) {
		if b := v[i]; b >= '0' && b <= '9' {
			number = 10*number + float64(b-'0')
			continue
		}
		total += number * float64(units[v[i]])
		number = 0
	}
	if total += number * float64(time.Minute); total >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(total)
}
