package mimetree

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the .golden files anew")

// TestMailIsShown reads each message of testdata/mail as the store and the window do.
func TestMailIsShown(t *testing.T) {
	names, err := filepath.Glob("testdata/mail/*.eml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".eml"), func(t *testing.T) {
			msg, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(name, ".eml") + ".golden"
			got := shown(t, msg)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// shown prints all that a reader sees of a message.
func shown(t *testing.T, msg []byte) string {
	var b strings.Builder
	r := bytes.NewReader(msg)
	root, problems := Parse(r, int64(len(msg)))
	if err := sound(string(msg), root); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"From", "Subject"} {
		if f, ok := Get(root.Fields, name); ok {
			fmt.Fprintf(&b, "%s: %s\n", name, f.TextIn(root.Params["charset"]))
		}
	}
	attached := map[*Part]bool{}
	for _, p := range Attachments(root) {
		attached[p] = true
	}
	var list func(p *Part)
	list = func(p *Part) {
		n, err := io.Copy(io.Discard, p.Open(r))
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&b, "part %q %s", p.Number, p.Type)
		if len(p.Parts) == 0 {
			fmt.Fprintf(&b, " %d octets", n)
		}
		if p.Filename != "" {
			fmt.Fprintf(&b, " named %q", p.Filename)
		}
		if p.ContentID != "" {
			fmt.Fprintf(&b, " id %q", p.ContentID)
		}
		if attached[p] {
			b.WriteString(" attached")
		}
		b.WriteByte('\n')
		for _, c := range p.Parts {
			list(c)
		}
	}
	list(root)
	plain, html := Texts(root)
	for _, p := range []*Part{plain, html} {
		if p == nil {
			continue
		}
		text, more := p.Text(r, 1<<20)
		problems = append(problems, more...)
		if p == html {
			text = StripHTML(text)
		}
		fmt.Fprintf(&b, "%s: %q\nsnippet: %s\n", p.Type, text, Snippet(text))
	}
	for _, p := range problems {
		fmt.Fprintf(&b, "problem at %d in part %q: %s, lost %v\n", p.Offset, p.Part, p.Text, p.Lost)
	}
	return b.String()
}
