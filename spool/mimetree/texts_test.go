package mimetree

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parts makes a multipart of the given kind; each part is its header and body.
func parts(kind string, parts ...string) string {
	msg := "Content-Type: " + kind + "; boundary=" + strings.ReplaceAll(kind, "/", "_") + "\n\n"
	for _, p := range parts {
		msg += "--" + strings.ReplaceAll(kind, "/", "_") + "\n" + p + "\n"
	}
	return msg + "--" + strings.ReplaceAll(kind, "/", "_") + "--\n"
}

func TestTextsAndAttachments(t *testing.T) {
	const (
		plain  = "Content-Type: text/plain\n\nplain"
		html   = "Content-Type: text/html\n\n<p>html"
		notes  = "Content-Type: text/plain; name=notes.txt\n\nnotes"
		pdf    = "Content-Type: application/pdf\n\n%PDF"
		cid    = "Content-Type: image/png; name=a.png\nContent-ID: <a@b>\nContent-Disposition: inline\n\npng"
		saved  = "Content-Type: image/png\nContent-ID: <a@b>\nContent-Disposition: attachment\n\npng"
		invite = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"
	)
	for _, c := range []struct{ name, msg, plain, html, attached string }{
		{"a simple text", plain, "1", "", ""},
		{"a simple page", html, "", "1", ""},
		{"a whole message's name does not make it an attachment", notes, "1", "", ""},
		{"a whole message may be an attachment", "Content-Disposition: attachment\n\nx", "", "", "1"},
		{"a message that is a picture", "Content-Type: image/png\n\npng", "", "", "1"},
		{"two forms of one text", parts("multipart/alternative", plain, html), "1", "2", ""},
		{"a named text is attached", parts("multipart/mixed", notes, plain, pdf), "2", "", "1 3"},
		{"pictures of a page are not attached", parts("multipart/related", html, cid), "", "1", ""},
		{"unless they say so", parts("multipart/related", html, saved), "", "1", "2"},
		{"the same picture elsewhere is attached", parts("multipart/mixed", html, cid), "", "1", "2"},
		{"another text is better than none", parts("multipart/mixed", pdf, invite), "2", "", "1"},
		{"a plain text is better than another text", parts("multipart/mixed", invite, plain), "2", "", ""},
		{"texts of an attached message are its own", parts("multipart/mixed", "Content-Type: message/rfc822\n\n"+parts("multipart/alternative", html), plain), "2", "", "1"},
		{"a multipart that cannot be cut is shown", "Content-Type: multipart/mixed\n\nx", ".", "", ""},
		{"an empty multipart shows nothing", "Content-Type: multipart/mixed\n\n", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, _ := Parse(strings.NewReader(c.msg), int64(len(c.msg)))
			number := func(p *Part) string {
				switch {
				case p == nil:
					return ""
				case p.Number == "":
					return "."
				}
				return p.Number
			}
			plain, html := Texts(root)
			if number(plain) != c.plain || number(html) != c.html {
				t.Errorf("texts %q and %q, want %q and %q", number(plain), number(html), c.plain, c.html)
			}
			var attached []string
			for _, p := range Attachments(root) {
				attached = append(attached, number(p))
			}
			if got := strings.Join(attached, " "); got != c.attached {
				t.Errorf("attached %q, want %q", got, c.attached)
			}
		})
	}
}

// TestAnyHeapOfPiecesIsATree joins pieces of messages at random.
func TestAnyHeapOfPiecesIsATree(t *testing.T) {
	piece := rapid.SampledFrom([]string{"--a", "--b", "--a--", "--b--", "--", "-", "\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\r\r\n", " ", "\t",
		"Content-Type: multipart/mixed; boundary=a\n\n", "Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n", "Content-Type: multipart/x\n",
		"Content-Type: message/rfc822\n\n", "Content-Transfer-Encoding: base64\n", "Content-Type: multipart/mixed; boundary=\"a--\"\n\n",
		"Subject: x\n", "junk\n", "name=\"x\"\n", "X: y;\n", "From a@b\n", "text", "\x00", "é", ":", "--a--\n--b\n"})
	rapid.Check(t, func(t *rapid.T) {
		msg := strings.Join(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 4, 12).Draw(t, "run"), "") }), 1, 20).Draw(t, "pieces"), "")
		root, problems := Parse(strings.NewReader(msg), int64(len(msg)))
		if err := sound(msg, root); err != nil {
			t.Fatalf("%q: %v\n%s", msg, err, sketch(msg, root))
		}
		for i, p := range problems {
			if i > 0 && p.Offset < problems[i-1].Offset || p.Offset > int64(len(msg)) || Find(root, p.Part) == nil {
				t.Fatalf("%q: problem %+v", msg, p)
			}
		}
		fields, body, _ := ParseHeader([]byte(msg))
		if root.Body != body || len(fields) != len(root.Fields) {
			t.Fatalf("%q: ParseHeader ends at %d, Parse at %d", msg, body, root.Body)
		}
	})
}
