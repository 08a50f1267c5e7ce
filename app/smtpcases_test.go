package app

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// The files testdata/smtp/*.txtar hold sessions with what real sendmail 8.17 answers. Their sections:
//
//	mc, access, aliases …   sendmail's configuration, and tables of both
//	postroom.toml           what makes Postroom a server of the same settings: first keys of [smtp]
//	session WORDS           a session: WORDS is the rule that it shows
//
// Lines of a session, which begins after the greeting:
//
//	> MAIL FROM:<a@b>       the client sends a line and reads a reply
//	>> "a\r\n"              it sends these octets (a Go string) and reads a reply
//	+ text, ++ "a\n"        it sends and does not read
//	...                     it reads a reply
//	~                       one moment passes: long enough for a reply to come, if there was one
//	< 250 2.0.0 OK          sendmail's reply; <id> is a queue id, <time> a date
//	! 250 2.0.0 OK          Postroom's, where it is another one; a comment says why
//	< closed                the connection ends in the place of a reply
type smtpCase struct {
	file    string
	archive *txtar.Archive
	files   map[string]string
}

var updateSMTP = flag.Bool("update-smtp", false, "write down what real sendmail answers, and where Postroom differs")

func smtpCases(t *testing.T) (list []*smtpCase) {
	t.Helper()
	names, err := filepath.Glob("testdata/smtp/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := &smtpCase{file: name, archive: a, files: map[string]string{}}
		for _, f := range a.Files {
			c.files[f.Name] = string(f.Data)
		}
		list = append(list, c)
	}
	return list
}

func (c *smtpCase) name() string { return strings.TrimSuffix(filepath.Base(c.file), ".txtar") }

// sessions calls do with the name and the text of each session.
func (c *smtpCase) sessions(do func(name string, f *txtar.File)) {
	for i := range c.archive.Files {
		if name, is := strings.CutPrefix(c.archive.Files[i].Name, "session "); is {
			do(name, &c.archive.Files[i])
		}
	}
}

// exchange is one thing that the client does, with the answers that are written down.
type exchange struct {
	does     string   // the line
	comments []string // before it
	theirs   []string // sendmail's reply
	ours     []string // Postroom's, where it differs
}

func exchanges(t *testing.T, text string) (list []*exchange) {
	t.Helper()
	var comments []string
	last := &exchange{does: "..."} // the greeting
	list = append(list, last)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case "", "#":
			comments = append(comments, line)
		case "<":
			last.theirs = append(last.theirs, rest)
		case "!":
			last.ours = append(last.ours, rest)
		case ">", ">>", "+", "++", "...", "~":
			last = &exchange{does: line, comments: comments}
			comments = nil
			list = append(list, last)
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	return list
}

// print writes exchanges as a file has them.
func printExchanges(list []*exchange) string {
	var b strings.Builder
	for i, x := range list {
		for _, c := range x.comments {
			b.WriteString(c + "\n")
		}
		if i > 0 {
			b.WriteString(x.does + "\n")
		}
		for _, l := range x.theirs {
			b.WriteString(strings.TrimRight("< "+l, " ") + "\n")
		}
		for _, l := range x.ours {
			b.WriteString(strings.TrimRight("! "+l, " ") + "\n")
		}
	}
	return b.String()
}

// talker is the client's end of a session.
type talker struct {
	conn net.Conn
	in   *bufio.Reader
}

// play does what the exchange says and gives the reply.
func (c *talker) play(x *exchange) ([]string, error) {
	mark, rest, _ := strings.Cut(x.does, " ")
	switch mark {
	case ">", "+":
		rest += "\r\n"
	case ">>", "++":
		raw, err := strconv.Unquote(rest)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.does, err)
		}
		rest = raw
	case "~":
		time.Sleep(300 * time.Millisecond)
		return nil, nil
	default:
		rest = ""
	}
	if rest != "" {
		if _, err := io.WriteString(c.conn, rest); err != nil && !strings.HasPrefix(mark, ">") {
			return nil, err
		}
	}
	if strings.HasPrefix(mark, "+") {
		return nil, nil
	}
	return c.reply()
}

// variable is what differs from session to session: queue ids, dates, and what a server calls itself.
var variable = []struct {
	is *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`\b[0-9A-Za-z]{8}[0-9]{6}\b`), "<id>"},
	{regexp.MustCompile(`ESMTP (Sendmail|Postroom) \S+; .*`), "ESMTP <version>; <time>"},
	{regexp.MustCompile(`This is (sendmail|Postroom)( version)? \S+`), "This is <version>"},
}

func (c *talker) reply() (lines []string, err error) {
	for {
		if err := c.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			return nil, err
		}
		line, err := c.in.ReadString('\n')
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return append(lines, "nothing"), nil
		case err != nil:
			return append(lines, "closed"), nil
		}
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\r", `\r`)
		more := len(line) > 3 && line[3] == '-'
		for _, v := range variable {
			line = v.is.ReplaceAllString(line, v.as)
		}
		lines = append(lines, line)
		if !more {
			return lines, nil
		}
	}
}

// playAll runs a session and gives all replies.
func playAll(conn net.Conn, list []*exchange) (got [][]string, err error) {
	defer conn.Close()
	c := &talker{conn: conn, in: bufio.NewReader(conn)}
	for _, x := range list {
		reply, err := c.play(x)
		if err != nil {
			return nil, err
		}
		got = append(got, reply)
	}
	return got, nil
}

func trimmed(lines []string) string {
	var out []string
	for _, l := range lines {
		out = append(out, strings.TrimRight(l, " "))
	}
	return strings.Join(out, "\n")
}

func (c *smtpCase) save(t *testing.T) {
	if err := os.WriteFile(c.file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
