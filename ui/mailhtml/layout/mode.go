package layout

import (
	"strings"

	"golang.org/x/net/html"
)

// limited are the beginnings of public identifiers that ask for limited quirks mode; transitional ones of HTML 4.01 do so only
// with a system identifier.
var limited = []string{"-//w3c//dtd xhtml 1.0 frameset//", "-//w3c//dtd xhtml 1.0 transitional//"}

var old = []string{"-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//"}

// quirky are the beginnings of public identifiers that ask for quirks mode (HTML, section 13.2.6.4.1), as far as mail has them.
var quirky = []string{
	"-//w3c//dtd html 3", "-//w3c//dtd html 4.0 ", "-//w3c//dtd html 2", "-//ietf//", "-//w3o//", "-//w3c//dtd w3 html//",
	"-//microsoft//", "-//netscape", "-/w3c/dtd html 4.0 transitional/en", "html",
}

func modeOf(doc *html.Node) Mode {
	for n := doc.FirstChild; n != nil; n = n.NextSibling {
		if n.Type != html.DoctypeNode {
			continue
		}
		public, system, hasSystem := "", "", false
		for _, a := range n.Attr {
			switch a.Key {
			case "public":
				public = strings.ToLower(a.Val)
			case "system":
				system, hasSystem = strings.ToLower(a.Val), true
			}
		}
		switch {
		case !strings.EqualFold(n.Data, "html"), begins(public, quirky), begins(public, old) && !hasSystem,
			system == "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd":
			return Quirks
		case begins(public, limited), begins(public, old):
			return Limited
		}
		return Standards
	}
	return Quirks
}

func begins(s string, with []string) bool {
	for _, w := range with {
		if w == "html" && s == w || w != "html" && strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}
