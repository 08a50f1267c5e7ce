package style

import (
	"cmp"
	"image/color"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"postroom.dev/ui/mailhtml/css"
)

// MaxCost bounds the steps that matching selectors takes for a document.
const MaxCost = 20_000_000

// Cascade computes the styles of one document for one screen. Make it with New. It is for one goroutine.
type Cascade struct {
	screen   css.Screen
	quirks   bool
	cost     int
	rules    map[string][]entry // by the key of the selector
	body     *Style             // what tables in quirks mode take their colour from
	siblings map[*html.Node]int
	Exceeded bool // MaxCost was reached: the sheets applied no longer
}

// entry is a selector with its declarations and its place in the cascade.
type entry struct {
	selector css.Selector
	rule     *css.Rule
	order    int
}

// New prepares the sheet's rules that hold on a screen. Quirks says that the document has no doctype that asks for today's rules.
func New(sheet *css.Sheet, screen css.Screen, quirks bool) *Cascade {
	c := &Cascade{screen: screen, quirks: quirks, rules: map[string][]entry{}, siblings: map[*html.Node]int{}}
	for i := range sheet.Rules {
		r := &sheet.Rules[i]
		holds := true
		for _, m := range r.Media {
			holds = holds && m.Holds(screen)
		}
		if !holds {
			continue
		}
		for _, s := range r.Selectors {
			c.rules[s.Key()] = append(c.rules[s.Key()], entry{s, r, i})
		}
	}
	return c
}

// Root gives the style that the root element inherits from.
func (c *Cascade) Root() *Style { return initial() }

// Of computes the style of an element inside a parent of style p.
func (c *Cascade) Of(n *html.Node, p *Style) *Style {
	s := p.inherit()
	c.byTag(s, n, p)
	c.byAttributes(s, n)
	c.apply(s, p, c.declared(n))
	s.finish()
	if n.Data == "body" {
		c.body = s
	}
	return s
}

// declared gives the declarations for an element, the weakest first.
func (c *Cascade) declared(n *html.Node) []css.Declaration {
	var found []entry
	look := func(key string) {
		for _, e := range c.rules[key] {
			if c.cost > MaxCost {
				c.Exceeded = true
				return
			}
			ok, steps := e.selector.Match(n, c.count(n.Parent))
			if c.cost += steps; ok {
				found = append(found, e)
			}
		}
	}
	look("")
	look(n.Data)
	own := ""
	for _, a := range n.Attr {
		switch a.Key {
		case "id":
			look("#" + a.Val)
		case "class":
			var seen []string
			for _, class := range strings.Fields(a.Val) {
				if len(seen) < 32 && !slices.Contains(seen, class) {
					seen = append(seen, class)
					look("." + class)
				}
			}
		case "style":
			own = a.Val
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int {
		sa, sb := a.selector.Specificity(), b.selector.Specificity()
		return cmp.Or(slices.Compare(sa[:], sb[:]), cmp.Compare(a.order, b.order))
	})
	var plain, important []css.Declaration
	add := func(ds []css.Declaration) {
		for _, d := range ds {
			if d.Important {
				important = append(important, d)
			} else {
				plain = append(plain, d)
			}
		}
	}
	for _, e := range found {
		add(e.rule.Declarations)
	}
	if own != "" {
		add(css.ParseDeclarations(own))
	}
	return append(plain, important...)
}

// count gives the number of children of a node.
func (c *Cascade) count(n *html.Node) int {
	if n == nil {
		return 0
	}
	if k, ok := c.siblings[n]; ok {
		return k
	}
	k := 0
	for ch := n.FirstChild; ch != nil; ch = ch.NextSibling {
		k++
	}
	c.siblings[n] = k
	return k
}

// apply sets properties: first those that others refer to.
func (c *Cascade) apply(s, p *Style, ds []css.Declaration) {
	own := false
	for _, d := range ds {
		if strings.HasPrefix(d.Name, "--") {
			if !own { // the parent's are shared
				s.custom, own = clone(s.custom), true
			}
			if len(s.custom) < css.MaxDeclarations {
				s.custom[d.Name] = d.Value
			}
		}
	}
	set := setter{s: s, p: p, quirks: c.quirks, screen: c.screen}
	for _, d := range ds {
		switch d.Name {
		case "font-size", "font", "color", "direction":
			set.property(d.Name, set.resolved(d.Value, 0))
		}
	}
	if s.ems > 0 {
		s.Margin[TopEdge], s.Margin[BottomEdge] = css.Pixels(s.ems*s.Font.Size), css.Pixels(s.ems*s.Font.Size)
	}
	for _, d := range ds {
		switch d.Name {
		case "font-size", "color", "direction":
		case "font":
			set.fontRest(set.resolved(d.Value, 0))
		default:
			set.property(d.Name, set.resolved(d.Value, 0))
		}
	}
}

func clone(m map[string]string) map[string]string {
	out := make(map[string]string, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

// resolved puts values in the place of var(…).
func (t setter) resolved(value string, depth int) string {
	i := strings.Index(value, "var(")
	if i < 0 || depth > 4 || len(value) > 4096 {
		return value
	}
	end, open := -1, 0
	for k := i + 3; k < len(value) && end < 0; k++ {
		switch value[k] {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				end = k
			}
		}
	}
	if end < 0 {
		return ""
	}
	name, other, _ := strings.Cut(value[i+4:end], ",")
	v, ok := t.s.custom[strings.TrimSpace(name)]
	if !ok {
		v = strings.TrimSpace(other)
	}
	return t.resolved(value[:i]+v+value[end+1:], depth+1)
}

// linkColor is the colour of links that say nothing else.
var linkColor = color.NRGBA{R: 0, G: 0, B: 238, A: 255}
