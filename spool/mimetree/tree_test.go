package mimetree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sketch draws a tree with its bodies, one part a line: number type "body".
func sketch(msg string, p *Part) string {
	var b strings.Builder
	var draw func(p *Part)
	draw = func(p *Part) {
		fmt.Fprintf(&b, "%s %s", p.Number, p.Type)
		if len(p.Parts) == 0 {
			fmt.Fprintf(&b, " %q", msg[p.Body:p.End])
		}
		b.WriteByte('\n')
		for _, c := range p.Parts {
			draw(c)
		}
	}
	draw(p)
	return b.String()
}

func texts(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s: %s\n", p.Part, p.Text)
	}
	return b.String()
}

// mixed is a multipart of two texts; tests break it.
const mixed = "Subject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n" +
	"--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/html\n\n<p>two\n--b--\nepilogue\n"

const mixedTree = " multipart/mixed\n1 text/plain \"one\"\n2 text/html \"<p>two\"\n"

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestTree(t *testing.T) {
	for _, c := range []struct{ name, msg, tree, problems string }{
		{"a simple message is part 1", "Subject: x\n\nhello\n", "1 text/plain \"hello\\n\"\n", ""},
		{"a multipart's root has no number", mixed, mixedTree, ""},
		{"lines may end in CRLF", crlf(mixed), mixedTree, ""},
		{"lines may end in CR CR LF", strings.ReplaceAll(mixed, "\n", "\r\r\n"), mixedTree, ""},
		{"lines may end in a bare CR", strings.ReplaceAll(mixed, "\n", "\r"), mixedTree, ""},
		{"an empty message is an empty text", "", "1 text/plain \"\"\n", "1: empty message\n"},
		{"a header alone has an empty body", "Subject: x\n", "1 text/plain \"\"\n", ""},
		{"a header may end without a line end", "Subject: x", "1 text/plain \"\"\n", ""},
		{"an mbox From line is passed over", "From a@b Mon Jan 1\nSubject: x\n\nhi", "1 text/plain \"hi\"\n", "1: mbox From line before the header\n"},
		{"a blank line first means no header", "\nSubject: x\n\nhi", "1 text/plain \"Subject: x\\n\\nhi\"\n",
			"1: blank line first: the message has no header\n"},
		{"a body without header is all shown", "Hello\nyou\n", "1 text/plain \"Hello\\nyou\\n\"\n",
			"1: no header: the message begins with its body\n"},
		{"a line without colon among fields is skipped", "Subject: x\njunk\nContent-Type: text/html\n\nhi", "1 text/html \"hi\"\n",
			"1: header line without a colon\n"},
		{"a line without colon after the fields begins the body", "Subject: x\nHello you\n\nmore", "1 text/plain \"Hello you\\n\\nmore\"\n",
			"1: no blank line after the header\n"},
		{"a continuation first is skipped", " x\nContent-Type: text/html\n\nhi", "1 text/html \"hi\"\n", "1: header line that continues nothing\n"},
		{"a parameter may stand unindented", strings.Replace(mixed, "text/html\n", "image/png;\nname=\"x:y.png\"\n", 1),
			" multipart/mixed\n1 text/plain \"one\"\n2 image/png \"<p>two\"\n", "2: header line not indented: a parameter of the field before it\n"},
		{"a bad header in one part leaves the others", strings.Replace(mixed, "Content-Type: text/plain\n", "junk\nmore junk\n", 1),
			" multipart/mixed\n1 text/plain \"junk\\nmore junk\\n\\none\"\n2 text/html \"<p>two\"\n", "1: no blank line after the header\n"},
		{"blanks in the blank line end the header", "Subject: x\n \nhi there", "1 text/plain \"hi there\"\n", "1: blanks in the blank line after the header\n"},
		{"the final boundary may be missing", strings.Replace(mixed, "--b--\nepilogue\n", "", 1),
			" multipart/mixed\n1 text/plain \"one\"\n2 text/html \"<p>two\\n\"\n", ": final boundary missing\n"},
		{"an ordinary boundary at the end is meant as the final one", strings.Replace(mixed, "--b--\nepilogue\n", "--b\n\n", 1), mixedTree,
			": final boundary missing\n"},
		{"a missing boundary parameter is guessed", strings.Replace(mixed, "; boundary=b", "", 1), mixedTree,
			": multipart without a boundary parameter\n"},
		{"a multipart that cannot be cut is one part", "Content-Type: multipart/mixed\n\nhello\n--\nme\n", " multipart/mixed \"hello\\n--\\nme\\n\"\n",
			": multipart without a boundary parameter\n"},
		{"a boundary that never appears leaves one part", "Content-Type: multipart/mixed; boundary=q\n\nhello\n", " multipart/mixed \"hello\\n\"\n",
			": boundary never appears: shown as text\n"},
		{"a boundary may have blanks behind it", strings.Replace(mixed, "--b\n", "--b \t\n", 1), mixedTree, ""},
		{"a boundary line must be the boundary alone", strings.Replace(mixed, "one\n", "one\n--bc\n--b-\n", 1),
			" multipart/mixed\n1 text/plain \"one\\n--bc\\n--b-\"\n2 text/html \"<p>two\"\n", ""},
		{"dashes that do not begin a line are no boundary", strings.Replace(mixed, "one\n", "one --b\n-----b\n", 1),
			" multipart/mixed\n1 text/plain \"one --b\\n-----b\"\n2 text/html \"<p>two\"\n", ""},
		{"a part may follow the final boundary", strings.Replace(mixed, "epilogue\n", "--b\n\nthree\n--b--\n", 1),
			mixedTree + "3 text/plain \"three\"\n", ": part after the final boundary\n"},
		{"a boundary ends a header, too", strings.Replace(mixed, "text/plain\n\none\n", "text/plain\n", 1),
			" multipart/mixed\n1 text/plain \"\"\n2 text/html \"<p>two\"\n", ""},
		{"a part may be empty", strings.Replace(mixed, "\none\n", "\n", 1), " multipart/mixed\n1 text/plain \"\"\n2 text/html \"<p>two\"\n", ""},
		{"boundaries may begin alike", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=\"a--\"\n\n" +
			"--a--\n\nx\n--a----\n--a\n\ny\n--a--\n", " multipart/mixed\n1 multipart/alternative\n1.1 text/plain \"x\"\n2 text/plain \"y\"\n", ""},
		{"boundaries may be one another's prefix", "Content-Type: multipart/mixed; boundary=\"a\"\n\n--a\nContent-Type: multipart/alternative; boundary=aa\n\n" +
			"--aa\n\nx\n--aa\n\nz\n--aa--\n\n--a\n\ny\n--a--\n", " multipart/mixed\n1 multipart/alternative\n1.1 text/plain \"x\"\n1.2 text/plain \"z\"\n2 text/plain \"y\"\n", ""},
		{"an outer boundary ends inner ones", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=c\n\n" +
			"--c\n\nx\n--a\n\ny\n--a--\n", " multipart/mixed\n1 multipart/alternative\n1.1 text/plain \"x\"\n2 text/plain \"y\"\n", "1: final boundary missing\n"},
		{"an enclosed simple message is part .1", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: in\n\nhi\n--b--\n",
			" multipart/mixed\n1 message/rfc822\n1.1 text/plain \"hi\"\n", ""},
		{"an enclosed multipart's parts are numbered in the message", "Content-Type: message/rfc822\n\n" + mixed,
			"1 message/rfc822\n1.TEXT multipart/mixed\n1.1 text/plain \"one\"\n1.2 text/html \"<p>two\"\n", ""},
		{"parts of a digest are messages", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nhi\n--b--\n",
			" multipart/digest\n1 message/rfc822\n1.1 text/plain \"hi\"\n", ""},
		{"an encoded message is not opened", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n",
			"1 message/rfc822 \"U3ViamVjdDogeA==\\n\"\n", "1: encoded message: not opened\n"},
		{"NULs are kept", "Subject: \x00\n\n\x00a\x00", "1 text/plain \"\\x00a\\x00\"\n", ""},
		{"a type without slash is text", "Content-Type: html\n\nx", "1 text/plain \"x\"\n", "1: Content-Type without a type: read as text/plain\n"},
		{"an unknown encoding is a problem", "Content-Transfer-Encoding: rot13\n\nx", "1 text/plain \"x\"\n",
			"1: unknown Content-Transfer-Encoding \"rot13\": shown as it is\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, problems := Parse(strings.NewReader(c.msg), int64(len(c.msg)))
			if d := cmp.Diff(c.tree, sketch(c.msg, root)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.problems, texts(problems)); d != "" {
				t.Error(d)
			}
			if err := sound(c.msg, root); err != nil {
				t.Error(err)
			}
		})
	}
}

