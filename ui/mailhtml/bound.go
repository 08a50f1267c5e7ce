package mailhtml

import (
	"strings"

	"golang.org/x/net/html"
)

// formatting are the elements that a parser opens again in every block where they were not closed (HTML, section 13.2.4.3).
var formatting = map[string]bool{
	"a": true, "b": true, "big": true, "code": true, "em": true, "font": true, "i": true, "nobr": true, "s": true, "small": true,
	"strike": true, "strong": true, "tt": true, "u": true,
}

// bounded gives the beginning of a source that a parser makes at most MaxWork nodes of. A few octets can ask for very many: each element
// of formatting that is left open is made again in each block that follows, so those are counted for each tag.
func bounded(source string) (text string, whole bool) {
	z := html.NewTokenizer(strings.NewReader(source))
	work, open, at := 0, 0, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return source, true
		}
		size := len(z.Raw())
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if formatting[string(name)] {
				open++
			}
			work += 1 + open
			for more { // attributes take room too
				_, _, more = z.TagAttr()
				work++
			}
			if raw := string(name); raw == "plaintext" {
				return source, true
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if formatting[string(name)] && open > 0 {
				open--
			}
			work += 1 + open/2
		default:
			work++
		}
		if work > MaxWork {
			return source[:at], false
		}
		at += size
	}
}

// onlyText gives a document of the text of a source alone.
func onlyText(source string) *html.Node {
	z := html.NewTokenizer(strings.NewReader(source))
	var b strings.Builder
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		switch kind {
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.EndTagToken:
			b.WriteByte(' ')
		}
	}
	body := &html.Node{Type: html.ElementNode, Data: "body"}
	body.AppendChild(&html.Node{Type: html.TextNode, Data: b.String()})
	root := &html.Node{Type: html.ElementNode, Data: "html"}
	root.AppendChild(body)
	doc := &html.Node{Type: html.DocumentNode}
	doc.AppendChild(root)
	return doc
}
