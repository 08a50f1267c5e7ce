package queue

import (
	"errors"
	"strings"
	"testing"

	"postroom.dev/spool/qf"
)

// asked is a message that selections are tried on.
type asked struct {
	kind, id, sender, reason string
	recipients               []string
}

var (
	alice = asked{"qf", "6AM9dEmd012301", "<Alice@x.example>", "", []string{"sally@ok.example", "bob@Ok.example"}}
	bob   = asked{"qf", "6AM9dEmd012302", "<bob@x.example>", "", []string{"Sally@closed.example"}}
	null  = asked{"qf", "6am9dEmd012303", "<>", "", []string{"carl@closed.example"}}
	spam  = asked{"hf", "6AM9dEmd012304", "<q@x>", "Spam suspect", []string{"u@x"}}
	mute  = asked{"hf", "6AM9dEmd012305", "<q@x>", "", []string{"u@x"}}
	lost  = asked{"Qf", "6AM9dEmd012306", "<l@x>", "", []string{"u@x"}}
	half  = asked{"qf", "6AM9dEmd012307", "<q@x>", "held", []string{"u@x"}}
)

// selected is what sendmail -bp listed of these messages, one directory with all of them (but for half, which
// it lists where no sender and no recipient is asked for).
var selected = map[string][]asked{
	"":               {alice, bob, null},
	"I6AM":           {alice, bob},
	"I6am":           {null},
	"Iqf":            {alice, bob, null},
	"!I6AM":          {null},
	"I":              {alice, bob, null},
	"I2301 I2303":    {alice, null},
	"Rsally":         {alice, bob},
	"RSALLY":         {alice, bob},
	"!Rsally":        {alice, null},
	"Rsally Rcarl":   {alice, bob, null},
	"Rsally Sbob":    {bob},
	"R":              {alice, bob, null},
	"Salice":         {alice},
	"!Salice":        {bob, null},
	"S<>":            {null},
	"Q":              {spam, mute},
	"Qspam":          {},
	"QSpam":          {spam},
	"!QSpam":         {},
	"!Qham":          {spam},
	"QSpam Rnobody":  {},
	"L":              {lost},
	"L I06":          {lost},
	"L I07":          {},
	"Gmqueue Salice": {alice},
}

func TestSelectionIsSendmails(t *testing.T) {
	for words, want := range selected {
		s, err := ParseSelection(strings.Fields(words)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []asked{alice, bob, null, spam, mute, lost, half} {
			meant := false
			for _, w := range want {
				meant = meant || w.id == a.id
			}
			c := &qf.Control{Sender: a.sender, Quarantine: a.reason}
			m := &Message{Kind: a.kind, ID: a.id, Summary: qf.Summary{Sender: a.sender, Quarantine: a.reason}}
			for _, r := range a.recipients {
				c.Recipients = append(c.Recipients, qf.Recipient{Address: r})
				m.Summary.Recipients = append(m.Summary.Recipients, qf.SummaryRecipient{Address: r})
			}
			if got := s.Kind() == a.kind && s.Match(c, a.id); got != meant {
				t.Errorf("-q%s of %s%s: %v", words, a.kind, a.id, got)
			}
			if got := s.MatchMessage(m); got != meant {
				t.Errorf("-q%s of %s%s in an index: %v", words, a.kind, a.id, got)
			}
		}
	}
}

func TestSelectionSaysWhatItIs(t *testing.T) {
	for words, want := range map[string]struct {
		kind       string
		all, named bool
		group      string
	}{
		"":      {"qf", true, false, ""},
		"Ia":    {"qf", false, true, ""},
		"!Ra":   {"qf", false, true, ""},
		"Q":     {"hf", true, false, ""},
		"Qspam": {"hf", false, false, ""},
		"Q Sa":  {"hf", false, true, ""},
		"L":     {"Qf", true, false, ""},
		"Gfoo":  {"qf", true, false, "foo"},
	} {
		s, err := ParseSelection(strings.Fields(words)...)
		if err != nil || s.Kind() != want.kind || s.All() != want.all || s.Named() != want.named || s.Group() != want.group {
			t.Errorf("%q: %+v, %v", words, s, err)
		}
	}
}

func TestWhatSelectsNothingIsAnError(t *testing.T) {
	for _, word := range []string{"", "!", "30m", "15", "f", "v", "i6AM", "-5"} {
		if _, err := ParseSelection("Ia", word); !errors.Is(err, ErrSelection) {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func FuzzSelection(f *testing.F) {
	f.Add("!Rsally", "sally@x")
	f.Add("S\xff\xc3A", "\xff\xc3a")
	f.Fuzz(func(t *testing.T, word, sender string) {
		s, err := ParseSelection(word)
		if err != nil {
			return
		}
		c := &qf.Control{Sender: sender}
		if text, ok := strings.CutPrefix(word, "S"); ok && strings.Contains(sender, text) && !s.Match(c, id) {
			t.Errorf("%q does not match %q", word, sender)
		}
	})
}
