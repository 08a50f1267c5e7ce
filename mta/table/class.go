package table

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"strings"
)

// Class is a set of words in a file, such as local-host-names (class w) and relay-domains (class R). It never changes;
// a nil Class is empty.
type Class struct{ words *Map }

// ParseClass reads a class as sendmail's F lines with the format %[^\#] do: words with blanks between them, up to the
// first "#" of a line. Letters' case does not matter. The first problems are told, as Parse does.
func ParseClass(name string, r io.Reader) (*Class, []Problem) {
	b := NewBuilder(name, Syntax{})
	var problems []Problem
	tell := func(line int, text, cure string) {
		if len(problems) < MaxProblems {
			problems = append(problems, Problem{File: name, Line: line, Text: text, Cure: cure, Warning: true})
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 4096), 1<<20)
	n := 0
	for lines.Scan() {
		n++
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		for _, word := range words {
			if len(word) > MaxLine {
				tell(n, "word too long", "cut it; this word is not read")
				continue
			}
			key := []byte(word)
			fold(key)
			if err := b.Add(key, nil, n); errors.Is(err, ErrTooLarge) {
				tell(n, err.Error(), "this line and what follows is not read")
				return &Class{b.Map()}, problems
			}
		}
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, Problem{File: name, Line: n + 1, Text: err.Error(), Cure: "what follows is not read"})
	}
	return &Class{b.Map()}, problems
}

// Len is the number of words.
func (c *Class) Len() int { return c.Map().Len() }

// Map gives the words as keys, with empty values.
func (c *Class) Map() *Map {
	if c == nil {
		return nil
	}
	return c.words
}

// Has finds a word: a domain, with or without a final dot.
func (c *Class) Has(word string) (Entry, bool) {
	e, ok, _ := c.Map().Get(host(word)) // a Map gives no errors
	return e, ok
}

// Within finds a domain, or the nearest one above it: sendmail's $* $=R.
func (c *Class) Within(domain string) (Entry, bool) {
	domain = host(domain)
	for range maxLookups {
		if e, ok := c.Has(domain); ok || domain == "" || c.Len() == 0 {
			return e, ok
		}
		dot := strings.IndexByte(domain[1:], '.')
		if dot < 0 {
			break
		}
		domain = domain[1+dot:]
		if e, ok := c.Has(domain); ok { // ".example"
			return e, true
		}
		domain = domain[1:]
	}
	return Entry{}, false
}

// Net finds an address, or a network that it is in, cut at the dots or colons: sendmail's $=R $*.
func (c *Class) Net(ip netip.Addr) (Entry, bool) {
	if !ip.IsValid() || c.Len() == 0 {
		return Entry{}, false
	}
	key := Literal(ip)
	for {
		for _, k := range []string{key, key + ".", key + ":"} {
			if e, ok, _ := c.Map().Get(k); ok {
				return e, true
			}
		}
		i := strings.LastIndexAny(key, ".:")
		if i < 0 {
			return Entry{}, false
		}
		key = key[:i]
	}
}
