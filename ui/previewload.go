//go:build !nogui

package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"postroom.dev/assets"
	"postroom.dev/spool/mimetree"
	"postroom.dev/ui/mailhtml"
	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/layout"
	"postroom.dev/ui/mailhtml/picture"
	"postroom.dev/ui/mailhtml/typeset"
)

// mailFaces are the faces that mail is shown in.
func mailFaces() *typeset.Faces {
	names := map[[3]bool]string{ // serif, bold, italic
		{false, false, false}: assets.MailSans, {false, true, false}: assets.MailSansBold,
		{false, false, true}: assets.MailSansItalic, {false, true, true}: assets.MailSansBoldItalic,
		{true, false, false}: assets.MailSerif, {true, true, false}: assets.MailSerifBold,
		{true, false, true}: assets.MailSerifItalic, {true, true, true}: assets.MailSerifBoldItalic,
	}
	return typeset.NewFaces(func(f typeset.Family, bold, italic bool) []byte {
		switch {
		case f == typeset.Mono && bold:
			return assets.Font(assets.MailMonoBold)
		case f == typeset.Mono:
			return assets.Font(assets.MailMono)
		}
		return assets.Font(names[[3]bool{f == typeset.Serif, bold, italic}])
	}, newSystemFaces())
}

// paper is a mail's HTML with its pictures, ready to be laid out for any width.
type paper struct {
	doc    *mailhtml.Document
	album  *picture.Album
	remote []string // addresses of pictures that lie elsewhere and were not fetched
	failed error    // why the last of them could not be fetched; nil where it was not tried
}

// errComplex says that a layout took too long.
var errComplex = errors.New("the message is too complex to be shown")

// layoutTime is how long a layout may take.
const layoutTime = 2 * time.Second

// readPaper parses the HTML of a message and collects the pictures that it carries.
func readPaper(ctx context.Context, backend Backend, id int64, m *Message) (_ *paper, err error) {
	defer guard(&err)
	p := &paper{doc: mailhtml.Parse(m.HTML), album: picture.NewAlbum()}
	for _, src := range p.doc.Sources() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch low := strings.ToLower(src); {
		case strings.HasPrefix(low, "data:"):
			_ = p.album.AddData(src) // a picture that cannot be read is not there
		case strings.HasPrefix(low, "cid:"):
			p.addPart(ctx, backend, id, m.Tree, src)
		case mailhtml.IsRemote(src):
			p.remote = append(p.remote, src)
		}
	}
	return p, nil
}

// addPart adds the picture in the part that a cid: address names (RFC 2392).
func (p *paper) addPart(ctx context.Context, backend Backend, id int64, tree *mimetree.Part, src string) {
	name, err := url.PathUnescape(src[len("cid:"):])
	if err != nil {
		name = src[len("cid:"):]
	}
	part := partByContentID(tree, strings.Trim(name, "<> "))
	if part == nil {
		return
	}
	b := limitedBuffer{left: picture.MaxFile}
	if err := backend.Part(ctx, id, part.Number, &b); err == nil {
		_ = p.album.Add(src, b.Bytes()) // as above
	}
}

// partByContentID gives the part with this Content-ID; nil for none.
func partByContentID(p *mimetree.Part, id string) *mimetree.Part {
	if p == nil || id == "" {
		return nil
	}
	if p.ContentID == id {
		return p
	}
	for _, k := range p.Parts {
		if found := partByContentID(k, id); found != nil {
			return found
		}
	}
	return nil
}

// limitedBuffer is a buffer that refuses more than it was made for.
type limitedBuffer struct {
	bytes.Buffer
	left int
}

var errLong = errors.New("the part is too long")

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errLong
	}
	return b.Buffer.Write(p)
}

// guard makes an error of a panic: what a stranger's mail does to the engine must not end the program.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the preview cannot show this message: %v", r)
	}
}

// lay lays the paper out for a screen.
func (p *paper) lay(ctx context.Context, faces *typeset.Faces, s css.Screen) (_ layout.Result, err error) {
	defer guard(&err)
	ctx, cancel := context.WithTimeout(ctx, layoutTime)
	defer cancel()
	res, err := p.doc.Lay(ctx, layout.Options{Screen: s, Measurer: faces, Picture: p.album.Size})
	if errors.Is(err, context.DeadlineExceeded) {
		return res, errComplex
	}
	return res, err
}
