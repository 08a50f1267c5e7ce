package mailhtml

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// policy is what a browser is told of a sanitised page: nothing but its own pictures and styles.
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// dropped are the elements that a sanitised page has not, with all that is in them.
var dropped = map[string]bool{
	"script": true, "iframe": true, "frame": true, "frameset": true, "object": true, "embed": true, "applet": true, "base": true,
	"meta": true, "link": true, "svg": true, "math": true, "template": true, "noscript": true, "video": true, "audio": true,
	"source": true, "track": true, "input": true, "textarea": true, "select": true, "option": true, "canvas": true, "portal": true,
	"param": true, "plaintext": true, "xmp": true, "noembed": true, "noframes": true, "dialog": true, "slot": true,
}

// kept are the attributes that a sanitised page keeps; those with addresses are looked at besides.
var kept = map[string]bool{
	"style": true, "class": true, "id": true, "width": true, "height": true, "align": true, "valign": true, "bgcolor": true,
	"border": true, "cellpadding": true, "cellspacing": true, "colspan": true, "rowspan": true, "color": true, "face": true, "size": true,
	"dir": true, "lang": true, "title": true, "alt": true, "start": true, "type": true, "value": true, "nowrap": true, "hspace": true,
	"vspace": true, "clear": true, "role": true, "span": true, "text": true, "media": true, "name": true, "hidden": true,
	"topmargin": true, "leftmargin": true, "marginwidth": true, "marginheight": true,
}

var (
	anyURL    = regexp.MustCompile(`(?i)url\s*\(\s*(?:"([^"]*)"|'([^']*)'|([^)]*))\s*\)?`)
	anyImport = regexp.MustCompile(`(?i)@import[^;]*;?`)
)

// Sanitised writes the document for a browser: without scripts, frames, forms, addresses to fetch from and whatever else may act, and with
// a policy that forbids them all the same. picture gives a picture as a data: address, "" for one that is not there.
func (d *Document) Sanitised(picture func(source string) string) []byte {
	c := cleaner{picture: picture}
	out := &html.Node{Type: html.DocumentNode}
	if n := d.root.FirstChild; n != nil && n.Type == html.DoctypeNode { // as it decides how the page is laid out
		out.AppendChild(&html.Node{Type: html.DoctypeNode, Data: n.Data, Attr: n.Attr})
	}
	for n := d.root.FirstChild; n != nil; n = n.NextSibling {
		if k := c.clean(n); k != nil && k.Type == html.ElementNode {
			out.AppendChild(k)
			c.head(k)
		}
	}
	var b bytes.Buffer
	if err := html.Render(&b, out); err != nil { // only where the tree cannot be written as HTML
		return []byte("<!DOCTYPE html><meta http-equiv=Content-Security-Policy content=\"" + policy + "\"><p>This message cannot be shown.")
	}
	return b.Bytes()
}

type cleaner struct{ picture func(source string) string }

// head puts the policy first into the head of the page.
func (c cleaner) head(root *html.Node) {
	head := root.FirstChild
	for head != nil && head.Data != "head" {
		head = head.NextSibling
	}
	if head == nil {
		head = &html.Node{Type: html.ElementNode, Data: "head"}
		root.InsertBefore(head, root.FirstChild)
	}
	for _, attrs := range [][]html.Attribute{
		{{Key: "name", Val: "referrer"}, {Key: "content", Val: "no-referrer"}},
		{{Key: "http-equiv", Val: "Content-Security-Policy"}, {Key: "content", Val: policy}},
		{{Key: "charset", Val: "utf-8"}},
	} {
		head.InsertBefore(&html.Node{Type: html.ElementNode, Data: "meta", Attr: attrs}, head.FirstChild)
	}
}

// clean gives a copy of a node and of all that may stay of it; nil for nothing.
func (c cleaner) clean(n *html.Node) *html.Node {
	switch n.Type {
	case html.TextNode:
		return &html.Node{Type: html.TextNode, Data: n.Data}
	case html.ElementNode:
	default:
		return nil
	}
	if dropped[n.Data] || n.Namespace != "" || strings.ContainsAny(n.Data, ":<>\"'/ ") {
		return nil
	}
	out := &html.Node{Type: html.ElementNode, Data: n.Data, DataAtom: n.DataAtom, Attr: c.attributes(n)}
	if n.Data == "form" { // what is in it may stay
		out.Data, out.DataAtom, out.Attr = "div", 0, nil
	}
	if n.Data == "style" {
		out.AppendChild(&html.Node{Type: html.TextNode, Data: strings.ReplaceAll(c.css(textOf(n)), "</", `<\/`)})
		return out
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if kid := c.clean(k); kid != nil {
			out.AppendChild(kid)
		}
	}
	return out
}

func (c cleaner) attributes(n *html.Node) []html.Attribute {
	var out []html.Attribute
	add := func(key, val string) { out = append(out, html.Attribute{Key: key, Val: val}) }
	for _, a := range n.Attr {
		switch {
		case a.Namespace != "":
		case a.Key == "style":
			add("style", c.css(a.Val))
		case a.Key == "href" && (n.Data == "a" || n.Data == "area"):
			if SafeLink(a.Val) {
				add("href", strings.TrimSpace(a.Val))
				add("rel", "noreferrer noopener")
				add("target", "_blank")
			}
		case a.Key == "src" && n.Data == "img", a.Key == "background":
			if data := c.picture(strings.TrimSpace(a.Val)); data != "" {
				add(a.Key, data)
			}
		case kept[a.Key]:
			add(a.Key, a.Val)
		}
	}
	return out
}

// css gives a style without imports, and with its pictures as they are carried along.
func (c cleaner) css(text string) string {
	text = anyImport.ReplaceAllString(text, "")
	return anyURL.ReplaceAllStringFunc(text, func(m string) string {
		parts := anyURL.FindStringSubmatch(m)
		if data := c.picture(strings.TrimSpace(parts[1] + parts[2] + parts[3])); data != "" {
			return `url("` + data + `")`
		}
		return "none"
	})
}

// SafeLink says that a link is one that may be opened: to http, https, mailto, or into the page itself.
func SafeLink(href string) bool {
	href = strings.ToLower(strings.TrimSpace(href))
	for _, scheme := range []string{"http://", "https://", "mailto:", "#"} {
		if strings.HasPrefix(href, scheme) {
			return true
		}
	}
	return false
}
