// Package mailhtml reads the HTML of mail and makes of it something to look at that can do no harm.
//
//	doc := mailhtml.Parse(source)                  // never refuses; Problems tells what was left out
//	res, err := doc.Lay(ctx, layout.Options{…})    // a display list for a screen of this width
//	img := paint.…                                 // drawn, a region at a time
//
// Scripts, frames, forms and objects are not run and not shown; a style sheet can ask for nothing. Nothing here opens a file, dials
// or reads a clock: text is measured and pictures are given by the caller, who also decides whether any are fetched.
//
// The work is done by packages of one subject each: css (style sheets), style (the cascade), typeset (fonts), grid (columns of
// tables), layout (boxes), display (the result), picture (decoding images), paint (drawing).
//
// Limits: MaxSource octets of HTML, and MaxWork nodes that a parser may have to make of them: what comes after is not read. The
// other packages have limits of their own, told in their comments.
package mailhtml

import (
	"context"
	"strings"

	"golang.org/x/net/html"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/layout"
)

// The limits of what is read.
const (
	MaxSource = 5 << 20 // octets
	MaxWork   = 200_000 // nodes, as far as can be told before parsing
)

// Document is a mail's HTML, parsed. It is not changed after Parse and may be laid out from several goroutines.
type Document struct {
	Problems []string // what was left out, as sentences without a full stop
	Title    string

	root   *html.Node
	sheet  *css.Sheet
	mode   layout.Mode
	source []string // the addresses of all pictures, each once
}

// Parse reads the HTML of a mail. It always gives a document, at worst an empty one.
func Parse(source string) *Document {
	d := &Document{}
	if len(source) > MaxSource {
		source = source[:MaxSource]
		d.problem("the HTML is longer than 5 MB: the rest is not shown")
	}
	source, whole := bounded(strings.ToValidUTF8(source, "\ufffd"))
	if !whole {
		d.problem("there are too many elements: the last are not shown")
	}
	root, err := html.Parse(strings.NewReader(source))
	if err != nil { // elements too deep in one another: its text is better than nothing
		d.problem("elements lie too deep inside one another: only the text is shown")
		root = onlyText(source)
	}
	d.root, d.mode = root, layout.ModeOf(root)
	d.gather()
	return d
}

func (d *Document) problem(text string) { d.Problems = append(d.Problems, text) }

// gather collects the style sheets and the addresses of pictures.
func (d *Document) gather() {
	var sheets []string
	seen := map[string]bool{}
	add := func(src string) {
		src = strings.TrimSpace(src)
		if src != "" && !seen[src] {
			seen[src] = true
			d.source = append(d.source, src)
		}
	}
	each(d.root, func(n *html.Node) {
		switch n.Data {
		case "style":
			if text := textOf(n); text != "" {
				if media := attribute(n, "media"); media != "" {
					text = "@media " + media + "{" + text + "\n}"
				}
				sheets = append(sheets, text)
			}
		case "title":
			if d.Title == "" {
				d.Title = strings.Join(strings.Fields(textOf(n)), " ")
			}
		case "img":
			add(attribute(n, "src"))
		}
		add(attribute(n, "background"))
		for _, decl := range css.ParseDeclarations(attribute(n, "style")) {
			if strings.HasPrefix(decl.Name, "background") {
				add(css.URL(decl.Value))
			}
		}
	})
	d.sheet = css.Parse(sheets...)
	for _, r := range d.sheet.Rules {
		for _, decl := range r.Declarations {
			if strings.HasPrefix(decl.Name, "background") {
				add(css.URL(decl.Value))
			}
		}
	}
	if d.sheet.Dropped > 0 {
		d.problem("the style sheets are too long: the last rules do not apply")
	}
}

// Sources gives the addresses of all pictures that the mail names, each once, as they are written.
func (d *Document) Sources() []string { return d.source }

// Remote gives those of the pictures that lie elsewhere, with http or https.
func (d *Document) Remote() []string {
	var out []string
	for _, s := range d.source {
		if IsRemote(s) {
			out = append(out, s)
		}
	}
	return out
}

// IsRemote says that an address is of http or https, or of the scheme of nothing ("//host/x").
func IsRemote(src string) bool {
	low := strings.ToLower(src)
	return strings.HasPrefix(low, "http:") || strings.HasPrefix(low, "https:") || strings.HasPrefix(low, "//")
}

// Lay lays the document out. The error is that of the context; a layout that takes long is ended by it.
func (d *Document) Lay(ctx context.Context, o layout.Options) (layout.Result, error) {
	return layout.Lay(ctx, d.root, d.sheet, d.mode, o)
}

// each calls fn for every element, in order, without recursion.
func each(root *html.Node, fn func(*html.Node)) {
	for n := root; n != nil; {
		if n.Type == html.ElementNode {
			fn(n)
		}
		if n.FirstChild != nil {
			n = n.FirstChild
			continue
		}
		for n != root && n.NextSibling == nil {
			n = n.Parent
		}
		if n == root {
			return
		}
		n = n.NextSibling
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
