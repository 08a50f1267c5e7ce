// Package picture keeps the pictures of one mail by their addresses: those that the mail carries (cid: and data:) and those that
// were fetched because the user asked.
//
// It reads PNG, JPEG, GIF (the first picture of it), WebP, and of SVG what the drawing library knows: shapes, paths and gradients, no
// text and no pictures inside; it knows them by their first octets, whatever they are called. A drawing is
// made with twice its size, or smaller where that takes long. A picture's size is read from its head before anything is decoded; it is decoded when it is first drawn.
//
// Limits: MaxPictures pictures, MaxFile octets of each and MaxFiles of all, MaxPixels pixels of one and MaxDecoded of all that are decoded; for a drawing in SVG those of
// svg.go, too. What goes beyond is not there. An Album may be used from several goroutines.
package picture

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/image/webp"
)

// The limits.
const (
	MaxPictures = 500
	MaxFile     = 10 << 20 // octets
	MaxFiles    = 64 << 20 // octets of all files
	MaxPixels   = 20 << 20
	MaxDecoded  = 40 << 20 // pixels of all pictures together
	MaxSide     = 20_000   // pixels
)

// The errors of Add.
var (
	ErrFormat = errors.New("not a PNG, JPEG, GIF, WebP or SVG picture")
	ErrLarge  = errors.New("the picture is too large")
)

// Album is the pictures of one mail.
type Album struct {
	mu      sync.Mutex
	shots   map[string]*shot
	decoded int // pixels
	octets  int // of all files
	steps   int // of drawing SVG that are left
}

// shot is a picture.
type shot struct {
	file          []byte
	format        format
	width, height int
	image         image.Image
	tried         bool // decoding was
}

type format struct {
	name   string // as in image/png
	magic  func(b []byte) bool
	config func(b []byte) (image.Config, error)
	decode func(b []byte) (image.Image, error) // nil for SVG
}

// formatOf tells a file's format by its first octets.
func formatOf(b []byte) (format, bool) {
	reader := func(b []byte) *bytes.Reader { return bytes.NewReader(b) }
	for _, f := range []format{
		{"png", func(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) },
			func(b []byte) (image.Config, error) { return png.DecodeConfig(reader(b)) },
			func(b []byte) (image.Image, error) { return png.Decode(reader(b)) }},
		{"jpeg", func(b []byte) bool { return bytes.HasPrefix(b, []byte("\xff\xd8")) },
			func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(reader(b)) },
			func(b []byte) (image.Image, error) { return jpeg.Decode(reader(b)) }},
		{"gif", func(b []byte) bool { return bytes.HasPrefix(b, []byte("GIF8")) },
			func(b []byte) (image.Config, error) { return gif.DecodeConfig(reader(b)) },
			func(b []byte) (image.Image, error) { return gif.Decode(reader(b)) }},
		{"webp", func(b []byte) bool { return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" },
			func(b []byte) (image.Config, error) { return webp.DecodeConfig(reader(b)) },
			func(b []byte) (image.Image, error) { return webp.Decode(reader(b)) }},
		{"svg+xml", isSVG, svgConfig, nil}, // see Album.decode
	} {
		if f.magic(b) {
			return f, true
		}
	}
	return format{}, false
}

// NewAlbum makes an empty album.
func NewAlbum() *Album { return &Album{shots: map[string]*shot{}, steps: maxSVGWorks} }

// Add puts a picture into the album. ErrFormat, ErrLarge, or what is wrong with the head of the file.
func (a *Album) Add(source string, file []byte) error {
	f, ok := formatOf(file)
	if !ok {
		return ErrFormat
	}
	if len(file) > MaxFile {
		return ErrLarge
	}
	c, err := f.config(file)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > MaxSide || c.Height > MaxSide || c.Width*c.Height > MaxPixels {
		return ErrLarge
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.shots) >= MaxPictures && a.shots[source] == nil {
		return ErrLarge
	}
	if a.octets += len(file); a.octets > MaxFiles {
		a.octets -= len(file)
		return ErrLarge
	}
	a.shots[source] = &shot{file: file, format: f, width: c.Width, height: c.Height}
	return nil
}

// AddData puts the picture of a data: address into the album (RFC 2397).
func (a *Album) AddData(source string) error {
	head, body, ok := strings.Cut(source, ",")
	if !ok || len(head) < 5 || !strings.EqualFold(head[:5], "data:") {
		return ErrFormat
	}
	if len(body) > MaxFile*3/2 {
		return ErrLarge
	}
	text, err := url.PathUnescape(body)
	if err != nil {
		text = body
	}
	file := []byte(text)
	if strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), "base64") {
		text = strings.Map(func(r rune) rune {
			if r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == '=' {
				return -1
			}
			return r
		}, text)
		if file, err = base64.RawStdEncoding.DecodeString(text); err != nil {
			return fmt.Errorf("picture: %w", err)
		}
	}
	return a.Add(source, file)
}

// Has says that a picture is in the album.
func (a *Album) Has(source string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shots[source] != nil
}

// Size gives the size of a picture in pixels.
func (a *Album) Size(source string) (width, height float32, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.shots[strings.TrimSpace(source)]
	if s == nil || s.tried && s.image == nil {
		return 0, 0, false
	}
	return float32(s.width), float32(s.height), true
}

// Image gives a picture, decoded; nil for one that is not there or cannot be decoded.
func (a *Album) Image(source string) image.Image {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.shots[strings.TrimSpace(source)]
	if s == nil {
		return nil
	}
	if !s.tried && a.decoded+s.width*s.height <= MaxDecoded {
		s.tried = true
		a.decoded += s.width * s.height
		if img, err := a.decode(s); err == nil {
			s.image = img
			a.decoded += img.Bounds().Dx()*img.Bounds().Dy() - s.width*s.height
		}
	}
	return s.image
}

// decode decodes a picture. Drawings share the work that an album may cost.
func (a *Album) decode(s *shot) (image.Image, error) {
	if s.format.decode == nil {
		return decodeSVG(s.file, &a.steps)
	}
	return s.format.decode(s.file)
}

// Data gives a picture as a data: address; "" for one that is not there.
func (a *Album) Data(source string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.shots[strings.TrimSpace(source)]
	if s == nil {
		return ""
	}
	return "data:image/" + s.format.name + ";base64," + base64.StdEncoding.EncodeToString(s.file)
}