// sound checks what holds of every tree.
func sound(msg string, root *Part) error {
	numbers := map[string]bool{}
	parts := 0
	var check func(p *Part, from, to int64, depth int) error
	check = func(p *Part, from, to int64, depth int) error {
		parts++
		if depth > MaxDepth {
			return fmt.Errorf("%q is %d deep", p.Number, depth)
		}
		if numbers[p.Number] {
			return fmt.Errorf("two parts %q", p.Number)
		}
		numbers[p.Number] = true
		if p.Header < from || p.Body < p.Header || p.End < p.Body || p.End > to {
			return fmt.Errorf("part %q: %d ≤ %d ≤ %d ≤ %d ≤ %d does not hold", p.Number, from, p.Header, p.Body, p.End, to)
		}
		at := p.Header
		for _, f := range p.Fields {
			if f.Offset < at || f.Offset+int64(len(f.Name)) > p.Body || msg[f.Offset:f.Offset+int64(len(f.Name))] != f.Name {
				return fmt.Errorf("field %q is not at %d", f.Name, f.Offset)
			}
			rest := strings.TrimLeft(msg[f.Offset+int64(len(f.Name)):p.Body], " \t")
			if !strings.HasPrefix(rest, ":"+f.Body) {
				return fmt.Errorf("field %q: its body is not where it stands", f.Name)
			}
			at = f.Offset + int64(len(f.Name))
		}
		at = p.Body
		for _, c := range p.Parts {
			if err := check(c, at, p.End, depth+1); err != nil {
				return err
			}
			if p.isMultipart() && (c.Header < 2 || msg[c.Header-1] != '\n' && msg[c.Header-1] != '\r') && c.Header != int64(len(msg)) {
				return fmt.Errorf("part %q does not begin after a boundary line", c.Number)
			}
			at = c.End
		}
		return nil
	}
	if err := check(root, 0, int64(len(msg)), 1); err != nil {
		return err
	}
	if root.Header != 0 || root.End != int64(len(msg)) || parts > MaxParts {
		return fmt.Errorf("root is %d to %d of %d, %d parts", root.Header, root.End, len(msg), parts)
	}
	for n := range numbers {
		if f := Find(root, n); f == nil || f.Number != n {
			return fmt.Errorf("part %q is not found", n)
		}
	}
	return nil
}
