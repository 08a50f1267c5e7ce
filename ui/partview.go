//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"image"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"postroom.dev/spool/mimetree"
	"postroom.dev/ui/kit"
	"postroom.dev/ui/mailhtml/picture"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// partView shows the selected part under the tree of parts: text decoded, a picture as it is, anything else as octets. Nothing of a
// message is handed to another program for it.
type partView struct {
	viewer  *viewer
	load    *model.Latest[partContent]
	of      string // the number of the part that is shown
	text    *kit.Lines
	picture *canvas.Image
	content *fyne.Container
}

// partContent is a part ready to be shown.
type partContent struct {
	lines   kit.LineSource // nil for a picture
	picture image.Image
}

// How much of a part is looked at, in octets.
const (
	partTextLimit    = 2 << 20
	partPictureLimit = 20 << 20
	partOctetsLimit  = 64 << 10
)

func newPartView(v *viewer) *partView {
	p := &partView{viewer: v, load: model.NewLatest[partContent](v.win.post), text: kit.NewLines(18), picture: canvas.NewImageFromImage(nil)}
	p.text.Keys = v.win.keys
	p.text.SetWrap(true)
	p.picture.FillMode = canvas.ImageFillContain
	p.picture.Hide()
	line := kit.NewLine()
	p.content = container.New(freeLayout{fyne.NewSize(80, 40), func(s fyne.Size) {
		put(line, 0, 0, s.Width, 1)
		put(p.text, 0, 1, s.Width, s.Height-1)
		put(p.picture, 16, 12, s.Width-32, s.Height-24)
	}}, line, p.text, p.picture)
	return p
}

// show shows a part of the open message, nil for none.
func (p *partView) show(part *model.PartRow) {
	m := p.viewer.message
	if part == nil || m == nil {
		p.of = ""
		p.load.Cancel()
		p.set(partContent{lines: kit.NewTextLines("", theme.Dim)})
		return
	}
	if part.Number == p.of {
		return
	}
	p.of = part.Number
	tree := mimetree.Find(m.Tree, part.Number)
	if tree == nil {
		return
	}
	id, backend := m.Record.ID, p.viewer.win.backend
	p.load.Ask(func(ctx context.Context) (partContent, error) {
		content, err := backend.Raw(ctx, id)
		if err != nil {
			return partContent{}, err
		}
		r, err := content.Open()
		if err != nil {
			return partContent{}, err
		}
		defer r.Close()
		return readPart(tree, r)
	}, func(c partContent, err error) {
		if err != nil {
			c = partContent{lines: kit.NewTextLines(err.Error(), theme.Dim)}
		}
		p.set(c)
	})
}

func (p *partView) set(c partContent) {
	show(p.picture, c.picture != nil)
	show(p.text, c.picture == nil)
	if c.picture != nil {
		p.picture.Image = c.picture
		p.picture.Refresh()
		return
	}
	p.picture.Image = nil
	p.text.SetSource(c.lines)
}

// readPart reads a part as its type says.
func readPart(part *mimetree.Part, r io.ReaderAt) (partContent, error) {
	kind, _, _ := strings.Cut(part.Type, "/")
	switch kind {
	case "text":
		text, _ := part.Text(r, partTextLimit)
		if text == "" {
			text = say.T("This part is empty.")
		}
		return partContent{lines: kit.NewTextLines(text, theme.Text)}, nil
	case "image":
		octets, err := io.ReadAll(io.LimitReader(part.Open(r), partPictureLimit))
		if err != nil {
			return partContent{}, err
		}
		album := picture.NewAlbum() // with limits of its own
		if album.Add("part", octets) == nil {
			if decoded := album.Image("part"); decoded != nil {
				return partContent{picture: decoded}, nil
			}
		}
	}
	octets, err := io.ReadAll(io.LimitReader(part.Open(r), partOctetsLimit))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return partContent{}, err
	}
	text := hex.Dump(octets)
	if len(octets) == partOctetsLimit {
		text += "…\n"
	}
	return partContent{lines: kit.NewTextLines(string(bytes.TrimSpace([]byte(text))), theme.Text)}, nil
}
