package app

import (
	"fmt"
	"io"
	"os"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/mimetree"
	"postroom.dev/spool/store/summary"
	"postroom.dev/ui"
)

// textLimit is how much of a text or HTML part is shown as text, in octets. Raw and Parts give all of it.
const textLimit = 4 << 20

// headLimit is how much of a file is read for its summary, as much as the store looks at.
const headLimit = 64 << 10

// readMessage reads a message as the viewer and the command line show it.
func readMessage(rec spool.Record, content mta.Content) (ui.Message, error) {
	r, err := content.Open()
	if err != nil {
		return ui.Message{}, err
	}
	defer r.Close()
	m := ui.Message{Record: rec, Sizes: map[string]int64{}}
	m.Tree, m.Problems = mimetree.Parse(r, content.Size())
	m.Fields = m.Tree.Fields
	m.Added, _, _ = mimetree.ParseHeader(rec.Added)
	text := func(p *mimetree.Part) string {
		if p == nil {
			return ""
		}
		text, problems := p.Text(r, textLimit)
		m.Problems = append(m.Problems, problems...)
		return text
	}
	plain, html := mimetree.Texts(m.Tree)
	m.Text, m.HTML = text(plain), text(html)
	return m, measure(m.Tree, r, m.Sizes)
}

// measure counts the decoded octets of every part that has content of its own.
func measure(p *mimetree.Part, r io.ReaderAt, sizes map[string]int64) error {
	for _, child := range p.Parts {
		if err := measure(child, r, sizes); err != nil {
			return err
		}
	}
	if len(p.Parts) > 0 && p.Type != "message/rfc822" {
		return nil
	}
	n, err := io.Copy(io.Discard, p.Open(r))
	sizes[p.Number] = n
	return err
}

// readFile reads the .eml file at path as the store would, and keeps nothing.
func readFile(path string) (ui.Message, error) {
	info, err := os.Stat(path)
	if err != nil {
		return ui.Message{}, err
	}
	if !info.Mode().IsRegular() {
		return ui.Message{}, fmt.Errorf("%s: not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return ui.Message{}, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headLimit))
	if err != nil {
		return ui.Message{}, err
	}
	rec := spool.Record{Size: info.Size(), Summary: summary.Header(head, nil)}
	rec.Origin.UID = -1
	m, err := readMessage(rec, emlFile{path, info.Size()})
	if err != nil {
		return m, err
	}
	m.Record.Attachments = len(mimetree.Attachments(m.Tree))
	return m, nil
}

// emlFile is the content of a file outside the store.
type emlFile struct {
	path string
	size int64
}

func (f emlFile) Open() (mta.Reader, error) { return os.Open(f.path) }
func (f emlFile) Size() int64               { return f.size }
