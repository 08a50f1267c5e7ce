package css

import (
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// Selector is a complex selector: compounds joined by combinators.
//
// Cascadia reads and matches the compounds. The combinators are followed here, from the right, with the set of elements that the
// part matched so far may begin at: so a match costs at most the element's depth (with a sibling combinator, the number of its
// siblings) for each compound, and never more, however the selector is written. Cascadia itself would try all combinations.
type Selector struct {
	parts       []compound // in the order they are written
	specificity [3]int
	key         string
	wide        bool
}

// compound is a compound selector and how it is joined to the one before it.
type compound struct {
	joint byte // ' ', '>', '+', '~'; 0 for the first
	sel   cascadia.Sel
}

// ParseSelector reads one complex selector. It is not ok where the selector is not understood, and so its rule not for anything.
func ParseSelector(text string) (Selector, bool) {
	var s Selector
	text = strings.TrimSpace(text)
	joint := byte(0)
	for text != "" {
		end := find(text, " \t\r\n\f>+~")
		if end == 0 { // combinators, or spaces round one
			c := text[0]
			if strings.IndexByte(">+~", c) < 0 {
				c = ' '
			}
			if joint == ' ' || c != ' ' {
				if joint != ' ' && joint != 0 || len(s.parts) == 0 {
					return Selector{}, false
				}
			}
			if c != ' ' || joint == 0 {
				joint = c
			}
			text = text[1:]
			continue
		}
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		text = text[end:]
		if len(s.parts) == MaxParts || strange(word) {
			return Selector{}, false
		}
		sel, err := cascadia.Parse(word)
		if err != nil {
			return Selector{}, false
		}
		s.parts = append(s.parts, compound{joint, sel})
		for i, n := range sel.Specificity() {
			s.specificity[i] += n
		}
		s.key = key(word)
		s.wide = s.wide || strings.Contains(word, ":") || joint == '~' || joint == '+'
		joint = 0
	}
	return s, len(s.parts) > 0 && (joint == 0 || joint == ' ')
}

// strange says that a compound has what only cascadia knows, or what would cost too much.
func strange(word string) bool {
	low := strings.ToLower(word)
	for _, no := range []string{":has", ":contains", ":matches", ":input", "#=", "!="} {
		if strings.Contains(low, no) {
			return true
		}
	}
	if i := strings.Index(low, ":not("); i >= 0 {
		return strings.ContainsAny(strings.TrimSpace(low[i+5:]), " >+~") || strings.Count(low, ":not(") > 2
	}
	return false
}

// key gives what an element must have to match a compound: "#id", ".class" or "tag"; "" where that is not simple to say.
func key(word string) string {
	if strings.ContainsAny(word, `\`) {
		return ""
	}
	if i := strings.IndexAny(word, ":["); i >= 0 {
		word = word[:i]
	}
	for _, mark := range "#." {
		if i := strings.IndexRune(word, mark); i >= 0 {
			rest := word[i+1:]
			if end := strings.IndexAny(rest, ".#"); end >= 0 {
				rest = rest[:end]
			}
			return string(mark) + rest
		}
	}
	if word == "*" || strings.Contains(word, "|") {
		return ""
	}
	return strings.ToLower(word)
}

// Specificity counts ids, classes and tags (Selectors 3, section 9).
func (s Selector) Specificity() [3]int { return s.specificity }

// Key gives what an element must have for the selector to match it: "#id", ".class" or "tag"; "" for anything.
func (s Selector) Key() string { return s.key }

// Match tells whether the selector matches an element, and how many steps that took. An element with its siblings counts for a
// compound that may ask for its place among them.
func (s Selector) Match(n *html.Node, siblings int) (ok bool, steps int) {
	last := len(s.parts) - 1
	if last < 0 {
		return false, 1
	}
	each := 1
	if s.wide {
		each += siblings
	}
	steps = each
	if !s.parts[last].sel.Match(n) {
		return false, steps
	}
	at := []*html.Node{n} // where the parts matched so far may begin, the deepest first
	for i := last; i > 0 && len(at) > 0; i-- {
		var k int
		at, k = step(at, s.parts[i].joint, s.parts[i-1].sel)
		steps += k * each
	}
	return len(at) > 0, steps
}

// step gives the elements that match sel and stand to one of at as the joint says, and how many were looked at.
func step(at []*html.Node, joint byte, sel cascadia.Sel) (out []*html.Node, looked int) {
	take := func(n *html.Node) {
		looked++
		if n != nil && n.Type == html.ElementNode && sel.Match(n) {
			out = append(out, n)
		}
	}
	switch joint {
	case ' ': // all begin above the first and are nested, so the ancestors of the deepest are all ancestors
		for p := at[0].Parent; p != nil; p = p.Parent {
			take(p)
		}
	case '>':
		for _, n := range at {
			take(n.Parent)
		}
	case '+':
		for _, n := range at {
			take(before(n))
		}
	case '~':
		var parent *html.Node
		for _, n := range at { // of the elements of one parent the last comes first, and has all that stand before the others
			if n.Parent == parent {
				continue
			}
			parent = n.Parent
			for p := before(n); p != nil; p = before(p) {
				take(p)
			}
		}
	}
	return out, looked
}

// before gives the element before n among its siblings.
func before(n *html.Node) *html.Node {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.Type == html.ElementNode {
			return p
		}
	}
	return nil
}
