package mimetree

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"postroom.dev/spool/mimetree/charset"
)

// Text gives the decoded body as valid UTF-8 with "\n" line ends, at most limit octets of the decoded
// body; more is a Problem with Lost set. An unknown character set is a
// Problem, and the text is a best guess. Control characters become U+FFFD.
func (p *Part) Text(r io.ReaderAt, limit int) (string, []Problem) {
	d := p.Open(r)
	buf := bytes.NewBuffer(make([]byte, 0, min(int64(limit)+1, p.End-p.Body)+bytes.MinRead))
	_, err := io.Copy(buf, io.LimitReader(d, int64(limit)+1))
	raw := buf.Bytes()
	problems := d.Problems()
	problem := func(text string, lost bool) {
		problems = append(problems, Problem{Offset: p.Body, Part: p.Number, Text: text, Lost: lost})
	}
	if err != nil {
		problem("reading stopped: "+err.Error(), true)
	}
	if len(raw) > limit {
		problem("text too long: the rest is left out", true)
		raw = raw[:limit]
		for i := 1; i < utf8.UTFMax && i <= len(raw); i++ { // a character may be cut in two
			if c := raw[len(raw)-i]; utf8.RuneStart(c) {
				if c >= utf8.RuneSelf && !utf8.FullRune(raw[len(raw)-i:]) {
					raw = raw[:len(raw)-i]
				}
				break
			}
		}
	}
	name := p.Params["charset"]
	if name == "" && p.Type == "text/html" {
		name = metaCharset(raw)
	}
	text, err := charset.Decode(name, raw)
	switch {
	case errors.Is(err, charset.ErrUnknown):
		problem("unknown charset "+clip(name)+": guessed", false)
	case strings.ContainsRune(text, utf8.RuneError) && !bytes.Contains(raw, []byte("\uFFFD")):
		problem("text is not in its charset "+clip(name), false)
	}
	return clean(text), problems
}

// meta finds the charset that an HTML page declares for itself. It is made when first asked for: the sendmail command
// never does, and would wait for it at each start.
var meta = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_.:-]{1,40})`)
})

// metaCharset gives the charset in a page's head, "" when there is none.
func metaCharset(page []byte) string {
	if m := meta().FindSubmatch(page[:min(len(page), 2048)]); m != nil {
		return string(m[1])
	}
	return ""
}

// clean makes line ends "\n" and control characters U+FFFD.
func clean(s string) string {
	s = strings.TrimPrefix(s, "\uFEFF")
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\r':
			for i < len(s) && s[i] == '\r' && strings.TrimLeft(s[i:min(i+2, len(s))], "\r") == "\n" {
				i++
			}
			if i < len(s) && s[i] == '\n' {
				i++
			}
			b.WriteByte('\n')
		case isControl(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0
}

// Texts gives what a reader would show: the first text/plain and the first text/html that are
// not attachments, nil where there is none. With neither, plain is the first other text, else a
// multipart that could not be cut: something is shown of every message that has a body.
func Texts(root *Part) (plain, html *Part) {
	var other, uncut *Part
	walk(root, nil, func(p, parent *Part) {
		switch {
		case isAttachment(p, parent):
		case p.Type == "text/plain" && plain == nil:
			plain = p
		case p.Type == "text/html" && html == nil:
			html = p
		case strings.HasPrefix(p.Type, "text/") && other == nil:
			other = p
		case p.isMultipart() && len(p.Parts) == 0 && p.End > p.Body && uncut == nil:
			uncut = p
		}
	})
	if plain == nil && html == nil {
		if plain = other; plain == nil {
			plain = uncut
		}
	}
	return plain, html
}

// Attachments gives the parts that a reader would list: those said to be attachments or having a file name, and those that
// are neither text nor multipart. Pictures of a multipart/related are not among
// them, nor what stands in an attached message.
func Attachments(root *Part) []*Part {
	var all []*Part
	walk(root, nil, func(p, parent *Part) {
		if isAttachment(p, parent) {
			all = append(all, p)
		}
	})
	return all
}

// walk visits p and what is in it, but not what is in attached messages.
func walk(p, parent *Part, visit func(p, parent *Part)) {
	if p == nil {
		return
	}
	visit(p, parent)
	if p.isMessage() {
		return
	}
	for _, c := range p.Parts {
		walk(c, p, visit)
	}
}

func isAttachment(p, parent *Part) bool {
	text := strings.HasPrefix(p.Type, "text/")
	switch {
	case p.isMultipart():
		return false
	case p.Disposition == "attachment":
		return true
	case parent == nil && text: // the whole message: its name is a hint
		return false
	case parent != nil && parent.Type == "multipart/related" && p.ContentID != "":
		return false
	}
	return p.Filename != "" || !text
}
